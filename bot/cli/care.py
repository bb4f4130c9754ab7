"""Care and duty: migrations, backup and restore, people who leave."""

from __future__ import annotations

import asyncio
import sqlite3
import tarfile
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.cli.database import opened, sqlite_file
from bot.config import Settings
from bot.domain.project import Role
from bot.errors import BotError
from storage import project as projects
from storage import schema
from storage.engine import connect, transaction
from storage.models import Project

DATABASE_IN_BACKUP = "tunesmith.sqlite3"
out = Console(highlight=False, markup=False)
db_app = typer.Typer(name="db", help="The database.", no_args_is_help=True)
project_app = typer.Typer(name="project", help="Projects.", no_args_is_help=True)


@db_app.callback()
def _db() -> None:
    """The database."""


@project_app.callback()
def _project() -> None:
    """Projects."""


@db_app.command("upgrade")
def upgrade() -> None:
    """Bring the database up to date."""
    settings = Settings()
    settings.home_dir.mkdir(parents=True, exist_ok=True)

    async def run() -> None:
        db = connect(settings.database)
        try:
            schema.copy_before_upgrade(settings.database)
            await schema.upgrade(db)
        finally:
            await db.close()

    asyncio.run(run())
    out.print("The database is up to date.")


@project_app.command("owner")
def owner(
    project: Annotated[int, typer.Argument(help="The project's number.")],
    user: Annotated[str, typer.Argument(help="A Slack user id, such as U012AB3CD.")],
) -> None:
    """Give a project another owner, when its own has left."""

    async def run(session: AsyncSession) -> None:
        if await session.get(Project, project) is None:
            raise BotError(f"There is no project {project}.")
        await projects.add_member(session, project_id=project, user_id=user, role=Role.OWNER)

    _in_transaction(run)
    out.print(f"{user} owns project {project} now.")


def _in_transaction(work: Callable[[AsyncSession], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        async with opened(Settings()) as db, transaction(db) as session:
            return await work(session)

    return asyncio.run(run())


def backup(file: Annotated[Path, typer.Argument(help="The archive to write, such as tunesmith.tar.gz.")]) -> None:
    """Write database and files into one archive. Works while the bot runs."""
    settings = Settings()
    database = _sqlite_file(settings)
    try:
        with tempfile.TemporaryDirectory() as folder, tarfile.open(file, "w:gz") as archive:
            archive.add(_copied(database, Path(folder)), DATABASE_IN_BACKUP)
            if Path(settings.files_root).is_dir():
                archive.add(settings.files_root, "files")
    except OSError as error:
        raise BotError(f"{file} cannot be written ({error.strerror}).", todo="Name another place.") from error
    out.print(f"Wrote {file} ({file.stat().st_size / 1e6:.1f} MB).")


def _copied(database: Path, folder: Path) -> Path:
    """A whole copy of a database that may be in use."""
    copy = folder / DATABASE_IN_BACKUP
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    return copy


def restore(file: Annotated[Path, typer.Argument(exists=True, help="An archive that `backup` wrote.")]) -> None:
    """Put a backup into an empty TUNESMITH_HOME. Refuses where a database is already there."""
    settings = Settings()
    database = _sqlite_file(settings, must_exist=False)
    if database.exists():
        raise BotError(f"{database} exists already.", kept="It was not touched.", todo="Move it away first.")
    try:
        with tarfile.open(file) as archive:
            members = archive.getnames()
            if DATABASE_IN_BACKUP not in members:
                raise BotError(f"{file} is not a backup of Tunesmith.")
            settings.home_dir.mkdir(parents=True, exist_ok=True)
            archive.extractall(settings.home_dir, filter="data")
    except tarfile.TarError as error:
        raise BotError(f"{file} cannot be read: {error}.") from error
    restored = settings.home_dir / DATABASE_IN_BACKUP
    if restored != database:
        restored.rename(database)
    out.print(f"Restored {len(members)} entries into {settings.home_dir}.")


def _sqlite_file(settings: Settings, *, must_exist: bool = True) -> Path:
    path = sqlite_file(settings)
    if path is None:
        raise BotError(
            "This database is PostgreSQL.", todo="Back it up with pg_dump; the files lie in TUNESMITH_HOME/files."
        )
    if must_exist and not path.is_file():
        raise BotError(f"There is no database at {path}.")
    return path


def add_to(app: typer.Typer) -> None:
    app.command()(backup)
    app.command()(restore)
    app.add_typer(db_app)
    app.add_typer(project_app)
