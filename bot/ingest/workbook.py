"""Workbooks (XLSX, XLS, ODS) as records of text, as a person sees the values."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterable, Sequence

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetMetadata,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from bot.errors import BadCatalog
from bot.ingest.build import grid_of
from bot.ingest.delimited import Record
from bot.ingest.grid import Grid
from bot.ingest.limits import Limits
from bot.ingest.xlsx_parts import SheetFacts, sheet_facts, without_far_cells

FAR_COLUMNS = 1_000  # a cell to the right of this is no part of a table

WHOLE = 1e21  # numbers from here on are written with an exponent
Cell = int | float | str | bool | dt.time | dt.date | dt.datetime | dt.timedelta


def read_workbook(data: bytes, limits: Limits, *, sheet: str | None, header_row: int | None) -> Grid:
    """Read one sheet: the one asked for, or the first visible one that holds a table. Raises BadCatalog."""
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
    grid = grid_of(_records(page), limits, header_row, thing="Row")
    grid.sheet, grid.sheets = name, tuple(visible)
    grid.warnings += [*warnings, *_about_sheets(book, visible, name, asked=sheet is not None)]
    if facts is not None:
        grid.warnings += _about_cells(facts)
    return grid


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


def _records(sheet: CalamineSheet) -> list[Record]:
    top = sheet.start[0] if sheet.start else 0
    rows: Iterable[Sequence[Cell]] = sheet.to_python(skip_empty_area=True)
    return [Record(line, [as_text(cell) for cell in row]) for line, row in enumerate(rows, start=top + 1)]


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
