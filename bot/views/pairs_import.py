"""Importing pairs: the form, and the card that says what came of it."""

from __future__ import annotations

from typing import Any

from bot.domain.message import Block, Message
from bot.domain.pairs_import import PairsCard
from bot.views import blocks as b
from bot.views.ids import Action, Callback

FILE_TYPES = ["csv", "tsv", "txt", "xlsx", "json", "jsonl", "ndjson"]
REVIEW, TRUST = "review", "trust"


def import_modal(project_id: int) -> dict[str, Any]:
    """A file, and whether people look at its texts first."""
    file = {"type": "file_input", "action_id": "file", "filetypes": FILE_TYPES, "max_files": 1}
    needs = "Two columns, “prompt” and “completion”; “product” beside them helps. CSV, Excel or JSONL, up to 10 MB."
    review = b.option("Reviewers look at each text first", REVIEW)
    trust = b.option("I vouch for them: they count as approved", TRUST)
    how: Block = {"type": "radio_buttons", "action_id": "how", "options": [review, trust], "initial_option": review}
    asked = [
        b.asked("The file", file, block_id="file", hint=needs),
        b.asked("Have these texts been checked?", how, block_id="how",
                hint="Pairs that you vouch for are marked so, with your name, in every training set."),
        b.context("Importing is free. Pairs that are here already are left out."),
    ]  # fmt: skip
    return b.modal("Import pairs", Callback.PAIRS, asked, submit="Import", metadata=str(project_id))


def pairs_card(card: PairsCard) -> Message:
    """What was taken, what was left out, and the step that follows."""
    if card.state == "waiting":
        text = f"Reading the pairs in {b.esc(card.filename or 'the file')} …"
        return Message(text=text, blocks=[b.section(f":inbox_tray: {text}")])
    if card.state == "failed":
        text = f"{b.esc(card.filename)}: {b.esc(card.problem)} Nothing was imported."
        again = b.button("Try another file …", Action.PAIRS_OPEN, str(card.project_id))
        return Message(text=text, blocks=[b.section(f":warning: {text}"), b.actions(again)])
    text = f"{_pairs(card.added)} imported from {b.esc(card.filename)}. {_fate(card)}"
    said = b.section(f"*{_pairs(card.added)} imported* from {b.esc(card.filename)}\n{_fate(card)}")
    return Message(text=text, blocks=[said, b.context(*_facts(card)), *_next(card)])


def _pairs(count: int) -> str:
    return f"{count:,} pair" if count == 1 else f"{count:,} pairs"


def _fate(card: PairsCard) -> str:
    if not card.added:
        return "There was nothing new in it."
    if card.trusted:
        return f"They count as approved, because <@{card.uploader}> vouches for them."
    return "They wait for reviewers like every other text."


def _facts(card: PairsCard) -> list[str]:
    left = []
    if card.twice:
        left.append(f"{card.twice:,} left out: they are here already, or stood there twice.")
    if card.unfit:
        left.append(f"{card.unfit:,} left out: no prompt or no text, or more than one question and answer.")
    if card.added:
        left.append(f"{card.matched:,} belong to products of the catalog. Free of charge; nothing was sent anywhere.")
    return left or ["Nothing was left out."]


def _next(card: PairsCard) -> list[Block]:
    project = str(card.project_id)
    if not card.added:
        return [b.actions(b.button("Try another file …", Action.PAIRS_OPEN, project))]
    if card.trusted:
        return [b.actions(b.button("Make a training set", Action.DATASET_FREEZE, project, style="primary"))]
    return [b.actions(b.button("Review them", Action.REVIEW_NEXT, project, style="primary"))]
