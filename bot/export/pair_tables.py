"""Pairs as tables that are safe to open in a spreadsheet program, and read back as they were.

A cell that could run as a formula gets an apostrophe before it; reading takes away the one that writing added."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from bot.errors import BotError
from bot.export.frames import to_parquet
from bot.export.tables import is_formula

BOM = "\ufeff"
LONGEST_CELL = 2**27
MARK = "'"


def csv_blocks(columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> Iterator[bytes]:
    """A CSV file in UTF-8 with a byte order mark, row by row."""
    yield BOM.encode() + _line(columns)
    for row in rows:
        yield _line([row[name] for name in columns])


def parquet_blocks(columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> Iterator[bytes]:
    """A Parquet file of text columns, in one block."""
    yield to_parquet(columns, ([row[name] for name in columns] for row in rows))


def read_csv(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Rows by the names of their columns, with the line each begins on. Raises BotError for what is no CSV in UTF-8."""
    csv.field_size_limit(LONGEST_CELL)
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file)
        try:
            names = next(reader, [])
            line = reader.line_num + 1
            for row in reader:
                yield line, {name: _as_it_was(cell) for name, cell in zip(names, row, strict=False)}
                line = reader.line_num + 1
        except UnicodeDecodeError:
            raise BotError(f"{path.name} is not UTF-8.", todo="Save it as UTF-8 (in Excel: “CSV UTF-8”).") from None
        except csv.Error as error:
            raise BotError(f"{path.name} cannot be read as CSV: {error}.") from None


def read_parquet(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Rows by the names of their columns, with their number from 1; empty cells are "". Raises BotError for a file
    that is none."""
    from pyarrow import ArrowException, parquet  # here, because it takes a while to load

    try:
        file = parquet.ParquetFile(path)
        number = 0
        for batch in file.iter_batches():
            for row in batch.to_pylist():
                number += 1
                yield number, {str(name): "" if cell is None else str(cell) for name, cell in row.items()}
    except ArrowException:
        raise BotError(f"{path.name} is not a Parquet file, or damaged.") from None


def _line(cells: Iterable[str]) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerow([_safe(cell) for cell in cells])
    return out.getvalue().encode("utf-8", "replace")


def _safe(cell: str) -> str:
    return MARK + cell if is_formula(cell.lstrip(MARK)) else cell


def _as_it_was(cell: str) -> str:
    return cell[1:] if cell.startswith(MARK) and is_formula(cell.lstrip(MARK)) else cell
