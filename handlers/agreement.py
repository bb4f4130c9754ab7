"""Where people see a text differently, and the figures of it as a table."""

from __future__ import annotations

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.deps import Deps
from bot.services import agreement as service
from bot.views.agreement import agreement_view, sent_view
from bot.views.ids import Action
from handlers.access import actor_in
from handlers.boundary import Body, guarded, value_in
from handlers.review_windows import show
from storage.engine import reading, transaction


async def open_agreement(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    """*See the 4*."""
    actor = await actor_in(body, client, deps)
    async with reading(deps.db) as session:
        card = await service.card(session, int(value_in(body)), actor)
    await show(client, body, agreement_view(card))
    await ack()


async def send(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    actor = await actor_in(body, client, deps)
    async with transaction(deps.db) as session:
        await service.send(session, int(value_in(body)), actor, now=deps.now())
    await show(client, body, sent_view())
    await ack()


def register(app: AsyncApp, deps: Deps) -> None:
    app.action(Action.AGREEMENT_SHOW)(guarded(open_agreement, deps))
    app.action(Action.AGREEMENT_FILE)(guarded(send, deps))
