"""Blind comparisons that are some way along, and people who judge them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlmodel import col, select

from bot.domain.comparison import Choice, Contender
from bot.domain.completion import WritingState
from bot.domain.models import ModelInfo
from bot.domain.people import Actor
from bot.services import comparison as service
from bot.services import comparison_votes as votes
from bot.services import comparison_work as work
from bot.services.comparison_plan import Models
from storage import comparison as queries
from storage.engine import Database, reading, transaction
from storage.models import Comparison, Matchup, Project
from tests.services.test_evaluation import given_model
from tests.support.given_dataset import given_decided

BASE = ModelInfo("small", "lab", "the lab", input_usd=1.0, output_usd=2.0)
TUNED = ModelInfo("ft:small:tea", "lab", "the lab", input_usd=1.0, output_usd=2.0)
BOTH = Models(BASE, TUNED)
Text = Callable[[Contender, int], str]
Judge = Callable[[Contender, Contender], Contender | None]


async def given_ordered(
    db: Database, actor: Actor, now: datetime, *, size: int = 12, approved: int = 14, products: int = 40
) -> tuple[Project, Comparison]:
    """A comparison whose texts are still to be written, of a model that was taught with `approved` texts."""
    project = await given_model(db, actor, now, approved=approved, products=products)
    async with transaction(db) as session:
        row = await service.start(session, project.id or 0, actor, models=BOTH, size=size, now=now)
    return project, row


async def given_without_model(db: Database, actor: Actor, now: datetime, *, size: int = 12) -> Comparison:
    """A comparison of the base model with itself with examples."""
    from bot.services import dataset as datasets

    project = await given_decided(db, actor, now, approved=14, products=40)
    async with transaction(db) as session:
        await datasets.freeze(session, project.id or 0, actor, now=now)
        return await service.start(session, project.id or 0, actor, models=Models(BASE, None), size=size, now=now)


def usual_text(contender: Contender, position: int) -> str:
    return f"The {contender} text about product {position}."


async def written(db: Database, row: Comparison, now: datetime, text: Text = usual_text) -> None:
    """Every text is there, as the job would leave it, and the votes are open."""
    async with transaction(db) as session:
        taken = await work.take(session, row.id or 0, owner="tests", now=now)
        assert taken is not None
        changes = [
            {"id": one.id, "state": WritingState.WRITTEN, "text": text(one.contender, one.position), "usd": 0.0001,
             "seconds": 0.5}
            for one in await queries.texts(session, row.id or 0)
        ]  # fmt: skip
        await queries.save(session, changes)
        assert await work.ready(session, taken, owner="tests", now=now)


async def given_judgeable(
    db: Database, actor: Actor, now: datetime, *, size: int = 12, text: Text = usual_text
) -> Comparison:
    _, row = await given_ordered(db, actor, now, size=size)
    await written(db, row, now, text)
    return row


async def matchups(db: Database, row: Comparison) -> Sequence[Matchup]:
    async with reading(db) as session:
        found = select(Matchup).where(Matchup.comparison_id == row.id).order_by(col(Matchup.position))
        return (await session.exec(found)).all()


async def judge(db: Database, row: Comparison, person: Actor, now: datetime, prefers: Judge, most: int = 999) -> int:
    """One person judges the pairs they are shown, knowing (as no person can) who wrote them; how many that were."""
    done = 0
    while done < most:
        async with transaction(db) as session:
            pair = await votes.next_pair(session, row.id or 0, person)
            if pair is None:
                break
            shown = await queries.shown(session, pair.matchup_id)
            assert shown is not None
            liked = prefers(shown.matchup.challenger, shown.matchup.rival)
            choice = Choice.SAME if liked is None else Choice.A if shown.left.contender is liked else Choice.B
            await votes.vote(session, pair.matchup_id, person, choice, now=now)
        done += 1
    return done
