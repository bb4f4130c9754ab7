"""`tunesmith dataset check`: what is wrong with a fine-tuning file, before a provider says so."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.domain.project import Style
from bot.errors import BotError
from bot.local.engine.fetch import starter_dir
from bot.preflight.check import Options, Report, check_file
from bot.preflight.findings import Finding
from bot.preflight.tokens import TokenCounter, counter_for

SHOWN_LINES = 8  # of one code, to people; `--json` has more
TUNED = "ft:"


def check(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="The training file.")],
    validation: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="The validation file.")] = None,
    model: Annotated[str, typer.Option(help="The model it is for: a name, or the folder of a local model.")] = "",
    max_tokens: Annotated[int | None, typer.Option(min=1, help="The longest example the model takes.")] = None,
    language: Annotated[str, typer.Option(help="The language of the answers, in English.")] = "",
    style: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="A house style as JSON, to hold answers against.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Check a fine-tuning file: chat, preference or prompt and completion."""
    try:
        options = Options(counter=counter_of(model, max_tokens), style=_style(style), language=language)
        report = check_file(file, options, validation=validation)
    except BotError as error:
        if not json:
            raise
        report = Report.refused(str(error))
    if json:
        sys.stdout.buffer.write(orjson.dumps(report.as_dict()) + b"\n")
        sys.stdout.buffer.flush()
    else:
        _show(file, report, Console(highlight=False))
    raise typer.Exit(0 if report.valid else 1)


def counter_of(model: str, limit: int | None = None) -> TokenCounter:
    """The tokenizer of a local model, given as a folder or by the name the engine knows it by; else an estimate."""
    base = model.split(":")[1] if model.startswith(TUNED) else model
    for folder in (Path(base), starter_dir().with_name(base)) if base else ():
        if folder.is_dir():
            return counter_for(folder, limit=limit)
    return counter_for(None, limit=limit)


def _style(path: Path | None) -> Style | None:
    if path is None:
        return None
    try:
        return Style.from_json(orjson.loads(path.read_bytes()))
    except (ValueError, TypeError, AttributeError):
        raise BotError(f"{path.name} is not a house style.", todo='It looks like {"never_say": ["cheap"]}.') from None


def _show(file: Path, report: Report, console: Console) -> None:
    verdict = "[green]can be trained on[/green]" if report.valid else "[red]cannot be used as it is[/red]"
    form = f"{report.format.value} form, " if report.format else ""
    console.print(f"[bold]{escape(file.name)}[/bold] {verdict}: {form}{report.examples:,} examples, {_tokens(report)}.")
    for title, color, findings in (("Errors", "red", report.errors), ("Warnings", "yellow", report.warnings)):
        if findings:
            console.print(_drawing(title, color, findings, report.counts))


def _tokens(report: Report) -> str:
    how = "" if report.tokens.exact else "about "
    return f"{how}{report.tokens.total:,} tokens, the longest example {how}{report.tokens.longest:,}"


def _drawing(title: str, color: str, findings: tuple[Finding, ...], counts: dict[str, int]) -> Table:
    """A table with the first few lines of each code."""
    table = Table(
        title=f"[{color}]{title}[/{color}]", title_justify="left", box=None, header_style="bold", pad_edge=False
    )
    for name in ("line", "code", "what", "what helps"):
        table.add_column(name, overflow="fold", justify="right" if name == "line" else "left")
    shown: dict[str, int] = {}
    for one in findings:
        shown[one.code] = shown.get(one.code, 0) + 1
        if shown[one.code] <= SHOWN_LINES:
            where = f"{one.file}:{one.line}" if one.file else str(one.line or "-")
            table.add_row(where, one.code, escape(one.message), escape(one.fix))
    for code, count in counts.items():
        if code in shown and count > SHOWN_LINES:
            table.add_row("...", code, f"{count - SHOWN_LINES:,} more", "")
    return table
