"""The quick way through long, regular text tables: Arrow's parser and one number for each distinct text."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.csv as arrow_csv

from bot.ingest.build import HEAD, check_size, layout_of, named_grid
from bot.ingest.delimited import Dialect, read_records
from bot.ingest.grid import Grid
from bot.ingest.limits import Limits, refuse
from bot.ingest.table import Cells

WORTH_IT = 256 * 1024  # characters; below this the plain parser is as quick
BLOCK = 16 * 1024 * 1024


def read_regular(text: str, dialect: Dialect, limits: Limits, header_row: int | None) -> Grid | None:
    """The same grid as the plain parser gives, or None for a text this way cannot take: ragged, with title rows,
    or with line ends of its own. Raises BadCatalog over a limit."""
    if dialect.pipes or dialect.padded or not dialect.delimiter.isascii() or _has_odd_line_ends(text):
        return None
    head = []
    for record in read_records(text, dialect, limits):
        head.append(record)
        if len(head) == HEAD:
            break
    if len(head) < HEAD or len({len(record.cells) for record in head}) > 1:
        return None
    layout = layout_of(head, header_row)
    table = _parsed(text.encode(), dialect, len(head[0].cells))
    if table is None:
        return None
    check_size(table.num_rows - layout.first_data, table.num_columns, limits)
    cells = [_cells(column.slice(layout.first_data), limits) for column in table.columns]
    return named_grid(cells, layout, limits)


def _has_odd_line_ends(text: str) -> bool:
    return text.count("\r") != text.count("\r\n")


def _parsed(data: bytes, dialect: Dialect, width: int) -> pa.Table | None:
    """All records as text columns; None if a record has another number of cells or quotes that do not fit."""
    names = [str(place) for place in range(width)]
    try:
        return arrow_csv.read_csv(
            pa.BufferReader(data),
            read_options=arrow_csv.ReadOptions(column_names=names, block_size=BLOCK),
            parse_options=arrow_csv.ParseOptions(
                delimiter=dialect.delimiter,
                quote_char='"' if dialect.quoted else False,
                newlines_in_values=dialect.quoted and b'"' in data,
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types={name: pa.string() for name in names}, null_values=[], strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid:
        return None


def _cells(column: pa.ChunkedArray, limits: Limits) -> Cells:
    """A column of text as numbered distinct texts, in order of appearance."""
    encoded = pa.chunked_array(column.chunks, pa.string()).combine_chunks().dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    values = tuple(encoded.dictionary.to_pylist())
    if max(map(len, values), default=0) > limits.cell_length:
        raise refuse("cell length", limits.cell_length, None, unit="characters in a cell", todo="Shorten that cell.")
    indices = encoded.indices
    codes = np.frombuffer(indices.buffers()[1], dtype=np.int32, count=len(indices), offset=indices.offset * 4)
    return Cells(codes, values)
