"""The comparison job: every text bought once, whatever fails, dies or runs out of money."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from sqlmodel import col, select

from bot.domain.comparison import ComparisonState, Contender
from bot.domain.people import Actor
from bot.jobs import comparison as job
from bot.providers.errors import AnswerLost, NoQuota, RateLimited
from bot.services import comparison as service
from bot.services import comparison_work as work
from bot.services.generation_types import WorkItem
from storage import comparison as queries
from storage.engine import Database, reading, transaction
from storage.models import Comparison, ContenderText, Ledger
from tests.jobs.test_tuning import Bench
from tests.support.given_comparison import TUNED, given_ordered
from tests.support.given_dataset import Timepiece, deps_without_slack
from tests.support.scripted_tuner import ScriptedChat, ScriptedTuner, scripted_providers


@pytest.fixture
async def bench(sqlite_db: Database, actor: Actor, now: datetime, tmp_path: Path) -> AsyncIterator[Bench]:
    clock, tuner, chat = Timepiece(now), ScriptedTuner(), ScriptedChat()
    async with deps_without_slack(sqlite_db, tmp_path, clock, scripted_providers(tuner, chat)) as deps:
        yield Bench(deps, clock, tuner, chat)


async def texts(bench: Bench) -> Sequence[ContenderText]:
    async with reading(bench.deps.db) as session:
        return (await session.exec(select(ContenderText).order_by(col(ContenderText.id)))).all()


async def state(bench: Bench) -> tuple[ComparisonState, str]:
    async with reading(bench.deps.db) as session:
        row = (await session.exec(select(Comparison))).one()
    return row.state, row.problem


async def ledger(bench: Bench) -> Counter[str]:
    async with reading(bench.deps.db) as session:
        return Counter((await session.exec(select(Ledger.state))).all())


async def test_each_contender_is_asked_the_same_and_only_one_sees_examples(
    bench: Bench, actor: Actor, now: datetime
) -> None:
    await given_ordered(bench.deps.db, actor, now, size=12)

    assert await job.run_once(bench.deps) == 1

    asked = Counter((one.model, len(one.messages)) for one in bench.chat.asked)
    assert asked == {("small", 2): 12, ("small", 10): 12, ("ft:small:tea", 2): 12}
    assert len({one.messages[-1]["content"] for one in bench.chat.asked}) == 12
    assert len({one.messages[0]["content"] for one in bench.chat.asked}) == 1
    assert (await state(bench))[0] is ComparisonState.VOTING
    written = await texts(bench)
    assert all(one.text and one.usd == pytest.approx(0.0002) and one.seconds is not None for one in written)
    assert await ledger(bench) == {"settled": 36} and await job.run_once(bench.deps) == 0


async def test_examples_come_from_taught_texts_alone(bench: Bench, actor: Actor, now: datetime) -> None:
    _, row = await given_ordered(bench.deps.db, actor, now, size=12)
    await job.run_once(bench.deps)

    async with reading(bench.deps.db) as session:
        aside = {one.reference for one in await queries.texts(session, row.id or 0) if one.reference}
    shown = {m["content"] for one in bench.chat.asked for m in one.messages if m["role"] == "assistant"}
    assert shown and aside and not shown & aside


async def test_a_comparison_whose_worker_died_buys_only_what_is_missing(
    bench: Bench, actor: Actor, now: datetime
) -> None:
    _, row = await given_ordered(bench.deps.db, actor, now, size=12)
    bench.chat.next_errors = [None, None, NoQuota("No credit is left.")]
    await job.run_once(bench.deps)
    have = {one.id for one in await texts(bench) if one.text}
    assert await state(bench) == (ComparisonState.FAILED, "No credit is left.") and have

    bench.chat.asked.clear()
    async with transaction(bench.deps.db) as session:
        await service.retry(session, row.id or 0, actor, now=now)
    await job.run_once(bench.deps)

    assert len(bench.chat.asked) == 36 - len(have) and (await state(bench))[0] is ComparisonState.VOTING
    assert (await ledger(bench))["settled"] == 36


async def test_what_a_dead_worker_had_sent_may_have_been_paid_for(bench: Bench, actor: Actor, now: datetime) -> None:
    _, row = await given_ordered(bench.deps.db, actor, now, size=12)
    async with transaction(bench.deps.db) as session:
        taken = await work.take(session, row.id or 0, owner="dead", now=now)
        assert taken is not None
        first = (await queries.wanted(session, row.id or 0))[0]
        item = WorkItem(str(first.id), replace(_request()))
        await work.starting(session, taken, [item], TUNED, owner="dead", now=now)

    assert await job.run_once(bench.deps) == 0  # its lease still runs
    bench.clock.forward(seconds=31)
    assert await job.run_once(bench.deps) == 1

    assert await ledger(bench) == {"settled": 36, "unknown": 1}
    with pytest.raises(work.LeaseLost):
        async with transaction(bench.deps.db) as session:
            await work.record(session, taken, [], owner="dead", now=bench.clock.now)


def _request():  # type: ignore[no-untyped-def]
    from bot.providers.base import ChatRequest

    return ChatRequest(({"role": "user", "content": "Tea"},), "small", max_tokens=10)


async def test_refusals_and_lost_answers_cost_what_they_cost(bench: Bench, actor: Actor, now: datetime) -> None:
    await given_ordered(bench.deps.db, actor, now, size=12)
    bench.chat.next_errors = [RateLimited("Slow down.", retry_after=0.01), AnswerLost("No answer came.")]
    await job.run_once(bench.deps)

    assert (await state(bench))[0] is ComparisonState.VOTING
    assert await ledger(bench) == {"settled": 36, "unknown": 1, "released": 1}


async def test_a_comparison_stops_before_it_costs_more_than_its_cap(bench: Bench, actor: Actor, now: datetime) -> None:
    _, row = await given_ordered(bench.deps.db, actor, now, size=12)
    async with transaction(bench.deps.db) as session:
        held = await queries.by_id(session, row.id or 0)
        assert held is not None
        held.cap_usd = 0.004  # some two texts of a thousand tokens each
    await job.run_once(bench.deps)

    found, problem = await state(bench)
    assert found is ComparisonState.FAILED and "used up" in problem
    async with reading(bench.deps.db) as session:
        assert await queries.spent_usd(session, row.team_id, row.id or 0) <= 0.004


async def test_one_text_that_fails_leaves_its_pairs_out(bench: Bench, actor: Actor, now: datetime) -> None:
    from bot.providers.errors import ContentRefused

    _, row = await given_ordered(bench.deps.db, actor, now, size=12)
    bench.chat.next_errors = [ContentRefused("The provider will not write this.")]
    await job.run_once(bench.deps)

    [lost] = [one for one in await texts(bench) if not one.text]
    async with reading(bench.deps.db) as session:
        pairs = await queries.matchups(session, row.id or 0)
        card = await service.card(session, row.id or 0)
    assert lost.contender is not Contender.TUNED and len(pairs) == 23 and card.failed == 1
