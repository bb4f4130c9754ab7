"""Care and duty: migrations, backup and restore, people who leave."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import tarfile
import tempfile
from collections.abc import Awaitable, Callable, Iterable
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.cli.database import opened, sqlite_file
from bot.config import Settings
from bot.domain.deletion import Verified
from bot.errors import BotError
from bot.services import deletion, forgetting, people
from bot.services.forgetting import Forgotten
from storage import dataset as dataset_rows
from storage import schema
from storage.engine import connect, reading, transaction
from storage.files import FileStore
from storage.origins import referenced_files

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
        await people.add_owner(session, project, user, now=datetime.now(UTC))

    _in_transaction(run)
    out.print(f"{user} owns project {project} now.")


def _in_transaction(work: Callable[[AsyncSession], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        async with opened(Settings()) as db, transaction(db) as session:
            return await work(session)

    return asyncio.run(run())


@db_app.command("verify")
def verify() -> None:
    """Compute the hash of every frozen version anew, from its texts or from what is left of erased ones."""

    async def run(session: AsyncSession) -> list[Verified]:
        return [await deletion.verify(session, dataset) for dataset in await dataset_rows.everything(session)]

    found: list[Verified] = _in_transaction(run)
    for one in found:
        out.print(_verified_line(one))
    broken = [one for one in found if one.intact is False]
    if broken:
        raise BotError(f"{len(broken)} of {len(found)} frozen versions are not what was frozen.")
    out.print(f"{len(found)} frozen versions looked at.")


def _verified_line(one: Verified) -> str:
    words = {True: "as it was frozen", False: "NOT AS IT WAS FROZEN", None: "frozen before lines had hashes"}
    erased = f", {one.erased} of them erased" if one.erased else ""
    return f"Dataset {one.dataset_id} (version {one.number}): {one.lines} lines{erased}, {words[one.intact]}"


def forget(
    user: Annotated[str, typer.Argument(help="A Slack user id, such as U012AB3CD.")],
    erase_texts: Annotated[bool, typer.Option("--erase-texts", help="Erase the texts they typed, too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Replace a person by a pseudonym everywhere. Texts they wrote stay, unless --erase-texts."""

    async def run(session: AsyncSession) -> Forgotten:
        return await forgetting.forget(session, user, erase_texts=erase_texts)

    done: Forgotten = _in_transaction(run)
    asyncio.run(_delete_files(Settings(), done.files))
    if as_json:
        report = {name: value for name, value in asdict(done).items() if name != "files"}
        typer.echo(json.dumps(report | {"files": len(done.files), "problem": None}))
        return
    out.print(f"{user} is {done.pseudonym} from now on. Nobody can tell from that who it was.")
    for table, rows in done.changed.items():
        out.print(f"  {table}: {rows}")
    if erase_texts:
        out.print(f"Erased {done.texts} texts and {done.lines} lines of frozen versions.")
    for project in done.without_owner:
        out.print(f"Project {project} has no owner now: tunesmith project owner {project} USER")


async def _delete_files(settings: Settings, keys: Iterable[str]) -> None:
    """The stored tables that named the person; they are made anew when somebody asks for them."""
    async with opened(settings) as db, reading(db) as session:
        kept = await referenced_files(session)
    store = FileStore(settings.files_root)
    for key in set(keys) - kept:
        await store.delete(key)


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
    app.command()(forget)
    app.command()(backup)
    app.command()(restore)
    app.add_typer(db_app)
    app.add_typer(project_app)
