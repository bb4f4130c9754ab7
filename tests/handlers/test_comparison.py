"""A blind comparison as people meet it: ordered with its price, judged in one window, told in words."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.demo.colleague import has_button
from bot.demo.person import Person, PersonError
from bot.deps import Deps
from bot.views.ids import Action
from storage.engine import Database
from tests.support.engine import ScriptedTrainer
from tests.support.given_dataset import given_decided
from tests.support.shop import ANA, bot_with_engine
from tests.support.workspace import CATALOG, Workspace

HOUSE = "Quietly useful"  # what the scripted model writes once it was taught


@pytest.fixture
async def shop(slack: Workspace, sqlite_db: Database, tmp_path: Path) -> AsyncIterator[Deps]:
    """A bot whose channel has thirty teas, fourteen of them with an approved text, and a taught model."""
    async with bot_with_engine(slack, sqlite_db, tmp_path, trainer=ScriptedTrainer()) as (deps, _):
        await given_decided(sqlite_db, ANA, deps.now(), approved=14, products=30, channel=CATALOG)
        await slack.ana.command(CATALOG, "/tune dataset")
        await slack.ana.click(Action.TRAIN_OPEN)
        await slack.ana.submit({})
        await slack.ana.wait_for_message(lambda m: has_button(m, Action.TRY_MODEL), channel="D0ANA")
        yield deps


def words(view: dict[str, Any]) -> str:
    return str(view["blocks"])


def sides(view: dict[str, Any]) -> tuple[str, str]:
    """Text A and text B of the window."""
    left, right = [block["elements"] for block in view["blocks"] if block["type"] == "rich_text"]
    return str(left), str(right)


async def judge_all(person: Person, *, likes: str) -> int:
    """Press A or B until nothing is left, for whichever side has these words; how many pairs that were."""
    done = 0
    while "All done" not in str((view := await person.wait_for_modal())["title"]):
        left, right = sides(view)
        answer = "same" if (likes in left) == (likes in right) else "a" if likes in left else "b"
        await person.click(f"compare.vote:{answer}")
        done += 1
        before = view["private_metadata"]
        await person.until(lambda b=before: person.modals[-1]["view"].get("private_metadata") != b or None, "next", 10)
    return done


async def ordered(slack: Workspace) -> dict[str, Any]:
    """The card on which people are asked to compare."""
    await slack.ana.command(CATALOG, "/tune compare")
    window = await slack.ana.wait_for_modal()
    assert "36 short texts" not in words(window) and "under 1 cent" in words(window)
    await slack.ana.click(Action.COMPARE_OPEN, choose="12")
    await slack.ana.until(lambda: "36 short texts" in words(slack.ana.modals[-1]["view"]) or None, "its new price", 10)
    await slack.ana.submit({"size": "12"})
    return await slack.ana.wait_for_message(lambda m: has_button(m, Action.COMPARE_NEXT), channel=CATALOG)


async def test_people_judge_blindly_and_the_result_comes_in_words(slack: Workspace, shop: Deps) -> None:
    card = await ordered(slack)
    assert "0 of 24 pairs judged" in card["text"]

    await slack.ben.click(Action.COMPARE_NEXT, message=card)
    first = await slack.ben.wait_for_modal()
    assert "ft:" not in str(first) and "scripted-model" not in words(first) and "tuned" not in words(first).lower()
    assert await judge_all(slack.ben, likes=HOUSE) == 24

    with pytest.raises(PersonError):
        await slack.ben.click(Action.COMPARE_FLIPS, timeout=0.2)  # nothing to see before the end
    await slack.ana.click(Action.COMPARE_END, message=card)

    result = await slack.ana.wait_for_message(lambda m: has_button(m, Action.COMPARE_FLIPS), channel=CATALOG)
    assert (
        "Reviewers preferred the tuned model to the plain model in 12 of 12; that is very unlikely to be chance."
        in result["text"]
    )
    assert "95% interval" in words(result) and "Counted without people" in words(result)
    closed = await slack.ana.wait_for_text("The votes are counted")
    assert closed["ts"] == card["ts"] and not has_button(closed, Action.COMPARE_NEXT)

    await slack.ana.click(Action.COMPARE_FLIPS, message=result)
    flips = await slack.ana.wait_for_modal()
    assert "Better: 24" in words(flips) and HOUSE in words(flips)
    await slack.ana.close_modal(everything=True)
    await slack.ana.click(Action.COMPARE_ROUNDS, message=result)
    assert "preferred to plain in 12 of 12" in words(await slack.ana.wait_for_modal())


async def test_one_can_go_back_and_say_something_else(slack: Workspace, shop: Deps) -> None:
    card = await ordered(slack)
    await slack.ana.click(Action.COMPARE_NEXT, message=card)
    first = await slack.ana.wait_for_modal()
    await slack.ana.click("compare.vote:a")
    await slack.ana.until(lambda: "← The one before" in str(slack.ana.modals[-1]) or None, "the next pair", 10)

    await slack.ana.click(Action.COMPARE_BACK)
    await slack.ana.until(lambda: "✓ A" in str(slack.ana.modals[-1]) or None, "the first pair again", 10)

    again = slack.ana.modals[-1]["view"]
    assert sides(again) == sides(first) and "Another answer takes its place" in words(again)

    await slack.cam.command(CATALOG, "/tune compare")  # while it is open this orders nothing

    assert "Which one would you rather publish" in words(await slack.cam.wait_for_modal())
