"""`tunesmith dataset import`: pairs that never passed through Slack."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.database import opened
from bot.config import Settings
from bot.domain.completion import Origin
from bot.domain.people import Actor
from bot.domain.project import Role
from bot.errors import BotError
from bot.services import pairs_import as service
from bot.slack.download import MAX_BYTES
from storage import project as projects
from storage.engine import transaction
from storage.files import FileStore


def import_pairs(
    file: Annotated[Path, typer.Argument(help="CSV, Excel or JSONL with prompts and completions.")],
    project: Annotated[int, typer.Option("--project", help="The project's number.")],
    trusted: Annotated[
        bool, typer.Option("--trusted", help="Count them as approved; else people review them.")
    ] = False,
) -> None:
    """Give a project pairs from outside Slack; the running bot reads them and says so in the project's channel."""
    if not file.is_file():
        raise BotError(f"There is no file {file}.")
    if file.stat().st_size > MAX_BYTES:
        raise BotError(f"{file.name} is larger than {MAX_BYTES // 1024 // 1024} MB.", todo="Split it.")
    asyncio.run(_hand_over(Settings(), project, file, trusted=trusted))
    typer.echo(f"{file.name} is handed over. The bot reads it and shows it in the project's channel.")


async def _hand_over(settings: Settings, project_id: int, file: Path, *, trusted: bool) -> None:
    """In the name of the project's first owner."""
    async with opened(settings) as db:
        key = await FileStore(settings.files_root).put(await asyncio.to_thread(file.read_bytes))
        async with transaction(db) as session:
            project = await projects.by_id(session, project_id)
            if project is None:
                raise BotError(f"There is no project {project_id}.", todo="`/tune projects` in Slack shows them.")
            owners = await projects.members(session, project_id, Role.OWNER)
            actor = Actor(project.team_id, owners[0] if owners else project.created_by)
            await service.start(
                session, project_id, actor, now=datetime.now(UTC), file_key=key, filename=file.name, trusted=trusted,
                origin=Origin.EXTERNAL,
            )  # fmt: skip
