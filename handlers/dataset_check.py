"""Answers to what was found before a freeze."""

from __future__ import annotations

import re
from dataclasses import dataclass

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.deps import Deps
from bot.domain.dataset_check import KindPage, PairVerdict
from bot.domain.dataset_lineage import Card, base_of
from bot.domain.people import Actor
from bot.services import dataset_check as service
from bot.views import dataset_check as views
from bot.views.ids import Action, Callback
from handlers.access import actor_in, text_allowed
from handlers.boundary import Body, guarded, metadata_in, value_in
from handlers.forms import text_in
from handlers.windows import HARMLESS
from storage import dataset as datasets
from storage.engine import reading, transaction


@dataclass(frozen=True, slots=True)
class Place:
    """A page of a kind in a project's check."""

    project_id: int
    code: str
    page: int = 0


def place_in(value: str) -> Place:
    project, code, page = [*value.split(":"), "0"][:3]
    return Place(int(project), code, int(page))


async def opened(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    actor = await actor_in(body, client, deps)
    page = await _page(deps, client, actor, place_in(value_in(body)))
    await client.views_open(trigger_id=body["trigger_id"], view=views.kind_modal(page))
    await ack()


async def turned(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    actor = await actor_in(body, client, deps)
    await ack()
    await _update(deps, body, client, actor, place_in(value_in(body)))


async def kept(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    await _answer(ack, body, client, deps, PairVerdict.KEEP)


async def dropped(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    await _answer(ack, body, client, deps, PairVerdict.DROP)


async def fixed(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    await _answer(ack, body, client, deps, PairVerdict.FIX)


async def _answer(ack: AsyncAck, body: Body, client: AsyncWebClient, deps: Deps, choice: PairVerdict) -> None:
    actor = await actor_in(body, client, deps)
    async with transaction(deps.db) as session:
        await service.answer(session, int(value_in(body)), actor, choice, now=deps.now())
    await ack()
    await _update(deps, body, client, actor, place_in(metadata_in(body)))


async def taken_back(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    actor = await actor_in(body, client, deps)
    async with transaction(deps.db) as session:
        await service.take_back(session, int(value_in(body)), actor, now=deps.now())
    await ack()
    await _update(deps, body, client, actor, place_in(metadata_in(body)))


async def all_answered(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    """The action's id ends in the answer."""
    actor, place = await actor_in(body, client, deps), place_in(value_in(body))
    choice = PairVerdict(str(body["actions"][0]["action_id"]).rpartition(":")[2])
    async with transaction(deps.db) as session:
        await service.answer_all(session, place.project_id, actor, place.code, choice, now=deps.now())
    await ack()
    await _update(deps, body, client, actor, place)


async def edit_pressed(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    actor = await actor_in(body, client, deps)
    async with reading(deps.db) as session:
        found = await service.finding(session, int(value_in(body)), actor)
    page = place_in(metadata_in(body)).page
    await client.views_push(trigger_id=body["trigger_id"], view=views.edit_modal(found, page))
    await ack()


async def edited(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    """The words go into the training set; the list under the form is drawn anew. Raises BadForm."""
    finding, _, page = metadata_in(body).partition(":")
    actor = await actor_in(body, client, deps)
    async with transaction(deps.db) as session:
        found = await service.edit(
            session, int(finding), actor, text_in(body, "text"), allowed=text_allowed(deps), now=deps.now()
        )
    await ack()
    below = body["view"].get("previous_view_id")
    if below:
        place = Place(found.project_id, found.code, int(page or 0))
        await _draw(deps, client, actor, place, view_id=below)


async def _page(deps: Deps, client: AsyncWebClient, actor: Actor, place: Place) -> KindPage:
    async with reading(deps.db) as session:
        some = await datasets.any_card(session, place.project_id)
    base = await workspace_address(client, some)
    async with reading(deps.db) as session:
        return await service.page(
            session, place.project_id, actor, place.code, place.page, base=base, allowed=text_allowed(deps)
        )


async def workspace_address(client: AsyncWebClient, card: Card | None) -> str:
    """Where permalinks of this workspace begin; "" where Slack would not say, and then there are no links."""
    if card is None:
        return ""
    try:
        answer = await client.chat_getPermalink(channel=card.channel, message_ts=card.ts)
    except SlackApiError:
        return ""
    return base_of(str(answer["permalink"]))


async def _update(deps: Deps, body: Body, client: AsyncWebClient, actor: Actor, place: Place) -> None:
    await _draw(deps, client, actor, place, view_id=body["view"]["id"])


async def _draw(deps: Deps, client: AsyncWebClient, actor: Actor, place: Place, *, view_id: str) -> None:
    """What the window shows is only a picture: where it was closed meanwhile, nothing is lost."""
    page = await _page(deps, client, actor, place)
    try:
        await client.views_update(view_id=view_id, view=views.kind_modal(page))
    except SlackApiError as error:
        if error.response.get("error") not in HARMLESS:
            raise


def register(app: AsyncApp, deps: Deps) -> None:
    app.action(Action.CHECK_OPEN)(guarded(opened, deps))
    app.action(re.compile(rf"^{re.escape(Action.CHECK_KIND)}:"))(guarded(turned, deps))
    app.action(Action.CHECK_KEEP)(guarded(kept, deps))
    app.action(Action.CHECK_DROP)(guarded(dropped, deps))
    app.action(Action.CHECK_FIX)(guarded(fixed, deps))
    app.action(Action.CHECK_UNDO)(guarded(taken_back, deps))
    app.action(re.compile(rf"^{re.escape(Action.CHECK_ALL)}:"))(guarded(all_answered, deps))
    app.action(Action.CHECK_EDIT)(guarded(edit_pressed, deps))
    app.view(Callback.CHECK_EDIT)(guarded(edited, deps))
