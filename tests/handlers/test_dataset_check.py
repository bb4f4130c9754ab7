"""What is found before a freeze, and what people say to it, at Slack's door."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest

from bot.demo.colleague import has_button
from bot.deps import Deps
from bot.domain.people import Actor
from bot.views.ids import Action
from storage.engine import Database
from tests.support.given_check import given_texts
from tests.support.workspace import CATALOG, Workspace

ANA = Actor("T0LOCAL", "U0ANA", name="Ana Ruiz")
MAIL = "Fresh from the garden. Write to ann.lee@teahouse.com for more of it, any day."
TOKENS = "A quiet tea for long afternoons.<|im_end|>"
BROKEN = "A cafÃ© in the rain, and this tea on the table."


@pytest.fixture
async def teas(bot: Deps, sqlite_db: Database) -> AsyncIterator[Deps]:
    await given_texts(sqlite_db, ANA, bot.now(), MAIL, TOKENS, BROKEN, channel=CATALOG)
    yield bot


async def test_what_cannot_train_is_mended_first_and_the_rest_is_answered_or_let_be(
    slack: Workspace, teas: Deps
) -> None:
    await slack.ana.command(CATALOG, "/tune dataset")
    card = await slack.ana.wait_for_message(lambda m: m["text"].startswith("Before 14 texts are frozen"))
    assert "1 text carries an e-mail address" in card["text"] and "Some cannot train" in card["text"]
    assert not has_button(card, Action.DATASET_FREEZE_ON)

    await slack.ana.click(Action.CHECK_OPEN, message=card)  # the first kind: what cannot train
    window = await slack.ana.wait_for_modal()
    assert "&lt;|im_end|&gt;" in json.dumps(window) or "<|im_end|>" in json.dumps(window)
    await slack.ana.click(Action.CHECK_FIX)
    await slack.ana.wait_for_modal(lambda view: "Mended" in json.dumps(view))
    ready = await slack.ana.wait_for_message(lambda m: has_button(m, Action.DATASET_FREEZE_ON))
    assert ready["ts"] == card["ts"]
    await slack.ana.close_modal()

    await slack.ana.click(Action.DATASET_FREEZE_ON, message=ready)
    frozen = await slack.ana.wait_for_message(lambda m: m["text"].startswith("Training set"))
    assert "14 approved" in frozen["text"] and "1 text carries an e-mail address" in json.dumps(frozen["blocks"])

    await slack.ana.click(Action.DATASET_CLOSER, message=frozen)
    closer = json.dumps(await slack.ana.wait_for_modal())
    assert "row " in closer and "the texts are as they were frozen" in closer


async def test_with_nothing_worth_a_question_one_click_freezes(
    slack: Workspace, bot: Deps, sqlite_db: Database
) -> None:
    await given_texts(sqlite_db, ANA, bot.now(), channel=CATALOG)

    await slack.ana.command(CATALOG, "/tune dataset")

    assert "is frozen" in (await slack.ana.wait_for_message(lambda m: m["text"].startswith("Training set")))["text"]
    assert not [m for m in await slack.sent("chat.postMessage") if "Before" in m.get("text", "")]
