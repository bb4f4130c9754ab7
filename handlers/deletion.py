"""Deleting a project: the window, its confirmation by typing, and what can still be done about it afterwards."""

from __future__ import annotations

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.deps import Deps
from bot.errors import NotYet
from bot.services import deletion as service
from bot.views.deletion import deletion_modal
from bot.views.ids import Action, Callback
from handlers.access import actor_in
from handlers.boundary import Body, guarded, metadata_in, value_in
from handlers.commands import Asked, CommandListener
from handlers.forms import text_in
from handlers.windows import put_on_top
from storage.engine import reading, transaction


async def command(ack: AsyncAck, body: Body, client: AsyncWebClient, asked: Asked, *, deps: Deps) -> None:
    """`/tune delete`."""
    if asked.project is None:
        raise NotYet("There is no project in this channel, so there is nothing to delete.")
    async with reading(deps.db) as session:
        window = await service.window(session, asked.project.id or 0, asked.actor)
    await client.views_open(trigger_id=body["trigger_id"], view=deletion_modal(window))
    await ack()


async def pressed(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    """On a card it opens the window; in the settings it lies on top of them."""
    actor = await actor_in(body, client, deps)
    async with reading(deps.db) as session:
        view = deletion_modal(await service.window(session, int(value_in(body)), actor))
    await put_on_top(client, body, view)
    await ack()


async def confirmed(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    actor = await actor_in(body, client, deps)
    async with transaction(deps.db) as session:
        await service.delete(session, int(metadata_in(body)), actor, text_in(body, "name"), now=deps.now())
    await ack(response_action="clear")


async def again(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    """Ask the providers once more."""
    actor = await actor_in(body, client, deps)
    async with transaction(deps.db) as session:
        await service.ask_again(session, int(value_in(body)), actor, now=deps.now())
    await ack()


async def kept(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    """An old project stays."""
    actor = await actor_in(body, client, deps)
    async with transaction(deps.db) as session:
        await service.keep(session, int(value_in(body)), actor, now=deps.now())
    await ack()


COMMANDS: dict[str, CommandListener] = {"delete": command}


def register(app: AsyncApp, deps: Deps) -> None:
    app.action(Action.DELETION_OPEN)(guarded(pressed, deps))
    app.view(Callback.DELETION)(guarded(confirmed, deps))
    app.action(Action.DELETION_RETRY)(guarded(again, deps))
    app.action(Action.DELETION_KEEP)(guarded(kept, deps))
