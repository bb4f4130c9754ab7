"""Five people review side by side, by buttons, thumbs and in focus mode, at Slack's published rates.

The workspace refuses what Slack would refuse. So that nobody waits an hour, its clock and the bot's run so many times
as fast: the shape is the same, fifty edits a minute and one post a second."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from bot.demo.person import Person
from bot.deps import Deps
from bot.domain.message import Message
from bot.domain.outbox import Say
from bot.domain.people import Actor
from bot.domain.review import ReviewState
from bot.jobs.render import renderers
from bot.services import settings
from bot.slack.pace import Pace
from bot.views.ids import Action
from storage.engine import Database, reading, transaction
from storage.models import Outbox, Project, Verdict
from tests.support.bot import bot_on, deps_on
from tests.support.given_reviewers import Reviewer
from tests.support.given_texts import given_existing_texts, texts
from tests.support.workspace import CATALOG, Workspace, workspace

ROOT = Path(__file__).parents[2]
ANA = Actor("T0LOCAL", "U0ANA", name="Ana")
TIMES = 15.0
MOST_SECONDS = 240.0
# Ways that people say yes and no, as the database knows them.
SURFACES = {"button", "reaction", "modal"}


@asynccontextmanager
async def five_people(tmp_path: Path) -> AsyncIterator[tuple[Workspace, list[Person]]]:
    """Ana, Ben, Cam, Dan and Eve on a workspace that keeps Slack's rates."""
    async with AsyncExitStack() as stack:
        slack = await stack.enter_async_context(
            workspace(ROOT / "manifest.yml", tmp_path, "--rate-multiplier", str(TIMES))
        )
        for user, name in (("U0DAN", "Dan"), ("U0EVE", "Eve")):
            await slack.control.add_person(user, name, channels=[CATALOG])
        others = [await stack.enter_async_context(Person(slack.url, user)) for user in ("U0DAN", "U0EVE")]
        yield slack, [slack.ana, slack.ben, slack.cam, *others]


async def given_two_votes(deps: Deps, count: int) -> Project:
    project = await given_existing_texts(deps.db, ANA, deps.now(), count, channel=CATALOG)
    async with transaction(deps.db) as session:
        change = lambda old: replace(old, votes=2)  # noqa: E731
        await settings.change(session, project.id or 0, ANA, change, now=deps.now())
    return project


