"""The review in Slack: verdict buttons, their forms, focus mode."""

from __future__ import annotations

import re

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.deps import Deps
from bot.domain.people import Actor
from bot.domain.review import Surface, VerdictKind
from bot.services import bulk, disputes
from bot.services import project as projects
from bot.services import review as service
from bot.views import editing as forms
from bot.views.bulk import DOUBTFUL, rest_view
from bot.views.disputes import settle_view, settled_view
from bot.views.ids import Action, Callback
from handlers.access import actor_in
from handlers.boundary import Body, Listener, channel_in, guarded, metadata_in, value_in
from handlers.commands import Asked, CommandListener, asked_project
from handlers.forms import choices_in, text_in
from handlers.review_windows import Target, card_of, close_or_follow, next_view, project_of, show, target_of
from storage.engine import reading, transaction


async def approve(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    """The button under a sample."""
    target, actor = target_of(value_in(body)), await actor_in(body, client, deps)
    await _approve(deps, target, actor, surface=Surface.BUTTON)
    await ack()


async def approved_in_full(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    """The full view was submitted."""
    target, actor = target_of(metadata_in(body)), await actor_in(body, client, deps)
    await _approve(deps, target, actor, surface=Surface.MODAL)
    await close_or_follow(ack, deps, target, actor)


async def _approve(deps: Deps, target: Target, actor: Actor, *, surface: Surface) -> None:
    async with transaction(deps.db) as session:
        await service.decide(
            session, target.id, target.version, actor, VerdictKind.APPROVED, surface=surface, now=deps.now()
        )


async def undo(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    target, actor = target_of(value_in(body)), await actor_in(body, client, deps)
    async with transaction(deps.db) as session:
        await service.undo(session, target.id, actor, now=deps.now())
    await ack()


async def objected(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    target, actor = target_of(metadata_in(body)), await actor_in(body, client, deps)
    async with transaction(deps.db) as session:
        await service.object_to(session, target.id, actor, text_in(body, "reason"), now=deps.now())
    await ack()


# opening forms: a trigger lives three seconds, so they read first and ask Slack at once


async def open_object(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    target, actor = target_of(value_in(body)), await actor_in(body, client, deps)
    async with reading(deps.db) as session:
        await service.require_objectable(session, target.id, actor)
    await show(client, body, forms.object_form(await card_of(deps, target, actor)))
    await ack()


async def review_next(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    """Focus mode: one text after the other in a modal."""
    actor = await actor_in(body, client, deps)
    value = value_in(body)
    async with reading(deps.db) as session:
        project = int(value) if value.isdecimal() else (await projects.need(session, actor, channel_in(body))).id or 0
    await show(client, body, await next_view(deps, project, actor))
    await ack()


async def skip(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    """In focus mode: leave this one to others and look at the next."""
    target, actor = target_of(value_in(body)), await actor_in(body, client, deps)
    async with transaction(deps.db) as session:
        await service.skip(session, target.id, actor, now=deps.now())
    await show(client, body, await next_view(deps, await project_of(deps, target, actor), actor))
    await ack()


async def open_settle(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    """Both versions of what people disagree about, for who has the last word."""
    target, actor = target_of(value_in(body)), await actor_in(body, client, deps)
    async with reading(deps.db) as session:
        card = await disputes.to_settle(session, target.id, actor)
    await show(client, body, settle_view(card))
    await ack()


async def chosen(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    """The last word: one of the versions, or none. A modal cannot be closed by a button, so it says that it is done."""
    value, actor = value_in(body), await actor_in(body, client, deps)
    completion_id, version, number, *more = value.split(":")
    choice = disputes.NONE if number == "none" else int(number)
    async with transaction(deps.db) as session:
        await disputes.rule(session, int(completion_id), int(version), actor, choice, now=deps.now())
    target = Target(int(completion_id), int(version), following=bool(more))
    project = await project_of(deps, target, actor)
    await show(client, body, await next_view(deps, project, actor) if more else settled_view())
    await ack()


async def open_rest(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    """What approving the rest would do."""
    actor = await actor_in(body, client, deps)
    async with reading(deps.db) as session:
        rest = await bulk.rest(session, int(value_in(body)), actor)
    await show(client, body, rest_view(rest))
    await ack()


async def rest_approved(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    actor = await actor_in(body, client, deps)
    batch_id, last_id = (int(part) for part in metadata_in(body).split(":"))
    async with reading(deps.db) as session:
        only = None if DOUBTFUL in choices_in(body, DOUBTFUL) else await bulk.sound(session, batch_id, last_id, actor)
    async with transaction(deps.db) as session:
        await bulk.approve_rest(session, batch_id, last_id, actor, now=deps.now(), only=only)
    await ack()


async def rest_undone(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    actor = await actor_in(body, client, deps)
    async with transaction(deps.db) as session:
        await bulk.undo(session, int(value_in(body)), actor, now=deps.now())
    await ack()


async def command(ack: AsyncAck, body: Body, client: AsyncWebClient, asked: Asked, *, deps: Deps) -> None:
    """`/tune review`."""
    view = await next_view(deps, asked_project(asked), asked.actor)
    await client.views_open(trigger_id=body["trigger_id"], view=view)
    await ack()


# One button a version and one for none of them.
CHOICES = re.compile(rf"^{re.escape(Action.REVIEW_CHOOSE)}:(\d|none)$")
COMMANDS: dict[str, CommandListener] = {"review": command}


def register(app: AsyncApp, deps: Deps) -> None:
    buttons: dict[str | re.Pattern[str], Listener] = {
        Action.REVIEW_APPROVE: approve,
        Action.REVIEW_UNDO: undo,
        Action.REVIEW_OBJECT: open_object,
        Action.REVIEW_NEXT: review_next,
        f"{Action.REVIEW_NEXT}:skip": skip,
        Action.REVIEW_SETTLE: open_settle,
        CHOICES: chosen,
        Action.REVIEW_REST: open_rest,
        Action.REVIEW_REST_UNDO: rest_undone,
    }
    submitted = {
        Callback.REVIEW_FULL: approved_in_full,
        Callback.REVIEW_OBJECT: objected,
        Callback.REVIEW_REST: rest_approved,
    }
    for action, listener in buttons.items():
        app.action(action)(guarded(listener, deps))
    for callback, listener in submitted.items():
        app.view(callback)(guarded(listener, deps))
