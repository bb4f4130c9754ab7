"""Text with separated fields: CSV with any one-character delimiter, TSV, pipe tables and Markdown tables."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.errors import BadCatalog
from bot.ingest.limits import Limits, refuse

USUAL = (",", ";", "\t", "|")
OTHERS = ("^", "~", "\x1f", "¦", "§", ":", "!", "#")  # tried when no usual delimiter fits
SAMPLE_RECORDS = 200
SAMPLE_CHARACTERS = 256 * 1024
DASHES = r"\s*(?::-+:?|-+:|-{2,})\s*"
RULE = re.compile(rf"\s*\|?{DASHES}(?:\|{DASHES})*\|?\s*")
SINGLE = "\x1d"  # stands in for a delimiter in files of one column


@dataclass(frozen=True, slots=True)
class Dialect:
    """How fields are separated. `pipes` means outer pipes, `\\|` for a pipe in a cell and rule lines; `quoted`
    that fields may be quoted."""

    delimiter: str
    quoted: bool = True
    pipes: bool = False
    padded: bool = False
    """Blanks follow delimiters, and quotes follow those blanks."""

    @property
    def format(self) -> str:
        return "pipe" if self.delimiter == "|" else "tsv" if self.delimiter == "\t" else "csv"


@dataclass(frozen=True, slots=True)
class Record:
    """One record: the line it starts at, counted from 1, and its cells as written."""

    line: int
    cells: list[str]


def find_dialect(text: str, delimiter: str | None = None) -> Dialect:
    """The delimiter under which most records have the same number of fields, at least two; a comma for a single
    column."""
    head = _head(text)
    if delimiter is not None:
        return _with_quoting(head, Dialect(delimiter, pipes=delimiter == "|" and _has_pipe_frame(head)))
    if _has_pipe_frame(head):
        return Dialect("|", quoted=False, pipes=True)
    scored = [(score, -place, d) for place, d in enumerate((*USUAL, *OTHERS)) if (score := _consistency(head, d)) > 0]
    if not scored:
        return Dialect(SINGLE if SINGLE not in text else ",")
    usual = [entry for entry in scored if entry[2] in USUAL]
    return _with_quoting(head, Dialect(max(usual or scored)[2]))


def _head(text: str) -> str:
    if len(text) <= SAMPLE_CHARACTERS:
        return text
    head = text[:SAMPLE_CHARACTERS]
    return head[: max(head.rfind("\n"), head.rfind("\r")) + 1] or head


def _has_pipe_frame(head: str) -> bool:
    """A table drawn with pipes: a rule line, or nearly every line ending (and so framed) with a pipe."""
    lines = [line.strip() for line in head.splitlines()[:SAMPLE_RECORDS] if line.strip()]
    with_pipe = [line for line in lines if "|" in line]
    if len(with_pipe) < 2 or len(with_pipe) * 2 < len(lines):
        return False
    return any(RULE.fullmatch(line) for line in with_pipe) or sum(
        line.endswith("|") for line in with_pipe
    ) >= 0.9 * len(with_pipe)


def _consistency(head: str, delimiter: str) -> float:
    """Share of the records that have the commonest number of fields (if that is over one), worth more with more
    fields."""
    widths = Counter(len(r.cells) for r in _some(head, Dialect(delimiter)) if any(cell.strip() for cell in r.cells))
    if not widths:
        return 0.0
    several = Counter({width: n for width, n in widths.items() if width > 1})
    if not several:
        return 0.0
    width, count = several.most_common(1)[0]
    share = count / widths.total()
    return share + min(width, 20) / 100 if share > 0.4 or count >= 5 or width * count > widths.total() else 0.0


def _some(head: str, dialect: Dialect) -> list[Record]:
    found = []
    for record in read_records(head, dialect, Limits()):
        found.append(record)
        if len(found) >= SAMPLE_RECORDS:
            break
    return found


def _with_quoting(head: str, dialect: Dialect) -> Dialect:
    """Quotes count as quoting if a field begins with one; else they are data, such as inches."""
    mark = re.escape(dialect.delimiter)
    padded = re.search(rf'{mark} +"', head) is not None and re.search(rf'{mark}"', head) is None
    opening = padded or re.search(rf'(?:^|{mark})"', head, re.MULTILINE) is not None
    return Dialect(dialect.delimiter, quoted=opening, pipes=dialect.pipes, padded=padded)


def read_records(text: str, dialect: Dialect, limits: Limits) -> Iterator[Record]:
    """All records in order, blank lines left out. Raises BadCatalog when a cell is over the limit or a quote
    never closes."""
    if dialect.pipes:
        yield from _pipe_records(text)
        return
    csv.field_size_limit(limits.cell_length)
    lines = io.StringIO(text, newline="")
    if dialect.quoted:
        reader = csv.reader(lines, delimiter=dialect.delimiter, skipinitialspace=dialect.padded)
    else:
        reader = csv.reader(lines, delimiter=dialect.delimiter, quoting=csv.QUOTE_NONE)
    line = 1
    try:
        for cells in reader:
            if cells:
                yield Record(line, cells)
            line = reader.line_num + 1
    except csv.Error as error:
        if "field larger" in str(error):
            raise refuse(
                "cell length",
                limits.cell_length,
                None,
                unit="characters in the cell at line " + f"{line:,}",
                todo="Look for a quotation mark that never closes, or shorten that cell.",
            ) from None
        raise BadCatalog(
            f"Line {line:,} cannot be read as a table row: {error}.", todo="Mend that line and send the file again."
        ) from None


def _pipe_records(text: str) -> Iterator[Record]:
    for number, line in enumerate(text.splitlines(), start=1):
        if "|" in line and not RULE.fullmatch(line):
            yield Record(number, _pipe_cells(line))


def _pipe_cells(line: str) -> list[str]:
    """The cells of one line; the pipes at its ends frame it and open no cell of their own."""
    inner = line.strip()
    inner = inner.removeprefix("|")
    if inner.endswith("|") and not inner.endswith("\\|"):
        inner = inner[:-1]
    return [cell.replace("\\|", "|").strip() for cell in re.split(r"(?<!\\)\|", inner)]


def unclosed_quote(text: str, dialect: Dialect, records: Sequence[Record]) -> int | None:
    """The line of a quotation mark that opens a cell and never closes, so that the rest of the file became that
    cell."""
    if not dialect.quoted or dialect.pipes or not records or text.count('"') % 2 == 0:
        return None
    last = records[-1]
    return last.line if any("\n" in cell or "\r" in cell for cell in last.cells) else None


def unquoted(dialect: Dialect) -> Dialect:
    """The same dialect with quotation marks as plain characters."""
    return Dialect(dialect.delimiter, quoted=False)
