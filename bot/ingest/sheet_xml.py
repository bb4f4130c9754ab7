"""XML spreadsheets of 2003 (SpreadsheetML): sheets, rows and typed cells as records of text."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from xml.etree.ElementTree import Element

from bot.errors import BadCatalog
from bot.ingest.build import grid_of
from bot.ingest.cell_formats import Format, parse_format
from bot.ingest.delimited import Record
from bot.ingest.grid import Grid
from bot.ingest.limits import Limits, refuse

Formats = Mapping[str, Format]


def is_workbook(root: Element) -> bool:
    return _local(root.tag) == "Workbook"


def read_workbook_xml(root: Element, limits: Limits, *, sheet: str | None, header_row: int | None) -> Grid:
    """Read one sheet: the one asked for, or the first that holds a table. Raises BadCatalog."""
    formats = _formats(root)
    sheets = {_attribute(page, "Name"): page for page in _children(root, "Worksheet")}
    name, records = _chosen(sheets, sheet, formats, limits)
    grid = grid_of(records, limits, header_row, thing="Row")
    grid.format, grid.sheet, grid.sheets = "xml", name, tuple(sheets)
    if len(sheets) > 1 and sheet is None:
        others = ", ".join(f"'{other}'" for other in sheets if other != name)
        grid.warnings.append(f"The workbook has {len(sheets)} sheets; '{name}' was read, not {others}.")
    return grid


def _chosen(
    sheets: Mapping[str, Element], wanted: str | None, formats: Formats, limits: Limits
) -> tuple[str, list[Record]]:
    for name, page in sheets.items():
        if wanted is not None and name.strip().casefold() != wanted.strip().casefold():
            continue
        records = _records(page, formats, limits)
        if wanted is not None or len(records) > 1:
            return name, records
    if wanted is None:
        raise BadCatalog("The workbook has no sheet with a table in it.", todo="Check that you sent the right file.")
    there = ", ".join(f"'{name}'" for name in sheets)
    raise BadCatalog(f"There is no sheet '{wanted}'.", todo=f"Its sheets are: {there}.")


def _formats(root: Element) -> Formats:
    """A style's id to its format, where that shows more than the value."""
    found = {}
    for style in (style for styles in _children(root, "Styles") for style in _children(styles, "Style")):
        for number in _children(style, "NumberFormat"):
            if (parsed := parse_format(_attribute(number, "Format"))) is not None:
                found[_attribute(style, "ID")] = parsed
    return found


def _records(page: Element, formats: Formats, limits: Limits) -> list[Record]:
    line, records = 0, []
    for table in _children(page, "Table"):
        for row in _children(table, "Row"):
            line = _index(row) or line + 1
            records.append(Record(line, _cells(row, formats, limits)))
    return records


def _cells(row: Element, formats: Formats, limits: Limits) -> list[str]:
    """The texts of a row; a cell may say at which column it stands, and cover some to its right."""
    texts: list[str] = []
    at = 1
    for cell in _children(row, "Cell"):
        at = _index(cell) or at
        if at > limits.columns:
            raise refuse("columns", limits.columns, at, unit="columns", todo="Keep the columns that describe products.")
        texts += [""] * (at - 1 - len(texts))
        texts[at - 1 : at] = [_text(cell, formats)]
        at += 1 + _number(_attribute(cell, "MergeAcross"))
    return texts


def _text(cell: Element, formats: Formats) -> str:
    data = next(iter(_children(cell, "Data")), None)
    if data is None:
        return ""
    text, kind = "".join(data.itertext()), _attribute(data, "Type")
    shown = formats.get(_attribute(cell, "StyleID"))
    try:
        if kind == "DateTime":
            moment = dt.datetime.fromisoformat(text)
            plain = moment.date().isoformat() if moment.time() == dt.time() else moment.isoformat(sep=" ")
            return (shown.shown(moment) if shown else None) or plain
        if kind == "Number" and shown is not None:
            return shown.shown(float(text)) or text
    except ValueError:
        return text
    return {"1": "TRUE", "0": "FALSE"}.get(text, text) if kind == "Boolean" else text


def _index(element: Element) -> int:
    return _number(_attribute(element, "Index"))


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 9 else 0


def _attribute(element: Element, name: str) -> str:
    """An attribute whatever its namespace; "" where there is none."""
    return next((value for key, value in element.attrib.items() if _local(key) == name), "")


def _children(element: Element, name: str) -> list[Element]:
    return [child for child in element if _local(child.tag) == name]


def _local(tag: object) -> str:
    return str(tag).rpartition("}")[2]
