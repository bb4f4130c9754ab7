"""*Look closer* at a frozen version."""

from __future__ import annotations

import re

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.deps import Deps
from bot.domain.people import Actor
from bot.services import dataset as datasets_service
from bot.services import dataset_versions as service
from bot.views.dataset_versions import BY_TYPE, closer_modal
from bot.views.ids import Action
from handlers.access import actor_in
from handlers.boundary import Body, guarded, metadata_in, value_in
from handlers.dataset_check import workspace_address
from storage import dataset as datasets
from storage.engine import reading, transaction


async def opened(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    actor = await actor_in(body, client, deps)
    view = await _view(deps, client, actor, int(value_in(body)), 0)
    await client.views_open(trigger_id=body["trigger_id"], view=view)
    await ack()


async def turned(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    actor = await actor_in(body, client, deps)
    await ack()
    dataset, _, page = value_in(body).partition(":")
    view = await _view(deps, client, actor, int(dataset), int(page))
    await client.views_update(view_id=body["view"]["id"], view=view)


async def split_by(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    """The column that later versions get the same mixture of on both sides."""
    actor = await actor_in(body, client, deps)
    dataset, _, page = metadata_in(body).partition(":")
    chosen = value_in(body)
    async with transaction(deps.db) as session:
        await service.split_by(session, int(dataset), actor, None if chosen == BY_TYPE else int(chosen))
    await ack()
    view = await _view(deps, client, actor, int(dataset), int(page or 0))
    await client.views_update(view_id=body["view"]["id"], view=view)


async def _view(deps: Deps, client: AsyncWebClient, actor: Actor, dataset_id: int, page: int) -> dict[str, object]:
    async with reading(deps.db) as session:
        dataset = await datasets_service.need(session, dataset_id)
        some = await datasets.any_card(session, dataset.project_id)
    base = await workspace_address(client, some)
    async with reading(deps.db) as session:
        return closer_modal(await service.closer(session, dataset_id, actor, page, base=base))


def register(app: AsyncApp, deps: Deps) -> None:
    app.action(Action.DATASET_CLOSER)(guarded(opened, deps))
    app.action(re.compile(rf"^{re.escape(Action.DATASET_CLOSER_PAGE)}:"))(guarded(turned, deps))
    app.action(Action.DATASET_SPLIT_BY)(guarded(split_by, deps))
