"""Smallest workbooks of the formats that no library here can write: XLS (BIFF8 in an OLE container) and ODS."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Sequence
from xml.sax.saxutils import escape

SECTOR = 512
FREE, END, FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD

Row = Sequence[str | float]


def xls(rows: Sequence[Row], sheet: str = "Sheet1") -> bytes:
    """An Excel 97 workbook of one sheet."""
    body = (
        _bof(0x10)
        + b"".join(_cell(r, c, v) for r, row in enumerate(rows) for c, v in enumerate(row))
        + _record(0x0A, b"")
    )
    name = sheet.encode("latin-1")
    globals_size = len(_bof(5)) + 4 + 8 + len(name) + 4
    bound = _record(0x85, struct.pack("<IBBBB", globals_size, 0, 0, len(name), 0) + name)
    return _ole((_bof(5) + bound + _record(0x0A, b"") + body).ljust(4096, b"\0"))


def _record(kind: int, data: bytes) -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def _bof(kind: int) -> bytes:
    return _record(0x809, struct.pack("<HHHHII", 0x600, kind, 0, 0, 0, 0))


def _cell(row: int, column: int, value: str | float) -> bytes:
    where = struct.pack("<HHH", row, column, 0)
    if isinstance(value, str):
        text = value.encode("utf-16-le")
        return _record(0x204, where + struct.pack("<HB", len(text) // 2, 1) + text)
    return _record(0x203, where + struct.pack("<d", value))


def _ole(stream: bytes) -> bytes:
    """A compound file with one stream: header, stream sectors, directory, allocation table."""
    count = -(-len(stream) // SECTOR)
    table = [*range(1, count), END, END, FAT]
    header = struct.pack("<8s16xHHHHH6xIIIIIIIIII", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0x3E, 3, 0xFFFE, 9, 6,
                         0, 1, count, 0, 4096, END, 0, END, 0, count + 1)  # fmt: skip
    root = _entry("Root Entry", 5, END, 0, child=1)
    book = _entry("Workbook", 2, 0, len(stream))
    return b"".join(
        [
            header.ljust(SECTOR, b"\xff"),
            stream.ljust(count * SECTOR, b"\0"),
            (root + book).ljust(SECTOR, b"\0"),
            struct.pack(f"<{len(table)}I", *table).ljust(SECTOR, b"\xff"),
        ]
    )


def _entry(name: str, kind: int, start: int, size: int, child: int = FREE) -> bytes:
    text = (name + "\0").encode("utf-16-le")
    return struct.pack("<64sHBBIII16xI16xIQ", text, len(text), kind, 1, FREE, FREE, child, 0, start, size)


def ods(rows: Sequence[Row], sheet: str = "Sheet1") -> bytes:
    """An OpenDocument spreadsheet of one sheet."""
    body = "".join("<table:table-row>" + "".join(map(_ods_cell, row)) + "</table:table-row>" for row in rows)
    ns = "urn:oasis:names:tc:opendocument:xmlns"
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content xmlns:office="{ns}:office:1.0"'
        f' xmlns:table="{ns}:table:1.0" xmlns:text="{ns}:text:1.0"><office:body><office:spreadsheet>'
        f'<table:table table:name="{sheet}">{body}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    mime = "application/vnd.oasis.opendocument.spreadsheet"
    entry = '<manifest:file-entry manifest:full-path="/"/>'
    manifest = f'<manifest:manifest xmlns:manifest="{ns}:manifest:1.0">{entry}</manifest:manifest>'
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", mime)
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", manifest)
    return out.getvalue()


def _ods_cell(value: str | float) -> str:
    if isinstance(value, str):
        return f'<table:table-cell office:value-type="string"><text:p>{escape(value)}</text:p></table:table-cell>'
    attributes = f'office:value-type="float" office:value="{value}"'
    return f"<table:table-cell {attributes}><text:p>{value}</text:p></table:table-cell>"
