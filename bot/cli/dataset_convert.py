"""`tunesmith dataset convert`: examples in the form that somebody else's tool wants."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console

from bot.errors import BotError
from bot.export.files import write_atomically
from bot.export.jsonl import object_line
from bot.export.pair_tables import csv_blocks, parquet_blocks, read_csv, read_parquet
from bot.preflight.convert import ROW, Target, converted, left_behind
from bot.preflight.examples import Example
from bot.preflight.findings import Finding, Findings
from bot.preflight.foreign import Unfit, from_row, read_any
from bot.preflight.reading import items
from bot.preflight.rules import Severity

TABLES: dict[str, Callable[[Path], Iterator[tuple[int, dict[str, str]]]]] = {".csv": read_csv, ".parquet": read_parquet}
LINES_TOLD = 5
NOTHING = 1


def convert(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="JSONL, CSV or Parquet.")],
    out: Annotated[Path, typer.Option("-o", "--out", dir_okay=False, help="The file to write.")],
    to: Annotated[Target, typer.Option(help="The form to write.")],
    json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Convert between chat, completion, preference, alpaca, sharegpt, csv and parquet."""
    tally = Tally()
    try:
        _write(file, out, to, tally)
        problem = None if tally.converted else "Nothing in the file could be converted; nothing was written."
    except BotError as error:
        problem = str(error)
    if json:
        sys.stdout.buffer.write(orjson.dumps(tally.as_dict() | {"problem": problem}) + b"\n")
        sys.stdout.buffer.flush()
    else:
        _tell(out, tally, problem)
    raise typer.Exit(NOTHING if problem else 0)


@dataclass
class Tally:
    """What became of the lines: how many were converted, where others were skipped and why, what was left out."""

    converted: int = 0
    skipped: dict[str, list[int]] = field(default_factory=dict)
    left_out: Counter[str] = field(default_factory=Counter)

    def skip(self, line: int, reason: str) -> None:
        self.skipped.setdefault(reason, []).append(line)

    def as_dict(self) -> dict[str, Any]:
        reasons = [{"reason": why, "count": len(lines), "lines": lines[:100]} for why, lines in self.skipped.items()]
        total = sum(map(len, self.skipped.values()))
        return {"converted": self.converted, "skipped": total, "reasons": reasons, "left_out": dict(self.left_out)}


def _write(file: Path, out: Path, to: Target, tally: Tally) -> None:
    rows = _converted(file, to, tally)
    first = next(rows, None)
    if first is None:
        return
    blocks = blocks_of(to, _with_first(first, rows))
    try:
        write_atomically(out, blocks)
    except OSError as error:
        raise BotError(f"{out} could not be written: {error.strerror or error}.") from None


def blocks_of(to: Target, rows: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    if to is Target.CSV:
        return csv_blocks(ROW, rows)
    if to is Target.PARQUET:
        return parquet_blocks(ROW, rows)
    return (object_line(row) for row in rows)


def _with_first(first: Mapping[str, Any], rest: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    yield first
    yield from rest


def _converted(file: Path, to: Target, tally: Tally) -> Iterator[dict[str, Any]]:
    for line, example in _examples(file, tally):
        try:
            value = converted(example, to)
        except Unfit as reason:
            tally.skip(line, str(reason))
            continue
        tally.converted += 1
        if left := left_behind(example, to):
            tally.left_out[left] += 1
        yield value


def _examples(file: Path, tally: Tally) -> Iterator[tuple[int, Example]]:
    """The examples that can be read; the others are counted."""
    if (table := TABLES.get(file.suffix.casefold())) is not None:
        for line, row in table(file):
            try:
                yield line, from_row(row)
            except Unfit as reason:
                tally.skip(line, str(reason))
        return
    findings = Findings()
    for item in items(file, findings):
        try:
            yield item.line, read_any(item.value, findings.at(item.line))
        except Unfit as reason:
            if not _told(findings, item.line):
                tally.skip(item.line, str(reason))
    for finding in findings.kept:
        if finding.severity is Severity.ERROR and not _is_mended(finding):
            tally.skip(finding.line, finding.message)


def _told(findings: Findings, line: int) -> bool:
    return any(finding.line == line and finding.severity is Severity.ERROR for finding in findings.kept[-20:])


def _is_mended(finding: Finding) -> bool:
    """What converting itself puts right."""
    return finding.code in ("compressed", "json_array", "spread_json", "mixed_formats", "file_too_large")


def _tell(out: Path, tally: Tally, problem: str | None) -> None:
    console = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
    if problem:
        console.print(problem, style="red")
    else:
        console.print(f"{tally.converted:,} examples converted: {out}")
    for reason, lines in tally.skipped.items():
        told = ", ".join(str(line) for line in lines[:LINES_TOLD] if line) + (
            ", ..." if len(lines) > LINES_TOLD else ""
        )
        where = f" (line {told})" if told else ""
        console.print(f"{len(lines):,} skipped: {reason}{where}", style="yellow")
    for what, count in tally.left_out.items():
        console.print(f"In {count:,} of them {what} was left out: the form has no place for it.", style="yellow")
