"""The database: one engine, short transactions, and a wake-up call after a commit that left something to say."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker, create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.turns import Turns

# A writer waits this long for another one before it gives up; our transactions take milliseconds.
SQLITE_BUSY_MS = 15_000
WRITES = "tunesmith_writes"


@dataclass
class Database:
    """An engine with a session factory for readers and one for writers.

    `wake` is called after a commit whose session was marked by `wake_after_commit`; it names the job to wake.
    """

    engine: AsyncEngine
    readers: async_sessionmaker[AsyncSession]
    writers: async_sessionmaker[AsyncSession]
    wake: Callable[[str], None] = field(default=lambda job: None)
    turns: Turns | None = None  # on SQLite, which has one writer at a time

    async def close(self) -> None:
        await self.engine.dispose()


def connect(url: str) -> Database:
    """Open a SQLite or PostgreSQL address; plain `sqlite:` and `postgresql:` get their async driver."""
    engine = create_async_engine(async_url(url), pool_pre_ping=not url.startswith("sqlite"))
    if engine.dialect.name == "sqlite":
        _prepare_sqlite(engine)
    writing = engine.execution_options(**{WRITES: True})
    return Database(
        engine=engine,
        readers=async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False),
        writers=async_sessionmaker(writing, class_=AsyncSession, expire_on_commit=False),
        turns=Turns() if engine.dialect.name == "sqlite" else None,
    )


def async_url(url: str) -> str:
    parsed = make_url(url)
    driver = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg", "postgres": "postgresql+asyncpg"}
    chosen = driver.get(parsed.drivername, parsed.drivername)
    return parsed.set(drivername=chosen).render_as_string(hide_password=False)


def sqlite_url(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path}"


def _prepare_sqlite(engine: AsyncEngine) -> None:
    """WAL, and BEGIN IMMEDIATE for writers: when two deferred ones upgrade, one fails with "database is locked"."""

    @event.listens_for(engine.sync_engine, "connect")
    def _pragmas(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", f"busy_timeout={SQLITE_BUSY_MS}", "foreign_keys=ON", "synchronous=FULL"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(WRITES)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def wake_after_commit(session: AsyncSession, job: str) -> None:
    """Ask that `job` be woken once this session's transaction is committed."""
    session.info.setdefault("wake", set()).add(job)


@asynccontextmanager
async def transaction(db: Database) -> AsyncIterator[AsyncSession]:
    """One short write transaction: committed at the end, rolled back by any exception."""
    async with db.turns.mine() if db.turns else nullcontext(), db.writers() as session:
        async with session.begin():
            yield session
        for job in session.info.pop("wake", ()):
            db.wake(job)


@asynccontextmanager
async def reading(db: Database) -> AsyncIterator[AsyncSession]:
    """A session for queries only."""
    async with db.readers() as session:
        yield session
