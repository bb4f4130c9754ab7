"""Messages about writing: five to try, a run's progress, and the one ping at its end."""

from __future__ import annotations

from bot.domain.completion import Offer, RunCard, RunKind, RunState, TryCard, TryText
from bot.domain.message import Block, Message
from bot.domain.review import minutes_for
from bot.domain.spending import warning_due
from bot.views import blocks as b
from bot.views.ids import Action

# So much of each of five texts fits into one message.
TRY_TEXT = 1200

DOING = {
    RunKind.WRITE: "Writing new texts",
    RunKind.EXISTING: "Taking over the texts you already have",
    RunKind.FINISH: "Writing the rest of the catalog",
}


def notice_block(notice: str) -> list[Block]:
    """What has to stand in red beside every text of a model, if anything."""
    return [b.section(f":red_circle: *{b.esc(notice)}*")] if notice else []


def try_card(card: TryCard) -> Message:
    """Five texts of different products, and what can be done next."""
    body = [b.header("Five texts to try"), *notice_block(card.notice if card.written else "")]
    for text in card.texts:
        body += _tried(text, is_over=card.state.is_final)
    return Message(text=_try_spoken(card), blocks=[*body, b.context(_try_footer(card)), *_try_buttons(card)])


def _tried(text: TryText, *, is_over: bool) -> list[Block]:
    facts = " · ".join(f"{label}: {value}" for label, value in b.besides_its_name(text.product, text.facts))
    head = b.section(f"*{b.esc(text.product)}*\n{b.esc(b.cut(facts, 300))}")
    if text.text:
        return [head, b.quote(b.cut(text.text, TRY_TEXT))]
    waiting = f"_Not written. {b.esc(text.problem)}_" if is_over else "_Being written …_"
    return [head, b.section(waiting)]


def _try_spoken(card: TryCard) -> str:
    if not card.state.is_final:
        return f"Writing five texts to try: {card.written} of {len(card.texts)} written."
    if card.problem:
        return f"Five texts to try: {card.written} written, then it ended. {b.esc(card.problem)}"
    names = ", ".join(text.product for text in card.texts)
    return b.cut(f"Five texts to try: {b.esc(names)}. Good? Then order more with the buttons.", b.MESSAGE_TEXT)


def _try_footer(card: TryCard) -> str:
    cost = _cost_of_five(card.usd)
    if not card.state.is_final:
        return f"{b.bar(card.written, len(card.texts), 5)}  {b.esc(card.model)}"
    return f"{b.esc(card.model)}. {cost} Nothing more is bought until an owner says it is good."


def _try_buttons(card: TryCard) -> list[Block]:
    """More, or a change, or the texts that are there already."""
    if not card.state.is_final:
        return []
    project = str(card.project_id)
    more = [_more_button(card.run_id, offer, is_first=number == 0) for number, offer in enumerate(card.offers)]
    rows = [b.section("*Good, write more:*"), b.actions(*more)] if more else []
    if card.problem:
        rows = [b.section(f":warning: {b.esc(card.problem)}")]
    others = [] if more else [b.button("Try five again", Action.WRITE_TRY, project, style="primary")]
    others += [
        b.button("Change the template", Action.TEMPLATE_OPEN, project),
        b.button("Change the style", Action.STYLE_OPEN, project),
    ]
    if card.existing:
        label = f"Use the texts you already have ({card.existing})"
        others.append(b.button(label, Action.WRITE_EXISTING, project))
    return [*rows, b.actions(*others)]


def _more_button(run_id: int, offer: Offer, *, is_first: bool) -> Block:
    count = f"All {offer.count:,}" if offer.is_all else f"{offer.count:,} more"
    label = f"{count} · {b.price(offer.usd)} · {minutes_in_words(offer.minutes)} review"
    value = f"{run_id}:{'all' if offer.is_all else offer.count}"
    return b.button(label, f"{Action.WRITE_MORE}:{offer.count}", value, style="primary" if is_first else "")


