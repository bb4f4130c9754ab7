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
from bot.ingest.features import ALL
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
    delimiter: Annotated[str | None, typer.Option(help="The character between columns, if the guess is wrong.")] = None,
    fold: Annotated[bool, typer.Option("--fold", help="Make rows of one product one, where that is certain.")] = False,
    product_key: Annotated[str | None, typer.Option(help="The column whose equal cells are one product.")] = None,
    extract: Annotated[list[str] | None, typer.Option(help="Add a feature's columns: its name, or all.")] = None,
    add_step: Annotated[list[str] | None, typer.Option(help="Do an offered cleaning step.")] = None,
    skip_step: Annotated[list[str] | None, typer.Option(help="Leave a cleaning step out.")] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Read a file as an upload would be read, and say what was understood."""
    options = ReadOptions(
        sheet=sheet, member=member, header_row=header_row, encoding=encoding, delimiter=delimiter, fold=fold,
        product_key=product_key, extract=frozenset(extract or ()), add_steps=frozenset(add_step or ()),
        skip_steps=frozenset(skip_step or ()),
    )  # fmt: skip
    profile = _profile(file, options)
    if json:
        sys.stdout.buffer.write(orjson.dumps(profile.as_dict()) + b"\n")
        sys.stdout.buffer.flush()
    else:
        _show(profile, Console())
    raise typer.Exit(1 if profile.verdict is Verdict.REJECT else 0)


def _profile(file: Path, options: ReadOptions) -> Profile:
    try:
        profile = read_apart(file, options).profile
        _check_wishes(profile, options)
    except BadCatalog as error:
        return rejected(Source(file=file.name), str(error))
    return profile


def _check_wishes(profile: Profile, options: ReadOptions) -> None:
    """Raises BadCatalog for a column or a feature that was asked for and is not there."""
    folding = profile.folding
    if options.product_key and (folding is None or folding.key != options.product_key):
        raise BadCatalog(f"There is no column '{options.product_key}'.", todo="Name one of the header.")
    there = {feature.name for feature in profile.features}
    if unknown := sorted(options.extract - there - {ALL}):
        known = ", ".join(f"'{name}'" for name in sorted(there)) or "none"
        raise BadCatalog(f"There is no feature '{unknown[0]}' in this table.", todo=f"There are: {known}.")


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
    size = f"{_some(profile.rows, 'row')}, {_some(len(profile.columns), 'column')}{_products(profile)}"
    facts = [size, source.format or ""]
    facts += [f"in {source.compression}"] if source.compression else []
    facts += [f"encoding {source.encoding}"] if source.encoding else []
    facts += [f"sheet '{source.sheet}'"] if source.sheet else []
    facts += [f"header in row {source.header_row}"] if source.header_row else []
    return " · ".join(fact for fact in facts if fact)


def _products(profile: Profile) -> str:
    found = profile.folding
    return f", folded into {_some(found.products, 'product')} by '{found.key}'" if found and found.done else ""


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
    return [*notes, *_offers(profile)]


def _offers(profile: Profile) -> list[str]:
    """What could be read otherwise, with the option that does it."""
    found = profile.folding
    offers = [f"{step.words} (--add-step {step.name})" for step in profile.offered]
    offers += [
        f"{', '.join(one.columns)} out of '{one.column}' (--extract '{one.name}')"
        for one in profile.features
        if not one.done
    ]
    if found is not None and not found.done:
        how = "--fold" if found.certain else f"--product-key '{found.key}'"
        export = f", as in every {found.platform} export" if found.platform else ""
        offers.append(f"{found.rows:,} rows are {found.products:,} products by '{found.key}'{export} ({how})")
    return offers
