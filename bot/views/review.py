"""The review's messages: a batch's card, its samples before and after a decision."""

from __future__ import annotations

from bot.domain.completion import Origin
from bot.domain.message import Block, Message
from bot.domain.review import CARD_TEXT, BatchCard, CompletionCard, Decided, ReviewState, is_cut
from bot.views import blocks as b
from bot.views.completion import minutes_in_words, notice_block
from bot.views.ids import Action

FACT_TEXT = 200
# What is left of a text on the card of a decided one.
DECIDED_TEXT = 300
MARKS = {
    ReviewState.APPROVED: ":white_check_mark: *Approved*",
    ReviewState.EDITED: ":pencil2: *Edited*",
    ReviewState.REJECTED: ":no_entry_sign: *Rejected*",
    ReviewState.REPLACED: ":repeat: *Being written again*, asked",
}
WORDS = {
    ReviewState.APPROVED: "approved",
    ReviewState.EDITED: "edited",
    ReviewState.REJECTED: "rejected",
    ReviewState.REPLACED: "being written again",
}
HOW_TO_REACT = "React with :+1: to approve or :-1: to reject; take it back to undo."


def batch_card(card: BatchCard) -> Message:
    """Progress of a review, with the samples in its thread."""
    counts = card.counts
    figures = f"{counts.approved} approved · {counts.edited} edited · {counts.rejected} rejected · {counts.open} open"
    coming = f" · {card.coming} being written" if card.coming else ""
    body = [
        b.header(f"Review: {card.title}"),
        b.section(f"{b.bar(counts.decided, counts.total)} decided\n{figures}{coming}"),
        b.context(_what_now(card)),
    ]
    spoken = f"Review of {counts.total} texts: {counts.decided} decided, {counts.open} open. {_what_now(card)}"
    return Message(text=spoken, blocks=[*body, b.actions(*_batch_buttons(card))])


def _what_now(card: BatchCard) -> str:
    if card.is_done:
        return f"All decided. {card.counts.pairs} texts can go into a training set."
    if not card.counts.open:
        return "The next texts are being written."
    minutes = minutes_in_words(card.minutes)
    return f"About {minutes} left. The samples are in this thread; new ones come as you decide."


def _batch_buttons(card: BatchCard) -> list[Block]:
    project = str(card.project_id)
    freeze = b.button("Make a training set", Action.DATASET_FREEZE, project, style="primary" if card.is_done else "")
    following = b.button("Review next", Action.REVIEW_NEXT, project, style="primary")
    return [*([] if card.is_done else [following]), *([freeze] if card.counts.pairs else [])] or [following]


def sample_card(card: CompletionCard) -> Message:
    """One text: waiting for a decision, or what was decided in a line."""
    if card.decided is not None:
        return _decided_card(card, card.decided)
    body = [
        b.header(card.product),
        b.context(origin_line(card)),
        *facts_block(card),
        *notice_block(card.notice),
        b.quote(b.cut(card.text, CARD_TEXT)),
    ]
    how = "The text is longer than this card: open it to approve it." if is_cut(card.text) else HOW_TO_REACT
    return Message(
        text=_spoken(card), blocks=[*body, b.actions(*_verdict_buttons(card)), b.context(how)], version=card.version
    )


def origin_line(card: CompletionCard) -> str:
    """Which one of how many, and who wrote it."""
    wrote = {Origin.EXISTING: "your own text", Origin.SLACK_EDIT: "edited by a colleague"}
    by = wrote.get(Origin(card.origin), f"written by {b.esc(card.model)}")
    return f"{card.number} of {card.total} · {by}"


def facts_block(card: CompletionCard) -> list[Block]:
    """What the text is checked against."""
    return [b.fields([(label, b.cut(value, FACT_TEXT)) for label, value in card.facts])] if card.facts else []


def _spoken(card: CompletionCard) -> str:
    notice = f" {b.esc(card.notice)}" if card.notice else ""
    text = b.esc(b.cut(card.text, CARD_TEXT))
    return b.cut(f"{b.esc(card.product)}: waiting for a decision.{notice} {text}", b.MESSAGE_TEXT)


def _verdict_buttons(card: CompletionCard) -> list[Block]:
    this = f"{card.id}:{card.version}"
    approve = b.button("Approve", Action.REVIEW_APPROVE, this, style="primary")
    if is_cut(card.text):
        approve = b.button("Approve from full view", Action.REVIEW_FULL, this, style="primary")
    return [
        approve,
        b.button("Edit", Action.REVIEW_EDIT, this),
        b.button("Reject", Action.REVIEW_REJECT, this, style="danger"),
        b.button("Regenerate", Action.REVIEW_AGAIN, this),
        b.button("Write it myself", Action.REVIEW_OWN, this),
    ]


def _decided_card(card: CompletionCard, decided: Decided) -> Message:
    """One line of outcome, the objections, and the way back while there is one."""
    line = outcome(card, decided)
    objections = [b.section(f":speech_balloon: <@{who}> objects: {b.esc(why)}") for who, why in decided.objections]
    shown = [] if decided.state == ReviewState.REPLACED else [b.quote(b.cut(card.text, DECIDED_TEXT))]
    spoken = b.cut(f"{b.esc(card.product)}: {WORDS[decided.state]} by <@{decided.who}>.", b.MESSAGE_TEXT)
    tail = _back_buttons(card, decided)
    return Message(text=spoken, blocks=[b.section(line), *shown, *objections, *tail], version=card.version)


def outcome(card: CompletionCard, decided: Decided) -> str:
    """`Approved by @ana · Rope Doorstop`, with the reason where there is one."""
    reason = f" · “{b.esc(b.cut(decided.reason, 300))}”" if decided.reason else ""
    return f"{MARKS[decided.state]} by <@{decided.who}> · {b.esc(card.product)}{reason}"


def _back_buttons(card: CompletionCard, decided: Decided) -> list[Block]:
    if decided.state == ReviewState.REPLACED:
        return []
    if card.frozen:
        return [b.context("Part of a training set by now, so it stays as it is.")]
    this = f"{card.id}:{card.version}"
    return [b.actions(b.button("Undo", Action.REVIEW_UNDO, this), b.button("Object", Action.REVIEW_OBJECT, this))]
