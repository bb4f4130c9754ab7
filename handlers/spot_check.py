"""Spot checks in Slack: a window that goes from text to text, and the finished table once more."""

from __future__ import annotations

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.deps import Deps
from bot.domain.people import Actor
from bot.domain.review import VerdictKind
from bot.domain.spot_check import SpotCard
from bot.services import editing
from bot.services import evaluation_finish as finish
from bot.services import spot_check as service
from bot.views import spot_check as views
from bot.views.ids import Action, Callback
from handlers.access import actor_in, text_allowed
from handlers.boundary import Body, guarded, metadata_in, value_in
from handlers.forms import text_in
from handlers.review_windows import show
from storage.engine import reading, transaction


async def opened(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    """*Look at 20 of them*, or go on with those that are left."""
    actor, run_id = await actor_in(body, client, deps), int(value_in(body))
    async with transaction(deps.db) as session:
        await service.start(session, run_id, actor)
    await show(client, body, await _next(deps, run_id, actor))
    await ack()


async def good(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    actor = await actor_in(body, client, deps)
    await _found(ack, deps, actor, int(metadata_in(body)), VerdictKind.APPROVED)


async def edited(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    """Other words were saved. Raises BadForm."""
    actor = await actor_in(body, client, deps)
    await _found(ack, deps, actor, int(metadata_in(body)), VerdictKind.EDITED, text=text_in(body, "text"))


async def rejected(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    actor = await actor_in(body, client, deps)
    await _found(ack, deps, actor, int(metadata_in(body)), VerdictKind.REJECTED, reason=text_in(body, "reason"))


async def _found(
    ack: AsyncAck, deps: Deps, actor: Actor, item_id: int, kind: VerdictKind, *, reason: str = "", text: str = ""
) -> None:
    """Keep what was found; the next text takes this one's place."""
    async with transaction(deps.db) as session:
        run_id = await service.decide(
            session, item_id, actor, kind, now=deps.now(), reason=reason, text=text, text_allowed=text_allowed(deps)
        )
    await ack(response_action="update", view=await _next(deps, run_id, actor))


async def skipped(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    actor = await actor_in(body, client, deps)
    async with transaction(deps.db) as session:
        run_id = await service.decide(session, int(value_in(body)), actor, VerdictKind.SKIPPED, now=deps.now())
    await show(client, body, await _next(deps, run_id, actor))
    await ack()


async def open_edit(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    editing.require_slack_text(text_allowed(deps))
    await show(client, body, views.edit_modal(await _card(body, client, deps)))
    await ack()


async def open_reject(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    await show(client, body, views.reject_modal(await _card(body, client, deps)))
    await ack()


async def files_again(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    """*Get the file again*: with what people corrected."""
    actor = await actor_in(body, client, deps)
    async with transaction(deps.db) as session:
        await finish.files_again(session, int(value_in(body)), actor, now=deps.now())
    if (body.get("view") or {}).get("type") == "modal":
        await show(client, body, views.made_modal())
    await ack()


async def _card(body: Body, client: AsyncWebClient, deps: Deps) -> SpotCard:
    actor = await actor_in(body, client, deps)
    async with reading(deps.db) as session:
        return await service.card(session, int(value_in(body)), actor)


async def _next(deps: Deps, run_id: int, actor: Actor) -> dict[str, Any]:
    async with reading(deps.db) as session:
        card = await service.next_card(session, run_id, actor)
        if card is not None:
            return views.look_modal(card)
        return views.done_modal(run_id, await service.report(session, run_id))


def register(app: AsyncApp, deps: Deps) -> None:
    buttons = {
        Action.SPOT_OPEN: opened,
        Action.SPOT_EDIT: open_edit,
        Action.SPOT_REJECT: open_reject,
        Action.SPOT_SKIP: skipped,
        Action.FINISH_FILES: files_again,
    }
    submitted = {Callback.SPOT_GOOD: good, Callback.SPOT_EDIT: edited, Callback.SPOT_REJECT: rejected}
    for action, listener in buttons.items():
        app.action(action)(guarded(listener, deps))
    for callback, listener in submitted.items():
        app.view(callback)(guarded(listener, deps))
