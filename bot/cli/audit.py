"""`tunesmith audit ...`: every decision of a project with the exact text it was about, and how far people agree."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.database import opened
from bot.config import Settings
from bot.domain.audit import COLUMNS, Entry, row_of, subject_of
from bot.errors import BotError
from bot.export.files import write_atomically
from bot.export.tables import to_csv
from bot.services import agreement as agreements
from bot.services import audit as service
from storage import project as projects
from storage.engine import reading

audit_app = typer.Typer(name="audit", help="Who decided what.", no_args_is_help=True)
NumberOption = Annotated[int, typer.Option("--project", help="The project's number.")]


@audit_app.callback()
def _group() -> None:
    """Who decided what, and how far people agree."""


@audit_app.command()
def export(
    project: NumberOption,
    out: Annotated[Path, typer.Option("-o", "--out", dir_okay=False, help="FILE.csv or FILE.jsonl.")],
    since: Annotated[str, typer.Option(help="Only from this day on, such as 2026-11-01 (UTC).")] = "",
) -> None:
    """Write every decision, the oldest first, with the exact text that it was about and its SHA-256."""
    if out.suffix not in (".csv", ".jsonl"):
        raise BotError(f"I cannot write {out.suffix or 'a file without an ending'}.", todo="Name a .csv or a .jsonl.")
    entries = asyncio.run(_entries(Settings(), project, _day(since)))
    content = to_csv(COLUMNS, map(row_of, entries)) if out.suffix == ".csv" else _lines(entries)
    write_atomically(out, [content])
    typer.echo(f"{len(entries)} decisions in {out}")


@audit_app.command()
def agreement(
    project: NumberOption,
    out: Annotated[Path | None, typer.Option("-o", "--out", dir_okay=False, help="FILE.csv.")] = None,
) -> None:
    """How far people agree: percent and Krippendorff's alpha with its 95 % interval, for all and for each two."""
    columns, rows = asyncio.run(_figures(Settings(), project))
    if out is not None:
        write_atomically(out, [to_csv(columns, rows)])
        typer.echo(str(out))
        return
    for row in rows:
        typer.echo(json.dumps(dict(zip(columns, row, strict=True)), ensure_ascii=False))


def _day(since: str) -> datetime | None:
    try:
        return datetime.combine(date.fromisoformat(since), time(), UTC) if since else None
    except ValueError as error:
        raise BotError(f"“{since}” is no day.", todo="Write it as 2026-11-01.") from error


async def _entries(settings: Settings, project_id: int, since: datetime | None) -> list[Entry]:
    async with opened(settings) as db, reading(db) as session:
        found = await projects.by_id(session, project_id)
        if found is None:
            raise BotError(f"There is no project {project_id}.")
        return [entry async for entry in service.entries(session, project_id, found.team_id, since=since)]


async def _figures(settings: Settings, project_id: int) -> tuple[Sequence[str], list[Sequence[str]]]:
    async with opened(settings) as db, reading(db) as session:
        found = await projects.by_id(session, project_id)
        if found is None:
            raise BotError(f"There is no project {project_id}.")
        return await agreements.figures(session, project_id, found.team_id)


def _lines(entries: Sequence[Entry]) -> bytes:
    return "".join(json.dumps(_as_json(entry), ensure_ascii=False) + "\n" for entry in entries).encode()


def _as_json(entry: Entry) -> dict[str, object]:
    return {
        "number": entry.number,
        "at": entry.at.isoformat(),
        "who": entry.who,
        "name": entry.name,
        "what": entry.what.value,
        "about": subject_of(entry.what),
        "id": entry.subject_id,
        "version": entry.version,
        "surface": entry.surface,
        "product": entry.product,
        "text": entry.text,
        "text_sha256": entry.text_sha256,
        "detail": entry.detail,
    }
