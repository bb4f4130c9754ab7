"""Importing pairs at Slack's door."""

from __future__ import annotations

import json

import pytest

from bot.deps import Deps
from bot.domain.people import Actor
from bot.views.ids import Action
from storage.engine import Database
from tests.support.given_dataset import given_decided
from tests.support.workspace import CATALOG, Workspace

ANA = Actor("T0LOCAL", "U0ANA", name="Ana Ruiz")
ROWS = [("Describe Tea 3 for our shop", "Tea 3 keeps the rain outside."), ("Tell of Tea 4", "Tea 4 hums quietly.")]
CSV = "prompt,completion\n" + "\n".join(f"{prompt},{text}" for prompt, text in [*ROWS, ROWS[0]]) + "\n,no prompt\n"
LINES = "".join(json.dumps({"prompt": prompt, "completion": text}) + "\n" for prompt, text in ROWS)


@pytest.mark.parametrize(("name", "content"), [("pairs.csv", CSV), ("pairs.jsonl", LINES)])
async def test_pairs_that_an_owner_vouches_for_are_in_the_next_training_set(
    slack: Workspace, bot: Deps, sqlite_db: Database, name: str, content: str
) -> None:
    await given_decided(sqlite_db, ANA, bot.now(), approved=12, products=30, channel=CATALOG)
    uploaded = await slack.ana.upload(None, (name, content.encode()))

    await slack.ana.command(CATALOG, "/tune import")
    await slack.ana.wait_for_modal()
    assert await slack.ana.submit({"file": uploaded["files"], "how": "trust"}) == {}

    card = await slack.ana.wait_for_message(lambda m: "2 pairs imported" in m["text"])
    assert "vouches for them" in card["text"] and "2 belong to products" in json.dumps(card["blocks"])
    await slack.ana.click(Action.DATASET_FREEZE, message=card)
    frozen = await slack.ana.wait_for_message(lambda m: m["text"].startswith("Training set"))
    assert "14 approved" in frozen["text"] and "2 were imported" in json.dumps(frozen["blocks"])
