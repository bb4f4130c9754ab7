"""From a signed-off template to texts that two people have settled, by taps and thumbs alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.deps import Deps
from bot.domain.people import Actor
from bot.domain.review import ReviewCounts
from bot.services import review
from bot.views.ids import Action
from storage.engine import Database, reading
from storage.models import Project
from tests.handlers.test_catalog import shows
from tests.support.bot import bot_on, deps_on
from tests.support.chat_server import running
from tests.support.given_catalog import given_signed_off, teas
from tests.support.workspace import CATALOG, Workspace

Json = dict[str, Any]
ANA = Actor("T0LOCAL", "U0ANA", name="Ana")


@pytest.fixture
async def bot(slack: Workspace, sqlite_db: Database, tmp_path: Path) -> AsyncIterator[Deps]:
    with running() as provider:
        async with deps_on(slack, sqlite_db, tmp_path, base_url=provider.base_url) as deps, bot_on(deps, slack):
            yield deps


async def counted(deps: Deps, project: Project) -> ReviewCounts:
    async with reading(deps.db) as session:
        return await review.counts(session, project.id or 0)


async def test_from_five_to_try_to_a_review_that_two_people_finish(slack: Workspace, bot: Deps) -> None:
    project = await given_signed_off(bot.db, teas(10), ANA, bot.now(), channel=CATALOG)
    await slack.ana.command(CATALOG, "/tune write")
    five = await slack.ana.wait_for_message(shows(f"{Action.WRITE_MORE}:5"))

    await slack.ana.click("All 5", message=five)
    batch = await slack.ana.wait_for_text("Review of 10 texts: 0 decided, 10 open.")

    first = await next_sample(slack, batch, set())
    await slack.ben.react(first, "thumbsup")
    await becomes(slack, first, "approved by <@U0BEN>")
    second = await next_sample(slack, batch, {first["ts"]})
    await slack.ana.click(Action.REVIEW_EDIT, message=second)
    await slack.ana.submit({"text": "Ana's own words about a tea."})
    await becomes(slack, second, "edited by <@U0ANA>")
    third = await next_sample(slack, batch, {first["ts"], second["ts"]})
    await slack.ben.click(Action.REVIEW_REJECT, message=third)
    await slack.ben.submit({"reason": "Not our tone."})
    await becomes(slack, third, "rejected by <@U0BEN>")
    await finish_in_focus_mode(slack, 7)

    done = await slack.ana.wait_for_text("Review of 10 texts: 10 decided, 0 open. All decided. 9 texts can go")
    assert done["ts"] == batch["ts"] and shows(Action.DATASET_FREEZE)(done)
    assert await counted(bot, project) == ReviewCounts(open=0, approved=8, edited=1, rejected=1)
    async with reading(bot.db) as session:
        settled = await review.pairs(session, project.id or 0)
    assert "Ana's own words about a tea." in [pair.text for pair in settled] and len(settled) == 9


async def next_sample(slack: Workspace, batch: Json, not_these: set[str]) -> Json:
    return await slack.ana.wait_for_message(
        lambda one: (
            one.get("thread_ts") == batch["ts"] and shows(Action.REVIEW_APPROVE)(one) and one["ts"] not in not_these
        )
    )


async def becomes(slack: Workspace, card: Json, words: str) -> None:
    await slack.ana.wait_for_message(lambda one: one["ts"] == card["ts"] and words in one["text"], timeout=30)


async def finish_in_focus_mode(slack: Workspace, left: int) -> None:
    await slack.ana.command(CATALOG, "/tune review")
    seen = ""
    for _ in range(left):
        view = await slack.ana.wait_for_modal(lambda view, seen=seen: view.get("submit") and metadata(view) != seen)
        seen = metadata(view)
        await slack.ana.submit()
    await slack.ana.wait_for_modal(lambda view: "Nothing waits for you" in str(view["blocks"]))


def metadata(view: Json) -> str:
    return str(view["private_metadata"])
