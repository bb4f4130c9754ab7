"""JSON in the shapes that catalogs come in: a list of records, one wrapped in other data, records by key, columns,
JSON Lines."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson

from bot.errors import BadCatalog
from bot.ingest.build import check_size, grid_of, unique_names
from bot.ingest.delimited import Record
from bot.ingest.grid import Grid
from bot.ingest.limits import DEFAULT, Limits, refuse
from bot.ingest.table import Cells

Records = list[dict[str, Any]]


def read_json(text: str, limits: Limits) -> Grid:
    """Read JSON or JSON Lines. Raises BadCatalog with the place of the mistake, or if there are no records in it."""
    try:
        value = _parsed(text)
    except ValueError as error:
        return _read_lines(text, limits, error)
    except RecursionError:
        raise _too_deep(limits) from None
    if isinstance(value, dict) and "\n" not in text.strip() and not _has_records(value):
        return (
            _grid([value], limits, "jsonl")
            if all(not isinstance(v, dict | list) for v in value.values())
            else _from_value(value, limits)
        )
    return _from_value(value, limits)


def _parsed(text: str) -> Any:
    return json.loads(
        text, parse_float=_Written, parse_int=_Written, parse_constant=_not_a_number, object_pairs_hook=_Fields
    )


class _Written(str):
    """A number, kept as it was written."""

    __slots__ = ()


class _Fields(dict[str, Any]):
    """An object's fields. `repeated` tells that a name stood in it twice; the last one counts."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self.repeated = len(self) < len(pairs)


def _not_a_number(_: str) -> None:
    """NaN and Infinity are no values."""


def _too_deep(limits: Limits) -> BadCatalog:
    levels = "levels of nested lists and objects"
    return refuse("nesting", limits.depth, None, unit=levels, todo="Export a flat list of records.")


def _has_records(value: Mapping[str, Any]) -> bool:
    return any(isinstance(v, list | dict) for v in value.values())


def _from_value(value: Any, limits: Limits) -> Grid:
    if isinstance(value, list):
        return _from_list(value, limits)
    if isinstance(value, dict):
        return _from_object(value, limits)
    raise BadCatalog("This JSON holds a single value, no list of products.", todo="Export a list of records.")


def _from_list(items: Sequence[Any], limits: Limits) -> Grid:
    if not items:
        raise BadCatalog("The list in this file is empty.", todo="Export it again with products in it.")
    records = [item for item in items if isinstance(item, dict)]
    if len(records) * 2 < len(items):
        if all(isinstance(item, list) for item in items):
            return _from_rows(items, limits)
        raise BadCatalog(
            "The list in this file holds values, not records with named fields.",
            todo='Each product should look like {"name": ...}.',
        )
    grid = _grid(records, limits, "json")
    if len(records) < len(items):
        grid.warnings.append(f"{len(items) - len(records):,} entries of the list are no records; they were left out.")
    return grid


def _from_rows(items: Sequence[Sequence[Any]], limits: Limits) -> Grid:
    grid = grid_of([Record(line, [as_text(cell) for cell in row]) for line, row in enumerate(items, start=1)], limits)
    grid.format = "json"
    return grid


def _from_object(value: Mapping[str, Any], limits: Limits) -> Grid:
    """Columns, records by key, or the largest list of records somewhere inside."""
    lists = [v for v in value.values() if isinstance(v, list)]
    if {"columns", "data"} <= set(value) and value["data"] and all(isinstance(row, list) for row in value["data"]):
        return _from_rows([value["columns"], *value["data"]], limits)
    if _are_columns(value, lists):
        return _grid([dict(zip(value, row, strict=True)) for row in zip(*lists, strict=True)], limits, "json")
    found = _largest_list(value)
    if found:
        return _from_list(found, limits)
    if _are_indexed_columns(value):
        return _grid(
            [{name: v.get(at) for name, v in value.items()} for at in next(iter(value.values()))], limits, "json"
        )
    if len(value) > 1 and all(isinstance(v, dict) for v in value.values()):
        records = [{"key": key, **v} for key, v in value.items()]
        return _grid(records, limits, "json")
    if value and not lists and not any(isinstance(v, dict) for v in value.values()):
        return _grid([dict(value)], limits, "json")
    raise BadCatalog("There is no list of products in this JSON.", todo="Export a list of records.")


