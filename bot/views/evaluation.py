"""Base and tuned model side by side, and everything about writing the rest of a catalog."""

from __future__ import annotations

from typing import Any

from bot.domain.completion import RunState, WritingState
from bot.domain.evaluation import (
    LOOKED_AT,
    LOOKED_COLUMN,
    NOT_LOOKED_AT,
    FinishedCard,
    FinishOffer,
    TrialCard,
)
from bot.domain.message import Block, Message
from bot.domain.spot_check import USUAL_FORMATS, Format
from bot.views import blocks as b
from bot.views import spot_check as spots
from bot.views.ids import Action, Callback

# So much of each text stands side by side.
TRIAL_TEXT = 2500
FORMATS = {Format.XLSX: "Excel workbook", Format.CSV: "CSV", Format.PARQUET: "Parquet, for databases and notebooks"}
TABLE_WORDS = (
    f"You get your table with five columns more: the text, “{LOOKED_COLUMN}” ({LOOKED_AT} or {NOT_LOOKED_AT}), who "
    "settled it, broken house rules, and words that stand in no cell of the product."
)
FACT_TEXT = 200


def trial_card(card: TrialCard) -> Message:
    """Two texts for one product with its facts, the plain one first."""
    title = f"Before and after: {card.product}"
    facts_shown = b.besides_its_name(card.product, card.facts)
    facts = [b.fields([(label, b.cut(value, FACT_TEXT)) for label, value in facts_shown])] if facts_shown else []
    both = [*_text("Before", card.base_model, card.base_text, card), *_text(_after(card), *_second(card), card)]
    notice = [b.section(f":red_circle: *{b.esc(card.notice)}*")] if card.notice else []
    taught = [b.context("The model learned from a text of this product, so this proves little.")] if card.taught else []
    problem = [b.section(f":warning: {b.esc(card.problem)}")] if card.problem else []
    body = [b.header(b.cut(title, b.HEADER_TEXT)), *facts, *notice, *both, *problem, *taught]
    return Message(text=_spoken(card), blocks=[*body, *_next(card)])


def _after(card: TrialCard) -> str:
    return "With your examples" if card.by_examples else "After"


def _second(card: TrialCard) -> tuple[str, str]:
    return card.tuned_model or card.base_model, card.tuned_text


def _text(label: str, model: str, text: str, card: TrialCard) -> list[Block]:
    head = b.section(f"*{label}*  {b.esc(model)}")
    if text:
        return [head, b.quote(b.cut(text, TRIAL_TEXT))]
    empty = {WritingState.FAILED: "_Not written._", WritingState.WRITTEN: "_The model answered with nothing._"}
    return [head, b.section(empty.get(card.state, "_Being written …_"))]


def _spoken(card: TrialCard) -> str:
    name = b.esc(card.product)
    if card.state is WritingState.FAILED:
        return f"Before and after, {name}: not written. {b.esc(card.problem)}"
    if card.state is not WritingState.WRITTEN:
        return f"Before and after, {name}: being written."
    before, after = b.cut(card.base_text, 1000), b.cut(card.tuned_text, 1000)
    return b.cut(f"{name}. Before: {b.esc(before)} {_after(card)}: {b.esc(after)}", b.MESSAGE_TEXT)


def _next(card: TrialCard) -> list[Block]:
    if card.state not in (WritingState.WRITTEN, WritingState.FAILED):
        return []
    project = str(card.project_id)
    another = b.button(f"Another product · {b.price(card.try_usd)}", Action.TRY_MODEL, project)
    return [b.actions(b.button("Write the rest …", Action.FINISH_OPEN, project, style="primary"), another)]


# the rest of the catalog


