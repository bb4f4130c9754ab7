"""The review in Slack: verdict buttons, their forms, focus mode."""

from __future__ import annotations

from typing import Any, NamedTuple

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.deps import Deps
from bot.domain.people import Actor
from bot.domain.review import EDIT_TEXT, CompletionCard, Surface, VerdictKind
from bot.errors import AlreadyDecided, NotYet, Stale
from bot.services import completion as writing
from bot.services import project as projects
from bot.services import review as service
from bot.services.completion_price import cost_of_one
from bot.services.review_cards import with_notice
from bot.views import review_forms as forms
from bot.views.ids import Action, Callback
from handlers.access import actor_in
from handlers.boundary import Body, channel_in, guarded, metadata_in, value_in
from handlers.commands import Asked, CommandListener
from handlers.forms import text_in, values_in
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


async def approve(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    """The button under a sample."""
    target, actor = target_of(value_in(body)), await actor_in(body, client, deps)
    await _decide(deps, target, actor, VerdictKind.APPROVED, surface=Surface.BUTTON)
    await ack()


async def approved_in_full(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    """The full view was submitted."""
    target, actor = target_of(metadata_in(body)), await actor_in(body, client, deps)
    await _decide(deps, target, actor, VerdictKind.APPROVED, surface=Surface.MODAL)
    await _close_or_follow(ack, deps, target, actor)


async def rejected(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    target, actor = target_of(metadata_in(body)), await actor_in(body, client, deps)
    await _decide(deps, target, actor, VerdictKind.REJECTED, surface=Surface.MODAL, reason=text_in(body, "reason"))
    await _close_or_follow(ack, deps, target, actor)


async def _decide(
    deps: Deps, target: Target, actor: Actor, kind: VerdictKind, *, surface: Surface, reason: str = ""
) -> None:
    async with transaction(deps.db) as session:
        await service.decide(
            session, target.id, target.version, actor, kind, surface=surface, now=deps.now(), reason=reason
        )


async def edited(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    """An edit or an own text was saved; where a colleague was faster, both texts are shown and no typing is lost."""
    target, actor = target_of(metadata_in(body)), await actor_in(body, client, deps)
    typed = text_in(body, "text_again" if "text_again" in values_in(body) else "text")
    try:
        async with transaction(deps.db) as session:
            await service.edit(
                session, target.id, target.version, actor, typed, text_allowed=_text_allowed(deps), now=deps.now()
            )
    except (AlreadyDecided, Stale) as problem:
        await ack(response_action="update", view=forms.lost_race(await _card(deps, target, actor), typed, str(problem)))
        return
    await _close_or_follow(ack, deps, target, actor)


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


async def again(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    target, actor = target_of(metadata_in(body)), await actor_in(body, client, deps)
    async with transaction(deps.db) as session:
        text = await service.card(session, target.id)
        project = await projects.get(session, text.project_id, actor)
        await writing.again(
            session,
            target.id,
            target.version,
            actor,
            text_in(body, "hint"),
            model=deps.models.generate(projects.settings_of(project)),
            now=deps.now(),
            month_usd=deps.settings.budget_usd_per_month,
        )
    await ack()


# opening forms: a trigger lives three seconds, so they read first and ask Slack at once


async def open_edit(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    service.require_slack_text(_text_allowed(deps))
    target, card = await _open_card(body, client, deps)
    if len(card.text) > EDIT_TEXT:
        raise NotYet(
            f"This text has more than {EDIT_TEXT:,} characters, which Slack's forms do not take.",
            todo="Reject it, or have it written again shorter.",
        )
    await _show(client, body, forms.edit_form(card, following=target.following))
    await ack()


async def open_own(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    service.require_slack_text(_text_allowed(deps))
    target, card = await _open_card(body, client, deps)
    await _show(client, body, forms.own_form(card, following=target.following))
    await ack()


async def open_reject(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    target, card = await _open_card(body, client, deps)
    await _show(client, body, forms.reject_form(card, following=target.following))
    await ack()


async def open_again(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    """Only owners get the form: it spends."""
    _, card = await _open_card(body, client, deps)
    actor = await actor_in(body, client, deps)
    async with reading(deps.db) as session:
        project = await projects.as_owner(session, card.project_id, actor)
        cost = await cost_of_one(session, project, deps.models.generate(projects.settings_of(project)))
    await _show(client, body, forms.again_form(card, usd=cost.likely_usd))
    await ack()


async def open_object(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    target, actor = target_of(value_in(body)), await actor_in(body, client, deps)
    async with reading(deps.db) as session:
        await service.require_objectable(session, target.id, actor)
    await _show(client, body, forms.object_form(await _card(deps, target, actor)))
    await ack()


async def open_full(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    _, card = await _open_card(body, client, deps)
    await _show(client, body, forms.full_view(card))
    await ack()


async def review_next(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    """Focus mode: one text after the other in a modal."""
    actor = await actor_in(body, client, deps)
    value = value_in(body)
    async with reading(deps.db) as session:
        project = int(value) if value.isdecimal() else (await projects.need(session, actor, channel_in(body))).id or 0
    await _show(client, body, await _next_view(deps, project, actor))
    await ack()


async def skip(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    """In focus mode: leave this one to others and look at the next."""
    target, actor = target_of(value_in(body)), await actor_in(body, client, deps)
    async with transaction(deps.db) as session:
        await service.skip(session, target.id, actor, now=deps.now())
    await _show(client, body, await _next_view(deps, (await _card(deps, target, actor)).project_id, actor))
    await ack()


async def command(ack: AsyncAck, body: Body, client: AsyncWebClient, asked: Asked, *, deps: Deps) -> None:
    """`/tune review`."""
    if asked.project is None:
        raise NotYet("There is no project in this channel yet.", todo="Start one with /tune new.")
    view = await _next_view(deps, asked.project.id or 0, asked.actor)
    await client.views_open(trigger_id=body["trigger_id"], view=view)
    await ack()


async def _open_card(body: Body, client: AsyncWebClient, deps: Deps) -> tuple[Target, CompletionCard]:
    """The text behind a button, which must be open as it was shown. Raises AlreadyDecided, Stale."""
    target, actor = target_of(value_in(body)), await actor_in(body, client, deps)
    async with reading(deps.db) as session:
        card = await service.to_decide(session, target.id, target.version, actor)
    return target, with_notice(card, deps.models.info)


async def _card(deps: Deps, target: Target, actor: Actor) -> CompletionCard:
    async with reading(deps.db) as session:
        return with_notice(await service.to_look_at(session, target.id, actor), deps.models.info)


async def _next_view(deps: Deps, project_id: int, actor: Actor) -> dict[str, Any]:
    async with reading(deps.db) as session:
        card = await service.next_for(session, project_id, actor)
    if card is None:
        return forms.all_done()
    return forms.full_view(with_notice(card, deps.models.info), following=True)


async def _close_or_follow(ack: AsyncAck, deps: Deps, target: Target, actor: Actor) -> None:
    """After a decision in a modal: the next text takes its place in focus mode, else it closes."""
    if not target.following:
        await ack()
        return
    project = (await _card(deps, target, actor)).project_id
    await ack(response_action="update", view=await _next_view(deps, project, actor))


async def _show(client: AsyncWebClient, body: Body, view: dict[str, Any]) -> None:
    """Open a modal, or put it in the place of the one whose button was pressed."""
    shown = body.get("view") or {}
    if shown.get("type") == "modal":
        await client.views_update(view_id=shown["id"], hash=shown["hash"], view=view)
    else:
        await client.views_open(trigger_id=body["trigger_id"], view=view)


def _text_allowed(deps: Deps) -> bool:
    return deps.settings.slack_text_for_training != "no"


COMMANDS: dict[str, CommandListener] = {"review": command}


def register(app: AsyncApp, deps: Deps) -> None:
    buttons = {
        Action.REVIEW_APPROVE: approve,
        Action.REVIEW_EDIT: open_edit,
        Action.REVIEW_OWN: open_own,
        Action.REVIEW_REJECT: open_reject,
        Action.REVIEW_AGAIN: open_again,
        Action.REVIEW_UNDO: undo,
        Action.REVIEW_OBJECT: open_object,
        Action.REVIEW_FULL: open_full,
        Action.REVIEW_NEXT: review_next,
        f"{Action.REVIEW_NEXT}:skip": skip,
    }
    submitted = {
        Callback.REVIEW_FULL: approved_in_full,
        Callback.REVIEW_EDIT: edited,
        Callback.REVIEW_OWN: edited,
        Callback.REVIEW_REJECT: rejected,
        Callback.REVIEW_AGAIN: again,
        Callback.REVIEW_OBJECT: objected,
    }
    for action, listener in buttons.items():
        app.action(action)(guarded(listener, deps))
    for callback, listener in submitted.items():
        app.view(callback)(guarded(listener, deps))
