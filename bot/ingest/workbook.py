"""Workbooks (XLSX, XLS, ODS) as records of text, as a person sees the values."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetMetadata,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from bot.domain.catalog import Step
from bot.errors import BadCatalog
from bot.ingest.build import grid_of
from bot.ingest.cell_formats import Cell, Format
from bot.ingest.delimited import Record
from bot.ingest.grid import Grid
from bot.ingest.limits import Limits
from bot.ingest.xlsx_parts import SheetFacts, sheet_facts, without_far_cells
from bot.ingest.xlsx_shown import Shown, shown_formats

FORMATS = "formats"
FAR_COLUMNS = 1_000  # a cell to the right of this is no part of a table

WHOLE = 1e21  # numbers from here on are written with an exponent


def read_workbook(
    data: bytes, limits: Limits, *, sheet: str | None, header_row: int | None, as_shown: bool = True
) -> Grid:
    """Read one sheet: the one asked for, or the first visible one that holds a table. With `as_shown` numbers and dates
    look as the sheet shows them (1%), else as it stores them (0.01). Raises BadCatalog."""
    book = _book(data)
    visible = [s.name for s in book.sheets_metadata if s.visible is SheetVisibleEnum.Visible and _holds_cells(s)]
    warnings: list[str] = []
    for name in _candidates(book, visible, sheet):
        data, facts = _bounded(data, name, warnings)
        page = _opened(_book(data) if warnings else book, name)
        if sheet is not None or page.height > 1:
            break
    else:
        raise BadCatalog(
            "The workbook has no visible sheet with a table in it.", todo="Check that you sent the right file."
        )
    shown = shown_formats(data, facts.part) if facts is not None else {}
    records, changed = _records(page, shown, as_shown=as_shown)
    grid = grid_of(records, limits, header_row, thing="Row")
    _say_formats(grid, changed, done=as_shown)
    grid.sheet, grid.sheets = name, tuple(visible)
    grid.warnings += [*warnings, *_about_sheets(book, visible, name, asked=sheet is not None)]
    if facts is not None:
        grid.warnings += _about_cells(facts)
    return grid


@dataclass(slots=True)
class _Changed:
    """How many cells look otherwise than they are stored, and one of them."""

    count: int = 0
    example: str = ""

    def note(self, shown: Sequence[str], stored: Sequence[str]) -> None:
        pairs = [(a, b) for a, b in zip(shown, stored, strict=True) if a != b]
        if pairs and not self.count:
            self.example = "{} for {}".format(*pairs[0])
        self.count += len(pairs)


def _about_cells(facts: SheetFacts) -> list[str]:
    """What the sheet holds that a reader of the values cannot see."""
    said = []
    if facts.hidden_rows:
        rows = _some(facts.hidden_rows, "row is", "rows are")
        said.append(f"{rows} hidden in the sheet; hidden rows were read like the others.")
    if facts.errors:
        cells = _some(facts.errors, "cell holds", "cells hold")
        said.append(f"{cells} an error of the spreadsheet, such as #REF!; they count as empty.")
    return said


def _some(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def _book(data: bytes) -> CalamineWorkbook:
    if b"E\0n\0c\0r\0y\0p\0t\0e\0d\0P" in data[:65536] + data[-65536:]:
        raise BadCatalog("The workbook is password-protected.", todo="Save it without a password.")
    try:
        return CalamineWorkbook.from_filelike(io.BytesIO(data))
    except PasswordError as error:
        raise BadCatalog("The workbook is password-protected.", todo="Save it without a password.") from error
    except (CalamineError, OSError, ValueError) as error:
        raise BadCatalog(
            "The workbook cannot be opened; it is damaged or incomplete.", todo="Save it again as XLSX and send that."
        ) from error


def _holds_cells(sheet: SheetMetadata) -> bool:
    return sheet.typ is SheetTypeEnum.WorkSheet


def _bounded(data: bytes, name: str, warnings: list[str]) -> tuple[bytes, SheetFacts | None]:
    """A workbook whose sheet fits into memory as a rectangle, and what was found out about the sheet."""
    facts = sheet_facts(data, name) if data.startswith(b"PK") else None
    if facts is None or not facts.too_wide:
        return data, facts
    data, removed = without_far_cells(data, facts, FAR_COLUMNS)
    shown = ", ".join(removed[:3])
    warnings.append(f"{len(removed):,} cells far away from the table were left out ({shown}).")
    return data, facts


def _about_sheets(book: CalamineWorkbook, visible: Sequence[str], name: str, *, asked: bool) -> list[str]:
    """What a person should know about the sheets that were not read, unless this one was asked for."""
    if asked:
        return []
    said = []
    if len(visible) > 1:
        others = ", ".join(f"'{other}'" for other in visible if other != name)
        said.append(f"The workbook has {len(visible)} sheets; '{name}' was read, not {others}.")
    hidden = len(book.sheet_names) - len(visible)
    if hidden:
        said.append(f"{hidden} hidden sheet{'s were' if hidden > 1 else ' was'} not read.")
    return said


def _opened(book: CalamineWorkbook, name: str) -> CalamineSheet:
    try:
        return book.get_sheet_by_name(name)
    except (CalamineError, OSError, ValueError) as error:
        raise BadCatalog(
            f"Sheet '{name}' cannot be read; the workbook is damaged.", todo="Save it again as XLSX."
        ) from error


def _candidates(book: CalamineWorkbook, visible: Sequence[str], wanted: str | None) -> Sequence[str]:
    """The sheet asked for, whatever its case; else the visible ones in order."""
    if wanted is None:
        return visible
    for name in book.sheet_names:
        if name.strip().casefold() == wanted.strip().casefold():
            return [name]
    raise BadCatalog(
        f"There is no sheet '{wanted}'.", todo="Its sheets are: " + ", ".join(f"'{n}'" for n in visible) + "."
    )


def _records(sheet: CalamineSheet, shown: Shown, *, as_shown: bool) -> tuple[list[Record], _Changed]:
    """The rows of a sheet, and which cells their formats show otherwise than they are stored."""
    top, left = sheet.start or (0, 0)
    rows: Iterable[Sequence[Cell]] = sheet.to_python(skip_empty_area=True)
    records = []
    changed = _Changed()
    for at, row in enumerate(rows, start=top):
        texts = stored = [as_text(cell) for cell in row]
        if shown:
            texts = [_as_shown(cell, shown.get((at, column))) for column, cell in enumerate(row, start=left)]
            changed.note(texts, stored)
        records.append(Record(at + 1, texts if as_shown else stored))
    return records, changed


def _say_formats(grid: Grid, changed: _Changed, *, done: bool) -> None:
    if not changed.count:
        return
    cells, such = _some(changed.count, "cell", "cells"), f"such as {changed.example}"
    if done:
        grid.notes.append(Step(FORMATS, changed.count, f"{cells} read as the sheet shows them, {such}."))
    else:
        grid.offered.append(
            Step(FORMATS, changed.count, f"The sheet shows {cells} otherwise than it stores them, {such}.")
        )


def _as_shown(cell: Cell, shown: Format | None) -> str:
    """A cell as the sheet shows it, where its format says how."""
    return (shown.shown(cell) if shown is not None else None) or as_text(cell)


def as_text(cell: Cell) -> str:
    """A cell as text: whole numbers without ".0", dates as ISO, truth as TRUE and FALSE."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return f"{cell:.0f}" if cell.is_integer() and abs(cell) < WHOLE else repr(cell)
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat(sep=" ")
    return cell.isoformat() if isinstance(cell, dt.date | dt.time) else str(cell)
