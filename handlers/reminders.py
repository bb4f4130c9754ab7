"""The pause of digest and reminders, and *Don't remind me*."""

from __future__ import annotations

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.deps import Deps
from bot.services import reminders as service
from bot.views.ids import Action
from handlers.access import actor_in
from handlers.boundary import Body, guarded, value_in
from storage.engine import transaction


async def pause(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    """*Pause until Monday*, on a batch's card or its digest."""
    actor = await actor_in(body, client, deps)
    async with transaction(deps.db) as session:
        await service.pause(session, int(value_in(body)), actor, now=deps.now())
    await ack()


async def resume(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    actor = await actor_in(body, client, deps)
    async with transaction(deps.db) as session:
        await service.resume(session, int(value_in(body)), actor, now=deps.now())
    await ack()


async def never(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    await _want(ack, body, client, deps, reminders=False)


async def remind_again(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    await _want(ack, body, client, deps, reminders=True)


async def _want(ack: AsyncAck, body: Body, client: AsyncWebClient, deps: Deps, *, reminders: bool) -> None:
    actor = await actor_in(body, client, deps)
    async with transaction(deps.db) as session:
        await service.want(session, int(value_in(body)), actor, reminders=reminders, now=deps.now())
    await ack()


def register(app: AsyncApp, deps: Deps) -> None:
    app.action(Action.PAUSE)(guarded(pause, deps))
    app.action(Action.PAUSE_END)(guarded(resume, deps))
    app.action(Action.REMIND_NEVER)(guarded(never, deps))
    app.action(Action.REMIND_AGAIN)(guarded(remind_again, deps))
