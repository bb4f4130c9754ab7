"""The review's messages: a batch's card, its samples before and after a decision."""

from __future__ import annotations

from bot.domain.agreement import Agreement
from bot.domain.completion import Origin
from bot.domain.message import Block, Message
from bot.domain.review import (
    CARD_TEXT,
    BatchCard,
    CompletionCard,
    Decided,
    Progress,
    ReviewState,
    is_cut,
    minutes_for,
)
from bot.views import blocks as b
from bot.views.agreement import agreement_line, see_button
from bot.views.catalog_diff import changed_block, outdated_line
from bot.views.completion import minutes_in_words, notice_block
from bot.views.ids import Action
from bot.views.marks import marked_quote, marks_block, spoken_marks
from bot.views.reminders import pause_button, paused_line
from bot.views.rewritten import was_blocks

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
    figures += f" · {counts.disputed} where people disagree" if counts.disputed else ""
    coming = f" · {card.coming} being written" if card.coming else ""
    body = [
        b.header(f"Review: {card.title}"),
        b.section(f"{b.bar(counts.decided, counts.total)} decided\n{figures}{coming}"),
        b.context(_what_now(card), *_agreed(card)),
    ]
    body += [b.context(paused_line(card.paused_until, card.paused_by))] if card.paused_until else []
    spoken = f"Review of {counts.total} texts: {counts.decided} decided, {counts.open} open. {_what_now(card)}"
    return Message(text=spoken, blocks=[*body, b.actions(*_batch_buttons(card))])


def _agreed(card: BatchCard) -> list[str]:
    line = agreement_line(_agreement(card))
    return [f"{line}."] if line else []


def _agreement(card: BatchCard) -> Agreement:
    return Agreement(card.together, card.agreed, card.judges)


def _what_now(card: BatchCard) -> str:
    if card.is_done:
        return f"All decided. {card.counts.pairs} texts can go into a training set."
    if not card.counts.open:
        return "People disagree about the rest." if card.counts.disputed else "The next texts are being written."
    second = f" {_second(card.progress)}." if card.progress and card.progress.second else ""
    minutes = minutes_in_words(card.minutes)
    each = " for each of you" if card.progress and card.progress.share < card.counts.open else " left"
    return f"About {minutes}{each}.{second} The samples are in this thread; new ones come as you decide."


def progress_line(progress: Progress, *, mine: int | None = None) -> str:
    """`37 of 200 decided · 12 need a second vote · about 6 min for you`; `mine`: texts of the reader's own share."""
    parts = [f"{progress.decided} of {progress.total} decided"]
    parts += [_second(progress)] if progress.second else []
    share = progress.share if mine is None else mine
    if share:
        parts.append(f"about {minutes_in_words(minutes_for(share))} for {'each of you' if mine is None else 'you'}")
    return " · ".join(parts)


def _second(progress: Progress) -> str:
    needs = "needs" if progress.second == 1 else "need"
    if progress.votes == 1 and progress.waits_for:
        return f"{progress.second} {needs.replace('need', 'wait')} for {b.esc(progress.waits_for)}"
    return f"{progress.second} {needs} {'a second vote' if progress.votes <= 2 else 'more votes'}"


def votes_line(card: CompletionCard) -> str:
    """How many have spoken, not what they said: that is shown once everybody who is needed has."""
    if card.waits_for:
        return f":ballot_box_with_check: {_votes(card.votes_in)}. A yes from {b.esc(card.waits_for)} is missing."
    missing = card.votes_needed - card.votes_in
    return f":ballot_box_with_check: {card.votes_in} of {card.votes_needed} votes are in, {missing} missing."


def _votes(count: int) -> str:
    return "1 vote is in" if count == 1 else f"{count} votes are in"


def _batch_buttons(card: BatchCard) -> list[Block]:
    project = str(card.project_id)
    freeze = b.button("Make a training set", Action.DATASET_FREEZE, project, style="primary" if card.is_done else "")
    following = b.button("Review next", Action.REVIEW_NEXT, project, style="primary")
    rest = b.button("Approve the rest …", Action.REVIEW_REST, str(card.id))
    return [
        *([] if card.is_done else [following]),
        *([freeze] if card.counts.pairs else []),
        *([rest] if card.counts.open and not card.coming else []),
        *see_button(card.id, _agreement(card)),
        *([pause_button(card.project_id, paused=card.paused_until is not None)] if card.counts.open else []),
    ] or [following]


