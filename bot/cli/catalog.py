"""`tunesmith catalog ...`: what a file would be as a catalog."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table as Drawing

from bot.domain.catalog import Column, Profile, Source, Verdict, rejected
from bot.errors import BadCatalog
from bot.ingest.table import ReadOptions
from bot.ingest.worker import read_apart

catalog_app = typer.Typer(name="catalog", help="Look at catalogs.", no_args_is_help=True)

VERDICT_WORDS = {
    Verdict.ACCEPT: "[green]This file can be used.[/green]",
    Verdict.WARN: "[yellow]This file can be used; look at the notes first.[/yellow]",
    Verdict.REJECT: "[red]This file cannot be used.[/red]",
}
SHOWN_VALUE = 30


@catalog_app.callback()
def _group() -> None:
    """Look at catalogs."""


@catalog_app.command()
def inspect(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="The catalog.")],
    sheet: Annotated[str | None, typer.Option(help="The sheet of a workbook.")] = None,
    member: Annotated[str | None, typer.Option(help="The file inside a zip archive.")] = None,
    header_row: Annotated[int | None, typer.Option(help="The line of the header, from 1; 0 for none.", min=0)] = None,
    encoding: Annotated[str | None, typer.Option(help="The encoding, if the guess is wrong.")] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Read a file as an upload would be read, and say what was understood."""
    options = ReadOptions(sheet=sheet, member=member, header_row=header_row, encoding=encoding)
    profile = _profile(file, options)
    if json:
        sys.stdout.buffer.write(orjson.dumps(profile.as_dict()) + b"\n")
        sys.stdout.buffer.flush()
    else:
        _show(profile, Console())
    raise typer.Exit(1 if profile.verdict is Verdict.REJECT else 0)


def _profile(file: Path, options: ReadOptions) -> Profile:
    try:
        return read_apart(file, options).profile
    except BadCatalog as error:
        return rejected(Source(file=file.name), str(error))


def _show(profile: Profile, console: Console) -> None:
    console.print(f"[bold]{escape(profile.source.file)}[/bold]  {VERDICT_WORDS[profile.verdict]}")
    if profile.problem is not None:
        console.print(escape(profile.problem))
        return
    console.print(escape(_understood(profile)))
    console.print(_drawing(profile.columns))
    for line in _notes(profile):
        console.print(f"[dim]-[/dim] {escape(line)}")


def _understood(profile: Profile) -> str:
    """One line about rows, columns and the format."""
    source = profile.source
    size = f"{_some(profile.rows, 'row')}, {_some(len(profile.columns), 'column')}"
    facts = [size, source.format or ""]
    facts += [f"in {source.compression}"] if source.compression else []
    facts += [f"encoding {source.encoding}"] if source.encoding else []
    facts += [f"sheet '{source.sheet}'"] if source.sheet else []
    facts += [f"header in row {source.header_row}"] if source.header_row else []
    return " · ".join(fact for fact in facts if fact)


def _some(number: int, thing: str) -> str:
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"


def _drawing(columns: tuple[Column, ...]) -> Drawing:
    drawing = Drawing(box=None, header_style="bold", pad_edge=False)
    for title in ("column", "kind", "empty", "different", "several by", "for example"):
        drawing.add_column(title, overflow="fold", justify="right" if title in ("empty", "different") else "left")
    for c in columns:
        example = " · ".join(value[:SHOWN_VALUE] for value in c.examples[:2])
        drawing.add_row(
            escape(c.name[:60]), c.kind.value, f"{c.missing:,}", f"{c.distinct:,}", c.multi_value or "", escape(example)
        )
    return drawing


def _notes(profile: Profile) -> list[str]:
    """Warnings, cleaning, duplicates and lists, in words."""
    notes = [*profile.warnings, *(step.words for step in profile.steps)]
    if profile.duplicates:
        notes.append(f"{profile.duplicates:,} rows are exact duplicates of earlier ones.")
    for lists in profile.lists:
        shown = ", ".join(lists.example[:3])
        each = f"{lists.texts:,} texts if each gets its own, {lists.rows:,} if not"
        notes.append(f"'{lists.column}' lists several values ({shown}): {each}.")
    return notes
