"""Tuned models: listed, used, taken back, retired, started and stopped."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.deps import Deps
from bot.domain.message import Message
from bot.domain.people import Actor
from bot.services import project as projects
from bot.services import tuned as service
from bot.views import tuned as views
from bot.views.ids import Action, Callback
from handlers.access import actor_in
from handlers.boundary import Body, guarded, metadata_in, tell, value_in, whisper
from handlers.commands import Asked, CommandListener, asked_project
from handlers.forms import text_in
from storage.engine import reading, transaction

Change = Callable[[AsyncSession, int, Actor], Awaitable[object]]


async def models_command(ack: AsyncAck, body: Body, client: AsyncWebClient, asked: Asked, *, deps: Deps) -> None:
    message = await _list(deps, asked_project(asked), asked.actor)
    await ack()
    await whisper(body, client, message)


async def _list(deps: Deps, project_id: int, actor: Actor) -> Message:
    async with transaction(deps.db) as session:
        project = await projects.get(session, project_id, actor)
        await service.adopt(session, project, now=deps.now())
        return views.models_card(await service.models_card(session, project, now=deps.now()), deps.now())


async def use_pressed(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    await _change(ack, body, client, deps, lambda s, i, a: service.promote(s, i, a, now=deps.now()),
                  "From now on this model writes. /tune models takes it back.")  # fmt: skip


async def back_pressed(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    actor = await actor_in(body, client, deps)
    async with transaction(deps.db) as session:
        former = await service.roll_back(session, int(value_in(body)), actor, now=deps.now())
    await ack()
    await _answer(body, client, deps, actor, former.project_id, f"Back to {former.name}.")


async def retire_pressed(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    await _change(ack, body, client, deps, lambda s, i, a: service.retire(s, i, a, now=deps.now()),
                  "Retired. Its texts and its history are kept.")  # fmt: skip


async def start_pressed(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    """The button's question said what it costs an hour: this is the yes."""
    await _change(ack, body, client, deps, lambda s, i, a: service.start(s, i, a, now=deps.now(), limits=deps.limits),
                  "It is being started. Its card says when it answers.")  # fmt: skip


async def stop_pressed(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    await _change(ack, body, client, deps, lambda s, i, a: service.stop(s, i, a, now=deps.now()),
                  "It is being stopped, and costs nothing from then on.")  # fmt: skip


async def _change(ack: AsyncAck, body: Body, client: AsyncWebClient, deps: Deps, change: Change, said: str) -> None:
    """One click: one short transaction, then the person sees the list as it is now, or a word."""
    actor, model_id = await actor_in(body, client, deps), int(value_in(body))
    async with transaction(deps.db) as session:
        await change(session, model_id, actor)
        model, _ = await service.need(session, model_id, actor)
    await ack()
    await _answer(body, client, deps, actor, model.project_id, said)


async def _answer(body: Body, client: AsyncWebClient, deps: Deps, actor: Actor, project_id: int, said: str) -> None:
    """On the list, which only this person sees, the list itself is drawn anew; elsewhere a word is enough."""
    url = str(body.get("response_url") or "")
    if not (body.get("container") or {}).get("is_ephemeral") or not url or client.session is None:
        await tell(body, client, said)
        return
    message = await _list(deps, project_id, actor)
    answer = {"replace_original": True, "text": message.text, "blocks": message.blocks}
    async with client.session.post(url, json=answer) as response:
        if response.status != 200:
            await tell(body, client, said)


async def name_pressed(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    actor = await actor_in(body, client, deps)
    async with reading(deps.db) as session:
        model, _ = await service.need(session, int(value_in(body)), actor)
        card = await service.tuned_card(session, model, in_use=False, now=deps.now())
    await client.views_open(trigger_id=body["trigger_id"], view=views.name_modal(card))
    await ack()


async def named(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    """Raises BadForm."""
    actor = await actor_in(body, client, deps)
    async with transaction(deps.db) as session:
        model_id = int(metadata_in(body))
        await service.name_deployment(session, model_id, actor, text_in(body, "name"), now=deps.now())
    await ack()


COMMANDS: dict[str, CommandListener] = {"models": models_command}


def register(app: AsyncApp, deps: Deps) -> None:
    app.action(Action.TUNED_USE)(guarded(use_pressed, deps))
    app.action(Action.TUNED_BACK)(guarded(back_pressed, deps))
    app.action(Action.TUNED_RETIRE)(guarded(retire_pressed, deps))
    app.action(Action.TUNED_START)(guarded(start_pressed, deps))
    app.action(Action.TUNED_STOP)(guarded(stop_pressed, deps))
    app.action(Action.TUNED_NAME)(guarded(name_pressed, deps))
    app.view(Callback.TUNED_NAME)(guarded(named, deps))
