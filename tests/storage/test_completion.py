"""Runs and the ledger in both databases: leases, fences, what is left, what is spent."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bot.domain.completion import WRITING_LEASE, RunKind, RunState, WritingState
from bot.domain.people import Actor
from storage import completion as queries
from storage import money
from storage.engine import Database, reading, transaction
from storage.models import Completion, Project, Run
from storage.money import Bought
from tests.support.given_catalog import given_signed_off, teas
from tests.support.given_texts import given_tried, texts


@pytest.fixture
async def project(db: Database, actor: Actor, now: datetime) -> Project:
    return await given_signed_off(db, teas(12), actor, now)


async def add_run(db: Database, project: Project, now: datetime, kind: RunKind = RunKind.WRITE) -> int:
    async with transaction(db) as session:
        run = await queries.add_run(
            session, team_id="T1", project_id=project.id, kind=kind, wanted=1, provider="lab", model="small",
            temperature=0.7, max_tokens=100, started_by="UANA", created_at=now,
        )  # fmt: skip
    return run.id or 0


async def claim(db: Database, run_id: int, owner: str, now: datetime) -> bool:
    async with transaction(db) as session:
        return await queries.claim_run(session, run_id, owner=owner, now=now)


async def test_a_run_has_one_worker_until_its_lease_is_over(db: Database, project: Project, now: datetime) -> None:
    run_id = await add_run(db, project, now)

    assert await claim(db, run_id, "one", now)
    assert not await claim(db, run_id, "two", now + WRITING_LEASE - timedelta(seconds=1))
    assert await claim(db, run_id, "two", now + WRITING_LEASE + timedelta(seconds=1))


async def test_a_renewed_lease_lasts_and_only_its_owner_renews_it(
    db: Database, project: Project, now: datetime
) -> None:
    run_id = await add_run(db, project, now)
    await claim(db, run_id, "one", now)

    async with transaction(db) as session:
        assert await queries.renew(session, run_id, owner="one", now=now + WRITING_LEASE / 2)
        assert not await queries.renew(session, run_id, owner="two", now=now)

    assert not await claim(db, run_id, "two", now + WRITING_LEASE + timedelta(seconds=1))


async def test_a_run_ends_once_and_only_by_its_owner(db: Database, project: Project, now: datetime) -> None:
    run_id = await add_run(db, project, now)
    await claim(db, run_id, "one", now)
    end = {"state": RunState.DONE, "problem": "", "now": now}

    async with transaction(db) as session:
        assert not await queries.end_run(session, run_id, owner="two", **end)  # type: ignore[arg-type]
        assert await queries.end_run(session, run_id, owner="one", **end)  # type: ignore[arg-type]
        assert not await queries.end_run(session, run_id, owner="one", **end)  # type: ignore[arg-type]


async def test_who_is_waited_for_is_written_first(db: Database, project: Project, now: datetime) -> None:
    ids = [await add_run(db, project, now, kind) for kind in (RunKind.WRITE, RunKind.TRY, RunKind.AGAIN)]

    async with reading(db) as session:
        due = await queries.due_runs(session, now=now, limit=5)

    assert [run.id for run in due] == ids[::-1]


async def test_a_text_is_wanted_once_for_a_run_and_prompt(
    db: Database, project: Project, actor: Actor, now: datetime
) -> None:
    run_id = await given_tried(db, project, actor, now)
    [first, *_] = await texts(db, project)
    row = first.model_dump(exclude={"id"}) | {"text": "another"}

    async with transaction(db) as session:
        await queries.add_texts(session, [row, row])

    assert [one.text for one in await texts(db, project) if one.prompt_id == first.prompt_id] == [first.text]
    async with reading(db) as session:
        assert await queries.counts(session, run_id) == {WritingState.WRITTEN: 5}


async def test_positions_are_used_while_their_text_is_written_or_wanted_but_not_when_it_failed(
    db: Database, project: Project, actor: Actor, now: datetime
) -> None:
    await given_tried(db, project, actor, now)
    async with transaction(db) as session:
        before = await queries.used_positions(session, project, project.signed_off)
        row = await session.get(Completion, (await texts(db, project))[0].id)
        assert row is not None
        row.state = WritingState.FAILED
        session.add(row)
    async with reading(db) as session:
        assert (len(before), len(await queries.used_positions(session, project, project.signed_off))) == (5, 4)


async def reserve(db: Database, project: Project, run_id: int, completion_id: int, usd: float, now: datetime) -> None:
    row = {
        "team_id": "T1", "project_id": project.id, "user_id": "UANA", "run_id": run_id, "completion_id": completion_id,
        "attempt": f"{completion_id}:{usd}", "model": "small", "usd": usd,
    }  # fmt: skip
    async with transaction(db) as session:
        await money.reserve(session, [row], now=now)


async def test_the_last_request_is_settled_and_the_lost_ones_before_it_stay_unknown(
    db: Database, project: Project, now: datetime
) -> None:
    run_id = await add_run(db, project, now)
    for usd in (0.1, 0.2, 0.3):
        await reserve(db, project, run_id, 7, usd, now)
    await reserve(db, project, run_id, 8, 0.4, now)

    async with transaction(db) as session:
        await money.settle(session, [Bought(7, True, 0.05, 10, 20, lost=1), Bought(8, False, None, 0, 0, lost=0)])

    async with reading(db) as session:
        rows = await money.rows_of_run(session, run_id)
        spent = await money.spent_usd(session, run_id=run_id)
    assert [(row.state, row.usd) for row in rows] == [
        ("released", 0.1), ("unknown", 0.2), ("settled", 0.05), ("released", 0.4),
    ]  # fmt: skip
    assert spent == pytest.approx(0.25) and rows[2].completion_tokens == 20


async def test_settling_twice_changes_nothing(db: Database, project: Project, now: datetime) -> None:
    run_id = await add_run(db, project, now)
    await reserve(db, project, run_id, 7, 0.1, now)
    for usd in (0.01, 0.09):
        async with transaction(db) as session:
            await money.settle(session, [Bought(7, True, usd, 1, 1, lost=0)])

    async with reading(db) as session:
        assert await money.spent_usd(session, project_id=project.id) == pytest.approx(0.01)


async def test_money_of_a_dead_worker_is_in_doubt_and_counts_of_one_that_ended_in_order_does_not(
    db: Database, project: Project, now: datetime
) -> None:
    dead, ended = await add_run(db, project, now), await add_run(db, project, now)
    await reserve(db, project, dead, 1, 0.1, now)
    await reserve(db, project, ended, 2, 0.2, now)

    async with transaction(db) as session:
        assert (await money.lose(session, dead), await money.release(session, ended)) == (1, 1)

    async with reading(db) as session:
        assert await money.spent_usd(session, team_id="T1", since=now) == pytest.approx(0.1)
        assert await money.spent_usd(session, team_id="T1", since=now + timedelta(days=1)) == 0.0
        assert (await session.get(Run, dead)) is not None
