"""`tunesmith dataset export`: a frozen version as files, with or without what came through Slack."""

from __future__ import annotations

import asyncio
import csv
import hashlib
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


def test_each_line_leads_back_to_its_catalog_row_and_its_text(
    tunesmith: Tunesmith, database: Path, tmp_path: Path
) -> None:
    given_version(database, catalog=Origin.EXTERNAL, approved=12)

    tunesmith("dataset", "export", "--project", "1", "-o", str(tmp_path))

    rows = list(csv.DictReader((tmp_path / "dataset-v1-lineage.csv").read_text("utf-8-sig").splitlines()))
    manifest = json.loads((tmp_path / "dataset-v1-manifest.json").read_text())
    assert len(rows) == 12 and {row["verdict"] for row in rows} == {"approved"}
    assert [(row["file"], row["line"]) for row in rows[:2]] == [
        ("dataset-v1-train.jsonl", "1"), ("dataset-v1-train.jsonl", "2"),
    ]  # fmt: skip
    assert all(row["product"] == f"Tea {row['catalog row']}" for row in rows)
    assert {line["sha256"] for line in manifest["lines"]} == {row["sha256"] for row in rows}
    whole = hashlib.sha256("".join(f"{line['sha256']}\n" for line in manifest["lines"]).encode()).hexdigest()
    assert whole == manifest["sha256"]


def test_pairs_from_outside_slack_are_handed_to_the_bot(tunesmith: Tunesmith, database: Path, tmp_path: Path) -> None:
    given_version(database, catalog=Origin.EXTERNAL, approved=10)
    file = tmp_path / "pairs.csv"
    file.write_text("prompt,completion\nTea?,Tea.\n")

    said = tunesmith("dataset", "import", str(file), "--project", "1", "--trusted")

    assert said.code == 0 and "pairs.csv is handed over" in said.out
    assert tunesmith("dataset", "import", str(file), "--project", "9").code == 1


def test_one_more_form_is_written_for_each_side_and_edited_texts_are_preferences(
    tunesmith: Tunesmith, database: Path, tmp_path: Path
) -> None:
    given_version(database, catalog=Origin.SLACK_FILE, approved=10, edited=4)

    said = tunesmith("dataset", "export", "--project", "1", "-o", str(tmp_path / "out"), "--format", "preference")

    assert said.code == 0, said.err
    preferences = [pair for side in (tmp_path / "out").glob("*.preference.jsonl") for pair in lines(side)]
    assert len(preferences) == 4
    assert all(pair["preferred_output"] != pair["non_preferred_output"] for pair in preferences)
