"""Changing, rejecting and writing again one text: the buttons that open a form, and the forms."""

from __future__ import annotations

from typing import NamedTuple

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.deps import Deps
from bot.domain.cards_prompt import StyleModal
from bot.domain.editing import MOST_PARTS, Part, joined, parts_of
from bot.errors import AlreadyDecided, BadForm, BotError, NotYet, Stale
from bot.services import completion as writing
from bot.services import editing as service
from bot.services import project as projects
from bot.services import review, rules
from bot.services.completion_price import cost_of_one
from bot.views import editing as forms
from bot.views.history import history
from bot.views.ids import Action, Callback
from bot.views.prompt_forms import style_modal
from handlers.access import actor_in, text_allowed
from handlers.boundary import Body, guarded, metadata_in, value_in
from handlers.forms import labels_in, text_in, values_in
from handlers.review_windows import card_of, close_or_follow, next_view, open_card, show, target_of
from handlers.windows import put_on_top
from storage.engine import reading, transaction


async def rejected(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    target, actor = target_of(metadata_in(body)), await actor_in(body, client, deps)
    reason = "; ".join(said for said in (*labels_in(body, "reasons"), text_in(body, "reason")) if said)
    async with transaction(deps.db) as session:
        await service.reject(session, target.id, target.version, actor, reason, now=deps.now())
    await close_or_follow(ack, deps, target, actor)


async def edited(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    """An edit or an own text was saved. Where that cannot be, what was typed is shown: to save again or to copy."""
    target, actor = target_of(metadata_in(body)), await actor_in(body, client, deps)
    typed = typed_in(body)
    try:
        async with transaction(deps.db) as session:
            await service.edit(
                session, target.id, target.version, actor, typed.text, text_allowed=text_allowed(deps), now=deps.now()
            )
    except BadForm as problem:
        raise BadForm({typed.field: str(problem)}) from problem
    except (AlreadyDecided, Stale) as problem:
        card = await card_of(deps, target, actor)
        await ack(response_action="update", view=forms.lost_race(card, typed.text, str(problem)))
        return
    except BotError as problem:
        await ack(response_action="update", view=forms.not_saved(typed.text, str(problem)))
        return
    await close_or_follow(ack, deps, target, actor)


class Typed(NamedTuple):
    """A text as it was typed, and the field that a complaint about it stands under."""

    text: str
    field: str


def typed_in(body: Body) -> Typed:
    """The text of a form with one box, or with one for each part of it."""
    boxes = {name: str(state.get("value") or "") for name, state in values_in(body).items() if name.startswith("text")}
    if len(boxes) == 1:
        [(field, text)] = boxes.items()
        return Typed(text.strip(), field)
    named = sorted((int(name.split(":")[1]), name) for name in boxes)
    parts = [Part(boxes[name], name.split(":")[2]) for _, name in named]
    return Typed(joined(parts).strip(), named[0][1])


async def again(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    target, actor = target_of(metadata_in(body)), await actor_in(body, client, deps)
    hint = text_in(body, "hint")
    async with transaction(deps.db) as session:
        text = await review.card(session, target.id)
        project = await projects.get(session, text.project_id, actor)
        await writing.again(
            session,
            target.id,
            target.version,
            actor,
            hint,
            model=deps.models.generate(projects.settings_of(project)),
            now=deps.now(),
            limits=deps.limits,
        )
        await rules.offer_if_repeated(session, text.project_id, hint, now=deps.now())
    await ack()


async def keep_old(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    """The text before this one takes its place back."""
    target, actor = target_of(value_in(body)), await actor_in(body, client, deps)
    async with transaction(deps.db) as session:
        await service.keep_old(session, target.id, target.version, actor, now=deps.now())
    if (body.get("view") or {}).get("type") == "modal":
        project_id = (await card_of(deps, target, actor)).project_id
        await show(client, body, await next_view(deps, project_id, actor))
    await ack()


# opening forms: a trigger lives three seconds, so they read first and ask Slack at once


async def open_edit(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    service.require_slack_text(text_allowed(deps))
    target, card = await open_card(body, client, deps)
    if len(parts_of(card.text)) > MOST_PARTS:
        raise NotYet(
            f"This text has {len(card.text):,} characters, more than a window in Slack takes.",
            todo="Reject it, or have it written again shorter.",
        )
    await show(client, body, forms.edit_form(card, following=target.following))
    await ack()


async def open_own(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    service.require_slack_text(text_allowed(deps))
    target, card = await open_card(body, client, deps)
    await show(client, body, forms.own_form(card, following=target.following))
    await ack()


async def open_reject(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    target, card = await open_card(body, client, deps)
    actor = await actor_in(body, client, deps)
    async with reading(deps.db) as session:
        reasons = await service.reject_reasons(session, card.project_id, actor)
    await show(client, body, forms.reject_form(card, reasons=reasons, following=target.following))
    await ack()


async def open_again(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    """Only owners get the form: it spends."""
    _, card = await open_card(body, client, deps)
    actor = await actor_in(body, client, deps)
    async with reading(deps.db) as session:
        project = await projects.as_owner(session, card.project_id, actor)
        cost = await cost_of_one(session, project, deps.models.generate(projects.settings_of(project)))
    await show(client, body, forms.again_form(card, usd=cost.likely_usd))
    await ack()


async def open_full(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    _, card = await open_card(body, client, deps)
    await show(client, body, forms.full_view(card))
    await ack()


async def open_history(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    """On top of the window whose button was pressed, so that closing it leads back."""
    target, actor = target_of(value_in(body)), await actor_in(body, client, deps)
    async with reading(deps.db) as session:
        found = await service.history(session, target.id, actor)
    await put_on_top(client, body, history(found))
    await ack()


async def open_style_with_hint(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    """The house style's window with a repeated hint in it; nothing is changed until an owner saves it."""
    project_id, _, ref = value_in(body).partition(":")
    actor = await actor_in(body, client, deps)
    async with reading(deps.db) as session:
        style, hint = await rules.style_with_hint(session, int(project_id), ref, actor)
    view = forms.style_with_hint(style_modal(StyleModal(int(project_id), style)), hint)
    await client.views_open(trigger_id=body["trigger_id"], view=view)
    await ack()


def register(app: AsyncApp, deps: Deps) -> None:
    buttons = {
        Action.REVIEW_EDIT: open_edit,
        Action.REVIEW_OWN: open_own,
        Action.REVIEW_REJECT: open_reject,
        Action.REVIEW_AGAIN: open_again,
        Action.REVIEW_FULL: open_full,
        Action.REVIEW_HISTORY: open_history,
        Action.REVIEW_KEEP_OLD: keep_old,
        Action.STYLE_FROM_HINT: open_style_with_hint,
    }
    submitted = {
        Callback.REVIEW_EDIT: edited,
        Callback.REVIEW_OWN: edited,
        Callback.REVIEW_REJECT: rejected,
        Callback.REVIEW_AGAIN: again,
    }
    for action, listener in buttons.items():
        app.action(action)(guarded(listener, deps))
    for callback, listener in submitted.items():
        app.view(callback)(guarded(listener, deps))
