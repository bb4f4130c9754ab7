"""Cleaning of whole rows and columns: each step marks what would be left out, and says so."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA

from bot.domain.catalog_kinds import Kind, kind_of
from bot.domain.catalog_numbers import number_in
from bot.domain.catalog_words import word_set, words_of
from bot.ingest.grid import Grid
from bot.ingest.table import Cells

Marks = NDArray[np.bool_]

TOTALS = word_set(
    """total totals sum subtotal summe gesamt gesamtsumme insgesamt totale somme suma итого всего 合計 总计 合计
    المجموع"""
) | {"grand total", "total general", "total général", "grand totals"}
DUPLICATES = "duplicate_rows"
TOTAL_ROWS = 3  # looked at from the end
SUMMED_ROWS = 3  # a sum of fewer numbers is easily an accident
NEAR_ROWS = 20_000  # beyond this, looking for near duplicates takes longer than people wait
NEAR_BLOCK = 40  # earlier rows that one row is compared with
LETTERS = 6  # a shorter word must be equal: S is not M, and a shirt is not short
SLIPS = 1  # letters changed, missing or swapped in a longer one
ROW_NUMBERS = frozenset({"id", "no", "nr", "row", "index", "line", "#", "key", "pos", "position"})
WORDS = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class RowStep:
    """`find` marks the rows to leave out; `one` and `many` say so once done, `offer` while it is only offered."""

    find: Callable[[Grid], Marks]
    one: str
    many: str
    offer: str = ""
    warn: bool = False

    @property
    def offered(self) -> bool:
        """Whether it is done only when asked for."""
        return bool(self.offer)

    def words(self, count: int, *, done: bool) -> str:
        if self.offer and not done:
            return self.offer.format(n=f"{count:,}")
        return self.one if count == 1 else self.many.format(n=f"{count:,}")


def keep_rows(grid: Grid, keep: Marks) -> None:
    """Leave only the rows that are marked."""
    if not keep.all():
        places = np.flatnonzero(keep)
        grid.cells = [cells.rows(places) for cells in grid.cells]


def row_count(grid: Grid) -> int:
    return len(grid.cells[0]) if grid.cells else 0


def filled_cells(cells: Cells) -> Marks:
    """For each row, whether its cell has any text."""
    has_text = np.array([bool(text) for text in cells.values], dtype=bool)
    return has_text[cells.codes] if len(has_text) else np.zeros(len(cells), dtype=bool)


def empty_rows(grid: Grid) -> Marks:
    filled = np.zeros(row_count(grid), dtype=bool)
    for cells in grid.cells:
        filled |= filled_cells(cells)
    return ~filled


def repeated_headers(grid: Grid) -> Marks:
    """Files put together from several ones repeat their header in the middle."""
    same = np.full(row_count(grid), grid.header_row is not None and len(grid.names) > 1)
    for name, cells in zip(grid.names, grid.cells, strict=True):
        code = cells.values.index(name) if name in cells.values else -1
        same &= cells.codes == code
    return same


def total_rows(grid: Grid) -> Marks:
    """Rows at the end that begin with a word for "total", or hold the sum of a column, and are mostly empty."""
    rows = row_count(grid)
    totals = np.zeros(rows, dtype=bool)
    for row in range(rows - 1, max(rows - 1 - TOTAL_ROWS, 0), -1):
        texts = [cells.values[cells.codes[row]] for cells in grid.cells]
        if not (_says_total(texts) or (row == rows - 1 and _is_sum(grid, texts))):
            break
        totals[row] = True
    return totals


def _says_total(texts: Sequence[str]) -> bool:
    filled = [text for text in texts if text]
    return bool(filled) and filled[0].rstrip(":").casefold() in TOTALS and len(filled) <= max(2, len(texts) // 2)


def _is_sum(grid: Grid, texts: Sequence[str]) -> bool:
    """Only numbers in the last row, its first cell empty, and one of them is what the column above adds up to."""
    filled = [place for place, text in enumerate(texts) if text]
    numbers = [number_in(texts[place]) for place in filled]
    if not filled or texts[0] or len(filled) > len(texts) // 2 or None in numbers:
        return False
    return any(_adds_up(grid.cells[place], texts[place]) for place in filled)


def _adds_up(cells: Cells, last: str) -> bool:
    counts = [(text, count - (text == last)) for text, count in cells.counts() if text]
    values = [(number_in(text), count) for text, count in counts if count]
    if any(value is None for value, _ in values) or sum(count for _, count in values) < SUMMED_ROWS:
        return False
    total = sum((value or 0) * count for value, count in values)
    return total != 0 and total == number_in(last)


def duplicate_rows(grid: Grid) -> Marks:
    """Rows that are exactly equal to an earlier one."""
    if not row_count(grid):
        return np.zeros(0, dtype=bool)
    hashes = _row_hashes(grid.cells)
    ordered = np.sort(hashes)
    if not (ordered[1:] == ordered[:-1]).any():
        return np.zeros(len(hashes), dtype=bool)
    repeated = np.ones(len(hashes), dtype=bool)
    repeated[np.unique(hashes, return_index=True)[1]] = False
    return repeated


def _row_hashes(columns: Sequence[Cells]) -> NDArray[np.uint64]:
    mixed = np.zeros(len(columns[0]), dtype=np.uint64)
    for cells in columns:
        mixed = (mixed ^ cells.codes.astype(np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(29)
    return mixed


def near_duplicate_rows(grid: Grid) -> Marks:
    """Rows that differ from an earlier one by case, punctuation or a slip in a word, and in no number or short word.

    Row numbers, web addresses and exact repetitions do not count; nothing is marked in very long tables."""
    marks = np.zeros(row_count(grid), dtype=bool)
    places = [place for place in range(len(grid.names)) if not _says_nothing(grid, place)]
    if not places or len(marks) > NEAR_ROWS:
        return marks
    exact = duplicate_rows(Grid(names=[], cells=[grid.cells[place] for place in places]))
    blocks: dict[str, list[list[str]]] = {}
    for row, words in enumerate(_words_of_rows([grid.cells[place] for place in places])):
        earlier = blocks.setdefault(_block(words), [])
        marks[row] = bool(words) and any(_are_near(words, other) for other in earlier) and not exact[row]
        if not marks[row] and len(earlier) < NEAR_BLOCK and not exact[row]:
            earlier.append(words)
    return marks


def _says_nothing(grid: Grid, place: int) -> bool:
    """A running number or a web address: no two products share it, whatever else they share."""
    words = set(words_of(grid.names[place])) or {grid.names[place]}
    values = grid.cells[place].values
    if words <= ROW_NUMBERS and len(values) == row_count(grid):
        return True
    return kind_of([(text, 1) for text in islice(values, 200) if text]) is Kind.URL


def _words_of_rows(columns: Sequence[Cells]) -> Iterator[list[str]]:
    words = [[[*WORDS.findall(text.casefold()), "|"] for text in cells.values] for cells in columns]
    for row in zip(*(cells.codes.tolist() for cells in columns), strict=True):
        yield [word for column, code in zip(words, row, strict=True) for word in column[code]]


def _block(words: Sequence[str]) -> str:
    """What near duplicates have in common: first letters, numbers and short words, in order."""
    return " ".join(word if len(word) < LETTERS or not word.isalpha() else word[0] for word in words)


def _are_near(one: Sequence[str], other: Sequence[str]) -> bool:
    return all(a == b or OSA.distance(a, b, score_cutoff=SLIPS) <= SLIPS for a, b in zip(one, other, strict=True))


ROW_STEPS: dict[str, RowStep] = {
    "empty_rows": RowStep(empty_rows, "One empty row was left out.", "{n} empty rows were left out."),
    "repeated_headers": RowStep(
        repeated_headers,
        "The header stood once more among the rows; it was left out there.",
        "The header stood {n} times more among the rows; it was left out there.",
    ),
    "total_rows": RowStep(
        total_rows,
        "The last row is a total, not a product; it was left out.",
        "The last {n} rows are totals; they were left out.",
        warn=True,
    ),
    DUPLICATES: RowStep(
        duplicate_rows,
        "One row repeated an earlier one exactly; it was left out.",
        "{n} rows repeated an earlier one exactly; they were left out.",
        offer="{n} rows repeat an earlier one exactly.",
    ),
}
NEAR_STEP = "near_duplicate_rows"
NEAR = RowStep(
    near_duplicate_rows,
    "One row repeated an earlier one but for case, punctuation or a slip; it was left out.",
    "{n} rows repeated an earlier one but for case, punctuation or a slip; they were left out.",
    offer="{n} rows repeat an earlier one but for case, punctuation or a slip.",
)
