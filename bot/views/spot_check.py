"""A spot check: one window that goes from text to text, and what it found on the card of the finished catalog."""

from __future__ import annotations

from typing import Any

from bot.domain.evaluation import FinishedCard
from bot.domain.message import Block
from bot.domain.review import EDIT_TEXT
from bot.domain.spot_check import ROUND, SpotCard, SpotReport, estimate_in_words, found_in_words
from bot.views import blocks as b
from bot.views.editing import whole
from bot.views.ids import Action, Callback
from bot.views.marks import marks_block
from bot.views.review import facts_block

TITLE = "Spot check"


def metadata(card: SpotCard) -> str:
    return str(card.item_id)


def look_modal(card: SpotCard) -> dict[str, Any]:
    """One text with its facts and what is odd about it; submitting says that it is fine."""
    this = metadata(card)
    buttons = [
        *([b.button("Edit", Action.SPOT_EDIT, this)] if len(card.text.text) <= EDIT_TEXT else []),
        b.button("Reject", Action.SPOT_REJECT, this, style="danger"),
        b.button("Skip", Action.SPOT_SKIP, this),
    ]
    body = [
        b.header(b.cut(card.text.product, b.HEADER_TEXT)),
        b.context(f"{card.number} of {card.total} · {_chosen(card)}"),
        *facts_block(card.text),
        *whole(card.text.text),
        *_odd(card),
        b.actions(*buttons),
    ]
    return b.modal(TITLE, Callback.SPOT_GOOD, body, submit="It is fine, next", close="Stop here", metadata=this)


def _chosen(card: SpotCard) -> str:
    return "looked at because something may be wrong" if card.why else "drawn by lot"


def _odd(card: SpotCard) -> list[Block]:
    """The marks of the text as it is now, else the reasons it was picked out for."""
    marks = marks_block(card.text.marks)
    return marks or ([b.context(f":mag: {b.esc(b.cut(card.why, 500))}")] if card.why else [])


def edit_modal(card: SpotCard) -> dict[str, Any]:
    box = b.text_input("text", value=card.text.text, multiline=True, max_length=EDIT_TEXT)
    asked = b.asked("The text", box, block_id="text", hint="It takes the place of the model's text in your table.")
    body = [b.header(b.cut(card.text.product, b.HEADER_TEXT)), *facts_block(card.text), asked, *_odd(card)]
    return b.modal("Edit the text", Callback.SPOT_EDIT, body, submit="Save, next", metadata=metadata(card))


def reject_modal(card: SpotCard) -> dict[str, Any]:
    box = b.text_input("reason", multiline=True, max_length=500, placeholder="Invents a guarantee")
    hint = "The table then has no text for this product."
    asked = b.asked("What is wrong with it?", box, block_id="reason", hint=hint, optional=True)
    body = [b.header(b.cut(card.text.product, b.HEADER_TEXT)), *whole(card.text.text), asked]
    return b.modal("Reject the text", Callback.SPOT_REJECT, body, submit="Reject, next", metadata=metadata(card))


def done_modal(run_id: int, report: SpotReport) -> dict[str, Any]:
    """The round is over: what it tells, and the corrected file."""
    lines = [b.section(f":white_check_mark: {words}") for words in [found_in_words(report)] if report.looked_at]
    lines += [b.section(f"*{words}*")] if (words := estimate_in_words(report)) else []
    lines += [b.context(_advice(report))]
    again = [b.button("Get the file again", Action.FINISH_FILES, str(run_id), style="primary")]
    more = [b.button(f"Look at {min(ROUND, report.left)} more", Action.SPOT_OPEN, str(run_id))] if report.left else []
    return b.modal(TITLE, "sorry", [*lines, b.actions(*again, *more)])


def _advice(report: SpotReport) -> str:
    """What to do with the result."""
    if report.looked_at >= report.texts:
        return "Somebody has read every new text now."
    if report.lot and report.lot_wrong * 4 >= report.lot:
        return "That is a lot. Review more texts and teach the model again, or have the odd ones looked at first."
    if report.left:
        return "The more texts you look at, the narrower the range becomes."
    return "Everything that was picked out has been looked at."


def made_modal() -> dict[str, Any]:
    return b.modal(TITLE, "sorry", [b.section(":inbox_tray: The file with what was corrected comes in the thread.")])


# on the card of the finished catalog


def report_words(report: SpotReport) -> str:
    if not report.looked_at:
        return ""
    return " ".join(part for part in (found_in_words(report), estimate_in_words(report)) if part)


def report_blocks(report: SpotReport) -> list[Block]:
    return [b.section(f":mag: {report_words(report)}")] if report.looked_at else []


def card_buttons(card: FinishedCard, *, primary: bool) -> list[Block]:
    """Look at some, and the file once more where something was found."""
    report, run, style = card.report, str(card.run_id), "primary" if primary else ""
    looks: list[Block] = []
    if report.waiting:
        looks = [b.button(f"Go on looking: {report.waiting} left", Action.SPOT_OPEN, run, style=style)]
    elif report.left:
        words = f"Look at {min(ROUND, report.left)} {'more' if report.looked_at else 'of them'}"
        looks = [b.button(words, Action.SPOT_OPEN, run, style=style)]
    again = [b.button("Get the file again", Action.FINISH_FILES, run)] if card.can_refresh else []
    return [*looks, *again]
