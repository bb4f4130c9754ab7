"""Tuned models: which is in use, which runs and what that costs, and the buttons that change it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot.domain.message import Block, Message
from bot.domain.shutdown import in_words
from bot.domain.tuned import ModelsCard, ServingState, TunedCard
from bot.views import blocks as b
from bot.views.ids import Action, Callback
from bot.views.span import span

# Blocks of one model on the list: as many models as fit into a message with room to spare.
MODELS_SHOWN = 12

STATES = {
    ServingState.READY: "Answers",
    ServingState.ASKING: "Taught, but not running",
    ServingState.BY_HAND: "Taught; somebody has to deploy it at the provider",
    ServingState.STARTING: "Starting; this takes some minutes",
    ServingState.STOPPING: "Stopping",
    ServingState.STOPPED: "Not running",
    ServingState.FAILED: "Could not be started",
}


def state_in_words(card: TunedCard) -> str:
    if card.retired_at is not None:
        return "Retired"
    if card.state is ServingState.READY and not card.hourly:
        return "In use" if card.in_use else "Ready to be used"
    words = "Running" if card.state is ServingState.READY else STATES[card.state]
    return f"In use. {words}" if card.in_use else words


def standing(card: TunedCard, now: datetime) -> str:
    """One paragraph: state, money, and what is wrong."""
    mark = ":white_check_mark: " if card.in_use else ""
    lines = [f"{mark}{b.esc(state_in_words(card))}{_money(card, now)}"]
    if card.problem and card.retired_at is None:
        lines.append(f":information_source: {b.esc(b.cut(card.problem, 600))}")
    return "\n".join(lines)


def _money(card: TunedCard, now: datetime) -> str:
    """`, since 12:40, about $1.20 so far`, or the price an hour."""
    if not card.hourly:
        return ""
    so_far = f"{b.about(card.usd_so_far)} so far" if card.usd_so_far is not None else "at a price I do not know"
    if card.running_since is not None:
        since = b.date_token(card.running_since.timestamp(), card.running_since.strftime("%Y-%m-%d %H:%M UTC"))
        lasting = span(round((now - card.running_since).total_seconds()))
        return f" since {since} ({lasting}), {so_far}"
    spent = f"; {so_far}" if card.usd_so_far else ""
    return f"; {hourly(card)} while it runs{spent}"


def hourly(card: TunedCard) -> str:
    return f"{b.price(card.hourly_usd)} an hour" if card.hourly_usd is not None else "unknown price an hour"


def buttons(card: TunedCard) -> list[Block]:
    """What can be done with one model."""
    value = str(card.id)
    if card.retired_at is not None:
        return []
    if card.state in (ServingState.ASKING, ServingState.STOPPED, ServingState.FAILED):
        return [_start_button(card, value)]
    if card.state is ServingState.BY_HAND:
        return [b.button("I deployed it …", Action.TUNED_NAME, value, style="primary")]
    if card.in_use or not card.answers:
        return stop_button(card)
    return [b.button("Use this one", Action.TUNED_USE, value, style="primary"), *stop_button(card)]


def _start_button(card: TunedCard, value: str) -> Block:
    if not card.hourly:
        return b.button("Start it", Action.TUNED_START, value, style="primary")
    sure = b.confirm(
        "Start this model?",
        f"{card.provider_label} bills {hourly(card)} from now until it is stopped, whether anybody writes or not.",
        "Start it",
    )
    return b.button(f"Start it · {hourly(card)}", Action.TUNED_START, value, style="primary", confirm=sure)


def stop_button(card: TunedCard) -> list[Block]:
    """Only where running costs money."""
    if not card.hourly or card.state not in (ServingState.READY, ServingState.STARTING) or card.retired_at is not None:
        return []
    sure = b.confirm("Stop this model?", "It writes nothing until it is started again, which takes minutes.", "Stop it")
    return [b.button("Stop it", Action.TUNED_STOP, str(card.id), style="danger", confirm=sure)]


def models_card(card: ModelsCard, now: datetime) -> Message:
    """All tuned models of a project, the newest first."""
    if not card.models:
        text = "No model was taught here yet. Freeze the approved texts, then teach one with `/tune train`."
        return Message(text=text, blocks=[b.section(text)])
    shown: list[Block] = [b.header("Your models")]
    if card.former is not None:
        back = b.button("Go back to it", Action.TUNED_BACK, str(card.project_id))
        shown += [b.section(f"In use before: `{b.esc(card.former.name)}`"), b.actions(back)]
    for model in card.models[:MODELS_SHOWN]:
        shown += [b.divider(), b.section(_about(model, now)), *_row(model)]
    hidden = len(card.models) - MODELS_SHOWN
    if hidden > 0:
        shown.append(b.context(f"{hidden} older ones are not shown."))
    return Message(text=b.cut(_spoken(card), b.MESSAGE_TEXT), blocks=shown)


def _about(model: TunedCard, now: datetime) -> str:
    where = f"{b.esc(model.base_model)} at {b.esc(model.provider_label)}"
    learned = f"learned from {model.pairs} texts (version {model.dataset}), {where}"
    ends = f"\n:hourglass: It {in_words(model.ends, now.date())}." if model.ends and model.retired_at is None else ""
    # As code, or ":tea:" in a name would become a cup of tea
    return f"`{b.esc(model.name)}`\n{standing(model, now)}\n{learned}{_by_whom(model)}{ends}"


def _by_whom(model: TunedCard) -> str:
    if model.retired_at is not None:
        return f" · retired by <@{model.retired_by}>" if model.retired_by else ""
    if model.in_use and model.promoted_at is not None and model.promoted_by:
        since = b.date_token(model.promoted_at.timestamp(), model.promoted_at.strftime("%Y-%m-%d %H:%M UTC"))
        return f" · in use since {since}, by <@{model.promoted_by}>"
    return ""


def _row(model: TunedCard) -> list[Block]:
    if model.retired_at is not None:
        return []
    sure = b.confirm(
        "Retire this model?", "Nobody can use it here any more. Its texts and its history are kept.", "Retire"
    )
    retire = b.button("Retire", Action.TUNED_RETIRE, str(model.id), confirm=sure)
    elsewhere = b.button("Train again elsewhere …", Action.TRAIN_ELSEWHERE, str(model.id))
    return [b.actions(*buttons(model), elsewhere, retire)]


def _spoken(card: ModelsCard) -> str:
    lines = [f"{b.esc(model.name)}: {b.esc(state_in_words(model))}." for model in card.models[:MODELS_SHOWN]]
    return f"Your models. {' '.join(lines)}"


def name_modal(card: TunedCard) -> dict[str, Any]:
    """Asks for the name of a deployment that somebody made at the provider."""
    field = b.text_input("name", placeholder="my-deployment", max_length=200)
    asked = [
        b.section(b.esc(b.cut(card.problem, 600)) or "Deploy the model at the provider, then tell me its name."),
        b.context(f"The model to deploy: `{b.esc(card.name)}`. {b.esc(card.provider_label)} bills it by the hour."),
        b.asked(
            "The deployment's name", field, block_id="name", hint="As the provider shows it. I ask the model by it."
        ),
    ]
    return b.modal("Name the deployment", Callback.TUNED_NAME, asked, submit="Use it", metadata=str(card.id))
