"""The trials job: both texts, bought once, shown as they come."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest
from sqlmodel import select

from bot.domain.completion import WritingState
from bot.domain.people import Actor
from bot.jobs import trials
from bot.providers.errors import AnswerLost, NoQuota, RateLimited
from bot.services import evaluation as service
from storage import project as projects
from storage import spending
from storage.engine import Database, reading, transaction
from storage.models import Ledger, Trial
from storage.spending import Purpose
from tests.jobs.test_tuning import Bench
from tests.services.test_evaluation import MODEL, given_model
from tests.support.given_dataset import Timepiece, deps_without_slack, given_frozen
from tests.support.scripted_tuner import ScriptedChat, ScriptedTuner, scripted_providers


@pytest.fixture
async def bench(sqlite_db: Database, actor: Actor, now: datetime, tmp_path: Path) -> AsyncIterator[Bench]:
    clock, tuner, chat = Timepiece(now), ScriptedTuner(), ScriptedChat()
    async with deps_without_slack(sqlite_db, tmp_path, clock, scripted_providers(tuner, chat)) as deps:
        yield Bench(deps, clock, tuner, chat)


async def ordered(bench: Bench, project_id: int, actor: Actor) -> None:
    async with transaction(bench.deps.db) as session:
        await service.try_model(session, project_id, actor, base=MODEL, now=bench.clock.now)


async def the_trial(bench: Bench) -> Trial:
    async with reading(bench.deps.db) as session:
        return (await session.exec(select(Trial))).one()


async def test_base_and_tuned_get_the_same_prompt(bench: Bench, actor: Actor, now: datetime) -> None:
    project = await given_model(bench.deps.db, actor, now, approved=12)
    await ordered(bench, project.id or 0, actor)

    assert await trials.run_once(bench.deps) == 1

    assert [request.model for request in bench.chat.asked] == ["small", "ft:small:tea"]
    assert bench.chat.asked[0].messages == bench.chat.asked[1].messages
    trial = await the_trial(bench)
    assert trial.state is WritingState.WRITTEN
    assert trial.base_text.startswith("small says") and trial.tuned_text.startswith("ft:small:tea says")
    assert await trials.run_once(bench.deps) == 0


async def test_without_a_tuned_model_the_second_one_sees_examples(bench: Bench, actor: Actor, now: datetime) -> None:
    from bot.services import dataset as datasets

    frozen = await given_frozen(bench.deps.db, actor, now, approved=4)
    async with transaction(bench.deps.db) as session:
        project = await datasets.use_as_examples(session, frozen.id, actor, now=now)
    await ordered(bench, project.id or 0, actor)
    await trials.run_once(bench.deps)

    plain, shown = bench.chat.asked
    assert len(plain.messages) == 2 and len(shown.messages) == 8  # of four texts all but its own
    assert shown.messages[2]["content"].startswith("Text ")
    assert (plain.messages[0], plain.messages[-1]) == (shown.messages[0], shown.messages[-1])


async def test_a_text_that_is_there_is_not_bought_again(bench: Bench, actor: Actor, now: datetime) -> None:
    project = await given_model(bench.deps.db, actor, now, approved=12)
    await ordered(bench, project.id or 0, actor)
    bench.chat.next_errors = [None, RateLimited("Too many requests.")]
    await trials.run_once(bench.deps)
    bench.clock.forward(seconds=11)
    await trials.run_once(bench.deps)

    assert [request.model for request in bench.chat.asked] == ["small", "ft:small:tea", "ft:small:tea"]
    assert (await the_trial(bench)).state is WritingState.WRITTEN


async def test_a_refusal_is_told_and_a_lost_answer_stands_in_the_ledger(
    bench: Bench, actor: Actor, now: datetime
) -> None:
    project = await given_model(bench.deps.db, actor, now, approved=12)
    await ordered(bench, project.id or 0, actor)
    bench.chat.next_errors = [AnswerLost("No answer came."), NoQuota("No credit is left.")]
    await trials.run_once(bench.deps)
    bench.clock.forward(seconds=11)
    await trials.run_once(bench.deps)

    trial = await the_trial(bench)
    assert (trial.state, trial.problem) == (WritingState.FAILED, "No credit is left.")
    async with reading(bench.deps.db) as session:
        rows = (await session.exec(select(Ledger).order_by(Ledger.id))).all()  # type: ignore[arg-type]
    assert [(row.attempt, row.state) for row in rows] == [
        (f"trial:{trial.id}:base", "unknown"), (f"trial:{trial.id}:base", "released"),
    ]  # fmt: skip
    assert (rows[0].usd or 0) > 0 and rows[1].usd == 0


async def test_what_a_dead_worker_had_asked_may_have_been_paid_for(bench: Bench, actor: Actor, now: datetime) -> None:
    project = await given_model(bench.deps.db, actor, now, approved=12)
    await ordered(bench, project.id or 0, actor)
    trial = await the_trial(bench)
    lost = Purpose(project.team_id, project.id or 0, actor.user_id, f"trial:{trial.id}:base", "small")
    async with transaction(bench.deps.db) as session:
        await spending.begin(session, lost, most_usd=0.5, now=now)
    await trials.run_once(bench.deps)

    async with reading(bench.deps.db) as session:
        rows = (await session.exec(select(Ledger).order_by(Ledger.id))).all()  # type: ignore[arg-type]
    assert [(row.state, row.usd) for row in rows][:2] == [("unknown", 0.5), ("settled", pytest.approx(0.0002))]


async def test_single_requests_keep_the_models_pace(bench: Bench, actor: Actor, now: datetime) -> None:
    project = await given_model(bench.deps.db, actor, now, approved=12)
    await ordered(bench, project.id or 0, actor)
    bench.chat.next_errors = [None, RateLimited("Too many requests.", retry_after=30.0)]

    await trials.run_once(bench.deps)

    paces = {name: pacer for (_, name), pacer in bench.deps.pacers.open.items()}
    assert set(paces) == {"small", "ft:small:tea"}
    assert (paces["small"].refusals, paces["ft:small:tea"].refusals) == (0, 1)
    assert paces["ft:small:tea"].pace.wait(paces["ft:small:tea"]._now()) > 20  # whoever comes next waits, too


async def test_the_budget_is_asked_before_each_request(bench: Bench, actor: Actor, now: datetime) -> None:
    project = await given_model(bench.deps.db, actor, now, approved=12)
    await ordered(bench, project.id or 0, actor)
    async with transaction(bench.deps.db) as session:  # spent meanwhile by somebody else
        await projects.change(session, project.id or 0, settings={"budget_usd": 0.0001})

    await trials.run_once(bench.deps)

    trial = await the_trial(bench)
    assert bench.chat.asked == [] and trial.state is WritingState.FAILED
    assert "is left" in trial.problem and "this project's budget" in trial.problem
    async with reading(bench.deps.db) as session:
        assert (await session.exec(select(Ledger))).all() == []
