"""The modals about one text: read, change, reject, rewrite it. `following`: the next text takes this one's place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.domain.editing import Part, parts_of
from bot.domain.message import Block
from bot.domain.project import MOST_REASONS
from bot.domain.review import EDIT_TEXT, CompletionCard
from bot.views import blocks as b
from bot.views.completion import notice_block
from bot.views.ids import Action, Callback
from bot.views.marks import marked_parts, marks_block
from bot.views.review import facts_block, origin_line, outcome

NEXT = "next"
# A long text is shown in parts of this size.
PART = 2500
# How many parts fit into a modal beside everything else.
PARTS = 20


def metadata(card: CompletionCard, *, following: bool) -> str:
    return f"{card.id}:{card.version}" + (f":{NEXT}" if following else "")


def full_view(card: CompletionCard, *, following: bool = False) -> dict[str, Any]:
    """The whole text with its facts and marks; submitting approves it."""
    this = metadata(card, following=following)
    body = [
        b.header(card.product),
        b.context(origin_line(card)),
        *facts_block(card),
        *notice_block(card.notice),
        *marked(card),
    ]
    if card.decided is not None:
        body.append(b.section(outcome(card, card.decided)))
        return b.modal("Text", Callback.REVIEW_FULL, body, metadata=this)
    body.append(b.actions(*_other_buttons(card, this, following=following)))
    approve = "Approve, next" if following else "Approve"
    return b.modal("Approve this text?", Callback.REVIEW_FULL, body, submit=approve, metadata=this)


def _other_buttons(card: CompletionCard, this: str, *, following: bool) -> list[Block]:
    return [
        b.button("Edit", Action.REVIEW_EDIT, this),
        b.button("Reject", Action.REVIEW_REJECT, this, style="danger"),
        *([b.button("Skip", f"{Action.REVIEW_NEXT}:skip", this)] if following else []),
        *([b.button("History", Action.REVIEW_HISTORY, this)] if card.version > 1 else []),
    ]


def marked(card: CompletionCard) -> list[Block]:
    """The whole text with its marked places, and the marks in words."""
    return [*marked_parts(card.text, card.marks, size=PART, most=PARTS), *marks_block(card.marks)]


def whole(text: str) -> list[Block]:
    """A text of any length, exactly."""
    return marked_parts(text, (), size=PART, most=PARTS)


def text_boxes(label: str, text: str, *, field: str = "text", hint: str = "") -> list[Block]:
    """One box for a text, or one for each of its parts. A part's field names its number and what comes after it."""
    parts = parts_of(text)
    if len(parts) == 1:
        box = b.text_input(field, value=text, multiline=True, max_length=EDIT_TEXT)
        return [b.asked(label, box, block_id=field, hint=hint)]
    return [_part_box(label, part, field, number, len(parts), hint) for number, part in enumerate(parts, start=1)]


def _part_box(label: str, part: Part, field: str, number: int, total: int, hint: str) -> Block:
    name = f"{field}:{number}:{part.joint}"
    box = b.text_input(name, value=part.text, multiline=True, max_length=EDIT_TEXT)
    said = hint if number == total else ""
    return b.asked(f"{label}, part {number} of {total}", box, block_id=name, hint=said, optional=True)


def edit_form(card: CompletionCard, *, following: bool = False) -> dict[str, Any]:
    """The text to be changed."""
    counts = "your vote" if card.votes_needed > 1 else "decided: edited by you"
    hint = f"It counts as {counts}. The first words are kept."
    body = [
        b.header(card.product),
        *facts_block(card),
        *marks_block(card.marks),
        *text_boxes("The text", card.text, hint=hint),
    ]
    return b.modal(
        "Edit the text",
        Callback.REVIEW_EDIT,
        body,
        submit="Save and approve",
        metadata=metadata(card, following=following),
    )


