"""Where the header of a table is: below title rows, in two rows, or nowhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.catalog_kinds import Kind, kind_of_value
from bot.domain.catalog_words import DETAIL_WORDS, NAME_WORDS, TEXT_WORDS, TYPE_WORDS, word_set, words_of

LOOK = 40  # rows in which a header is searched
COMPARE = 200  # rows below it that are compared with it
FULL = 0.6  # share of the widest row's cells that a header has at least
AGREE = 0.8  # share of a column's cells that must be numbers before a word above them speaks for a header
KNOWN_WORD = 1.5  # votes for a first row with a word that headers are made of
NAME_LENGTH = 60  # a longer cell is no column name
TYPED = frozenset({Kind.NUMBER, Kind.DATE, Kind.URL})
COMMON_WORDS = word_set("id sku price qty stock ean brand code image url status currency")
HEADER_WORDS = NAME_WORDS | TYPE_WORDS | DETAIL_WORDS | TEXT_WORDS | COMMON_WORDS
YEARS = range(1950, 2101)

Row = Sequence[str]


@dataclass(frozen=True, slots=True)
class Header:
    """The first `skip` rows are titles; `rows` of them below that are the header (0: none, 2: groups over names)."""

    skip: int
    rows: int

    @property
    def first_data(self) -> int:
        return self.skip + self.rows


def find_header(rows: Sequence[Row]) -> Header:
    """Look for the header in the first rows of a table (trimmed cells, blank rows included)."""
    top = [list(row) for row in rows[: LOOK + COMPARE]]
    skip = _title_rows(top)
    if skip >= len(top):
        return Header(0, 0)
    if skip and _are_groups(top[skip - 1], top[skip], top[skip + 1 :]):
        return Header(skip - 1, 2)
    if len(top) > skip + 2 and _are_groups(top[skip], top[skip + 1], top[skip + 2 :]):
        return Header(skip, 2)
    below = [row for row in top[skip + 1 :] if row != top[skip]]
    return Header(skip, 1 if _votes(top[skip], below) >= 0 else 0)


def joined_names(rows: Sequence[Row]) -> tuple[str, ...]:
    """Column names from one header row, or from a row of groups over a row of names: "Price EUR". Trailing blanks
    are cut."""
    names = list(rows[-1])
    if len(rows) == 2:
        width = max(map(len, rows))
        groups, lower = ([*row, *[""] * (width - len(row))] for row in rows)
        names = [" ".join(filter(None, pair)) for pair in zip(_filled_forward(groups, lower), lower, strict=True)]
    while names and not names[-1]:
        names.pop()
    return tuple(names)


def _filled_forward(groups: Row, lower: Row) -> list[str]:
    """The group of each column: a gap belongs to the group on its left if there is a name below it."""
    filled: list[str] = []
    for group, name in zip(groups, lower, strict=True):
        filled.append(group or (filled[-1] if filled and name else ""))
    return filled


def _filled(row: Row) -> int:
    return sum(1 for cell in row if cell)


def _title_rows(rows: Sequence[Row]) -> int:
    """The number of rows above the first one that is nearly as full as the fullest."""
    sizes = [_filled(row) for row in rows]
    widest = _usual_width(sizes)
    need = max(FULL * widest, 2 if widest > 1 else 1)
    for place, size in enumerate(sizes[:LOOK]):
        if size >= need:
            return place
    return next((place for place, size in enumerate(sizes) if size), len(rows))


def _usual_width(sizes: Sequence[int]) -> int:
    """The number of filled cells that at least two rows reach: one stray long row does not make a table wide."""
    ordered = sorted(sizes, reverse=True)
    return ordered[1] if len(ordered) > 2 else max(ordered, default=0)


def _are_groups(top: Row, bottom: Row, below: Sequence[Row]) -> bool:
    """Group names over a row of column names: gaps beside the groups, names under the gaps, and data of another
    kind below."""
    width = len(bottom)
    groups = [*top[:width], *[""] * (width - len(top))]
    if _filled(groups) < 2 or any(map(_is_data, (*top, *bottom))):
        return False
    if not all(group or name for group, name in zip(groups, bottom, strict=True)):
        return False
    spans = sum(1 for at in range(1, width) if bottom[at] and bottom[at - 1] and groups[at] in ("", groups[at - 1]))
    return spans > 0 and bool(groups[0]) and _votes(bottom, below) > 0 and _is_typed(below)


def _is_data(cell: str) -> bool:
    return bool(cell) and (len(cell) > NAME_LENGTH or kind_of_value(cell) in TYPED)


def _is_typed(rows: Sequence[Row]) -> bool:
    return any(kind_of_value(cell) in TYPED for row in rows[:COMPARE] for cell in row if cell)


def _votes(row: Row, below: Sequence[Row]) -> float:
    """Names differ from the data below: text over numbers speaks for a header; numbers, dates and repeated values
    against."""
    votes = 0.0
    for place, cell in enumerate(row):
        column = [values[place] for values in below[:COMPARE] if place < len(values) and values[place]]
        votes += _vote(cell, column)
    known = any(set(words_of(cell)) & HEADER_WORDS for cell in row if 0 < len(cell) <= NAME_LENGTH)
    return votes + (KNOWN_WORD if known and len(set(row)) == len(row) else 0)


def _vote(cell: str, column: Sequence[str]) -> float:
    """What one cell of the first row says, given the cells below it: positive for a header."""
    if not cell:
        return -0.2
    if kind_of_value(cell) in TYPED:
        return 0.0 if cell.isdigit() and int(cell) in YEARS else -1.0
    if not column:
        return 0.0
    if cell in column:
        return -1.0
    typed = sum(1 for value in column if kind_of_value(value) in TYPED)
    return 1.0 if typed >= AGREE * len(column) else 0.0
