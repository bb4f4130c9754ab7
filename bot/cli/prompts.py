"""`tunesmith prompts ...`: from a catalog and a template to prompts."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from bot.domain.prompt import Prompt, expand, used_columns
from bot.errors import BotError
from bot.export.jsonl import object_line, prompt_line
from bot.ingest.table import ReadOptions, Table
from bot.ingest.worker import read_apart

prompts_app = typer.Typer(name="prompts", help="Make prompts.", no_args_is_help=True)

DEFAULT_SEPARATOR = ","
ESCAPES = {"\\t": "\t", "\\n": "\n"}


@prompts_app.callback()
def _group() -> None:
    """Make prompts."""


@prompts_app.command(name="expand")
def expand_file(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="The catalog.")],
    template: Annotated[str, typer.Option(help="The prompt, with columns in square brackets.")],
    sheet: Annotated[str | None, typer.Option(help="The sheet of a workbook.")] = None,
    split: Annotated[
        list[str] | None, typer.Option(help="COLUMN or COLUMN=SEP: one prompt per value. Repeat for more columns.")
    ] = None,
    limit: Annotated[int | None, typer.Option(help="Stop after so many prompts.", min=0)] = None,
    jsonl: Annotated[bool, typer.Option("--jsonl", help="One JSON object a line.")] = False,
) -> None:
    """Render every prompt; without --split the recognised multi-valued columns split."""
    missing: Counter[str] = Counter()
    left_out: list[int] = []

    def note(row: int, columns: tuple[str, ...]) -> None:
        left_out.append(row)
        missing.update(columns)

    try:
        table = read_apart(file, ReadOptions(sheet=sheet))
        prompts = expand(template, table.rows, table.columns, _splits(table, split), on_missing=note)
        made = _write(islice(prompts, limit), used_columns(template, table.columns), jsonl)
    except BotError as error:
        _refuse(str(error), jsonl)
        raise typer.Exit(1) from None
    _report(made, left_out, missing)


def _splits(table: Table, wanted: list[str] | None) -> Mapping[str, str]:
    """What --split asks for, or every multi-valued column that was recognised."""
    recognised = table.profile.splits()
    if wanted is None:
        return recognised
    splits = {}
    for entry in wanted:
        name, equals, separator = (
            entry.rpartition("=") if "=" in entry and entry not in table.columns else (entry, "", "")
        )
        [column] = used_columns(f"[{name}]", table.columns)
        splits[column] = (
            ESCAPES.get(separator, separator) if equals and separator else recognised.get(column, DEFAULT_SEPARATOR)
        )
    return splits


def _write(prompts: Iterator[Prompt], columns: tuple[str, ...], jsonl: bool) -> int:
    made = 0
    out = sys.stdout.buffer
    for prompt in prompts:
        made += 1
        line = (
            prompt_line(prompt.text, prompt.row, columns, prompt.values)
            if jsonl
            else prompt.text.encode("utf-8", "replace") + b"\n"
        )
        out.write(line)
    out.flush()
    return made


def _refuse(problem: str, jsonl: bool) -> None:
    if jsonl:
        sys.stdout.buffer.write(object_line({"problem": problem}))
        sys.stdout.buffer.flush()
    Console(stderr=True).print(f"[red]{escape(problem)}[/red]")


def _report(made: int, left_out: list[int], missing: Counter[str]) -> None:
    """To standard error: how many prompts there are, and which rows gave none and why."""
    console = Console(stderr=True, highlight=False)
    console.print(f"{made:,} prompts.")
    if left_out:
        why = ", ".join(f"'{name}' in {count:,}" for name, count in missing.most_common(5))
        console.print(escape(f"{len(left_out):,} rows gave no prompt because a column they need is empty: {why}."))
