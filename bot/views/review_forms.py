"""The review's modals. `following`: after the decision the next open text takes this one's place."""

from __future__ import annotations

from typing import Any

from bot.domain.message import Block
from bot.domain.review import EDIT_TEXT, CompletionCard
from bot.views import blocks as b
from bot.views.completion import notice_block
from bot.views.ids import Action, Callback
from bot.views.review import facts_block, origin_line, outcome

NEXT = "next"
# A long text is shown in parts of this size.
PART = 2500
# How many parts fit into a modal beside everything else.
PARTS = 20


def metadata(card: CompletionCard, *, following: bool) -> str:
    return f"{card.id}:{card.version}" + (f":{NEXT}" if following else "")


def full_view(card: CompletionCard, *, following: bool = False) -> dict[str, Any]:
    """The whole text with its facts; submitting approves it."""
    this = metadata(card, following=following)
    others = [
        b.button("Edit", Action.REVIEW_EDIT, this),
        b.button("Reject", Action.REVIEW_REJECT, this, style="danger"),
        *([b.button("Skip", f"{Action.REVIEW_NEXT}:skip", this)] if following else []),
    ]
    body = [
        b.header(card.product),
        b.context(origin_line(card)),
        *facts_block(card),
        *notice_block(card.notice),
        *whole(card.text),
        b.actions(*others),
    ]
    if card.decided is not None:
        body[-1] = b.section(outcome(card, card.decided))
        return b.modal("Text", Callback.REVIEW_FULL, body, metadata=this)
    approve = "Approve, next" if following else "Approve"
    return b.modal("Approve this text?", Callback.REVIEW_FULL, body, submit=approve, metadata=this)


def whole(text: str) -> list[Block]:
    """A text of any length, exactly."""
    parts = [text[start : start + PART] for start in range(0, len(text), PART)] or [""]
    return [b.quote(part) for part in parts[:PARTS]]


def edit_form(card: CompletionCard, *, following: bool = False, typed: str | None = None) -> dict[str, Any]:
    """The text to be changed; `typed` instead of it where somebody has typed already."""
    box = b.text_input("text", value=card.text if typed is None else typed, multiline=True, max_length=EDIT_TEXT)
    asked = b.asked("The text", box, block_id="text", hint="It counts as decided: edited by you.")
    return b.modal(
        "Edit the text",
        Callback.REVIEW_EDIT,
        [b.header(card.product), *facts_block(card), asked],
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


def reject_form(card: CompletionCard, *, following: bool = False) -> dict[str, Any]:
    box = b.text_input("reason", multiline=True, max_length=500, placeholder="Wrong material, too long, not our tone …")
    asked = b.asked("What is wrong with it?", box, block_id="reason", optional=True, hint="Helps the next round.")
    return b.modal(
        "Reject the text",
        Callback.REVIEW_REJECT,
        [b.header(card.product), *whole(card.text), asked],
        submit="Reject",
        metadata=metadata(card, following=following),
    )


def again_form(card: CompletionCard, *, usd: float | None) -> dict[str, Any]:
    """A hint for writing it again, with the price."""
    box = b.text_input("hint", multiline=True, max_length=500, placeholder="Shorter, and mention the handle")
    asked = b.asked("A hint for the model", box, block_id="hint", optional=True)
    return b.modal(
        "Write it again",
        Callback.REVIEW_AGAIN,
        [b.header(card.product), *whole(card.text), asked, b.context(f"Costs {b.price(usd)}.")],
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
    """Somebody was faster than this edit: both texts, so that no typing is lost. An open text can be saved again."""
    body = [
        b.section(f":warning: *{sentence}*"),
        b.context("The text as it is now:"),
        *whole(card.text),
    ]
    if card.decided is not None:
        body += [b.context("What you typed, to copy:"), *whole(typed)]
        return b.modal("Somebody was faster", Callback.REVIEW_EDIT, body, metadata=metadata(card, following=False))
    box = b.text_input("text", value=typed, multiline=True, max_length=EDIT_TEXT)
    body.append(b.asked("What you typed", box, block_id="text_again"))
    return b.modal(
        "The text has changed",
        Callback.REVIEW_EDIT,
        body,
        submit="Save mine",
        metadata=metadata(card, following=False),
    )


def all_done(skipped: int = 0) -> dict[str, Any]:
    """Nothing waits for this person any more."""
    left = f"\n{skipped} that you skipped wait for your colleagues." if skipped else ""
    return b.modal("All done", "sorry", [b.section(f":tada: Nothing waits for you any more. Thank you!{left}")])
