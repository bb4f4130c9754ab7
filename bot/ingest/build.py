"""From raw records to a grid of named columns: header, names, ragged rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from bot.domain.catalog import Step
from bot.errors import BadCatalog
from bot.ingest.cleaning import trimmed
from bot.ingest.delimited import Record
from bot.ingest.grid import Grid
from bot.ingest.header import COMPARE, LOOK, Header, find_header, joined_names
from bot.ingest.limits import Limits, refuse
from bot.ingest.table import Cells

NAMED_LINES = 8  # line numbers given in one warning
NO_HEADER = "The file has no header; its columns are called column_1, column_2 and so on."
ONE_TITLE = "One row above the header was passed over."
NOTHING = "There is nothing in this file."
HEAD = LOOK + COMPARE  # records that are enough to find the header


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the data starts among the records, and the names above it ("" for a nameless column)."""

    first_data: int
    names: tuple[str, ...]
    header_row: int | None
    warnings: tuple[str, ...] = ()
    titles: int = 0


def layout_of(records: Sequence[Record], header_row: int | None = None, *, thing: str = "Line") -> Layout:
    """Find the header among the first records, or take the one a person chose. Raises BadCatalog for a line that
    is not there."""
    if not records:
        raise BadCatalog(NOTHING, todo="Send a file with a header and at least one product.")
    header = _chosen_header(records, header_row)
    titles = records[header.skip : header.first_data]
    if not titles:
        return Layout(header.first_data, (), None, (NO_HEADER,))
    names = joined_names([[" ".join(trimmed(cell).split()) for cell in record.cells] for record in titles])
    warnings: tuple[str, ...] = ()
    if len(titles) > 1:
        where = f"{thing.lower()}s {titles[0].line} and {titles[1].line}"
        warnings = (f"The header has two rows ({where}); their names were joined.",)
    filled = sum(1 for record in records[: header.skip] if any(map(trimmed, record.cells)))
    return Layout(header.first_data, names, titles[-1].line, warnings, filled)


def _chosen_header(records: Sequence[Record], header_row: int | None) -> Header:
    if header_row is None:
        return find_header([[trimmed(cell) for cell in record.cells] for record in records[:HEAD]])
    if header_row == 0:
        return Header(0, 0)
    for place, record in enumerate(records):
        if record.line >= header_row:
            return Header(place, 1)
    raise BadCatalog(f"The file has no line {header_row:,} that could be its header.", todo="Choose another line.")


def grid_of(records: Sequence[Record], limits: Limits, header_row: int | None = None, *, thing: str = "Line") -> Grid:
    """Find the header among the records and cut the rest into columns. Raises BadCatalog if there is no table in
    them."""
    layout = layout_of(records, header_row, thing=thing)
    body = records[layout.first_data :]
    width = max(len(layout.names), max((_last_filled(record.cells) for record in body), default=0))
    check_size(len(body), width, limits)
    columns = zip_longest(*(record.cells[:width] for record in body), fillvalue="")
    cells = [Cells.of(column) for column in columns]
    cells += [Cells.of("" for _ in body)] * (width - len(cells))
    grid = named_grid(cells, layout, limits)
    if layout.names:
        _say_ragged(grid, body, width=len(layout.names), thing=thing)
    return grid


def named_grid(cells: list[Cells], layout: Layout, limits: Limits) -> Grid:
    """Columns with their names. Columns beyond the named ones stay only if something is in them."""
    while len(cells) > len(layout.names) and not any(map(trimmed, cells[-1].values)):
        cells.pop()
    grid = Grid(names=[], cells=cells, header_row=layout.header_row, warnings=list(layout.warnings))
    if layout.titles:
        words = f"{layout.titles} rows above the header were passed over." if layout.titles > 1 else ONE_TITLE
        grid.notes.append(Step("title_rows", layout.titles, words))
    grid.names = unique_names([*layout.names, *[""] * (len(cells) - len(layout.names))], limits, grid)
    return grid


def check_size(rows: int, columns: int, limits: Limits) -> None:
    """Raises BadCatalog for more columns or rows than allowed."""
    if columns > limits.columns:
        raise refuse(
            "columns", limits.columns, columns, unit="columns", todo="Keep the columns that describe the products."
        )
    if rows > limits.rows:
        raise refuse("rows", limits.rows, rows, unit="rows", todo="Send it in parts.")


def _last_filled(cells: Sequence[str]) -> int:
    """The number of cells up to the last one that holds anything."""
    for place in range(len(cells), 0, -1):
        if cells[place - 1] and not cells[place - 1].isspace():
            return place
    return 0


def _say_ragged(grid: Grid, body: Sequence[Record], *, width: int, thing: str) -> None:
    """Name the rows with too few or too many cells; nothing is shifted to make them fit."""
    short = [record.line for record in body if len(record.cells) < width and any(map(trimmed, record.cells))]
    if short and thing == "Line" and len(short) < len(body):
        grid.warnings.append(f"{_these(short, thing)} fewer cells than the header; the missing ones are empty.")
    long = [record for record in body if len(record.cells) > width and _last_filled(record.cells) > width]
    for record in long[:NAMED_LINES]:
        grid.warnings.append(_too_long(record, width, "Row" if thing == "Row" else "Line"))
    if len(long) > NAMED_LINES:
        grid.warnings.append(f"{len(long) - NAMED_LINES:,} more rows have more cells than the header.")


def _too_long(record: Record, width: int, thing: str) -> str:
    more = _last_filled(record.cells) - width
    if more == 1:
        return f"{thing} {record.line} has one cell more than the header; it was kept under 'column_{width + 1}'."
    return f"{thing} {record.line} has {more} cells more than the header; they were kept from 'column_{width + 1}' on."


def _these(lines: Sequence[int], thing: str) -> str:
    shown = ", ".join(str(line) for line in lines[:NAMED_LINES])
    rest = f" and {len(lines) - NAMED_LINES:,} more" if len(lines) > NAMED_LINES else ""
    return f"{thing} {shown} has" if len(lines) == 1 else f"{thing}s {shown}{rest} have"


def unique_names(names: Sequence[str], limits: Limits, grid: Grid) -> list[str]:
    """Names without repetition, whatever their case: "price", "price (2)"; nameless columns become "column_9"."""
    used: set[str] = set()
    result = []
    for place, name in enumerate(names, start=1):
        base = name[: limits.name_length] or f"column_{place}"
        if len(name) > limits.name_length:
            grid.warnings.append(f"The name of column {place} is {len(name):,} characters long; it was cut.")
        chosen, number = base, 1
        while chosen.casefold() in used:
            number += 1
            chosen = f"{base} ({number})"
        if number > 1:
            grid.warnings.append(f"Two columns are called '{base[:80]}'; the second is now '{chosen[:90]}'.")
        used.add(chosen.casefold())
        result.append(chosen)
    return result
