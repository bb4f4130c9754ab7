"""Versions of a catalog in Slack: what differs, going back to an earlier one, splitting lists another way."""

from __future__ import annotations

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.deps import Deps
from bot.services import catalog_diff as service
from bot.services import catalog_versions as versions
from bot.views import catalog_diff as views
from bot.views.ids import Action
from handlers.access import actor_in
from handlers.boundary import Body, guarded, value_in
from storage.engine import reading, transaction


async def closer(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    """*Look closer*: examples of what is new, changed and gone."""
    actor = await actor_in(body, client, deps)
    async with reading(deps.db) as session:
        filename, diff = await service.diff_of(session, int(value_in(body)), actor)
    await client.views_open(trigger_id=body["trigger_id"], view=views.closer_modal(filename, diff))
    await ack()


async def again(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    """*Use version 1 again*."""
    actor = await actor_in(body, client, deps)
    async with transaction(deps.db) as session:
        await versions.use_again(session, actor, int(value_in(body)), now=deps.now())
    await ack()


async def resplit(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    """One text per value, or one per product, of a catalog in use."""
    catalog, column, how = value_in(body).split(":")
    actor = await actor_in(body, client, deps)
    async with transaction(deps.db) as session:
        await versions.resplit(
            session, actor, int(catalog), column=int(column), per_value=how == "many", now=deps.now()
        )
    await ack()


def register(app: AsyncApp, deps: Deps) -> None:
    app.action(Action.CATALOG_CLOSER)(guarded(closer, deps))
    app.action(Action.CATALOG_AGAIN)(guarded(again, deps))
    app.action(Action.CATALOG_RESPLIT)(guarded(resplit, deps))
