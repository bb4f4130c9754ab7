"""`backup`, `restore`, `db upgrade` and `project owner`: what a keeper does once in a while."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.domain.people import Actor
from storage.engine import connect
from storage.files import FileStore
from tests.support.cli import Tunesmith
from tests.support.given_catalog import given_used_catalog, teas
from tests.support.given_dataset import given_frozen

ANA = Actor("T1", "UANA", name="Ana")


def rows(database: Path, query: str) -> list[Any]:
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute(query).fetchall()


async def given_a_shop(database: Path) -> str:
    """A project with twelve products and one stored file; the file's key."""
    db = connect(f"sqlite:///{database}")
    await given_used_catalog(db, teas(12), ANA, datetime.now(UTC))
    await db.close()
    return await FileStore(str(database.parent / "files")).put(b"the catalog as it came")


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Another machine's TUNESMITH_HOME, which is not there yet; call it once the backup is written."""
    return tmp_path / "elsewhere" / "home"


def test_a_backup_brings_back_database_and_files_on_another_machine(
    tunesmith: Tunesmith, database: Path, elsewhere: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = asyncio.run(given_a_shop(database))
    wrote = tunesmith("backup", str(tmp_path / "kept.tar.gz"))
    monkeypatch.setenv("TUNESMITH_HOME", str(elsewhere))

    restored = tunesmith("restore", str(tmp_path / "kept.tar.gz"))

    assert (wrote.code, restored.code) == (0, 0), wrote.err + restored.err
    there = elsewhere / "tunesmith.sqlite3"
    products = "SELECT id, name FROM product ORDER BY id"
    assert rows(there, products) == rows(database, products) and len(rows(there, products)) == 12
    assert asyncio.run(FileStore(str(elsewhere / "files")).get(key)) == b"the catalog as it came"


def test_a_backup_holds_what_the_running_bot_has_only_just_committed(
    tunesmith: Tunesmith, database: Path, elsewhere: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(sqlite3.connect(database)) as busy:
        busy.execute("PRAGMA journal_mode=WAL")
        busy.execute("CREATE TABLE news (word TEXT)")
        busy.execute("INSERT INTO news VALUES ('committed')")
        busy.commit()
        busy.execute("INSERT INTO news VALUES ('not yet')")
        assert tunesmith("backup", str(tmp_path / "kept.tar.gz")).code == 0
    monkeypatch.setenv("TUNESMITH_HOME", str(elsewhere))
    assert tunesmith("restore", str(tmp_path / "kept.tar.gz")).code == 0

    assert rows(elsewhere / "tunesmith.sqlite3", "SELECT word FROM news") == [("committed",)]


def test_restore_refuses_where_a_database_is_and_leaves_it_alone(
    tunesmith: Tunesmith, database: Path, tmp_path: Path
) -> None:
    tunesmith("backup", str(tmp_path / "kept.tar.gz"))
    asyncio.run(given_a_shop(database))

    said = tunesmith("restore", str(tmp_path / "kept.tar.gz"))

    assert said.code == 1
    assert "tunesmith.sqlite3 exists already. It was not touched. Move it away first." in said.err
    assert rows(database, "SELECT count(*) FROM product") == [(12,)]


def test_restore_takes_no_other_archive_for_a_backup(tunesmith: Tunesmith, home: Path, tmp_path: Path) -> None:
    (tmp_path / "letter.tar.gz").write_bytes(b"Dear Ana,")

    said = tunesmith("restore", str(tmp_path / "letter.tar.gz"))

    assert said.code == 1 and "letter.tar.gz cannot be read" in said.err
    assert list(home.iterdir()) == []


def test_backup_says_that_there_is_nothing_to_keep_or_nowhere_to_write(
    tunesmith: Tunesmith, home: Path, tmp_path: Path, sqlite_template: Path
) -> None:
    nothing = tunesmith("backup", str(tmp_path / "kept.tar.gz"))
    (home / "tunesmith.sqlite3").write_bytes(sqlite_template.read_bytes())
    nowhere = tunesmith("backup", str(tmp_path / "no such folder" / "kept.tar.gz"))

    assert nothing.code == 1 and "There is no database at" in nothing.err
    assert not (tmp_path / "kept.tar.gz").exists()
    assert nowhere.code == 1 and "cannot be written (No such file or directory). Name another place." in nowhere.err


def test_backup_sends_keepers_of_postgresql_to_its_own_tool(
    tunesmith: Tunesmith, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:9/none")

    said = tunesmith("backup", str(tmp_path / "kept.tar.gz"))

    assert said.code == 1 and "Back it up with pg_dump" in said.err


def test_db_upgrade_makes_the_database_and_keeps_a_copy_before_it_changes_one(tunesmith: Tunesmith, home: Path) -> None:
    made = tunesmith("db", "upgrade")
    again = tunesmith("db", "upgrade")

    assert (made.code, again.code) == (0, 0) and "up to date" in made.out
    assert rows(home / "tunesmith.sqlite3", "SELECT count(*) FROM project") == [(0,)]
    assert len(list(home.glob("tunesmith.sqlite3.before-*"))) == 1


def test_a_project_gets_another_owner(tunesmith: Tunesmith, database: Path) -> None:
    asyncio.run(given_a_shop(database))

    said = tunesmith("project", "owner", "1", "UBEN")

    assert said.code == 0 and "UBEN owns project 1 now." in said.out
    assert rows(database, "SELECT user_id, role FROM member ORDER BY user_id")[-1][0] == "UBEN"
    assert {role for _, role in rows(database, "SELECT user_id, role FROM member")} == {"owner"}


def test_a_project_or_a_database_that_is_not_there_is_told_and_none_is_made(tunesmith: Tunesmith, home: Path) -> None:
    no_database = tunesmith("project", "owner", "1", "UBEN")
    assert no_database.code == 1 and "There is no database at" in no_database.err
    assert list(home.iterdir()) == []

    tunesmith("db", "upgrade")
    no_project = tunesmith("project", "owner", "7", "UBEN")
    assert no_project.code == 1 and no_project.err == "There is no project 7."


async def given_a_frozen_version(database: Path) -> None:
    """Twelve approved texts of Ana's, frozen."""
    db = connect(f"sqlite:///{database}")
    await given_frozen(db, ANA, datetime.now(UTC), approved=12)
    await db.close()


def test_forget_says_what_changed_and_which_project_nobody_owns_and_verify_still_holds(
    tunesmith: Tunesmith, database: Path
) -> None:
    asyncio.run(given_a_frozen_version(database))

    said = tunesmith("forget", "UANA")
    checked = tunesmith("db", "verify")

    assert said.code == 0 and "Project 1 has no owner now: tunesmith project owner 1 USER" in said.out
    assert "pair: 12" in said.out
    assert rows(database, "SELECT count(*) FROM pair WHERE decided_by LIKE 'former-%'") == [(12,)]
    assert "(version 1): 12 lines, as it was frozen" in checked.out and checked.code == 0


def test_forget_reports_as_json_and_knows_nobody_twice(tunesmith: Tunesmith, database: Path) -> None:
    asyncio.run(given_a_frozen_version(database))

    report = json.loads(tunesmith("forget", "UANA", "--json").out)
    again = tunesmith("forget", "UANA")

    assert report["pseudonym"].startswith("former-") and report["changed"]["completion"] == 12
    assert report["without_owner"] == [1]
    assert again.code == 1 and "UANA is not known here." in again.err


def test_verify_fails_where_a_line_was_changed(tunesmith: Tunesmith, database: Path) -> None:
    asyncio.run(given_a_frozen_version(database))
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("UPDATE pair SET completion = 'Buy now!' WHERE position = 1")
        connection.commit()

    said = tunesmith("db", "verify")

    assert said.code == 1 and "NOT AS IT WAS FROZEN" in said.out and "1 of 1 frozen versions" in said.err
