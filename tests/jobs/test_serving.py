"""Tuned models that cost by the hour: only a click starts one, its cost is told and counted, a click ends it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlmodel import select

from bot.domain.money import NO_LIMITS, SpendingLimits
from bot.domain.outbox import Say
from bot.domain.people import Actor
from bot.domain.tuned import ServingState
from bot.domain.tuning_state import JobState
from bot.domain.tuning_terms import Terms
from bot.errors import BadForm, BudgetReached, NotAllowed, NotYet
from bot.jobs import serving
from bot.providers.base import Deployment
from bot.providers.errors import BadRequest, Unreachable
from bot.services import evaluation
from bot.services import tuned as service
from storage.engine import reading, transaction
from storage.models import Note, Project
from tests.support.tuning_bench import ANA, Bench, bench_from

HOURLY = Terms(hourly=True)
OFFER = Deployment("lab/tea", ready=False, raw_status="not_deployed", needs_yes=True, hourly_usd=3.0)


@pytest.fixture
async def bench(frozen_template: Path, tmp_path: Path) -> AsyncIterator[Bench]:
    """A job has just succeeded; what it made would cost three dollars an hour to serve."""
    async with bench_from(frozen_template, tmp_path, terms=HOURLY) as bench:
        bench.tuner.offer = OFFER
        await bench.poll(seconds=0)
        bench.tuner.succeeds("lab/tea")
        await bench.poll()
        yield bench


async def start(bench: Bench, actor: Actor = ANA, limits: SpendingLimits = NO_LIMITS) -> None:
    model = await bench.model()
    async with transaction(bench.deps.db) as session:
        await service.start(session, model.id or 0, actor, now=bench.clock.now, limits=limits)


async def look(bench: Bench, **later: float) -> int:
    bench.clock.forward(**later)
    return await serving.run_once(bench.deps)


async def running(bench: Bench) -> None:
    await start(bench)
    await look(bench)
    assert bench.tuner.running is not None
    bench.tuner.running = replace(bench.tuner.running, ready=True, raw_status="started", hourly_usd=3.0)
    await look(bench, seconds=20)


async def in_use(bench: Bench) -> str:
    async with reading(bench.deps.db) as session:
        return (await session.exec(select(Project.tuned_model))).one()


async def notes(bench: Bench) -> list[Note]:
    async with reading(bench.deps.db) as session:
        return list((await session.exec(select(Note))).all())


async def test_nothing_is_started_or_used_before_somebody_says_yes(bench: Bench) -> None:
    await look(bench, days=2)

    assert (await bench.job()).state is JobState.SUCCEEDED
    model = await bench.model()
    assert (model.state, model.hourly_usd) == (ServingState.ASKING, 3.0)
    assert "deploy agreed" not in bench.tuner.calls and await in_use(bench) == ""
    card = (await bench.card()).served
    assert card is not None and not card.answers and card.hourly_usd == 3.0


async def test_a_yes_starts_one_and_it_is_used_once_it_answers(bench: Bench) -> None:
    await running(bench)

    model = await bench.model()
    assert (model.state, model.name, await in_use(bench)) == (ServingState.READY, "lab/tea#1", "lab/tea#1")
    assert (await bench.job()).tuned_model == "lab/tea#1"
    assert bench.tuner.calls.count("deploy agreed") == 1
    assert [entry["what"] for entry in model.history] == ["started", "used"]


async def test_two_clicks_are_one_deployment(bench: Bench) -> None:
    await start(bench)

    with pytest.raises(NotYet, match="running or starting already"):
        await start(bench)


async def test_its_cost_is_told_while_it_runs_and_counted_when_it_ends(bench: Bench) -> None:
    await running(bench)
    await look(bench, hours=2)
    card = (await bench.card()).served
    assert card is not None and card.usd_so_far == pytest.approx(6.0, abs=0.1)
    [(state, usd)] = [row for name, row in (await bench.ledger()).items() if name.startswith("serving:")]
    assert state == "reserved" and usd == pytest.approx(6.0, abs=0.1)

    async with transaction(bench.deps.db) as session:
        await service.stop(session, card.id, ANA, now=bench.clock.now)
    await look(bench, seconds=1)

    assert bench.tuner.calls[-1] == "undeploy"
    model = await bench.model()
    assert (model.state, model.running_since) == (ServingState.STOPPED, None)
    assert model.spent_usd == pytest.approx(6.0, abs=0.1)
    [(state, _)] = [row for name, row in (await bench.ledger()).items() if name.startswith("serving:")]
    assert state == "settled"


async def test_one_that_runs_on_is_mentioned_once_a_day_with_its_cost_and_a_button(bench: Bench) -> None:
    await running(bench)
    for _ in range(2 * 24 * 4):
        await look(bench, minutes=15, seconds=1)

    said = await notes(bench)
    assert len(said) == 2
    assert "has been running for 1 day, about $72" in said[0].text and said[0].button == "tuned.stop"


async def test_one_that_stopped_by_itself_costs_no_more_and_trying_it_says_what_starts_it(bench: Bench) -> None:
    await running(bench)
    bench.tuner.running = None
    await look(bench, minutes=16)

    model = await bench.model()
    assert (model.state, model.problem) == (ServingState.STOPPED, "It was stopped elsewhere.")
    async with reading(bench.deps.db) as session:
        project = (await session.exec(select(Project))).one()
        with pytest.raises(NotYet, match=r"is not running.*about \$3.00 an hour"):
            await evaluation.require_model(session, project)


async def test_a_start_that_the_provider_refuses_is_over_and_says_why(bench: Bench) -> None:
    await start(bench)
    bench.tuner.next_errors = [BadRequest("No hardware is free.")]
    await look(bench)

    model = await bench.model()
    assert model.state is ServingState.FAILED and "No hardware is free." in model.problem
    assert await look(bench, hours=5) == 0
    await running(bench)


async def test_a_stop_is_tried_until_the_provider_hears_it(bench: Bench) -> None:
    await running(bench)
    async with transaction(bench.deps.db) as session:
        await service.stop(session, (await bench.model()).id or 0, ANA, now=bench.clock.now)
    bench.tuner.next_errors = [Unreachable("The lab cannot be reached.")]
    await look(bench)
    assert (await bench.model()).state is ServingState.STOPPING

    await look(bench, minutes=2)

    assert (await bench.model()).state is ServingState.STOPPED and bench.tuner.calls.count("undeploy") == 2


async def test_retiring_a_running_one_stops_it(bench: Bench) -> None:
    await running(bench)
    async with transaction(bench.deps.db) as session:
        await service.retire(session, (await bench.model()).id or 0, ANA, now=bench.clock.now)
    await look(bench)

    model = await bench.model()
    assert model.state is ServingState.STOPPED and model.retired_by == "UANA" and await in_use(bench) == ""
    with pytest.raises(NotYet, match="was retired"):
        await start(bench)


async def test_only_owners_spend_and_the_budget_holds(bench: Bench, colleague: Actor) -> None:
    with pytest.raises(NotAllowed):
        await start(bench, colleague)
    with pytest.raises(BudgetReached):
        await start(bench, limits=SpendingLimits(month_usd=1.0))

    assert (await bench.model()).state is ServingState.ASKING


async def test_one_deployed_by_hand_is_used_under_the_name_somebody_tells(
    frozen_template: Path, tmp_path: Path
) -> None:
    async with bench_from(frozen_template, tmp_path, terms=HOURLY) as bench:
        note = "Deploy it in the portal."
        bench.tuner.offer = Deployment("ft:tea", ready=False, raw_status="by_hand", problem=note)
        await bench.poll(seconds=0)
        bench.tuner.succeeds("ft:tea")
        await bench.poll()
        model = await bench.model()
        assert (model.state, model.problem, await in_use(bench)) == (ServingState.BY_HAND, note, "")

        async with transaction(bench.deps.db) as session:
            with pytest.raises(BadForm):
                await service.name_deployment(session, model.id or 0, ANA, "my tea", now=bench.clock.now)
            await service.name_deployment(session, model.id or 0, ANA, "tea-deployment", now=bench.clock.now)

        assert await in_use(bench) == "tea-deployment" and (await bench.model()).output == "ft:tea"
        assert await bench.said(Say.JOB_DONE) != []
