"""`tunesmith dataset ...`: check and convert fine-tuning files; a frozen version as files."""

from __future__ import annotations

import asyncio
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.database import opened
from bot.cli.dataset_check import check
from bot.cli.dataset_convert import convert
from bot.config import Settings
from bot.errors import BotError
from bot.export.files import write_atomically
from bot.services import dataset as service
from storage import dataset as datasets
from storage import project as projects
from storage.engine import reading
from storage.origins import through_slack

dataset_app = typer.Typer(name="dataset", help="Training sets.", no_args_is_help=True)


class Excluded(StrEnum):
    SLACK = "slack"


@dataset_app.callback()
def _group() -> None:
    """Check and convert training files; write frozen versions."""


dataset_app.command()(check)
dataset_app.command()(convert)


@dataset_app.command()
def export(
    project: Annotated[int, typer.Option("--project", help="The project's number.")],
    out: Annotated[Path, typer.Option("-o", "--out", file_okay=False, help="The folder to write into.")],
    exclude_origin: Annotated[Excluded | None, typer.Option(help="Leave out what came through Slack.")] = None,
) -> None:
    """Write the newest frozen version: chat messages, prompt and completion pairs, and a readable table."""
    built, left_out = asyncio.run(_built(Settings(), project, without_slack=exclude_origin is Excluded.SLACK))
    out.mkdir(parents=True, exist_ok=True)
    for name, content in built.items():
        write_atomically(out / name, [content])
        typer.echo(str(out / name))
    if left_out:
        typer.echo(f"{left_out} texts that came through Slack were left out.", err=True)


async def _built(settings: Settings, project_id: int, *, without_slack: bool) -> tuple[dict[str, bytes], int]:
    """The files by name, and how many lines were left out. Raises BotError where there is nothing to write."""
    async with opened(settings) as db, reading(db) as session:
        found = await projects.by_id(session, project_id)
        dataset = await datasets.latest(session, project_id)
        if found is None or dataset is None or dataset.id is None:
            raise BotError(f"Project {project_id} has no frozen version.", todo="Freeze one with /tune dataset.")
        lines = await datasets.lines(session, dataset.id)
        excluded = await through_slack(session, dataset.id) if without_slack else set()
        people = await datasets.names(session, found.team_id)
    kept = [line for line in lines if line.completion_id not in excluded]
    if not kept:
        raise BotError("Every text of this version came through Slack; nothing is left to write.")
    names = service.file_names(dataset.number, has_validation=any(line.split == "validation" for line in kept))
    return service.build_files(names, kept, people), len(lines) - len(kept)
