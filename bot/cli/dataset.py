"""`tunesmith dataset ...`: check and convert fine-tuning files; a frozen version as files."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.cli.database import opened
from bot.cli.dataset_check import check
from bot.cli.dataset_convert import convert
from bot.cli.dataset_forms import in_form
from bot.cli.dataset_import import import_pairs
from bot.config import Settings
from bot.domain.dataset import Line
from bot.domain.deletion import require_whole
from bot.errors import BotError
from bot.export.files import write_atomically
from bot.preflight.convert import Target
from bot.services import dataset as service
from bot.services.dataset_files import Lineage, manifest
from storage import dataset as datasets
from storage import project as projects
from storage.engine import reading

dataset_app = typer.Typer(name="dataset", help="Training sets.", no_args_is_help=True)


class Excluded(StrEnum):
    SLACK = "slack"


@dataset_app.callback()
def _group() -> None:
    """Check and convert training files; write frozen versions."""


dataset_app.command()(check)
dataset_app.command()(convert)
dataset_app.command("import")(import_pairs)


@dataset_app.command()
def export(
    project: Annotated[int, typer.Option("--project", help="The project's number.")],
    out: Annotated[Path, typer.Option("-o", "--out", file_okay=False, help="The folder to write into.")],
    form: Annotated[Target | None, typer.Option("--format", help="One more form, beside the usual files.")] = None,
    exclude_origin: Annotated[Excluded | None, typer.Option(help="Leave out what came through Slack.")] = None,
) -> None:
    """Write the newest frozen version: chat messages, prompt and completion pairs, and a readable table."""
    without_slack = exclude_origin is Excluded.SLACK
    built, left_out = asyncio.run(_built(Settings(), project, form=form, without_slack=without_slack))
    out.mkdir(parents=True, exist_ok=True)
    for name, content in built.items():
        write_atomically(out / name, [content])
        typer.echo(str(out / name))
    if left_out:
        typer.echo(f"{left_out} texts that came through Slack were left out.", err=True)


async def _built(
    settings: Settings, project_id: int, *, form: Target | None, without_slack: bool
) -> tuple[dict[str, bytes], int]:
    """The files by name, and how many lines were left out. Raises BotError where there is nothing to write."""
    async with opened(settings) as db, reading(db) as session:
        found = await projects.by_id(session, project_id)
        dataset = await datasets.latest(session, project_id)
        if found is None or dataset is None or dataset.id is None:
            raise BotError(f"Project {project_id} has no frozen version.", todo="Freeze one with /tune dataset.")
        require_whole(dataset.number, dataset.erased_pairs)
        lines = await datasets.lines(session, dataset.id)
        people = await datasets.names(session, found.team_id)
        lineage = await _lineage(session, found.team_id, dataset.id, lines)
    kept = [line for line in lines if not (without_slack and line.is_from_slack)]
    if not kept:
        raise BotError("Every text of this version came through Slack; nothing is left to write.")
    names = service.file_names(dataset.number, has_validation=any(line.split == "validation" for line in kept))
    about = replace(lineage, manifest=manifest(dataset, kept))
    more = in_form(dataset.number, kept, form) if form else {}
    if form and not more:
        raise BotError(f"No text of this version has the form {form}.", todo="Preferences need texts that were edited.")
    return {**service.build_files(names, kept, people, about), **more}, len(lines) - len(kept)


async def _lineage(session: AsyncSession, team_id: str, dataset_id: int, lines: Sequence[Line]) -> Lineage:
    """Catalog rows, and cards by channel and time: nobody asks Slack for the workspace's address here."""
    ids = [line.completion_id for line in lines]
    roots = zip(ids, await datasets.roots(session, dataset_id), strict=True)
    return Lineage(await datasets.cards(session, team_id, ids), dict(roots))