def minutes_in_words(minutes: int) -> str:
    """`5 min`, `1 h 40 min`."""
    if minutes < 60:
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def run_card(card: RunCard) -> Message:
    """Progress of a run, edited in place: bar, speed, time left, cost, Stop."""
    title = _title(card)
    lines = [b.section(f"*{title}*\n{b.bar(card.written, card.wanted)}"), b.context(*_figures(card))]
    warned = b.esc(card.problem) or _nearly_spent(card)
    if warned:
        lines.append(b.section(f":warning: {warned}"))
    spoken = f"{title}: {card.written} of {card.wanted} written. {warned}".strip()
    return Message(text=spoken, blocks=[*lines, *_run_buttons(card)])


def _nearly_spent(card: RunCard) -> str:
    """A word in time, before the run ends at the most it may cost."""
    if card.state.is_final or not card.usd or not card.cap_usd:
        return ""
    mark = warning_due(card.usd, card.cap_usd)
    part = {100: "All", 80: "Four fifths"}.get(mark or 0)
    return f"{part} of the {b.price(card.cap_usd)} that this may cost is spent." if part else ""


def _title(card: RunCard) -> str:
    doing = DOING.get(card.kind, "Writing")
    ends = {
        RunState.STOPPING: "stopping",
        RunState.DONE: "done",
        RunState.STOPPED: "stopped",
        RunState.FAILED: "ended early",
    }
    return f"{doing}: {ends[card.state]}" if card.state in ends else doing


def _figures(card: RunCard) -> list[str]:
    """Speed and time left while it runs; what it cost, and what could not be written."""
    parts = []
    if not card.state.is_final and card.written:
        parts.append(f"{card.per_minute:,.0f} a minute")
        parts.append(f"about {_duration(card.seconds_left)} left")
    if card.kind != RunKind.EXISTING:
        parts.append(_cost(card.usd, final=card.state.is_final))
    if card.failed:
        parts.append(f"{card.failed} not written")
    return [" · ".join(parts) or "Nothing is bought for this."]


def _duration(seconds: int | None) -> str:
    if seconds is None:
        return "a while"
    return f"{max(seconds, 1)} s" if seconds < 90 else minutes_in_words(round(seconds / 60))


def _run_buttons(card: RunCard) -> list[Block]:
    if card.state == RunState.RUNNING:
        sure = b.confirm("Stop writing?", "What is written is kept; nothing more is bought.", "Stop", "Go on")
        return [b.actions(b.button("Stop", Action.WRITE_STOP, str(card.id), style="danger", confirm=sure))]
    if card.state.is_final and card.batch_id is not None:
        return [b.actions(b.button("Review next", Action.REVIEW_NEXT, str(card.project_id), style="primary"))]
    return []


def run_done(card: RunCard) -> Message:
    """The one ping of a run, to who ordered it."""
    text = f"<@{card.started_by}> {_ending(card)}"
    return Message(text=text, blocks=[b.section(text), *_done_buttons(card)])


def _ending(card: RunCard) -> str:
    ready = f"{card.written:,} texts are ready to review, about {minutes_in_words(minutes_for(card.written))}."
    if not card.written:
        ready = "No text was written."
    missed = f" {card.failed:,} were not written." if card.failed else ""
    if card.state == RunState.DONE:
        return ready + missed
    what = "The writing was stopped." if card.state == RunState.STOPPED else "The writing ended early."
    return " ".join(part for part in (what, b.esc(card.problem), ready + missed) if part)


def _done_buttons(card: RunCard) -> list[Block]:
    project = str(card.project_id)
    buttons = [b.button("Review next", Action.REVIEW_NEXT, project, style="primary")] if card.written else []
    if card.state == RunState.FAILED and card.kind == RunKind.WRITE:
        buttons.append(b.button("Try five again", Action.WRITE_TRY, project))
    return [b.actions(*buttons)] if buttons else []


def _cost_of_five(usd: float | None) -> str:
    if usd is None:
        return "Price unknown."
    return f"These cost {b.price(usd)}." if usd else "These were free."


def _cost(usd: float | None, *, final: bool) -> str:
    if not usd:
        return b.price(usd)
    return f"cost {b.price(usd)}" if final else f"cost so far {b.price(usd)}"