def own_form(card: CompletionCard, *, following: bool = False) -> dict[str, Any]:
    """An empty box in place of the model's text."""
    box = b.text_input("text", multiline=True, max_length=EDIT_TEXT, placeholder="Your text")
    body = [
        b.header(card.product),
        *facts_block(card),
        b.context("The prompt it answers:"),
        b.rich(b.cut(card.prompt, PART)),
        b.asked("Your text", box, block_id="text", hint="It takes the place of the text on the card."),
    ]
    return b.modal(
        "Write it yourself",
        Callback.REVIEW_OWN,
        body,
        submit="Save and approve",
        metadata=metadata(card, following=following),
    )


def reject_form(card: CompletionCard, *, reasons: Sequence[str] = (), following: bool = False) -> dict[str, Any]:
    """The project's own reasons to tick, and free words."""
    options = [b.option(reason, str(number)) for number, reason in enumerate(reasons[:MOST_REASONS])]
    ticks = {"type": "checkboxes", "action_id": "reasons", "options": options}
    box = b.text_input("reason", multiline=True, max_length=500, placeholder="It says brass, the cell says steel …")
    asked = [
        *([b.asked("What is wrong with it?", ticks, block_id="reasons", optional=True)] if options else []),
        b.asked("In your words", box, block_id="reason", optional=True, hint="Helps the next round."),
    ]
    return b.modal(
        "Reject the text",
        Callback.REVIEW_REJECT,
        [b.header(card.product), *marked(card), *asked],
        submit="Reject",
        metadata=metadata(card, following=following),
    )


def again_form(card: CompletionCard, *, usd: float | None) -> dict[str, Any]:
    """A hint for writing it again, with the price."""
    box = b.text_input("hint", multiline=True, max_length=500, placeholder="Shorter, and mention the handle")
    after = "The new text comes as a card that shows this one too, so you can keep either."
    asked = b.asked("A hint for the model", box, block_id="hint", optional=True, hint=after)
    return b.modal(
        "Write it again",
        Callback.REVIEW_AGAIN,
        [b.header(card.product), *marked(card), asked, b.context(f"Costs {b.price(usd)}.")],
        submit="Write it again",
        metadata=metadata(card, following=False),
    )


def object_form(card: CompletionCard) -> dict[str, Any]:
    box = b.text_input("reason", multiline=True, max_length=500)
    hint = "Your colleague is told and can undo the decision."
    body = [
        b.header(card.product),
        *([b.section(outcome(card, card.decided))] if card.decided else []),
        *whole(card.text),
    ]
    asked = b.asked("What is wrong with it?", box, block_id="reason", hint=hint)
    return b.modal(
        "Object", Callback.REVIEW_OBJECT, [*body, asked], submit="Object", metadata=metadata(card, following=False)
    )


def lost_race(card: CompletionCard, typed: str, sentence: str) -> dict[str, Any]:
    """An edit could not be saved: the text as it is and what was typed. An open text can be saved again."""
    body = [
        b.section(f":warning: *{sentence}*"),
        b.context("The text as it is now:"),
        *whole(card.text),
    ]
    if card.decided is not None:
        return b.modal(
            "Somebody was faster", Callback.REVIEW_EDIT, [*body, *kept_words(typed)],
            metadata=metadata(card, following=False),
        )  # fmt: skip
    body += text_boxes("What you typed", typed, field="text_again")
    return b.modal(
        "The text has changed",
        Callback.REVIEW_EDIT,
        body,
        submit="Save mine",
        metadata=metadata(card, following=False),
    )


def style_with_hint(window: dict[str, Any], hint: str) -> dict[str, Any]:
    """The house style's window, saying first what was put into it."""
    said = b.section("Put in below, from what people keep asking for. Look it over, then save.")
    return window | {"blocks": [said, b.quote(hint), *window["blocks"]]}


def not_saved(typed: str, sentence: str) -> dict[str, Any]:
    """An edit was refused altogether; its words can be copied."""
    return b.modal("Not saved", "sorry", [b.section(f":warning: *{sentence}*"), *kept_words(typed)])


def kept_words(typed: str) -> list[Block]:
    return [b.context("What you typed, to copy:"), *whole(typed)]


def all_done() -> dict[str, Any]:
    """Nothing waits for this person any more."""
    return b.modal("All done", "sorry", [b.section(":tada: Nothing waits for you any more. Thank you!")])
