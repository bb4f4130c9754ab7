"""`tunesmith prompts ...`: from a catalog and a template to prompts."""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from bot.domain.prompt import Count, Prompt, count_prompts, expand, used_columns
from bot.domain.prompt_mix import Mix, NamedTemplate, interleaved
from bot.domain.prompt_texts import texts
from bot.errors import BadTemplate, BotError
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
    template: Annotated[list[str], typer.Option(help="The prompt, with columns in square brackets. Repeat for more.")],
    share: Annotated[
        list[int] | None,
        typer.Option(help="For each of several templates: its share, such as 60 and 40. Ends when one has no more."),
    ] = None,
    sheet: Annotated[str | None, typer.Option(help="The sheet of a workbook.")] = None,
    split: Annotated[
        list[str] | None, typer.Option(help="COLUMN or COLUMN=SEP: one prompt per value. Repeat for more columns.")
    ] = None,
    limit: Annotated[int | None, typer.Option(help="Stop after so many prompts.", min=0)] = None,
    jsonl: Annotated[bool, typer.Option("--jsonl", help="One JSON object a line.")] = False,
) -> None:
    """Render every prompt; without --split the recognised multi-valued columns split."""
    left_out = LeftOut(len(template))
    try:
        mix = _mix(template, share)
        table = read_apart(file, ReadOptions(sheet=sheet))
        splits = _splits(table, split)
        if jsonl or limit is not None or len(mix) > 1:
            prompts = _prompts(mix, bool(share), table, splits, left_out)
            made = _write(islice(prompts, limit), _lines(mix, table.columns, jsonl))
        else:
            made = _write_texts(texts(mix[0].text, table.rows, table.columns, splits))
            left_out.count(count_prompts(mix[0].text, table.rows, table.columns, splits))
    except BotError as error:
        _refuse(str(error), jsonl)
        raise typer.Exit(1) from None
    _report(made, left_out)


def _mix(templates: list[str], shares: list[int] | None) -> Mix:
    """The templates by their place from 1. Raises BadTemplate."""
    if shares and (len(shares) != len(templates) or min(shares) < 1):
        todo = "Give each --template one --share of 1 or more, in the same order."
        raise BadTemplate(f"There are {len(templates)} templates and {len(shares)} shares.", todo=todo)
    each = zip(templates, shares or [1] * len(templates), strict=True)
    return tuple(NamedTemplate(text, place, str(place), part) for place, (text, part) in enumerate(each, start=1))


class LeftOut:
    """Rows that none of the templates gives a prompt for, and the columns that were empty there."""

    def __init__(self, templates: int) -> None:
        self.templates = templates
        self.times: Counter[int] = Counter()
        self.columns: dict[int, set[str]] = defaultdict(set)
        self.rows = 0
        self.missing: Counter[str] = Counter()

    def note(self, row: int, columns: tuple[str, ...]) -> None:
        """Hear of a row that a template leaves out."""
        self.times[row] += 1
        self.columns[row].update(columns)
        if self.times[row] == self.templates:
            self.rows += 1
            self.missing.update(self.columns.pop(row))

    def count(self, counted: Count) -> None:
        """Take what was counted instead."""
        self.rows, self.missing = counted.rows_missing, Counter(counted.missing)


def _prompts(
    mix: Mix, shared: bool, table: Table, splits: Mapping[str, str], left_out: LeftOut
) -> Iterator[tuple[int, Prompt]]:
    """Every prompt with its template's place: template after template, or side by side in their shares."""
    streams = {one.id: expand(one.text, table.rows, table.columns, splits, on_missing=left_out.note) for one in mix}
    if shared:
        return interleaved(mix, streams)
    return ((place, prompt) for place, stream in streams.items() for prompt in stream)


def _lines(mix: Mix, columns: Sequence[str], jsonl: bool) -> Callable[[int, Prompt], bytes]:
    """A function from a prompt to its line."""
    if not jsonl:
        return lambda place, prompt: prompt.text.encode("utf-8", "replace") + b"\n"
    used = {one.id: used_columns(one.text, columns) for one in mix}
    return lambda place, prompt: prompt_line(prompt.text, prompt.row, used[place], prompt.values)


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


def _write(prompts: Iterator[tuple[int, Prompt]], line: Callable[[int, Prompt], bytes]) -> int:
    made = 0
    out = sys.stdout.buffer
    for place, prompt in prompts:
        made += 1
        out.write(line(place, prompt))
    out.flush()
    return made


def _write_texts(prompts: Iterator[str]) -> int:
    """The texts alone, which is several times as fast."""
    made = 0
    out = sys.stdout.buffer
    for text in prompts:
        made += 1
        out.write(text.encode("utf-8", "replace") + b"\n")
    out.flush()
    return made


def _refuse(problem: str, jsonl: bool) -> None:
    if jsonl:
        sys.stdout.buffer.write(object_line({"problem": problem}))
        sys.stdout.buffer.flush()
    Console(stderr=True).print(f"[red]{escape(problem)}[/red]")


def _report(made: int, left_out: LeftOut) -> None:
    """To standard error: how many prompts there are, and which rows gave none and why."""
    console = Console(stderr=True, highlight=False)
    console.print(f"{made:,} prompts.")
    if left_out.rows:
        why = ", ".join(f"'{name}' in {count:,}" for name, count in left_out.missing.most_common(5))
        console.print(escape(f"{left_out.rows:,} rows gave no prompt because a column they need is empty: {why}."))
