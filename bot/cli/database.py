"""The bot's database for commands that work on what is there already."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy.engine import make_url

from bot.config import Settings
from bot.errors import BotError
from storage import schema
from storage.engine import Database, connect


def sqlite_file(settings: Settings) -> Path | None:
    """Where the database lies, whether it is there or not; None for PostgreSQL."""
    url = make_url(settings.database)
    return Path(url.database or "") if url.drivername.startswith("sqlite") else None


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Database]:
    """The database, which has to be there and up to date. Raises BotError."""
    file = sqlite_file(settings)
    if file is not None and not file.is_file():
        raise BotError(f"There is no database at {file}.", todo="Set TUNESMITH_HOME to the bot's, or start it first.")
    db = connect(settings.database)
    try:
        if await schema.current(db) != schema.newest():
            raise BotError("The database is not up to date.", todo="Run `tunesmith db upgrade` first.")
        yield db
    finally:
        await db.close()
