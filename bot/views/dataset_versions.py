"""*Look closer*: a frozen version in a window."""

from __future__ import annotations

from typing import Any

from bot.domain.dataset import Split
from bot.domain.dataset_diff import DatasetDiff
from bot.domain.dataset_versions import Closer, ShownLine
from bot.domain.message import Block
from bot.views import blocks as b
from bot.views.ids import Action, Callback

TEXT_SHOWN = 400
NEWS_SHOWN = 3
STRATA_SHOWN = 8
MOST_COLUMNS = 99
BY_TYPE = "type"
SIDES = {Split.TRAIN: "teach", Split.VALIDATION: "check"}
VERDICTS = {"approved": "approved by", "edited": "edited by", "trusted": "imported and vouched for by"}


def closer_modal(closer: Closer) -> dict[str, Any]:
    """What is new, how it is split, and each line with the way back to its card and its catalog row."""
    body = [b.section(_about(closer)), *_news(closer), *_split(closer), b.divider()]
    body += [block for shown in closer.lines for block in _line(shown)]
    return b.modal(
        f"Training set, version {closer.card.number}"[: b.MODAL_TITLE], Callback.DATASET_CLOSER,
        [*body, *_turn(closer)], metadata=f"{closer.card.id}:{closer.page}",
    )  # fmt: skip


def _about(closer: Closer) -> str:
    card = closer.card
    whole = "Checked just now: the texts are as they were frozen." if closer.verified else (
        ":warning: Some texts of this version are not as they were frozen."
    )  # fmt: skip
    return (
        f"*{card.pairs:,} pairs*, {card.train:,} to teach with and {card.validation:,} to check with. "
        f"It never changes.\nFingerprint (SHA-256)  `{card.sha256}`\n{whole}"
    )


def _news(closer: Closer) -> list[Block]:
    diff = closer.diff
    if diff is None:
        return [b.context("The first version.")]
    return [b.section(f"*Against version {closer.card.before}:* {b.esc(diff.words)}"), *_examples(diff)]


def _examples(diff: DatasetDiff) -> list[Block]:
    """A few of each, by name; an edited one with both texts."""
    parts = []
    if diff.added:
        parts.append(f"New: {_names([line.product for line in diff.added])}")
    if diff.removed:
        parts.append(f"Removed: {_names([line.product for line in diff.removed])}")
    blocks = [b.context(*parts)] if parts else []
    for old, new in diff.changed[:NEWS_SHOWN]:
        blocks += [b.context(f"Edited again: {b.esc(b.cut(new.product, 80))}. Before, then now:"),
                   b.quote(b.cut(old.text, TEXT_SHOWN)), b.quote(b.cut(new.text, TEXT_SHOWN))]  # fmt: skip
    return blocks


def _names(products: list[str]) -> str:
    shown = ", ".join(b.esc(b.cut(name, 60)) for name in products[: 2 * NEWS_SHOWN])
    more = len(products) - 2 * NEWS_SHOWN
    return f"{shown} and {more:,} more" if more > 0 else shown


def _split(closer: Closer) -> list[Block]:
    """Both sides by kind, and the column that later versions are split by."""
    card = closer.card
    words = "Whole products stand on one side, and texts that are nearly the same stand together."
    if card.held:
        words += f" {card.held:,} of those kept aside were kept aside before, and stay so."
    blocks: list[Block] = [b.section(f"*How it is split*\n{words}")]
    if closer.strata:
        rows = [f"{b.esc(one.name or 'none')}: {one.train:,} teach, {one.validation:,} check"
                for one in closer.strata[:STRATA_SHOWN]]  # fmt: skip
        more = len(closer.strata) - STRATA_SHOWN
        rows += [f"and {more:,} more kinds"] if more > 0 else []
        blocks.append(b.context(f"By {b.esc(card.by)}: " + " · ".join(rows)))
    return blocks + (_choice(closer) if closer.is_owner and closer.columns else [])


def _choice(closer: Closer) -> list[Block]:
    options = [b.option("The product's type", BY_TYPE)]
    options += [b.option(name, str(place)) for place, name in enumerate(closer.columns[:MOST_COLUMNS])]
    known = closer.chosen in closer.columns[:MOST_COLUMNS]
    chosen = str(closer.columns.index(closer.chosen)) if known else BY_TYPE
    menu = b.select(Action.DATASET_SPLIT_BY, options, chosen=chosen)
    return [b.section("The next versions get the same mixture on both sides of", accessory=menu)]


def _line(shown: ShownLine) -> list[Block]:
    line = shown.line
    who = f"{VERDICTS.get(line.verdict, 'decided by')} <@{shown.decided_by}>" if shown.decided_by else line.verdict
    model = f" · written by {b.esc(line.model)}" if line.model else ""
    mended = f" · mended by <@{line.fixed_by}>" if line.fixed_by else ""
    back = [f"<{shown.link}|Its card>"] if shown.link else []
    back += [b.esc(b.cut(shown.row, 120))] if shown.row else []
    head = f"*{b.esc(b.cut(line.product, 100))}*  line {shown.number:,} of those to {SIDES[line.split]} with"
    facts = " · ".join([f"{who}{model}{mended}", *back])
    return [b.section(head), b.quote(b.cut(line.text, TEXT_SHOWN)), b.context(facts)]


def _turn(closer: Closer) -> list[Block]:
    if closer.pages < 2:
        return []
    turn = []
    if closer.page:
        turn.append(b.button("Earlier", f"{Action.DATASET_CLOSER_PAGE}:back", f"{closer.card.id}:{closer.page - 1}"))
    if closer.page + 1 < closer.pages:
        turn.append(b.button("More", f"{Action.DATASET_CLOSER_PAGE}:on", f"{closer.card.id}:{closer.page + 1}"))
    return [b.divider(), b.actions(*turn), b.context(f"Page {closer.page + 1:,} of {closer.pages:,}")]