def sample_card(card: CompletionCard) -> Message:
    """One text: waiting for a decision, or what was decided in a line."""
    if card.outdated:
        line = outdated_line(card.product)
        return Message(
            text=line, blocks=[b.section(line), b.quote(b.cut(card.text, DECIDED_TEXT))], version=card.version
        )
    if card.decided is not None:
        return _decided_card(card, card.decided)
    body = [
        b.header(card.product),
        b.context(origin_line(card)),
        *facts_block(card),
        *changed_block(card.changed),
        *notice_block(card.notice),
        *was_blocks(card),
        marked_quote(b.cut(card.text, CARD_TEXT), card.marks),
        *marks_block(card.marks),
    ]
    how = "The text is longer than this card: open it to approve it." if is_cut(card.text) else HOW_TO_REACT
    body += [b.context(votes_line(card))] if card.votes_in else []
    tail = [b.actions(*_verdict_buttons(card)), b.context(how, *_figures(card))]
    return Message(text=_spoken(card), blocks=[*body, *tail], version=card.version)


def _figures(card: CompletionCard) -> list[str]:
    """On cards that nobody has voted on; the others are not drawn anew each time the figures change."""
    return [progress_line(card.progress)] if card.progress and not card.votes_in else []


def origin_line(card: CompletionCard) -> str:
    """Which one of how many, and who wrote it."""
    wrote = {Origin.EXISTING: "your own text", Origin.SLACK_EDIT: "edited by a colleague"}
    by = wrote.get(Origin(card.origin), f"written by {b.esc(card.model)}")
    return f"{card.number} of {card.total} · {by}"


def facts_block(card: CompletionCard) -> list[Block]:
    """What the text is checked against."""
    facts = b.besides_its_name(card.product, card.facts)
    return [b.fields([(label, b.cut(value, FACT_TEXT)) for label, value in facts])] if facts else []


def _spoken(card: CompletionCard) -> str:
    notice = f" {b.esc(card.notice)}" if card.notice else ""
    text = b.esc(b.cut(card.text, CARD_TEXT))
    return b.cut(
        f"{b.esc(card.product)}: waiting for a decision.{notice} {spoken_marks(card.marks)}{text}", b.MESSAGE_TEXT
    )


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
        *([b.button("Undo my vote", Action.REVIEW_UNDO, this)] if card.votes_in else []),
        *_history_button(card),
    ]


def _decided_card(card: CompletionCard, decided: Decided) -> Message:
    """One line of outcome, the objections, and the way back while there is one."""
    line = outcome(card, decided)
    objections = [b.section(f":speech_balloon: <@{who}> objects: {b.esc(why)}") for who, why in decided.objections]
    shown = [] if decided.state == ReviewState.REPLACED else [b.quote(b.cut(card.text, DECIDED_TEXT))]
    spoken = b.cut(f"{b.esc(card.product)}: {WORDS[decided.state]} by {_who(decided)}.", b.MESSAGE_TEXT)
    tail = _back_buttons(card, decided)
    return Message(text=spoken, blocks=[b.section(line), *shown, *objections, *tail], version=card.version)


def outcome(card: CompletionCard, decided: Decided) -> str:
    """`Approved by @ana · Rope Doorstop`, with the reason where there is one."""
    reason = f" · “{b.esc(b.cut(decided.reason, 300))}”" if decided.reason else ""
    counted = f" · {decided.tally}" if decided.tally else ""
    return f"{MARKS[decided.state]} by {_who(decided)} · {b.esc(card.product)}{counted}{reason}"


def _who(decided: Decided) -> str:
    """Everybody who agreed, or who had the last word."""
    if decided.ruled or len(decided.voters) < 2:
        return f"<@{decided.who}>" + (", who had the last word" if decided.ruled else "")
    *others, last = (f"<@{who}>" for who in decided.voters)
    return f"{', '.join(others)} and {last}"


def _back_buttons(card: CompletionCard, decided: Decided) -> list[Block]:
    if decided.state == ReviewState.REPLACED:
        return []
    if card.frozen:
        return [b.context("Part of a training set by now, so it stays as it is.")]
    this = f"{card.id}:{card.version}"
    undo, objecting = b.button("Undo", Action.REVIEW_UNDO, this), b.button("Object", Action.REVIEW_OBJECT, this)
    return [b.actions(undo, objecting, *_history_button(card))]


def _history_button(card: CompletionCard) -> list[Block]:
    """On a text that somebody has changed."""
    return [b.button("History", Action.REVIEW_HISTORY, f"{card.id}:{card.version}")] if card.version > 1 else []
