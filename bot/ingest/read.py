"""A file or a pasted text becomes a clean table with a profile, or one sentence that says why not."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from bot.domain.catalog import Folding, Profile, Source, Verdict, describe_list, profile_column, rejected
from bot.domain.catalog_roles import guess_roles
from bot.errors import BadCatalog
from bot.ingest.build import grid_of
from bot.ingest.cleaning import Wishes, clean, leave_out
from bot.ingest.columnar import WORTH_IT, read_regular
from bot.ingest.containers import Unpacked, unpack
from bot.ingest.delimited import SINGLE, Dialect, find_dialect, read_records, unclosed_quote, unquoted
from bot.ingest.encoding import Decoded, decode
from bot.ingest.features import add_features
from bot.ingest.feeds import read_feed
from bot.ingest.fold import fold
from bot.ingest.grid import Grid
from bot.ingest.json_records import read_json
from bot.ingest.limits import DEFAULT, MIB, Limits, refuse
from bot.ingest.parquet import read_parquet
from bot.ingest.previews import readings_of
from bot.ingest.product_key import ProductKey, find_key
from bot.ingest.row_steps import DUPLICATES, NEAR, NEAR_STEP, row_count
from bot.ingest.sniff import Format, refuse_foreign, sniff
from bot.ingest.table import ReadOptions, Rows, Table
from bot.ingest.workbook import FORMATS, read_workbook

PASTED = "pasted text"
LINK = re.compile(r"https?://(?:docs|drive)\.google\.com/\S+")
FROM_GRID = ("format", "encoding", "delimiter", "sheet", "header_row")
ONLY_A_HEADER = "There are no products in this file: only a header, or not even that."


def read_table(
    file: Path | str | bytes,
    *,
    filename: str | None = None,
    options: ReadOptions | None = None,
    limits: Limits = DEFAULT,
) -> Table:
    """Read a catalog from a path or from bytes. The content decides the format, `filename` is only shown. Raises
    BadCatalog."""
    options = options or ReadOptions()
    name = filename or (PASTED if isinstance(file, bytes) else Path(file).name)
    unpacked = unpack(_bytes_of(file, limits), limits, member=options.member)
    grid = _read(unpacked.data, options, limits)
    return _finish(
        grid, Source(file=name, compression=unpacked.compression, member=unpacked.member), unpacked, options, limits
    )


def read_text(
    text: str, *, filename: str = PASTED, options: ReadOptions | None = None, limits: Limits = DEFAULT
) -> Table:
    """Read a table pasted into a message; lines of prose and code fences around it are passed over. Raises
    BadCatalog."""
    options = options or ReadOptions()
    lines = [line for line in text.strip().splitlines() if not line.strip().startswith("```")]
    body = "\n".join(lines).strip("` \n")
    if LINK.search(body):
        raise BadCatalog(
            "This is a link to a Google Sheet, which I cannot open.",
            todo="In the sheet choose File > Download > Comma-separated values, and drop that file here.",
        )
    if "\n" not in body:
        raise BadCatalog(
            "There is no table in this text.",
            todo="Paste a header line and at least one product, with | or commas between the columns.",
        )
    grid = _read_text(Decoded(body, "utf-8"), options, limits)
    return _finish(grid, Source(file=filename), Unpacked(b""), options, limits)


def inspect(
    file: Path | str | bytes,
    *,
    filename: str | None = None,
    options: ReadOptions | None = None,
    limits: Limits = DEFAULT,
) -> Profile:
    """What `read_table` would understand; a refusal becomes a profile with the verdict "reject" instead of an error."""
    name = filename or (PASTED if isinstance(file, bytes) else Path(file).name)
    try:
        return read_table(file, filename=name, options=options, limits=limits).profile
    except BadCatalog as error:
        return rejected(Source(file=name), str(error))


def _bytes_of(file: Path | str | bytes, limits: Limits) -> bytes:
    size = len(file) if isinstance(file, bytes) else Path(file).stat().st_size
    if size > limits.file_bytes:
        raise refuse(
            "file size", limits.file_bytes // MIB, size // MIB, unit="MiB", todo="Send it in parts, or compressed."
        )
    data = file if isinstance(file, bytes) else Path(file).read_bytes()
    if not data:
        raise BadCatalog("The file is empty (0 bytes).", todo="Check that you sent the right file.")
    return data


def _read(data: bytes, options: ReadOptions, limits: Limits) -> Grid:
    """Choose the reader by what the bytes are."""
    found = sniff(data)
    if found is Format.FOREIGN:
        raise refuse_foreign(data)
    if found in (Format.XLSX, Format.XLS, Format.ODS):
        as_shown = FORMATS not in options.skip_steps
        grid = read_workbook(data, limits, sheet=options.sheet, header_row=options.header_row, as_shown=as_shown)
        grid.format = found.value
        return grid
    if found is Format.PARQUET:
        return read_parquet(data, limits)
    if found is Format.XML:
        return read_feed(data, limits, sheet=options.sheet, header_row=options.header_row)
    decoded = decode(data, options.encoding)
    grid = _read_text(decoded, options, limits)
    grid.readings = readings_of(data, decoded)
    return grid


def _read_text(decoded: Decoded, options: ReadOptions, limits: Limits) -> Grid:
    """JSON or separated fields, whichever the text looks like."""
    text = decoded.text.replace("\0", "")
    if not text.strip():
        raise BadCatalog("The file is empty: it holds nothing but blanks.", todo="Check that you sent the right file.")
    grid = read_json(text, limits) if _is_json(text) else _read_delimited(text, options, limits)
    grid.encoding = decoded.encoding
    grid.warnings += _about_encoding(decoded)
    return grid


def _about_encoding(decoded: Decoded) -> list[str]:
    """What a person should know about how bytes became text."""
    said = []
    if nuls := decoded.text.count("\0"):
        said.append(f"{nuls:,} NUL characters were taken out.")
    if decoded.replaced:
        said.append(f"{decoded.replaced:,} broken characters were replaced by \ufffd; the rest of the text is whole.")
    if not decoded.certain:
        said.append(
            f"The encoding was guessed as {decoded.encoding}; if letters in the examples are wrong, choose another."
        )
    return said


def _is_json(text: str) -> bool:
    """A text that opens like JSON; a CSV may open with a column called [name]."""
    start = text.lstrip()[:200]
    if start[0] not in "[{":
        return False
    return start[1:].lstrip()[:1] in '"[{}]0123456789-tfn' and not (start.startswith("[") and start[1:2].isalpha())


def _read_delimited(text: str, options: ReadOptions, limits: Limits) -> Grid:
    if not re.search(r"\w", text):
        raise BadCatalog(ONLY_A_HEADER, todo="Check that you sent the right file.")
    dialect = find_dialect(text, options.delimiter)
    grid = read_regular(text, dialect, limits, options.header_row) if len(text) >= WORTH_IT else None
    if grid is None:
        grid = _read_irregular(text, dialect, limits, options.header_row)
    grid.format = dialect.format
    grid.delimiter = None if dialect.delimiter == SINGLE else dialect.delimiter
    return grid


def _read_irregular(text: str, dialect: Dialect, limits: Limits, header_row: int | None) -> Grid:
    """Record by record. A quotation mark that never closes is taken for a plain character if that gives a regular
    table."""
    records = list(read_records(text, dialect, limits))
    line = unclosed_quote(text, dialect, records)
    if line is None:
        return grid_of(records, limits, header_row)
    plain = list(read_records(text, unquoted(dialect), limits))
    regular = len({len(record.cells) for record in plain}) == 1
    grid = grid_of(plain if regular else records, limits, header_row)
    after = "it was read as a plain character" if regular else "everything after it is in one cell"
    grid.warnings.append(f"The quotation mark in line {line:,} is never closed; {after}.")
    return grid


def _finish(grid: Grid, source: Source, unpacked: Unpacked, options: ReadOptions, limits: Limits) -> Table:
    """Clean the grid, fold its rows where that is wanted, and describe what came out."""
    wishes = Wishes(options.skip_steps, options.add_steps)
    cleaned = clean(grid, wishes)
    _check_table(grid, limits)
    key = find_key(grid, options.product_key)
    if (key is None or not key.certain) and leave_out(grid, NEAR_STEP, NEAR, wishes, cleaned):
        key = find_key(grid, options.product_key)
    rows = row_count(grid)
    features = add_features(grid, options.extract)
    folding, lists = _folded(grid, key, options)
    counts = [cells.counts() for cells in grid.cells]
    columns = [profile_column(name, n, lists.get(name)) for name, n in zip(grid.names, counts, strict=True)]
    warnings = (*unpacked.warnings, *grid.warnings, *cleaned.warnings)
    profile = Profile(
        source=replace(source, **{name: getattr(grid, name) for name in FROM_GRID}),
        verdict=Verdict.WARN if warnings else Verdict.ACCEPT,
        rows=rows,
        duplicates=next((step.count for step in cleaned.offered if step.name == DUPLICATES), 0),
        columns=tuple(columns),
        warnings=warnings,
        roles=guess_roles(columns, row_count(grid)),
        lists=tuple(describe_list(c, n) for c, n in zip(columns, counts, strict=True) if c.multi_value is not None),
        steps=(*grid.notes, *cleaned.done),
        offered=(*grid.offered, *cleaned.offered),
        sheets=grid.sheets,
        members=unpacked.members,
        folding=folding,
        features=features,
        readings=grid.readings,
    )
    return Table(tuple(grid.names), Rows(tuple(grid.cells)), profile)


def _folded(grid: Grid, key: ProductKey | None, options: ReadOptions) -> tuple[Folding | None, dict[str, str]]:
    """Fold, if the key was chosen, or is certain and folding wanted; what came of it, and the columns it made lists."""
    if key is None:
        return None, {}
    found = Folding(key.column, len(key.groups), key.products, key.certain, platform=key.platform)
    if options.product_key != key.column and not (options.fold and key.certain):
        return found, {}
    lists = fold(grid, key)
    return replace(found, done=True, collected=tuple(lists)), lists


def _check_table(grid: Grid, limits: Limits) -> None:
    """Raises BadCatalog for what is no table, and for cells over the limit."""
    rows = row_count(grid)
    if not rows or not grid.names:
        raise BadCatalog(ONLY_A_HEADER, todo="Send a file with at least one row below its header.")
    if len(grid.names) == 1 and rows == 1 and grid.header_row is None:
        raise BadCatalog("A single value is no table.", todo="Send a file with a header and at least one product.")
    _check_cells(grid, limits)


def _check_cells(grid: Grid, limits: Limits) -> None:
    longest = max((len(text) for cells in grid.cells for text in cells.values), default=0)
    if longest > limits.cell_length:
        raise refuse("cell length", limits.cell_length, longest, unit="characters in a cell", todo="Shorten that cell.")
