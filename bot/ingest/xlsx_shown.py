"""Which cells of an XLSX sheet have a format that shows more than their value: percent, leading zeros, decimals."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from bot.ingest.cell_formats import BUILT_IN, Format, parse_format
from bot.ingest.xlsx_parts import column_number

STYLES = "xl/styles.xml"
FORMATTED = 1_000_000  # cells; a sheet with more is read by its values alone
CELL = re.compile(rb"<(?:\w+:)?c ([^>]*?)/?>")
PLACE = re.compile(rb'\br="([A-Z]{1,3})(\d{1,7})"')
STYLE = re.compile(rb'\bs="(\d+)"')

Shown = Mapping[tuple[int, int], Format]


def shown_formats(data: bytes, part: str) -> Shown:
    """(row, column) from 0 to the format of that cell; only cells whose format matters."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if STYLES not in archive.namelist():
                return {}
            formats = _formats(fromstring(archive.read(STYLES)))
            return _cells(archive.read(part), formats) if formats else {}
    except (zipfile.BadZipFile, KeyError, ParseError, DefusedXmlException, ValueError):
        return {}


def _formats(styles: Element) -> dict[int, Format]:
    """A cell's style number to its format."""
    codes = dict(BUILT_IN)
    for element in styles.iter():
        if element.tag.endswith("}numFmt"):
            codes[int(element.get("numFmtId", "0"))] = element.get("formatCode", "")
    cell_styles = next((element for element in styles if element.tag.endswith("}cellXfs")), None)
    found = {}
    for number, style in enumerate(cell_styles if cell_styles is not None else ()):
        parsed = parse_format(codes.get(int(style.get("numFmtId", "0")), ""))
        if parsed is not None:
            found[number] = parsed
    return found


def _cells(xml: bytes, formats: Mapping[int, Format]) -> Shown:
    wanted = {str(number).encode(): found for number, found in formats.items()}
    cells: dict[tuple[int, int], Format] = {}
    for match in CELL.finditer(xml):
        style, place = STYLE.search(match[1]), PLACE.search(match[1])
        if style and place and style[1] in wanted:
            cells[int(place[2]) - 1, column_number(place[1]) - 1] = wanted[style[1]]
            if len(cells) > FORMATTED:
                return {}
    return cells
