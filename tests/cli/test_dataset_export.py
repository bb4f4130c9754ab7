"""`tunesmith dataset export`: a frozen version as files, with or without what came through Slack."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from sqlmodel import update

from bot.domain.completion import Origin
from bot.domain.people import Actor
from storage.engine import connect, transaction
from storage.models import Catalog
from tests.support.cli import Tunesmith
from tests.support.given_dataset import given_frozen

ANA = Actor("T1", "UANA", name="Ana")


def given_version(database: Path, *, catalog: Origin, **texts: int) -> None:
    """A frozen version whose catalog came from there."""

    async def make() -> None:
        db = connect(f"sqlite:///{database}")
        await given_frozen(db, ANA, datetime.now(UTC), **texts)
        async with transaction(db) as session:
            await session.exec(update(Catalog).values(origin=catalog))
        await db.close()

    asyncio.run(make())


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def words(folder: Path) -> list[str]:
    """What every pair in the folder says, in order."""
    return [pair["completion"] for pair in lines(folder / "dataset-v1-prompt-completion.jsonl")]


def test_a_version_is_written_as_chat_as_pairs_and_as_a_table(
    tunesmith: Tunesmith, database: Path, tmp_path: Path
) -> None:
    given_version(database, catalog=Origin.SLACK_FILE, approved=10, edited=2, rejected=3)
    out = tmp_path / "out"

    said = tunesmith("dataset", "export", "--project", "1", "-o", str(out))

    assert said.code == 0, said.err
    written = sorted(path.name for path in out.iterdir())
    assert sorted(Path(line).name for line in said.out.split()) == written
    assert {"dataset-v1-train.jsonl", "dataset-v1-prompt-completion.jsonl", "dataset-v1.xlsx"} <= set(written)
    chat = [pair for name in written if name.endswith(("train.jsonl", "check.jsonl")) for pair in lines(out / name)]
    assert len(chat) == len(words(out)) == 12
    assert {tuple(turn["role"] for turn in pair["messages"])[-2:] for pair in chat} == {("user", "assistant")}
    assert sorted(pair["messages"][-1]["content"] for pair in chat) == sorted(words(out))
    assert load_workbook(out / "dataset-v1.xlsx").worksheets[0].max_row == 1 + 12


def test_what_was_typed_in_slack_can_be_left_out(tunesmith: Tunesmith, database: Path, tmp_path: Path) -> None:
    given_version(database, catalog=Origin.EXTERNAL, approved=10, edited=3)

    said = tunesmith("dataset", "export", "--project", "1", "-o", str(tmp_path), "--exclude-origin", "slack")

    assert said.code == 0 and said.err == "3 texts that came through Slack were left out."
    assert len(words(tmp_path)) == 10 and not any("by hand" in text for text in words(tmp_path))


def test_where_the_catalog_came_through_slack_nothing_is_left_and_nothing_is_written(
    tunesmith: Tunesmith, database: Path, tmp_path: Path
) -> None:
    given_version(database, catalog=Origin.SLACK_FILE, approved=10)
    out = tmp_path / "out"

    said = tunesmith("dataset", "export", "--project", "1", "-o", str(out), "--exclude-origin", "slack")

    assert (said.code, out.exists()) == (1, False)
    assert said.err == "Every text of this version came through Slack; nothing is left to write."


def test_a_project_without_a_frozen_version_is_told_how_to_get_one(
    tunesmith: Tunesmith, database: Path, tmp_path: Path
) -> None:
    said = tunesmith("dataset", "export", "--project", "1", "-o", str(tmp_path))

    assert (said.code, said.err) == (1, "Project 1 has no frozen version. Freeze one with /tune dataset.")
