"""Cleaning as named steps with counts. Each works on the distinct texts of a column; each can be switched off or on
by name."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.domain.catalog import Step
from bot.domain.catalog_words import word_set
from bot.ingest.grid import Grid
from bot.ingest.repairs import html_to_text, repaired
from bot.ingest.table import Cells

BLANKS = " \t\r\n\v\f\u00a0\u3000\ufeff\u2007\u202f"
OVERRIDES = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])  # they turn the rest of a message round
ZERO_WIDTH = dict.fromkeys([0x200B, 0xFEFF, 0x2060])  # the joiners of emoji and Persian are not among them
ERRORS = frozenset(["#N/A", "#NA", "#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!", "#CALC!"])
FORMULA = re.compile(r"[\s\u00a0]*(?:[=＝][^=\s]|[+\-@＋－＠]\w+\()")
TOTALS = word_set(
    """total totals sum subtotal summe gesamt gesamtsumme insgesamt totale somme suma итого всего 合計 总计 合计
    المجموع"""
) | {"grand total", "total general", "total général", "grand totals"}
TOTAL_ROWS = 3  # looked at from the end

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
class TextStep:
    """A change of single cells. `warn` asks a person to look; `offered` steps are only done when asked for."""

    change: Change
    words: str
    warn: bool = False
    offered: bool = False
    share: float = 0.0  # of the rows that must be touched before it is worth a warning


TEXT_STEPS: dict[str, TextStep] = {
    "controls": TextStep(without_controls, "{n} cells had control characters; those were taken out.", warn=True),
    "direction": TextStep(
        without_overrides, "{n} cells had marks that turn the text's direction; those were taken out.", warn=True
    ),
    "zero_width": TextStep(without_zero_width, "{n} cells had invisible blanks; those were taken out."),
    "trim": TextStep(trimmed, "{n} cells had blanks at their ends; those were taken off."),
    "nfc": TextStep(composed, "{n} cells were brought to one way of writing accents."),
    "errors": TextStep(
        without_error, "{n} cells held an error of a spreadsheet, such as #REF!; they count as empty.", warn=True
    ),
    "mojibake": TextStep(
        repaired, "{n} cells look like text once read in the wrong encoding.", warn=True, offered=True, share=0.01
    ),
    "html": TextStep(html_to_text, "{n} cells hold HTML; it can be made plain text.", offered=True),
}


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What was done, what could be done, and what a person should look at."""

    done: tuple[Step, ...]
    offered: tuple[Step, ...]
    warnings: tuple[str, ...]


def clean(grid: Grid, skip: frozenset[str] = frozenset(), add: frozenset[str] = frozenset()) -> Cleaned:
    """Do, in place, all usual steps that are not in `skip` and the offered ones that are in `add`."""
    done: list[Step] = []
    offered: list[Step] = []
    warnings: list[str] = []
    for name, step in TEXT_STEPS.items():
        if name in skip:
            continue
        wanted = not step.offered or name in add
        count = sum(_changed(grid, place, step.change, keep=wanted) for place in range(len(grid.cells)))
        if count:
            said = Step(name, count, step.words.format(n=f"{count:,}"))
            (done if wanted else offered).append(said)
            warnings += [said.words] if step.warn and count >= step.share * _row_count(grid) else []
    for name, row_step in ROW_STEPS.items():
        if name not in skip and (result := row_step(grid)).count:
            done.append(result)
            warnings += [result.words] if name in WARNED_ROW_STEPS else []
    return Cleaned(tuple(done), tuple(offered), (*warnings, *_formula_warning(grid)))


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


def keep_rows(grid: Grid, keep: NDArray[np.bool_]) -> int:
    """Leave only the rows that are marked, and tell how many went."""
    gone = int(len(keep) - keep.sum())
    if gone:
        places = np.flatnonzero(keep)
        grid.cells = [cells.rows(places) for cells in grid.cells]
    return gone


def _row_count(grid: Grid) -> int:
    return len(grid.cells[0]) if grid.cells else 0


def filled_cells(cells: Cells) -> NDArray[np.bool_]:
    """For each row, whether its cell has any text."""
    has_text = np.array([bool(text) for text in cells.values], dtype=bool)
    return has_text[cells.codes] if len(has_text) else np.zeros(len(cells), dtype=bool)


def _drop_empty_rows(grid: Grid) -> Step:
    filled = np.zeros(_row_count(grid), dtype=bool)
    for cells in grid.cells:
        filled |= filled_cells(cells)
    count = keep_rows(grid, filled)
    return Step("empty_rows", count, f"{count:,} empty rows were left out.")


def _drop_repeated_headers(grid: Grid) -> Step:
    """Files put together from several ones repeat their header in the middle."""
    same = np.full(_row_count(grid), grid.header_row is not None and len(grid.names) > 1)
    for name, cells in zip(grid.names, grid.cells, strict=True):
        code = cells.values.index(name) if name in cells.values else -1
        same &= cells.codes == code
    count = keep_rows(grid, ~same)
    return Step(
        "repeated_headers", count, f"The header stood {count:,} times more among the rows; it was left out there."
    )


def _drop_totals(grid: Grid) -> Step:
    """Rows at the end that begin with a word for "total" and leave most text columns empty."""
    rows = _row_count(grid)
    keep = np.ones(rows, dtype=bool)
    for row in range(rows - 1, max(rows - 1 - TOTAL_ROWS, 0), -1):
        filled = [text for cells in grid.cells if (text := cells.values[cells.codes[row]])]
        if not filled or filled[0].rstrip(":").casefold() not in TOTALS or len(filled) > max(2, len(grid.cells) // 2):
            break
        keep[row] = False
    count = keep_rows(grid, keep)
    one = "The last row is a total, not a product; it was left out."
    return Step("total_rows", count, one if count == 1 else f"The last {count} rows are totals; they were left out.")


ROW_STEPS: dict[str, Callable[[Grid], Step]] = {
    "empty_rows": _drop_empty_rows,
    "repeated_headers": _drop_repeated_headers,
    "total_rows": _drop_totals,
}
WARNED_ROW_STEPS = frozenset({"total_rows"})


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


def count_duplicates(columns: Sequence[Cells]) -> int:
    """How many rows are exactly equal to an earlier one."""
    if not columns or not len(columns[0]):
        return 0
    mixed = np.zeros(len(columns[0]), dtype=np.uint64)
    for cells in columns:
        mixed = (mixed ^ cells.codes.astype(np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(29)
    return len(mixed) - len(np.unique(mixed))
