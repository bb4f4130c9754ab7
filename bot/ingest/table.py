"""A clean table: text cells kept once each and referred to by number, so that long catalogs stay small and cross
processes fast."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from typing import Any, Self, overload

import numpy as np
from numpy.typing import NDArray

from bot.domain.catalog import Profile
from bot.domain.catalog_lists import split_values
from bot.domain.catalog_reading import ReadOptions as ReadOptions

CHUNK = 4096  # rows made into text at once while iterating
FEW = 4  # rows for each distinct text from which joining a literal with the distinct texts pays


@dataclass(frozen=True, slots=True)
class Cells:
    """One column: `codes[row]` is the place of the row's text in `values`. `values` has no text twice and none
    unused."""

    codes: NDArray[np.int32]
    values: tuple[str, ...]
    has_blanks: bool = field(init=False)
    """Whether some of `values` has nothing to read in it."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "has_blanks", "" in self.values or any(map(str.isspace, self.values)))

    @classmethod
    def of(cls, texts: Iterable[str]) -> Self:
        """Number the texts in order of appearance."""
        seen: dict[str, int] = {}
        codes = np.fromiter((seen.setdefault(text, len(seen)) for text in texts), dtype=np.int32)
        return cls(codes, tuple(seen))

    def __len__(self) -> int:
        return len(self.codes)

    def texts(self, start: int = 0, stop: int | None = None) -> list[str]:
        """The cells of some rows, from `start` to before `stop`."""
        values = self.values
        return [values[code] for code in self.codes[start:stop].tolist()]

    def counts(self) -> list[tuple[str, int]]:
        """Every distinct text with how often it stands in the column, in order of appearance."""
        return list(zip(self.values, np.bincount(self.codes, minlength=len(self.values)).tolist(), strict=True))

    def mapped(self, new: Sequence[str]) -> Cells:
        """The same column with `values` replaced one by one; texts that became equal are merged."""
        seen: dict[str, int] = {}
        places = np.fromiter((seen.setdefault(text, len(seen)) for text in new), dtype=np.int32, count=len(new))
        return Cells(places[self.codes] if len(new) else self.codes, tuple(seen))

    def rows(self, keep: NDArray[np.intp]) -> Cells:
        """The column with only the rows at the places `keep`, numbered again in order of appearance."""
        codes = self.codes[keep]
        used, first, inverse = np.unique(codes, return_index=True, return_inverse=True)
        order = np.argsort(first, kind="stable")
        rank = np.empty_like(order)
        rank[order] = np.arange(len(order))
        return Cells(rank[inverse].astype(np.int32), tuple(self.values[code] for code in used[order].tolist()))


@dataclass(frozen=True, slots=True)
class Rows(Sequence[list[str]]):
    """The rows of a table as lists of text, made when they are asked for."""

    cells: tuple[Cells, ...]

    def __len__(self) -> int:
        return len(self.cells[0]) if self.cells else 0

    @overload
    def __getitem__(self, index: int) -> list[str]: ...
    @overload
    def __getitem__(self, index: slice) -> list[list[str]]: ...
    def __getitem__(self, index: int | slice) -> list[str] | list[list[str]]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        return [cells.values[cells.codes[index]] for cells in self.cells]

    def __iter__(self) -> Iterator[list[str]]:
        for start in range(0, len(self), CHUNK):
            for row in zip(*(cells.texts(start, start + CHUNK) for cells in self.cells), strict=True):
                yield list(row)

    def filled(self, places: Sequence[int]) -> Rows:
        """Only the rows whose cells at these places hold text."""
        keep = np.ones(len(self), dtype=bool)
        for place in places:
            cells = self.cells[place]
            if not cells.has_blanks:
                continue
            keep &= np.array([bool(text.strip()) for text in cells.values], dtype=bool)[cells.codes]
        return self if keep.all() else self._at(np.flatnonzero(keep))

    def exploded(self, separators: Mapping[int, str]) -> Rows:
        """One row for each combination of the values in these columns, the first column varying slowest."""
        rows = self
        for place, separator in separators.items():
            lists = [split_values(text, separator) or [""] for text in rows.cells[place].values]
            flat = Cells.of(value for values in lists for value in values)
            lengths = np.array([len(values) for values in lists])
            counts = lengths[rows.cells[place].codes]
            origin = np.repeat(np.arange(len(counts)), counts)
            within = np.arange(len(origin)) - np.repeat(np.cumsum(counts) - counts, counts)
            starts = (np.cumsum(lengths) - lengths)[rows.cells[place].codes[origin]]
            cells = list(rows._at(origin).cells)
            cells[place] = Cells(flat.codes[starts + within], flat.values)
            rows = Rows(tuple(cells))
        return rows

    def _at(self, places: NDArray[np.intp]) -> Rows:
        """The rows at some places; texts that no row has any more may stay among the values."""
        return Rows(tuple(Cells(cells.codes[places], cells.values) for cells in self.cells))

    def pieces(self, wanted: Sequence[tuple[str, int]]) -> Iterator[list[Iterator[str]]]:
        """Block by block, what to join for each row: literals and cells in turn, as (literal before, place of
        the cell).

        A literal is joined once with each distinct text where a column has few of them."""
        sources = [_source(before, self.cells[place]) for before, place in wanted]
        for start in range(0, len(self), CHUNK):
            yield [piece for source in sources for piece in source(start, start + CHUNK)]

    def __eq__(self, other: Any) -> bool:
        return (
            isinstance(other, Sequence)
            and len(self) == len(other)
            and all(a == list(b) for a, b in zip(self, other, strict=True))
        )

    __hash__ = None  # type: ignore[assignment]


def _source(before: str, cells: Cells) -> Callable[[int, int], list[Iterator[str]]]:
    """A function from a range of rows to the pieces of one column."""
    values = cells.values
    if len(values) == len(cells) and np.array_equal(cells.codes, np.arange(len(cells))):
        return lambda start, stop: [repeat(before), iter(values[start:stop])] if before else [iter(values[start:stop])]
    if len(values) * FEW <= len(cells):
        texts = np.array([before + text for text in values], dtype=object)
        return lambda start, stop: [iter(texts[cells.codes[start:stop]].tolist())]
    texts = np.array(values, dtype=object)
    return lambda start, stop: [repeat(before), iter(texts[cells.codes[start:stop]].tolist())]


@dataclass(frozen=True, slots=True)
class Table:
    """A catalog as read and cleaned: column names, rows of text as long as `columns`, and what was understood."""

    columns: tuple[str, ...]
    rows: Rows
    profile: Profile

    def column(self, name: str) -> list[str]:
        """All cells of one column. Raises ValueError for an unknown name."""
        return self.rows.cells[self.columns.index(name)].texts()
