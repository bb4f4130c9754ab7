"""What the reader of workbooks cannot tell or survive: hidden rows, and cells so far away that a full rectangle would
not fit."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

RECTANGLE = 30_000_000  # cells that a sheet's rectangle may have
REF = re.compile(rb'<c r="([A-Z]{1,3})(\d{1,7})"')
CELL = re.compile(rb'<c r="([A-Z]{1,3})(\d{1,7})"[^>]*?(?:/>|>.*?</c>)', re.DOTALL)
HIDDEN_ROW = re.compile(rb'<row [^>]*?hidden="(?:1|true)"')
ROW = re.compile(rb"<row ")
ERROR = re.compile(rb'<c [^>]*?t="e"')


@dataclass(frozen=True, slots=True)
class SheetFacts:
    """One sheet of an XLSX file: its part in the archive, its hidden rows, its cells with
    an error such as #REF!, and the farthest row and column with a cell."""

    part: str
    hidden_rows: int
    errors: int
    last_row: int
    last_column: int

    @property
    def too_wide(self) -> bool:
        return self.last_row * self.last_column > RECTANGLE


def sheet_facts(data: bytes, sheet: str) -> SheetFacts | None:
    """Look at one sheet's own XML. None if the workbook is not laid out as usual."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            part = _part_of(archive, sheet)
            return None if part is None else _facts(part, archive.read(part))
    except (zipfile.BadZipFile, KeyError, ParseError, DefusedXmlException, ValueError):
        return None


def _part_of(archive: zipfile.ZipFile, sheet: str) -> str | None:
    """Follow a sheet's name through the workbook's relations to its XML."""
    book = fromstring(archive.read("xl/workbook.xml"))
    relations = fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    targets = {relation.get("Id"): str(relation.get("Target")) for relation in relations}
    for element in book.iter():
        if element.tag.endswith("}sheet") and element.get("name") == sheet:
            wanted = next((value for key, value in element.attrib.items() if key.endswith("}id")), None)
            target = targets.get(wanted, "")
            return target.lstrip("/") if target.startswith("/") else f"xl/{target}" if target else None
    return None


def _facts(part: str, xml: bytes) -> SheetFacts:
    wide = {letters for letters, _ in REF.findall(xml)}
    rows = (int(number) for _, number in REF.findall(xml[-200_000:]))
    last_row = max(max(rows, default=1), len(ROW.findall(xml)))
    return SheetFacts(
        part,
        hidden_rows=len(HIDDEN_ROW.findall(xml)),
        errors=len(ERROR.findall(xml)),
        last_row=last_row,
        last_column=max(map(column_number, wide), default=1),
    )


def column_number(letters: bytes) -> int:
    """The place of a column from 1: A is 1, XFD is 16,384."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def without_far_cells(data: bytes, facts: SheetFacts, columns: int) -> tuple[bytes, list[str]]:
    """The workbook without the cells of this sheet that lie beyond `columns` or far below all other rows, and
    their names."""
    removed: list[str] = []
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {info.filename: archive.read(info) for info in archive.infolist()}
    last = 10 * len(ROW.findall(parts[facts.part])) + 1000

    def keep(match: re.Match[bytes]) -> bytes:
        if column_number(match[1]) <= columns and int(match[2]) <= last:
            return match[0]
        removed.append((match[1] + match[2]).decode())
        return b""

    parts[facts.part] = CELL.sub(keep, parts[facts.part])
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue(), removed
