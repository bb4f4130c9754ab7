"""The month's cap: two runs of two projects at the same time cannot pass it, and the one that reaches it says so."""

from __future__ import annotations

import asyncio
from datetime import datetime

import pytest
from sqlmodel import select

from bot.deps import Deps
from bot.domain.completion import RunState, WritingState
from bot.domain.money import SpendingLimits
from bot.domain.people import Actor
from bot.errors import BudgetReached
from bot.jobs import generate
from bot.providers.base import ChatRequest
from bot.services import completion, completion_work, spending
from bot.services.completion_price import price_of
from bot.services.generation_types import WorkItem, most_usd
from bot.services.spending import NoRoom
from storage import completion as queries
from storage import money
from storage import project as projects
from storage.engine import Database, reading, transaction
from storage.models import Ledger, Project, Run
from tests.jobs.test_completion import deps, provider  # noqa: F401 - fixtures
from tests.support.chat_server import ChatServer
from tests.support.given_catalog import given_signed_off, teas
from tests.support.given_texts import MODEL, given_tried, taken, texts

SHARED = 6  # requests that fit into the month


async def given_run(db: Database, actor: Actor, now: datetime, channel: str, **limits: float) -> tuple[Project, Run]:
    """A run of twelve texts in a project of its own, claimed by a worker and planned."""
    project = await given_signed_off(db, teas(30), actor, now, channel=channel)
    await given_tried(db, project, actor, now)
    async with transaction(db) as session:
        run_id = await completion.start_write(
            session, project.id or 0, actor, count=12, model=MODEL, now=now, limits=SpendingLimits(**limits)
        )
    run = await taken(db, run_id, now, owner=channel)
    async with reading(db) as session:
        drawn = await completion_work.unplanned(session, run)
    async with transaction(db) as session:
        await completion_work.plan(session, run, drawn, owner=channel, now=now)
    return project, run


async def items_of(db: Database, run: Run) -> list[WorkItem]:
    asks = ChatRequest(({"role": "user", "content": "Write about tea."},), "small", max_tokens=100)
    async with reading(db) as session:
        return [WorkItem(str(one.id), asks) for one in await queries.wanted(session, run.id or 0, after=0, limit=50)]


async def spent(db: Database) -> float:
    async with reading(db) as session:
        return await money.spent_usd(session, team_id="T1")


async def test_two_runs_of_two_projects_that_reserve_at_once_stop_exactly_at_the_cap(
    db: Database, actor: Actor, now: datetime
) -> None:
    runs = [(await given_run(db, actor, now, channel))[1] for channel in ("C1", "C2")]
    work = [
        (run, owner, item) for run, owner in zip(runs, ("C1", "C2"), strict=True) for item in await items_of(db, run)
    ]
    most = most_usd(work[0][2].request, price_of(MODEL)) or 0.0
    before = await spent(db)
    limits = SpendingLimits(month_usd=before + SHARED * most + most / 2)

    async def reserve(run: Run, owner: str, item: WorkItem) -> bool:
        try:
            async with transaction(db) as session:
                await completion_work.starting(session, run, [item], MODEL, owner=owner, now=now, limits=limits)
        except NoRoom:
            return False
        return True

    fitted = await asyncio.gather(*(reserve(*one) for one in work))

    assert sum(fitted) == SHARED and len(fitted) == 24
    assert await spent(db) == pytest.approx(before + SHARED * most)


async def test_who_asks_while_another_project_takes_the_last_of_the_month_waits_and_gets_nothing(
    db: Database, actor: Actor, now: datetime
) -> None:
    first, second = [(await given_run(db, actor, now, channel))[1] for channel in ("C1", "C2")]
    mine, theirs = (await items_of(db, first))[0], (await items_of(db, second))[0]
    most = most_usd(mine.request, price_of(MODEL)) or 0.0
    limits = SpendingLimits(month_usd=await spent(db) + most * 1.5)

    async def ask(run: Run, item: WorkItem, *, hold: float = 0.0) -> None:
        async with transaction(db) as session:
            await completion_work.starting(session, run, [item], MODEL, owner=run.lease_owner, now=now, limits=limits)
            await asyncio.sleep(hold)

    holder = asyncio.create_task(ask(first, mine, hold=0.3))
    await asyncio.sleep(0.1)
    with pytest.raises(NoRoom):
        await ask(second, theirs)
    await holder


async def test_a_run_that_reaches_the_months_cap_stops_and_says_who_can_raise_it(
    deps: Deps,  # noqa: F811
    provider: ChatServer,  # noqa: F811
    actor: Actor,
    now: datetime,
) -> None:
    project = await given_signed_off(deps.db, teas(30), actor, now)
    other = await given_signed_off(deps.db, teas(30), actor, now, channel="C2")
    for one in (project, other):
        await given_tried(deps.db, one, actor, now)
        async with transaction(deps.db) as session:
            await completion.start_write(session, one.id or 0, actor, count=20, model=MODEL, now=now)
    before = await spent(deps.db)
    deps.settings.budget_usd_per_month = before + 0.0032  # the longest answer may cost 0.0021

    assert await generate.run_once(deps) == 2

    assert before < await spent(deps.db) <= deps.settings.budget_usd_per_month
    rows = [row for one in (project, other) for row in await texts(deps.db, one) if row.state is WritingState.WRITTEN]
    assert 10 < len(rows) < 50
    async with reading(deps.db) as session:
        stopped = [run for run in (await session.exec(select(Run))).all() if run.state is RunState.STOPPED]
        states = {entry.state for entry in (await session.exec(select(Ledger))).all()}
    assert stopped and all("budget_usd_per_month" in run.problem for run in stopped)
    assert "reserved" not in states


async def test_a_projects_large_budget_does_not_raise_the_months_cap(db: Database, actor: Actor, now: datetime) -> None:
    project = await given_signed_off(db, teas(30), actor, now)
    async with transaction(db) as session:
        await projects.change(session, project.id or 0, settings={"budget_usd": 1_000_000.0})
        rich = await projects.by_id(session, project.id or 0)
        assert rich is not None
        with pytest.raises(BudgetReached, match=r"this month's .5 is left.*tunesmith\.toml"):
            await spending.within_budget(session, rich, 6.0, limits=SpendingLimits(month_usd=5.0), now=now)
        assert await spending.within_budget(session, rich, 4.0, limits=SpendingLimits(month_usd=5.0), now=now) == 5.0
