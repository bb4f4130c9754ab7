"""From a file to the JSON values in it, line by line, however it was saved; what is wrong with it is noted."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

import orjson

from bot.preflight.broken_json import why_broken
from bot.preflight.findings import Findings

LARGEST_FILE = 512 * 2**20  # what providers take
LARGEST_LINE = 16 * 2**20
LARGEST_WHOLE = 64 * 2**20  # lists and spread objects are read in one piece, so that much memory is the most
BOM = b"\xef\xbb\xbf"
WIDE = (b"\xff\xfe", b"\xfe\xff")
GZIP = b"\x1f\x8b"
OTHERS = {b"PK\x03\x04": "a zip archive or a workbook", b"PAR1": "a Parquet table", b"%PDF": "a PDF document"}
HEAD = 4096


@dataclass(frozen=True, slots=True)
class Item:
    """A JSON value and the line it begins on, from 1."""

    line: int
    value: Any


def items(path: Path, findings: Findings) -> Iterator[Item]:
    """Every JSON value of the file. What cannot be read is noted and passed over."""
    if path.stat().st_size > LARGEST_FILE:
        findings.add(0, "file_too_large", f"The file has {path.stat().st_size / 2**20:,.0f} MB; 512 MB is the most.")
    with path.open("rb") as file:
        packed = file.read(2) == GZIP
        file.seek(0)
        if not packed:
            yield from _items(file, findings)
            return
        findings.add(0, "compressed", "The file is packed with gzip.")
        try:
            yield from _items(cast(BinaryIO, gzip.GzipFile(fileobj=file)), findings)
        except (EOFError, OSError, zlib.error):
            findings.add(0, "compressed", "The file is packed with gzip, and damaged.")


def _items(file: BinaryIO, findings: Findings) -> Iterator[Item]:
    head = file.read(HEAD)
    if head.startswith(WIDE):
        findings.add(1, "not_utf8", "The file is UTF-16, not UTF-8.")
        return
    if (kind := next((kind for mark, kind in OTHERS.items() if head.startswith(mark)), "")) != "":
        findings.add(0, "not_jsonl", f"The file is {kind}, not one JSON object a line.")
        return
    if head.startswith(BOM):
        findings.add(1, "bom", "The file begins with a byte order mark.")
    start = head.removeprefix(BOM).lstrip()
    if start.startswith(b"["):
        findings.add(1, "json_array", "The file is one list, not one JSON object a line.")
        yield from _whole(file, findings)
    elif _is_spread(head.removeprefix(BOM)):
        findings.add(1, "spread_json", "Objects go over several lines; each must stand on one.")
        yield from _whole(file, findings)
    elif start and not start.startswith((b"{", b'"', b"'")) and _is_table(start):
        findings.add(0, "not_jsonl", "The file is a table or plain text, not one JSON object a line.")
    else:
        file.seek(0)
        yield from _lines(file, findings)


def _is_spread(head: bytes) -> bool:
    """An opening bracket alone on its line, as programs print JSON for people."""
    first = head.lstrip().split(b"\n", 1)[0].strip()
    return first == b"{" or (first.startswith(b"{") and first.endswith((b"[", b"{")))


def _is_table(start: bytes) -> bool:
    first = start.split(b"\n", 1)[0]
    return b"{" not in first and (b"," in first or b"\t" in first or b";" in first) and b"\xff" not in first


def _lines(file: BinaryIO, findings: Findings) -> Iterator[Item]:
    number = 0
    while line := file.readline(LARGEST_LINE + 1):
        number += 1
        if len(line) > LARGEST_LINE and not line.endswith(b"\n"):
            findings.add(number, "line_too_large", f"The line has more than {LARGEST_LINE // 2**20} MB.")
            _skip_line(file)
            continue
        if line.endswith(b"\r\n") and not findings.counts["crlf"]:
            findings.add(number, "crlf", "Lines end with a carriage return, as on Windows.")
        yield from _value(line.removeprefix(BOM) if number == 1 else line, number, findings)


def _skip_line(file: BinaryIO) -> None:
    while (more := file.readline(LARGEST_LINE)) and not more.endswith(b"\n"):
        pass


def _value(line: bytes, number: int, findings: Findings) -> Iterator[Item]:
    if not line.strip():
        findings.add(number, "blank_line", "The line is blank.")
        return
    try:
        yield Item(number, orjson.loads(line))
    except orjson.JSONDecodeError as problem:
        findings.add(number, *why_broken(line, str(problem)))


def _whole(file: BinaryIO, findings: Findings) -> Iterator[Item]:
    """The values of a file that is one list, or a row of objects over several lines each."""
    file.seek(0)
    data = file.read(LARGEST_WHOLE + 1)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        findings.add(data.count(b"\n", 0, problem.start) + 1, "not_utf8", "The file is not UTF-8 here.")
        return
    if len(data) <= LARGEST_WHOLE:
        yield from _values(text, findings)


def _values(text: str, findings: Findings) -> Iterator[Item]:
    decoder = json.JSONDecoder()
    at, line = _next(text, 0), 1 + text.count("\n", 0, _next(text, 0))
    while at < len(text):
        try:
            value, end = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            findings.add(line, *why_broken(text[at : at + LARGEST_LINE].encode("utf-8", "surrogatepass"), ""))
            return
        yield Item(line, value)
        following = _next(text, end)
        line += text.count("\n", at, following)
        at = following


def _next(text: str, at: int) -> int:
    """Where the next value begins: after blanks, commas and the brackets of the list around them."""
    while at < len(text) and text[at] in " \t\r\n,[]":
        at += 1
    return at
