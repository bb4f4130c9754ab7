"""Parquet files: typed columns made into text as a person would write them."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as arrow_parquet

from bot.errors import BadCatalog
from bot.ingest.build import check_size, unique_names
from bot.ingest.grid import Grid
from bot.ingest.json_records import as_text
from bot.ingest.limits import MIB, Limits, refuse
from bot.ingest.table import Cells

DAMAGED = "The Parquet file is damaged or incomplete."


def read_parquet(data: bytes, limits: Limits) -> Grid:
    """Read all row groups. Sizes are checked from the file's own account of itself before anything is unpacked."""
    try:
        file = arrow_parquet.ParquetFile(pa.BufferReader(data))
        check_size(file.metadata.num_rows, len(file.schema_arrow.names), limits)
        _check_unpacked(file, limits)
        table = file.read()
    except (pa.ArrowException, OSError, ValueError) as error:
        raise BadCatalog(DAMAGED, kept="Nothing was imported.", todo="Upload it again, or send CSV.") from error
    grid = Grid(names=[], cells=[], format="parquet")
    grid.names = unique_names([" ".join(name.split()) for name in table.column_names], limits, grid)
    grid.cells = [_cells(column) for column in table.columns]
    return grid


def _check_unpacked(file: arrow_parquet.ParquetFile, limits: Limits) -> None:
    size = sum(file.metadata.row_group(n).total_byte_size for n in range(file.metadata.num_row_groups))
    if size > limits.unpacked_bytes:
        raise refuse("unpacked size", limits.unpacked_bytes // MIB, size // MIB, unit="MiB", todo="Send it in parts.")


def _cells(column: pa.ChunkedArray) -> Cells:
    """Distinct values are made into text once each; null becomes an empty cell."""
    return Cells.of(map(_text, column.to_pylist()))


def _text(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, float):
        return "" if value != value else str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if value is None or isinstance(value, bool | int | str | dict | list):
        return as_text(value)
    return str(value)