def _are_columns(value: Mapping[str, Any], lists: Sequence[Sequence[Any]]) -> bool:
    """Lists of plain values, all equally long, and nothing beside them."""
    same_length = len(lists) == len(value) and len({len(v) for v in lists}) == 1
    return same_length and bool(lists[0]) and not any(isinstance(x, dict) for v in lists for x in v)


def _are_indexed_columns(value: Mapping[str, Any]) -> bool:
    """Columns whose cells are numbered: {"name": {"0": "Lamp", "1": "Desk"}, "price": {...}}."""
    cells = list(value.values())
    if not cells or not all(isinstance(v, dict) and v for v in cells):
        return False
    numbered = all(key.isdigit() for v in cells for key in v)
    return numbered and not any(isinstance(x, dict | list) for v in cells for x in v.values())


def _largest_list(value: Any) -> list[Any]:
    """The longest list of records inside nested objects; lists inside records are not looked at."""
    if isinstance(value, list):
        return value if value and sum(isinstance(item, dict) for item in value) * 2 >= len(value) else []
    if isinstance(value, dict):
        return max((_largest_list(v) for v in value.values()), key=len, default=[])
    return []


def _read_lines(text: str, limits: Limits, error: ValueError) -> Grid:
    """JSON Lines: one object a line, blank lines left out; objects glued together on a line are taken apart."""
    records: Records = []
    glued = 0
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            objects = _objects(line.strip())
        except RecursionError:
            raise _too_deep(limits) from None
        except ValueError as mistake:
            if number == 1 or not records:
                raise _broken(error) from None
            raise BadCatalog(
                f"Line {number:,} is not valid JSON: {mistake}.",
                kept="Nothing was imported.",
                todo="Mend that line and send the file again.",
            ) from None
        glued += len(objects) - 1
        records += objects
    if not records:
        raise BadCatalog("There are no records in this file.", todo="Send one JSON object a line.")
    grid = _grid(records, limits, "jsonl")
    if glued:
        grid.warnings.append(f"{glued:,} records stood behind another one on the same line; they were taken apart.")
    return grid


def _objects(line: str) -> Records:
    decoder = json.JSONDecoder(
        parse_float=_Written, parse_int=_Written, parse_constant=_not_a_number, object_pairs_hook=_Fields
    )
    found: Records = []
    at = 0
    while at < len(line):
        value, at = decoder.raw_decode(line, at)
        if not isinstance(value, dict):
            raise ValueError("it holds no object")
        found.append(value)
        while at < len(line) and line[at] in " \t\r,":
            at += 1
    return found


def _broken(error: ValueError) -> BadCatalog:
    where = (
        f"line {error.lineno:,}, character {error.colno:,}"
        if isinstance(error, json.JSONDecodeError)
        else "its beginning"
    )
    return BadCatalog(
        f"The JSON is broken or cut off at {where}.",
        kept="Nothing was imported.",
        todo="Export the file again and send it.",
    )


def _grid(records: Sequence[Mapping[str, Any]], limits: Limits, format_: str) -> Grid:
    keys: dict[str, None] = {}
    for record in records:
        keys.update(dict.fromkeys(record))
    repeated = sum(1 for record in records if isinstance(record, _Fields) and record.repeated)
    if not keys:
        raise BadCatalog("The records in this file have no fields.", todo="Export it again.")
    grid = Grid(names=[], cells=[], format=format_)
    if repeated:
        grid.warnings.append(f"{repeated:,} records name a field twice; the last value was kept.")
    grid.names = unique_names([" ".join(key.split()) for key in keys], limits, grid)
    check_size(len(records), len(keys), limits)
    try:
        grid.cells = [Cells.of(as_text(record.get(key), limits.depth) for record in records) for key in keys]
    except RecursionError:
        raise _too_deep(limits) from None
    return grid


def as_text(value: Any, depth: int = DEFAULT.depth) -> str:
    """A JSON value as a cell: text as it is, numbers as written, null as empty, lists and objects as JSON.

    Raises RecursionError for values nested deeper than `depth`."""
    if isinstance(value, str):
        return str(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return orjson.dumps(_plain(value, depth)).decode() if value or value == 0 else ""


def _plain(value: Any, depth: int) -> Any:
    """Nested values that orjson takes, with numbers as they were written."""
    if depth < 0:
        raise RecursionError
    if isinstance(value, _Written):
        return orjson.Fragment(str(value))
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, Mapping):
        return {_plain(str(key), depth): _plain(item, depth - 1) for key, item in value.items()}
    return [_plain(item, depth - 1) for item in value] if isinstance(value, Iterable) else value
