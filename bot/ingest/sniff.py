"""What a file is, by its first bytes and never by its name."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterable
from enum import StrEnum

from bot.errors import BadCatalog


class Format(StrEnum):
    """Families of formats that need different readers. FOREIGN is known and not a table, TEXT is everything else."""

    XLSX = "xlsx"
    XLS = "xls"
    ODS = "ods"
    PARQUET = "parquet"
    GZIP = "gzip"
    ZIP = "zip"
    XML = "xml"
    TEXT = "text"
    FOREIGN = "foreign"


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MARKUP = re.compile(
    rb"[\xef\xbb\xbf\xff\xfe\s]*<(?:\?xml|!doctype|!--|[a-zA-Z][\w:.-]*(?:\s+[\w:.-]+\s*=|\s*/?>\s*<))", re.IGNORECASE
)
WORKBOOKS = frozenset({"xl/workbook.xml", "xl/workbook.bin"})
DOCUMENTS = {
    "word/": "a Word document",
    "ppt/": "a presentation",
    "Index/": "a Numbers or Pages document",
    "META-INF/container.xml": "an e-book",
    "META-INF/MANIFEST.MF": "a program (JAR)",
}
FOREIGN = (
    (b"\x89PNG\r\n\x1a\n", "a picture (PNG)"),
    (b"\xff\xd8\xff", "a picture (JPEG)"),
    (b"GIF8", "a picture (GIF)"),
    (b"RIFF", "a picture, sound or film"),
    (b"%PDF", "a PDF"),
    (b"MZ", "a program"),
    (b"\x7fELF", "a program"),
    (b"{\\rtf", "a text document (RTF)"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ\x00", "an xz archive"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive"),
    (b"SQLite format 3\x00", "a database (SQLite)"),
    (b"\x00\x00\x01\x00", "an icon"),
)


def sniff(data: bytes) -> Format:
    """The family of a file that is not empty."""
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _kind_of_zip(data)
    if data.startswith(OLE):
        return Format.XLS
    if data.startswith(b"\x1f\x8b"):
        return Format.GZIP
    if data.startswith(b"PAR1"):
        return Format.PARQUET
    if _foreign_name(data):
        return Format.FOREIGN
    return Format.XML if MARKUP.match(data[:1024].replace(b"\0", b"")) else Format.TEXT


def _kind_of_zip(data: bytes) -> Format:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
            if names & WORKBOOKS:
                return Format.XLSX
            if "mimetype" in names and b"opendocument.spreadsheet" in archive.read("mimetype"):
                return Format.ODS
            return Format.FOREIGN if _document_name(names) else Format.ZIP
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, NotImplementedError, RuntimeError, EOFError):
        return Format.XLSX if b"xl/w" in data or b"[Content_Types].xml" in data[:200] else Format.ZIP


def _document_name(names: Iterable[str]) -> str | None:
    """The kind of a document that is a zip inside and no workbook."""
    return next((kind for name in names for part, kind in DOCUMENTS.items() if name.startswith(part)), None)


def _foreign_name(data: bytes) -> str | None:
    if data[257:262] == b"ustar":
        return "a tar archive"
    for magic, name in FOREIGN:
        if data.startswith(magic) and not (magic == b"MZ" and data[:64].isascii() and b"\0" not in data[:64]):
            return name
    return None


def refuse_foreign(data: bytes) -> BadCatalog:
    """The sentence for a file that is known and holds no table."""
    name = _foreign_name(data)
    if name is None:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            name = _document_name(archive.namelist())
    return BadCatalog(f"This file is {name}, not a table.", todo="Send the catalog as CSV, XLSX or JSON.")
