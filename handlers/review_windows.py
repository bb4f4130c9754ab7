"""What the windows of the review share: which text they are about, how they open and what comes after them."""

from __future__ import annotations

from typing import Any, NamedTuple

from slack_bolt.async_app import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from bot.deps import Deps
from bot.domain.people import Actor
from bot.domain.review import CompletionCard
from bot.domain.votes import DisputeCard
from bot.errors import Stale
from bot.services import queue
from bot.services import review as service
from bot.services.review_cards import with_notice
from bot.views import editing as forms
from bot.views.disputes import settle_view
from bot.views.focus import focus_view
from handlers.access import actor_in
from handlers.boundary import Body, value_in
from storage.engine import reading, transaction


class Target(NamedTuple):
    """Which version of which text a button or modal is about; `following`: the next one comes after it."""

    id: int
    version: int
    following: bool


def target_of(value: str) -> Target:
    """Read `7:1` or `7:1:next`. Raises Stale for anything else."""
    parts = value.split(":")
    if len(parts) < 2 or not (parts[0].isdecimal() and parts[1].isdecimal()):
        raise Stale("This card is from an earlier version of me.", todo="Type /tune review.")
    return Target(int(parts[0]), int(parts[1]), parts[2:] == [forms.NEXT])


async def open_card(body: Body, client: AsyncWebClient, deps: Deps) -> tuple[Target, CompletionCard]:
    """The text behind a button, which must be open as it was shown. Raises AlreadyDecided, Stale."""
    target, actor = target_of(value_in(body)), await actor_in(body, client, deps)
    async with reading(deps.db) as session:
        card = await service.to_decide(session, target.id, target.version, actor)
    return target, with_notice(card, deps.models.info)


async def card_of(deps: Deps, target: Target, actor: Actor) -> CompletionCard:
    async with reading(deps.db) as session:
        return with_notice(await service.to_look_at(session, target.id, actor), deps.models.info)


async def project_of(deps: Deps, target: Target, actor: Actor) -> int:
    async with reading(deps.db) as session:
        return await queue.project_of(session, target.id, actor)


async def next_view(deps: Deps, project_id: int, actor: Actor) -> dict[str, Any]:
    """Focus mode's next window: a text, a disagreement for who has the last word, or that all is done."""
    async with transaction(deps.db) as session:
        found = await queue.pick(session, project_id, actor, now=deps.now())
    if found is None:
        return forms.all_done()
    async with reading(deps.db) as session:
        card = await queue.shown(session, found)
        if isinstance(card, DisputeCard):
            return settle_view(card, following=True)
        mine = await queue.my_share(session, project_id, actor, card.progress)
    return focus_view(with_notice(card, deps.models.info), mine=mine)


async def close_or_follow(ack: AsyncAck, deps: Deps, target: Target, actor: Actor) -> None:
    """After a decision in a modal: the next text takes its place in focus mode, else it closes."""
    if not target.following:
        await ack()
        return
    await ack(response_action="update", view=await next_view(deps, await project_of(deps, target, actor), actor))


async def show(client: AsyncWebClient, body: Body, view: dict[str, Any]) -> None:
    """Open a modal, or put it in the place of the one whose button was pressed."""
    shown = body.get("view") or {}
    if shown.get("type") == "modal":
        await client.views_update(view_id=shown["id"], hash=shown["hash"], view=view)
    else:
        await client.views_open(trigger_id=body["trigger_id"], view=view)
