"""Tables as CSV and XLSX that no spreadsheet program will run as formulas."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font

CELL_LENGTH = 32_767  # what a cell of a workbook can hold
SHEET_ROWS = 1_048_576
SHEET_NAME_LENGTH = 31
FORMULA_START = "=+-@|＝＋－＠\t\r\n"
BLANKS = " \u00a0\u3000\ufeff\u200b"
PLAIN_NUMBER = re.compile(r"[+\-]?\d[\d.,\s]*(?:[eE][+\-]?\d+)?%?")
NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
NOT_IN_SHEET_NAMES = re.compile(r"[\[\]:*?/\\]")


def is_formula(cell: str) -> bool:
    """True if a spreadsheet program could take the cell for a formula. A negative number is none."""
    start = cell.lstrip(BLANKS)
    return start[:1] in FORMULA_START and bool(start) and not PLAIN_NUMBER.fullmatch(start)


def neutral(cell: str) -> str:
    """The cell with an apostrophe before it where it could run as a formula."""
    return f"'{cell}" if is_formula(cell) else cell


def to_csv(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """UTF-8 CSV with a byte order mark (spreadsheet programs need it), CRLF line ends, formulas neutralised."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([neutral(name) for name in columns])
    writer.writerows([neutral(cell) for cell in row] for row in rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8", "replace")


def to_xlsx(
    columns: Sequence[str], rows: Iterable[Sequence[str]], *, sheet: str = "Sheet1", widths: Sequence[int] | None = None
) -> bytes:
    """A workbook whose cells are all text: codes keep their zeros, nothing is a formula. Texts over 32,767
    characters are cut.

    `widths` are column widths in characters (default: 12 to 60, by the header). Raises ValueError over 1,048,575
    rows."""
    book = Workbook(write_only=True)
    page = book.create_sheet(NOT_IN_SHEET_NAMES.sub(" ", sheet)[:SHEET_NAME_LENGTH] or "Sheet1")
    page.freeze_panes = "A2"
    for place, name in enumerate(columns):
        width = widths[place] if widths is not None else min(max(len(name) + 2, 12), 60)
        page.column_dimensions[_letters(place)].width = width
    page.append([_text_cell(page, name, bold=True) for name in columns])
    for number, row in enumerate(rows, start=2):
        if number > SHEET_ROWS:
            raise ValueError(f"a sheet holds {SHEET_ROWS - 1:,} rows")
        page.append([_text_cell(page, cell) for cell in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _text_cell(page: object, text: str, *, bold: bool = False) -> WriteOnlyCell:
    cell = WriteOnlyCell(page, value=NOT_IN_XML.sub("", text)[:CELL_LENGTH])
    cell.data_type = "s"
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    if bold:
        cell.font = Font(bold=True)
    if is_formula(text):
        cell.quotePrefix = True
    return cell


def _letters(place: int) -> str:
    """The name of a column: 0 is A, 26 is AA."""
    name = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        name = chr(ord("A") + rest) + name
    return name
