"""`tunesmith catalog add`: a catalog that never passed through Slack reaches the project, and says where it is from."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlmodel import select

from bot.deps import Deps
from bot.domain.completion import Origin
from bot.views.ids import Action
from storage.engine import connect, reading
from storage.models import Catalog, Product
from tests.handlers.test_catalog import shows
from tests.support.bot import bot_on, deps_on
from tests.support.cli import Tunesmith
from tests.support.given_catalog import teas
from tests.support.workspace import CATALOG, Workspace


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "teas.csv"
    path.write_text(teas(7))
    return path


@pytest.fixture
async def bot(slack: Workspace, home: Path, sqlite_template: Path) -> AsyncIterator[Deps]:
    """The running bot, with its database in the home that the commands use."""
    database = connect(f"sqlite:///{shutil.copy(sqlite_template, home / 'tunesmith.sqlite3')}")
    async with deps_on(slack, database, home) as deps, bot_on(deps, slack):
        yield deps
    await database.close()


async def test_the_running_bot_reads_it_and_shows_it_as_external(
    tunesmith: Tunesmith, bot: Deps, slack: Workspace, table: Path
) -> None:
    await slack.ana.command(CATALOG, "/tune new Shop")
    await slack.ana.wait_for_text("Shop")

    said = await asyncio.to_thread(tunesmith, "catalog", "add", str(table), "--project", "1")
    bot.wakers.wake("catalog")  # as the clock does a moment later: the command is another process

    assert said.code == 0 and "teas.csv is handed over." in said.out
    card = await slack.ana.wait_for_message(shows(Action.CATALOG_USE))
    assert "teas.csv" in str(card) and "7" in card["text"]
    async with reading(bot.db) as session:
        assert [one.origin for one in (await session.exec(select(Catalog))).all()] == [Origin.EXTERNAL]
        assert len((await session.exec(select(Product))).all()) == 7


def test_a_project_that_is_not_there_is_told(tunesmith: Tunesmith, database: Path, table: Path) -> None:
    said = tunesmith("catalog", "add", str(table), "--project", "4")

    assert (said.code, said.err) == (1, "There is no project 4. `/tune projects` in Slack shows them.")


def test_only_files_and_https_addresses_are_taken(tunesmith: Tunesmith, database: Path, tmp_path: Path) -> None:
    no_file = tunesmith("catalog", "add", str(tmp_path / "gone.csv"), "--project", "1")
    plain = tunesmith("catalog", "add", "http://127.0.0.1:9/teas.csv", "--project", "1")
    local = tunesmith("catalog", "add", f"file://{tmp_path}/teas.csv", "--project", "1")

    assert no_file.code == plain.code == local.code == 1
    assert "There is no file" in no_file.err
    assert "is not an https address. Download the file and name it instead." in plain.err
    assert "is not an https address." in local.err


def test_without_the_bots_database_none_is_made(tunesmith: Tunesmith, home: Path, table: Path) -> None:
    said = tunesmith("catalog", "add", str(table), "--project", "1")

    assert said.code == 1 and "There is no database at" in said.err
    assert list(home.iterdir()) == []
