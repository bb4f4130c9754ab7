"""The schema's version: bring a database up to date, or say that it is not."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection, make_url

from storage.engine import Database

MIGRATIONS = Path(__file__).parent / "migrations"


def alembic_config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def newest() -> str:
    """The revision that this code was written for."""
    return str(ScriptDirectory.from_config(alembic_config()).get_current_head())


async def current(db: Database) -> str | None:
    """The revision that the database is at; None for an empty one."""
    async with db.engine.connect() as connection:
        return await connection.run_sync(lambda c: MigrationContext.configure(c).get_current_revision())


async def upgrade(db: Database) -> None:
    """Run every missing migration in one transaction."""

    def run(connection: Connection) -> None:
        command.upgrade(alembic_config(connection), "head")

    async with db.engine.begin() as connection:
        await connection.run_sync(run)


def copy_before_upgrade(url: str) -> Path | None:
    """Put a SQLite file's copy beside it; None where there is no file yet or it is not SQLite."""
    parsed = make_url(url)
    path = Path(parsed.database or "")
    if not parsed.drivername.startswith("sqlite") or not path.is_file():
        return None
    copy = path.with_name(f"{path.name}.before-{datetime.now(UTC):%Y%m%d%H%M%S}")
    shutil.copy2(path, copy)
    return copy