async def review_all(deps: Deps, people: list[Person], project: Project, count: int) -> list[Reviewer]:
    """Two in focus mode as far as their time goes, three on the cards; then Ana has the last word."""

    async def is_over() -> bool:
        return not await open_texts(deps.db, project)

    crew = [Reviewer(person, random.Random(number), is_over) for number, person in enumerate(people)]
    ana, ben, cam, dan, eve = crew
    async with asyncio.timeout(MOST_SECONDS):
        await asyncio.gather(
            ana.in_focus(count // 3), ben.in_focus(count // 3),
            cam.on_cards("by_button"), dan.on_cards("by_thumb"), eve.on_cards("by_button", "by_thumb"),
        )  # fmt: skip
        await settle_disputes(deps, ana.person, project)
        await quiet(deps.db)
    return crew


async def open_texts(db: Database, project: Project) -> int:
    return sum(row.review == ReviewState.OPEN for row in await texts(db, project))


async def settle_disputes(deps: Deps, ana: Person, project: Project) -> None:
    """The owner finds what people disagree about in focus mode."""
    await ana.command(CATALOG, "/tune review")
    seen = ""
    while True:
        view = await ana.wait_for_modal(lambda view, seen=seen: str(view["blocks"]) != seen, 30)
        seen = str(view["blocks"])
        if "Nothing waits" in seen:
            return
        await ana.click(f"{Action.REVIEW_CHOOSE}:0")


async def quiet(db: Database) -> None:
    """Until everything that is to be said stands in Slack."""
    while True:
        async with reading(db) as session:
            waiting = (await session.exec(select(Outbox.key).where(col(Outbox.wanted) > col(Outbox.sent)))).all()
        if not waiting:
            return
        await asyncio.sleep(0.1)


async def votes(db: Database) -> list[Verdict]:
    async with reading(db) as session:
        found = select(Verdict).where(col(Verdict.undone_at).is_(None), Verdict.kind != "ruled")
        return list((await session.exec(found)).all())


async def every_vote_was_counted_once(deps: Deps, project: Project, crew: list[Reviewer]) -> None:
    """Nobody's word was lost, doubled, or counted where enough had spoken."""
    rows = await texts(deps.db, project)
    number = {row.id: row.number - 1 for row in rows}
    cast = Counter((vote.reviewer, number[vote.completion_id]) for vote in await votes(deps.db))
    per_text = Counter(vote.completion_id for vote in await votes(deps.db))

    assert set(cast.values()) == {1}
    assert set(cast) <= {(one.person.user, tried) for one in crew for tried in one.tried}
    assert {row.review for row in rows} <= {ReviewState.APPROVED, ReviewState.REJECTED}
    assert set(per_text.values()) == {2} and len(per_text) == len(rows)
    assert {row.votes_in for row in rows} == {2}
    assert {vote.surface.value for vote in await votes(deps.db)} == SURFACES


async def no_card_is_stale(deps: Deps, slack: Workspace) -> None:
    """What stands in Slack is what would be drawn now."""
    async with reading(deps.db) as session:
        rows = (await session.exec(select(Outbox).where(col(Outbox.kind).in_((Say.SAMPLE, Say.BATCH))))).all()
        for row in rows:
            drawn = await renderers()[row.kind](deps, session, row)
            assert isinstance(drawn, Message)
            stands = slack.ben.messages[CATALOG][row.ts]
            assert (stands["text"], buttons(stands["blocks"])) == (drawn.text, buttons(drawn.blocks))
            assert said(stands["blocks"]) == said(drawn.blocks)


def buttons(blocks: list[dict[str, Any]]) -> list[tuple[str, str]]:
    rows = [block["elements"] for block in blocks if block["type"] == "actions"]
    return [(button["action_id"], button.get("value", "")) for row in rows for button in row]


def said(blocks: list[dict[str, Any]]) -> list[str]:
    return [
        str(block["text"]["text"]) for block in blocks if block["type"] in ("section", "header") and "text" in block
    ]


async def slacks_rates_were_kept(slack: Workspace) -> None:
    calls = await slack.calls()
    assert [call["method"] for call in calls if call["status"] == 429] == []
    assert Counter(call["error"] for call in calls if not call["ok"] and call["method"].startswith("chat.")) == {}


async def story(tmp_path: Path, db: Database, count: int) -> dict[str, float]:
    async with five_people(tmp_path) as (slack, people), deps_on(slack, db, tmp_path) as made:
        deps = replace(made, slack=replace(made.slack, pace=Pace(times=TIMES)))
        project = await given_two_votes(deps, count)
        started = time.monotonic()
        async with bot_on(deps, slack):
            crew = await review_all(deps, people, project, count)
            await every_vote_was_counted_once(deps, project, crew)
            await no_card_is_stale(deps, slack)
        await slacks_rates_were_kept(slack)
        calls = Counter(call["method"] for call in await slack.calls())
        return {"seconds": time.monotonic() - started, **calls}


async def test_twenty_texts_five_people_two_votes_three_ways(tmp_path: Path, sqlite_db: Database) -> None:
    await story(tmp_path, sqlite_db, 20)


@pytest.mark.slow
@pytest.mark.timeout(400)
async def test_two_hundred_texts_five_people_two_votes_three_ways(tmp_path: Path, sqlite_db: Database) -> None:
    used = await story(tmp_path, sqlite_db, 200)

    assert used["chat.update"] < 200 * 2.5 + 100, "edits coalesce"
