"""`tunesmith catalog add`: a catalog that never passed through Slack."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Annotated
from urllib.parse import urlsplit

import aiohttp
import typer

from bot.cli.catalog import catalog_app
from bot.cli.database import opened
from bot.config import Settings
from bot.domain.completion import Origin
from bot.domain.people import Actor
from bot.errors import BotError
from bot.services import catalog as service
from bot.slack.download import CHUNK, MAX_BYTES
from storage import project as projects
from storage.engine import transaction
from storage.files import FileStore

FETCH_SECONDS = 120


@catalog_app.command()
def add(
    source: Annotated[str, typer.Argument(help="A file, or the address of one.")],
    project: Annotated[int, typer.Option("--project", help="The project's number.")],
) -> None:
    """Give a project a catalog from outside Slack; the running bot reads it and shows it in the project's channel."""
    settings = Settings()
    name, data = asyncio.run(_fetched(source)) if "://" in source else _read(Path(source))
    asyncio.run(_add(settings, project, name, data))
    typer.echo(f"{name} is handed over. The bot reads it and shows it in the project's channel.")


def _read(path: Path) -> tuple[str, bytes]:
    if not path.is_file():
        raise BotError(f"There is no file {path}.")
    if path.stat().st_size > MAX_BYTES:
        raise _too_large(path.name)
    return path.name, path.read_bytes()


async def _fetched(url: str) -> tuple[str, bytes]:
    """The bytes behind an https address; no more than the limit."""
    parts = urlsplit(url)
    name = PurePosixPath(parts.path).name or "catalog"
    if parts.scheme != "https":
        raise BotError(f"{url} is not an https address.", todo="Download the file and name it instead.")
    timeout, data = aiohttp.ClientTimeout(total=FETCH_SECONDS), bytearray()
    try:
        async with aiohttp.ClientSession(timeout=timeout) as session, session.get(url) as answer:
            answer.raise_for_status()
            async for chunk in answer.content.iter_chunked(CHUNK):
                data += chunk
                if len(data) > MAX_BYTES:
                    raise _too_large(name)
    except (aiohttp.ClientError, TimeoutError) as error:
        raise BotError(f"{url} could not be fetched ({type(error).__name__}).") from error
    return name, bytes(data)


def _too_large(name: str) -> BotError:
    return BotError(f"{name} is larger than {MAX_BYTES // 1024 // 1024} MB.", todo="Split it or leave columns out.")


async def _add(settings: Settings, project_id: int, name: str, data: bytes) -> None:
    async with opened(settings) as db:
        key = await FileStore(settings.files_root).put(data)
        async with transaction(db) as session:
            project = await projects.by_id(session, project_id)
            if project is None:
                raise BotError(f"There is no project {project_id}.", todo="`/tune projects` in Slack shows them.")
            owner = Actor(project.team_id, project.created_by)
            await service.add(
                session, owner, channel=project.channel_id, file_key=key, filename=name, origin=Origin.EXTERNAL,
                now=datetime.now(UTC),
            )  # fmt: skip


__all__ = ["catalog_app"]
