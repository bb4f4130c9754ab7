"""Cleaning as named steps with counts. Each works on the distinct texts of a column; each can be switched off or on
by name."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from bot.domain.catalog import Step
from bot.ingest.grid import Grid
from bot.ingest.repairs import html_to_text, repaired
from bot.ingest.row_steps import ROW_STEPS, RowStep, keep_rows, row_count
from bot.ingest.table import Cells

BLANKS = " \t\r\n\v\f\u00a0\u3000\ufeff\u2007\u202f"
OVERRIDES = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])  # they turn the rest of a message round
ZERO_WIDTH = dict.fromkeys([0x200B, 0xFEFF, 0x2060])  # the joiners of emoji and Persian are not among them
ERRORS = frozenset(["#N/A", "#NA", "#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!", "#CALC!"])
FORMULA = re.compile(r"[\s\u00a0]*(?:[=＝][^=\s]|[+\-@＋－＠]\w+\()")
TOGETHER = 50_000  # texts looked at in one go
EMPTY_COLUMNS = "empty_columns"
ONE_EMPTY = "One wholly empty column was left out."

Change = Callable[[str], str]


def trimmed(text: str) -> str:
    """Without blanks (also no-break and ideographic ones) and byte order marks at the ends."""
    return text.strip(BLANKS)


def without_controls(text: str) -> str:
    """Without NUL and other characters that mean nothing in a text and break those who read it; tab and line ends
    stay."""
    if text.isprintable():
        return text
    return "".join(
        c for c in text if c in "\t\n\r" or not (unicodedata.category(c) == "Cc" or 0xD800 <= ord(c) <= 0xDFFF)
    )


def without_overrides(text: str) -> str:
    """Without the marks that turn the direction of what follows."""
    return text if text.isascii() else text.translate(OVERRIDES)


def without_zero_width(text: str) -> str:
    """Without zero-width spaces and stray byte order marks."""
    return text if text.isascii() else text.translate(ZERO_WIDTH)


def composed(text: str) -> str:
    """In Unicode's composed form (NFC), so that equal words are equal."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def without_error(text: str) -> str:
    """A spreadsheet's error value becomes an empty cell."""
    return "" if text[:1] == "#" and text in ERRORS else text


@dataclass(frozen=True, slots=True)
class Traits:
    """What all texts of a column have in common, so that most steps need not look at each of them."""

    ascii: bool
    printable: bool
    has_errors: bool
    has_markup: bool

    @classmethod
    def of(cls, cells: Cells) -> Traits:
        parts = ["\n".join(cells.values[at : at + TOGETHER]) for at in range(0, len(cells.values), TOGETHER)]
        return cls(
            ascii=all(map(str.isascii, parts)),
            printable=all(part.replace("\n", "").isprintable() for part in parts),
            has_errors=any("#" in part for part in parts),
            has_markup=any("<" in part or "&" in part for part in parts),
        )


@dataclass(frozen=True, slots=True)
class TextStep:
    """A change of single cells: what is said once it is done, and what where it could be. `warn` asks a person to
    look; `offered` steps are only done when asked for; `touches` tells columns in which it may find something."""

    change: Change
    words: str
    offer: str
    warn: bool = False
    offered: bool = False
    touches: Callable[[Traits], bool] = lambda traits: not traits.ascii
    share: float = 0.0  # of the rows that must be touched before it is worth a warning


TEXT_STEPS: dict[str, TextStep] = {
    "controls": TextStep(
        without_controls,
        "{n} cells had control characters; those were taken out.",
        "{n} cells have control characters.",
        warn=True,
        touches=lambda traits: not traits.printable,
    ),
    "direction": TextStep(
        without_overrides,
        "{n} cells had marks that turn the text's direction; those were taken out.",
        "{n} cells have marks that turn the text's direction.",
        warn=True,
    ),
    "zero_width": TextStep(
        without_zero_width,
        "{n} cells had invisible blanks; those were taken out.",
        "{n} cells have invisible blanks.",
    ),
    "trim": TextStep(
        trimmed,
        "{n} cells had blanks at their ends; those were taken off.",
        "{n} cells have blanks at their ends.",
        touches=lambda traits: True,
    ),
    "nfc": TextStep(
        composed,
        "{n} cells were brought to one way of writing accents.",
        "{n} cells write accents in another way than the rest.",
    ),
    "errors": TextStep(
        without_error,
        "{n} cells held an error of a spreadsheet, such as #REF!; they count as empty.",
        "{n} cells hold an error of a spreadsheet, such as #REF!.",
        warn=True,
        touches=lambda traits: traits.has_errors,
    ),
    "mojibake": TextStep(
        repaired,
        "{n} cells looked like text once read in the wrong encoding; they were repaired.",
        "{n} cells look like text once read in the wrong encoding.",
        warn=True,
        offered=True,
        share=0.01,
    ),
    "html": TextStep(
        html_to_text,
        "{n} cells held HTML; it was made plain text.",
        "{n} cells hold HTML; it can be made plain text.",
        offered=True,
        touches=lambda traits: traits.has_markup,
    ),
}


