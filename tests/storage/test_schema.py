"""Migrations and models say the same; a copy is made before SQLite is changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlmodel import SQLModel

import storage.models  # noqa: F401 - fills the metadata
from storage import schema
from storage.engine import Database, connect


async def test_migrations_make_just_the_tables_of_the_models(db: Database) -> None:
    def differences(connection: Any) -> list[Any]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, SQLModel.metadata))

    async with db.engine.connect() as connection:
        assert await connection.run_sync(differences) == []
    assert await schema.current(db) == schema.newest()


async def test_a_sqlite_file_is_copied_before_it_is_changed(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'bot.sqlite3'}"
    assert schema.copy_before_upgrade(url) is None
    db = connect(url)
    await schema.upgrade(db)
    await db.close()

    copy = schema.copy_before_upgrade(url)

    assert copy is not None and copy.read_bytes() == (tmp_path / "bot.sqlite3").read_bytes()
