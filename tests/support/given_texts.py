"""Runs, batches and texts that are some way along, made by the same services that people and jobs use."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import col, select

from bot.domain.completion import RunState
from bot.domain.models import ModelInfo
from bot.domain.money import Usage
from bot.domain.people import Actor
from bot.domain.review import ReviewState, Surface, VerdictKind
from bot.providers.base import ChatAnswer, ChatRequest
from bot.services import completion, completion_work, review
from bot.services.generation_types import Result, WorkItem
from storage import completion as queries
from storage.engine import Database, reading, transaction
from storage.models import Batch, Completion, Outbox, Project, Run
from tests.support.given_catalog import given_signed_off, teas

MODEL = ModelInfo("small", "lab", "the lab", input_usd=1.0, output_usd=2.0)
OWNER = "tests"


async def given_existing_texts(
    db: Database, actor: Actor, now: datetime, count: int = 8, *, channel: str = "C1"
) -> Project:
    """A project with a review batch of so many texts that people already had."""
    project = await given_signed_off(db, teas(count + 4, described=count), actor, now, channel=channel)
    async with transaction(db) as session:
        run_id = await completion.start_existing(session, project.id or 0, actor, model=MODEL, now=now)
    run = await taken(db, run_id, now)
    async with reading(db) as session:
        found = await completion_work.existing_left(session, run)
    async with transaction(db) as session:
        await completion_work.take_existing(session, run, found, owner=OWNER, now=now)
    async with transaction(db) as session:
        await completion_work.end(session, run, RunState.DONE, "", owner=OWNER, now=now)
    return project


async def taken(db: Database, run_id: int, now: datetime, *, owner: str = OWNER) -> Run:
    """The run, claimed by a worker."""
    async with transaction(db) as session:
        run = await completion_work.take(session, run_id, owner=owner, now=now)
    assert run is not None
    return run


async def given_tried(db: Database, project: Project, actor: Actor, now: datetime) -> int:
    """Five texts to try, written; the run's id."""
    async with transaction(db) as session:
        run_id = await completion.start_try(session, project.id or 0, actor, model=MODEL, now=now)
    await write_out(db, run_id, now)
    return run_id


async def write_out(db: Database, run_id: int, now: datetime) -> None:
    """Write everything a run wants, as the job would, and end it."""
    run = await taken(db, run_id, now)
    async with reading(db) as session:
        drawn = await completion_work.unplanned(session, run)
    async with transaction(db) as session:
        await completion_work.plan(session, run, drawn, owner=OWNER, now=now)
    async with reading(db) as session:
        wanted = await queries.wanted(session, run_id, after=0, limit=500)
    items = [WorkItem(str(one.id), ChatRequest(({"role": "user", "content": one.prompt},), "small")) for one in wanted]
    async with transaction(db) as session:
        await completion_work.starting(session, run, items, MODEL, owner=OWNER, now=now)
    async with transaction(db) as session:
        await completion_work.record(session, run, [answered(item) for item in items], owner=OWNER, now=now)
    async with transaction(db) as session:
        await completion_work.end(session, run, RunState.DONE, "", owner=OWNER, now=now)


def answered(item: WorkItem, text: str = "") -> Result:
    """What the provider said: 12 tokens read, 30 written."""
    said = text or f"Text for {item.request.messages[-1]['content']}"
    answer = ChatAnswer(said, "stop", Usage(12, 30), "small")
    return Result(item, answer, None, usd=MODEL.input_usd * 12e-6 + MODEL.output_usd * 30e-6, attempts=1)  # type: ignore[operator]


async def texts(db: Database, project: Project) -> Sequence[Completion]:
    """Every text of a project, in the order of their rows."""
    async with reading(db) as session:
        found = select(Completion).where(Completion.project_id == project.id).order_by(col(Completion.id))
        return (await session.exec(found)).all()


async def text(db: Database, completion_id: int) -> Completion:
    async with reading(db) as session:
        return (await session.exec(select(Completion).where(Completion.id == completion_id))).one()


async def batch(db: Database) -> Batch:
    """The only batch."""
    async with reading(db) as session:
        return (await session.exec(select(Batch))).one()


async def said(db: Database) -> dict[str, Outbox]:
    """Everything that was ever to be said, by key."""
    async with reading(db) as session:
        return {row.key: row for row in (await session.exec(select(Outbox))).all()}


async def approve(db: Database, completion_id: int, actor: Actor, now: datetime, version: int = 1) -> None:
    async with transaction(db) as session:
        await review.decide(
            session, completion_id, version, actor, VerdictKind.APPROVED, surface=Surface.BUTTON, now=now
        )


async def state(db: Database, completion_id: int) -> tuple[ReviewState, str]:
    found = await text(db, completion_id)
    return found.review, found.decided_by
