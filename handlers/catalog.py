"""Catalogs in Slack: the question, the message menu, the modal, and the buttons of the catalog's card."""

from __future__ import annotations

import html
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.deps import Deps
from bot.domain.people import Actor
from bot.errors import NotYet
from bot.services import catalog as service
from bot.services import catalog_choice as choices
from bot.services import project as projects
from bot.views import catalog as views
from bot.views import catalog_forms as forms
from bot.views.ids import Action, Callback
from handlers import catalog_fix
from handlers.access import actor_in, be_a_member
from handlers.boundary import Body, channel_in, guarded, metadata_in, tell, value_in
from handlers.commands import Asked, CommandListener
from handlers.forms import catalog_form
from storage.engine import reading, transaction

log = structlog.get_logger()

PASTED = "pasted table"


async def command(ack: AsyncAck, body: Body, client: AsyncWebClient, asked: Asked, *, deps: Deps) -> None:
    """`/tune catalog`: a file or a pasted table."""
    await client.views_open(trigger_id=body["trigger_id"], view=forms.add_modal(asked.channel))
    await ack()


async def add_pressed(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    """Opens the modal for the project's channel, or for the channel in which the button stands."""
    channel = await _channel_of(body, client, deps)
    await client.views_open(trigger_id=body["trigger_id"], view=forms.add_modal(channel))
    await ack()


async def _channel_of(body: Body, client: AsyncWebClient, deps: Deps) -> str:
    if not value_in(body).isdecimal():
        return channel_in(body)
    actor = await actor_in(body, client, deps)
    async with reading(deps.db) as session:
        return (await projects.get(session, int(value_in(body)), actor)).channel_id


async def added(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    """The modal was submitted. Raises BadForm."""
    form = catalog_form(body)
    actor = await actor_in(body, client, deps)
    await _add(deps, actor, metadata_in(body), file_id=form.file_id, pasted=form.pasted)
    await ack()


async def import_message(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    """*Import this catalog* in a message's menu: its first file, or the table in its text. Raises NotYet."""
    message: dict[str, Any] = body.get("message") or {}
    files = [str(file["id"]) for file in message.get("files") or ()]
    text = html.unescape(str(message.get("text") or "")).strip()
    if not files and "\n" not in text:
        raise NotYet(
            "There is no file and no table in this message.", todo="Choose a message with a CSV, Excel or JSON file."
        )
    actor = await actor_in(body, client, deps)
    await be_a_member(client, channel_in(body))
    await _add(deps, actor, channel_in(body), file_id=files[0] if files else "", pasted="" if files else text)
    await ack()
    if len(files) > 1:
        await tell(body, client, f"That message has {len(files)} files; I am reading the first one.")


async def _add(deps: Deps, actor: Actor, channel: str, *, file_id: str, pasted: str) -> None:
    key = await deps.files.put(pasted.encode()) if pasted else ""
    async with transaction(deps.db) as session:
        await service.add(
            session, actor, channel=channel, file_id=file_id or None, file_key=key, filename=PASTED if pasted else "",
            pasted=bool(pasted), now=deps.now(),
        )  # fmt: skip


async def yes(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    actor = await actor_in(body, client, deps)
    async with transaction(deps.db) as session:
        await service.say_yes(session, actor, int(value_in(body)), now=deps.now())
    await ack()
    await _replace_question(body, client, "I am reading it.")


async def no(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    actor = await actor_in(body, client, deps)
    async with transaction(deps.db) as session:
        await service.say_no(session, actor, int(value_in(body)))
    await ack()
    await _replace_question(body, client, "Fine, I leave it alone.")


async def never(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    actor = await actor_in(body, client, deps)
    async with transaction(deps.db) as session:
        await service.say_no(session, actor, int(value_in(body)), never=True)
    await ack()
    text = "I won't ask about files here again. “Import this catalog” in a message's menu still works."
    await _replace_question(body, client, text)


async def _replace_question(body: Body, client: AsyncWebClient, text: str) -> None:
    """A whispered question can be replaced by its response address only; without one it simply stays."""
    url = body.get("response_url")
    if not url or client.session is None:
        return
    message = views.answered(text)
    answer = {"replace_original": True, "text": message.text, "blocks": message.blocks}
    async with client.session.post(url, json=answer) as reply:
        if reply.status != 200:
            log.warning("question_not_replaced", status=reply.status)


async def use(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    """*Use it* and *New version*."""
    await _use(ack, body, client, deps, elsewhere=False)


async def use_elsewhere(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    await _use(ack, body, client, deps, elsewhere=True)


async def _use(ack: AsyncAck, body: Body, client: AsyncWebClient, deps: Deps, *, elsewhere: bool) -> None:
    actor = await actor_in(body, client, deps)
    async with transaction(deps.db) as session:
        await choices.use(session, actor, int(value_in(body)), now=deps.now(), elsewhere=elsewhere)
    await ack()


async def cancel(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    actor = await actor_in(body, client, deps)
    async with transaction(deps.db) as session:
        await service.cancel(session, actor, int(value_in(body)), now=deps.now())
    await ack()


async def retry(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    actor = await actor_in(body, client, deps)
    async with transaction(deps.db) as session:
        await service.retry(session, actor, int(value_in(body)), now=deps.now())
    await ack()


async def split(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    """One text per value, or one per product."""
    catalog, column, how = value_in(body).split(":")
    actor = await actor_in(body, client, deps)
    async with transaction(deps.db) as session:
        await choices.split(session, actor, int(catalog), column=int(column), per_value=how == "many", now=deps.now())
    await ack()


COMMANDS: dict[str, CommandListener] = {"catalog": command}

BUTTONS: dict[Action, Callable[..., Awaitable[None]]] = {
    Action.CATALOG_ADD: add_pressed,
    Action.CATALOG_YES: yes,
    Action.CATALOG_NO: no,
    Action.CATALOG_NEVER: never,
    Action.CATALOG_USE: use,
    Action.CATALOG_VERSION: use,
    Action.CATALOG_OTHER: use_elsewhere,
    Action.CATALOG_CANCEL: cancel,
    Action.CATALOG_RETRY: retry,
    Action.CATALOG_SPLIT: split,
}


def register(app: AsyncApp, deps: Deps) -> None:
    for action, listener in BUTTONS.items():
        app.action(action)(guarded(listener, deps))
    app.view(Callback.CATALOG_ADD)(guarded(added, deps))
    catalog_fix.register(app, deps)
    app.shortcut(Callback.IMPORT_MESSAGE)(guarded(import_message, deps))