def finish_modal(offer: FinishOffer) -> dict[str, Any]:
    """Price first, then what it means; the button names the price again."""
    if not offer.left:
        there = f"approved or written already: {offer.kept:,} of them unread" if offer.kept else "approved already"
        done = f"All {offer.total:,} texts are {there}. I can put them into your table, for nothing."
        return _finish_window(offer, [b.section(done), _formats()], "Make the table")
    usd = b.about(offer.usd) if offer.usd is not None else "price unknown: ask your provider first"
    examples = f", with {offer.examples} approved texts as examples" if offer.examples else ""
    lines = [
        b.section(f"*Price*  {usd}"),
        b.section(f"*Texts*  {offer.left:,} of {offer.total:,}; {_others(offer)}"),
        b.section(f"*Model*  {b.esc(offer.model)} at {b.esc(offer.provider_label)}{examples}"),
        b.context(_leaves(offer)),
        b.context(TABLE_WORDS),
        _formats(),
    ]
    lines += [b.section(f":red_circle: *{b.esc(offer.notice)}*")] if offer.notice else []
    yes = f"Write · {b.price(offer.usd)}" if offer.usd is not None else "Write at unknown price"
    return _finish_window(offer, lines, yes)


def _others(offer: FinishOffer) -> str:
    """What becomes of the texts that are not written now."""
    if not offer.kept:
        return f"the other {offer.agreed:,} are approved already"
    return f"{offer.agreed:,} are approved already, {offer.kept:,} were written before the last order ended early"


def _formats() -> Block:
    """Which files come back."""
    options = [b.option(words, value.value) for value, words in FORMATS.items()]
    chosen = [option for option in options if option["value"] in USUAL_FORMATS]
    boxes: Block = {"type": "checkboxes", "action_id": "formats", "options": options, "initial_options": chosen}
    return b.asked("The table comes back as", boxes, block_id="formats")


def _finish_window(offer: FinishOffer, lines: list[Block], yes: str) -> dict[str, Any]:
    metadata = str(offer.project_id)
    return b.modal("Write the rest", Callback.FINISH, lines, submit=yes, close="Not now", metadata=metadata)


def _leaves(offer: FinishOffer) -> str:
    stay = f" Not sent: {b.esc(', '.join(offer.stay))}." if offer.stay else ""
    return b.cut(f"Sends the columns {b.esc(', '.join(offer.leave))} to {b.esc(offer.provider_label)}.{stay}", 2000)


def finished_card(card: FinishedCard) -> Message:
    """The end of the tour: how many texts, who has checked them, and where the table is."""
    title, body = _title(card), [b.section(_counts(card)), *_warnings(card), *spots.report_blocks(card.report)]
    has_table = bool(card.written or card.agreed)
    where = "The table is in this thread." if has_table else "There is no table, because nothing was written."
    spoken = f"{title}. {_counts(card)} {spots.report_words(card.report)} {where} {b.esc(card.problem)}".strip()
    foot = b.context(f"{where} Ordered by <@{card.started_by}>.")
    return Message(text=spoken, blocks=[b.header(title), *body, foot, *_after_finish(card)])


def _warnings(card: FinishedCard) -> list[Block]:
    unread = max(0, card.written - card.report.looked_at)
    words = f":warning: {unread:,} texts were written by {b.esc(card.model)} and read by nobody yet."
    odd = f" {card.report.odd:,} of all new ones break a house rule or say what their product does not."
    lines = [words + (odd if card.report.odd else "")] if unread else []
    lines += [f":red_circle: *{b.esc(card.notice)}*"] if card.notice and card.written else []
    lines += [f":warning: {b.esc(card.problem)}"] if card.problem else []
    return [b.section(line) for line in lines]


def _after_finish(card: FinishedCard) -> list[Block]:
    project = str(card.project_id)
    again = [b.button("Write what is missing …", Action.FINISH_OPEN, project, style="primary")] if card.missing else []
    again += spots.card_buttons(card, primary=not card.missing)
    return [b.actions(*again, b.button(f"Before and after · {b.price(card.try_usd)}", Action.TRY_MODEL, project))]


def _title(card: FinishedCard) -> str:
    whole = card.state is RunState.DONE and not card.missing
    return "The rest is written" if whole else "A part of the rest is written"


def _counts(card: FinishedCard) -> str:
    unread = max(0, card.written - card.report.looked_at)
    parts = [f"{card.agreed:,} approved by people", f"{unread:,} new and not checked"]
    parts += [f"{card.missing:,} missing"] if card.missing else []
    return ", ".join(parts) + "."
