"""Product feeds in XML: RSS items, Atom entries, or any list of equal elements with fields inside."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator
from xml.etree.ElementTree import Element, ParseError

import orjson
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from bot.errors import BadCatalog
from bot.ingest.build import check_size, unique_names
from bot.ingest.grid import Grid
from bot.ingest.limits import Limits, refuse
from bot.ingest.sheet_xml import is_workbook, read_workbook_xml
from bot.ingest.table import Cells

RECORDS = ("item", "entry", "product", "offer", "article", "row", "record")
HALF = 0.5


def read_feed(data: bytes, limits: Limits, *, sheet: str | None = None, header_row: int | None = None) -> Grid:
    """Read the records of a feed, or a sheet of an XML spreadsheet. Raises BadCatalog for broken XML, entity tricks,
    web pages and XML without records."""
    root = _parsed(data, limits)
    if _local(root.tag) == "html":
        raise BadCatalog("This file is a web page, not a table.", todo="Download the catalog itself and send that.")
    if is_workbook(root):
        return read_workbook_xml(root, limits, sheet=sheet, header_row=header_row)
    records = [_fields(element) for element in _records(root)]
    names = list(dict.fromkeys(name for record in records for name in record))
    if not names:
        raise BadCatalog("There is no list of products in this XML.", todo="Send a product feed, CSV or XLSX.")
    check_size(len(records), len(names), limits)
    grid = Grid(names=[], cells=[], format="xml")
    grid.names = unique_names(names, limits, grid)
    grid.cells = [_column([record.get(name, []) for record in records]) for name in names]
    return grid


def _parsed(data: bytes, limits: Limits) -> Element:
    """The whole tree; nesting is counted while it grows, entities and external references are refused."""
    depth = 0
    root: Element | None = None
    try:
        for event, element in iterparse(io.BytesIO(data), events=("start", "end"), forbid_dtd=False):
            root = element if root is None else root
            depth += 1 if event == "start" else -1
            if depth > limits.depth:
                raise refuse("nesting", limits.depth, None, unit="levels of elements", todo="Send CSV or XLSX.")
    except DefusedXmlException:
        raise BadCatalog(
            "The XML defines entities or points at other files, which no feed needs and attacks use.",
            todo="Export it without a DOCTYPE.",
        ) from None
    except (ParseError, ValueError, LookupError) as error:
        raise BadCatalog(
            f"The XML is broken: {error}.", kept="Nothing was imported.", todo="Export it again."
        ) from None
    if root is None:
        raise BadCatalog("The XML is empty.", todo="Export it again.")
    return root


def _local(tag: object) -> str:
    """A tag without its namespace."""
    return str(tag).rpartition("}")[2]


def _records(root: Element) -> list[Element]:
    """The elements that stand for products: known names first, else the commonest child with children of its own."""
    for name in RECORDS:
        found = [element for element in root.iter() if _local(element.tag).casefold() == name and len(element)]
        if found:
            return found
    best: list[Element] = []
    for parent in root.iter():
        counts = Counter(_local(child.tag) for child in parent if len(child) or child.attrib)
        if counts:
            tag, number = counts.most_common(1)[0]
            if number > len(best) and number >= HALF * len(parent):
                best = [child for child in parent if _local(child.tag) == tag]
    return best


def _fields(element: Element) -> dict[str, list[str]]:
    """The leaves of one record by name; "shipping price" for nested ones; links give their address."""
    fields: dict[str, list[str]] = {}
    for name, value in element.attrib.items():
        fields.setdefault(_local(name), []).append(value)
    for name, text in _leaves(element, ()):
        if text:
            fields.setdefault(name, []).append(text)
        else:
            fields.setdefault(name, [])
    return fields


def _leaves(element: Element, path: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for child in element:
        here = (*path, _local(child.tag))
        if len(child):
            yield from _leaves(child, here)
        else:
            yield " ".join(here), (child.text or "").strip() or child.get("href", "") or child.get("term", "")


def _column(values: list[list[str]]) -> Cells:
    """Plain text, or JSON arrays throughout if some record has several values (more pictures, more labels)."""
    if max(map(len, values)) > 1:
        return Cells.of(orjson.dumps(several).decode() if several else "" for several in values)
    return Cells.of(one[0] if one else "" for one in values)