@dataclass(slots=True)
class Cleaned:
    """What was done, what could be done, and what a person should look at."""

    done: list[Step] = field(default_factory=list)
    offered: list[Step] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Wishes:
    """The usual steps that a person does not want, and the offered ones that they do."""

    skip: frozenset[str] = frozenset()
    add: frozenset[str] = frozenset()

    def wants(self, name: str, *, offered: bool) -> bool:
        return name not in self.skip and (not offered or name in self.add)


def clean(grid: Grid, wishes: Wishes) -> Cleaned:
    """Do, in place, all usual steps that are not skipped and the offered ones that are added. A skipped step is
    offered again."""
    cleaned = Cleaned()
    traits = [Traits.of(cells) for cells in grid.cells]
    for name, step in TEXT_STEPS.items():
        places = [place for place, one in enumerate(traits) if step.touches(one)]
        _clean_texts(grid, name, step, places, wishes, cleaned)
    for name, row_step in ROW_STEPS.items():
        leave_out(grid, name, row_step, wishes, cleaned)
    _drop_empty_columns(grid, wishes, cleaned)
    cleaned.warnings += _formula_warning(grid)
    return cleaned


def _clean_texts(
    grid: Grid, name: str, step: TextStep, places: Sequence[int], wishes: Wishes, cleaned: Cleaned
) -> None:
    wanted = wishes.wants(name, offered=step.offered)
    count = sum(_changed(grid, place, step.change, keep=wanted) for place in places)
    if count:
        words = (step.words if wanted else step.offer).format(n=f"{count:,}")
        (cleaned.done if wanted else cleaned.offered).append(Step(name, count, words))
        asked = name in wishes.skip or (step.offered and wanted)
        cleaned.warnings += [words] if step.warn and not asked and count >= step.share * row_count(grid) else []


def leave_out(grid: Grid, name: str, step: RowStep, wishes: Wishes, cleaned: Cleaned) -> bool:
    """Leave the rows out that a step marks, or offer it. True if rows went."""
    marks = step.find(grid)
    count = int(marks.sum())
    if not count:
        return False
    wanted = wishes.wants(name, offered=step.offered)
    said = Step(name, count, step.words(count, done=wanted))
    (cleaned.done if wanted else cleaned.offered).append(said)
    if wanted:
        keep_rows(grid, ~marks)
        cleaned.warnings += [said.words] if step.warn else []
    return wanted


def _drop_empty_columns(grid: Grid, wishes: Wishes, cleaned: Cleaned) -> None:
    """Columns with a name and no cell: offered, because a template may have a place for them already."""
    empty = [place for place, cells in enumerate(grid.cells) if not any(cells.values)]
    if not empty or len(empty) == len(grid.cells):
        return
    if wishes.wants(EMPTY_COLUMNS, offered=True):
        words = f"{len(empty):,} wholly empty columns were left out." if len(empty) > 1 else ONE_EMPTY
        cleaned.done.append(Step(EMPTY_COLUMNS, len(empty), words))
        grid.names = [name for place, name in enumerate(grid.names) if place not in empty]
        grid.cells = [cells for place, cells in enumerate(grid.cells) if place not in empty]
    else:
        words = f"{len(empty):,} columns are" if len(empty) > 1 else "One column is"
        cleaned.offered.append(Step(EMPTY_COLUMNS, len(empty), f"{words} wholly empty."))


def _changed(grid: Grid, place: int, change: Change, *, keep: bool) -> int:
    """How many cells of a column a change touches; it is made if `keep`."""
    cells = grid.cells[place]
    new = [change(text) for text in cells.values]
    different = [index for index, (a, b) in enumerate(zip(cells.values, new, strict=True)) if a != b]
    if not different:
        return 0
    if keep:
        grid.cells[place] = cells.mapped(new)
    return int(np.bincount(cells.codes, minlength=len(cells.values))[different].sum())


def _formula_warning(grid: Grid) -> list[str]:
    """Cells that a spreadsheet would run stay text; people should know that they are there."""
    count = 0
    for cells in grid.cells:
        places = [
            place for place, text in enumerate(cells.values) if text[:1] in "=＝+-@＋－＠ \t" and FORMULA.match(text)
        ]
        if places:
            count += int(np.isin(cells.codes, places).sum())
    return [f"{count:,} cells begin like a spreadsheet formula; they were kept as text."] if count else []
