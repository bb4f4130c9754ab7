"""Several rows of one product made one row: what is equal stays, what only one row says holds for all, what varies
becomes a list."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import orjson

from bot.domain.catalog_lists import JSON_LIST, split_values
from bot.ingest.grid import Grid
from bot.ingest.product_key import Marks, Places, ProductKey
from bot.ingest.row_steps import filled_cells
from bot.ingest.table import Cells

SEPARATORS = (", ", "; ", " | ", " / ", " ¦ ")  # the first that no value has anything of
Lists = list[list[str]]


def fold(grid: Grid, key: ProductKey) -> dict[str, str]:
    """Fold the rows, in place. The columns that became lists, with their separators."""
    collected: dict[str, str] = {}
    folded = []
    for name, cells in zip(grid.names, grid.cells, strict=True):
        lists = _values(cells, key)
        if isinstance(lists, Cells):
            folded.append(lists)
            continue
        separator = _separator(lists)
        collected[name] = separator
        folded.append(Cells.of(_joined(values, separator) for values in lists))
    grid.cells = folded
    return collected


def _values(cells: Cells, key: ProductKey) -> Cells | Lists:
    """The different texts of each product in their order; a column of single texts where no product has two."""
    filled = filled_cells(cells)
    if key.parents is not None:
        filled &= key.parents | ~_has_word(filled & key.parents, key)[key.groups]
    rows = np.flatnonzero(filled)
    groups, codes = key.groups[rows], cells.codes[rows].astype(np.intp)
    _, first = np.unique(groups * np.intp(len(cells.values)) + codes, return_index=True)
    first = first[np.argsort(groups[first] * np.intp(len(rows)) + first)]
    groups, codes = groups[first], codes[first]
    counts = np.bincount(groups, minlength=key.products)
    if not len(counts) or counts.max() <= 1:
        return _single(cells, groups, codes, key.products)
    values = [cells.values[code] for code in codes.tolist()]
    ends = np.cumsum(counts).tolist()
    return [values[end - count : end] for end, count in zip(ends, counts.tolist(), strict=True)]


def _has_word(spoken: Marks, key: ProductKey) -> Marks:
    """For each product, whether its parent row fills this column."""
    said = np.zeros(key.products, dtype=bool)
    said[key.groups[spoken]] = True
    return said


def _single(cells: Cells, groups: Places, codes: Places, products: int) -> Cells:
    """One text for each product; empty where no row has one."""
    values = cells.values if "" in cells.values else (*cells.values, "")
    all_codes = np.full(products, values.index(""), dtype=np.int32)
    all_codes[groups] = codes
    return Cells(all_codes, values).rows(np.arange(products))


def _separator(lists: Lists) -> str:
    """The first separator that gives every list back when it is split again; JSON where none does."""
    for separator in SEPARATORS:
        mark = separator.strip()
        several = [values for values in lists if len(values) > 1]
        if any(mark in value for values in lists for value in values):
            continue
        if all(split_values(separator.join(values), separator) == values for values in several):
            return separator
    return JSON_LIST


def _joined(values: Sequence[str], separator: str) -> str:
    """One text that `split_values` takes apart again; a single value stays as it is written."""
    if separator != JSON_LIST or (len(values) == 1 and not values[0].startswith("[")):
        return separator.join(values)
    return orjson.dumps(list(values)).decode() if values else ""
