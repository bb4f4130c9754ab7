"""`tunesmith money`: what was spent, in lines, as JSON, and as a CSV file that no spreadsheet runs."""

from __future__ import annotations

import asyncio
import csv
import json
from datetime import UTC, datetime
from pathlib import Path

from storage import project as projects
from storage.engine import connect, transaction
from storage.models import Ledger
from tests.support.cli import Tunesmith


async def given_ledger(database: Path) -> None:
    db, now = connect(f"sqlite:///{database}"), datetime.now(UTC)
    async with transaction(db) as session:
        for channel in ("C1", "C2"):
            await projects.add(session, team_id="T1", channel_id=channel, name="Teas", user_id="UANA", now=now)
        for attempt, usd in (("ts-1", 1.25), ("trial:1:base", None)):
            session.add(
                Ledger(team_id="T1", project_id=1, user_id="UANA", attempt=attempt, model="=cmd()", state="settled",
                       usd=usd, at=now)
            )  # fmt: skip
    await db.close()


def test_each_project_has_its_sums_and_the_ledger_is_a_whole_csv(
    tunesmith: Tunesmith, database: Path, home: Path
) -> None:
    asyncio.run(given_ledger(database))
    (home / "tunesmith.toml").write_text("budget_usd_per_month = 50\n")

    said = tunesmith("money", "-o", "spent.csv")
    asked = tunesmith("money", "--project", "1", "--json")

    assert said.code == 0 and "1  Teas: $1.25 in total" in said.out and "2  Teas: $0 in total" in said.out
    assert "1 request without a known price" in said.out and "this month: $1.25 of $50" in said.out
    rows = list(csv.DictReader((home / "spent.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert [(row["for"], row["usd"], row["model"]) for row in rows] == [
        ("training", "1.25", "'=cmd()"),
        ("trying", "", "'=cmd()"),
    ]
    [project] = json.loads(asked.out)["projects"]
    assert (project["usd"]["total"], project["unpriced_requests"], project["month_left_usd"]) == (1.25, 1, 48.75)
    assert tunesmith("money", "--project", "9").code == 1
