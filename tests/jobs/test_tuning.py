"""The tuning job: one confirmation is one job at the provider and one notification, whatever gets lost."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from bot.domain.outbox import Say
from bot.domain.people import Actor
from bot.domain.tuning_state import JobState
from bot.jobs import tuning
from bot.providers.base import Deployment, TuningEvent
from bot.providers.errors import AnswerLost, BadRequest, NoQuota, NotThere, ServerTrouble, Unreachable
from bot.services import tuning as service
from storage import tuning as queries
from storage.engine import Database, reading, transaction
from storage.models import JobEvent, Project
from tests.support.given_dataset import BASE, given_frozen
from tests.support.tuning_bench import Bench, bench_from, bench_on, confirm


@pytest.fixture
async def bench(frozen_template: Path, tmp_path: Path) -> AsyncIterator[Bench]:
    async with bench_from(frozen_template, tmp_path) as bench:
        yield bench


@pytest.fixture
async def both(db: Database, actor: Actor, now: datetime, tmp_path: Path) -> AsyncIterator[Bench]:
    """The same on either database, for what the database decides."""
    frozen = await given_frozen(db, actor, now, approved=20)
    async with bench_on(db, frozen.id, actor, now, tmp_path) as bench:
        yield bench


async def test_a_confirmed_job_is_sent_with_its_files_and_what_was_chosen(bench: Bench) -> None:
    assert await tuning.run_once(bench.deps) == 1

    [order] = bench.tuner.orders
    assert (order.model, order.hyperparameters) == (BASE, {"epochs": 2})
    assert len(bench.tuner.files) == 2 and order.validation_file == "file-2"
    assert bench.tuner.files["file-1"].count(b"\n") == 17  # a seventh is kept aside
    job = await bench.job()
    assert (job.state, job.provider_job_id) == (JobState.QUEUED, "ftjob-1")
    assert job.previews[0]["step"] == 0 and job.previews[0]["model"] == BASE


async def test_progress_is_kept_once_with_what_the_model_writes_after_each_checkpoint(both: Bench) -> None:
    await tuning.run_once(both.deps)
    both.tuner.step(1, 4, 2.9, both.clock.now)
    await both.poll()
    both.tuner.step(2, 4, 1.5, both.clock.now, checkpoint="ft:small:ckpt-2")
    await both.poll()
    await both.poll()

    card = await both.card()
    assert (card.step, card.total_steps, card.losses) == (2, 4, (2.9, 1.5))
    assert card.estimated_finish is not None and card.estimated_finish > both.clock.now
    assert card.before is not None and card.before.text.startswith("small says")
    assert card.latest is not None and card.latest.text.startswith("ft:small:ckpt-2 says")
    assert [request.model for request in both.chat.asked] == [BASE, "ft:small:ckpt-2"]
    async with reading(both.deps.db) as session:
        assert len((await session.exec(select(JobEvent))).all()) == 2


async def test_the_end_is_told_once_to_who_started_it_and_in_the_thread(both: Bench) -> None:
    await tuning.run_once(both.deps)
    both.tuner.succeeds("ft:small:tea")
    await both.poll()
    await both.poll(hours=2)

    assert both.tuner.calls.count("get") == 1
    assert await both.said(Say.JOB_DONE) == [f"job:{both.job_id}:dm:UANA"]
    assert await both.said(Say.JOB_DONE_THREAD) == [f"job:{both.job_id}:thread"]
    job = await both.job()
    assert (job.state, job.tuned_model) == (JobState.SUCCEEDED, "ft:small:tea")
    async with reading(both.deps.db) as session:
        assert (await session.exec(select(Project.tuned_model))).one() == "ft:small:tea"


async def test_others_who_asked_hear_of_it_too(bench: Bench, colleague: Actor) -> None:
    await tuning.run_once(bench.deps)
    async with transaction(bench.deps.db) as session:
        assert await service.tell_me_too(session, bench.job_id, colleague, now=bench.clock.now)
        assert not await service.tell_me_too(session, bench.job_id, colleague, now=bench.clock.now)
    bench.tuner.fails("The file has a line without an answer.")
    await bench.poll()

    assert await bench.said(Say.JOB_DONE) == [f"job:{bench.job_id}:dm:UANA", f"job:{bench.job_id}:dm:UBEN"]
    assert (await bench.card()).error == "The file has a line without an answer."


async def test_who_asks_after_the_end_is_told_at_once(bench: Bench, colleague: Actor) -> None:
    await tuning.run_once(bench.deps)
    bench.tuner.succeeds("ft:small:tea")
    await bench.poll()
    async with transaction(bench.deps.db) as session:
        await service.tell_me_too(session, bench.job_id, colleague, now=bench.clock.now)

    assert f"job:{bench.job_id}:dm:UBEN" in await bench.said(Say.JOB_DONE)


async def test_the_same_confirmation_twice_is_one_job(both: Bench, actor: Actor, now: datetime) -> None:
    job = await both.job()

    assert await confirm(both.deps, job.dataset_id, actor, now) == both.job_id


async def test_a_lost_answer_does_not_make_a_second_job(both: Bench) -> None:
    both.tuner.loses_answers = 1
    await tuning.run_once(both.deps)
    assert (await both.job()).provider_job_id == ""

    await both.poll()

    assert len(both.tuner.orders) == 1
    assert (await both.job()).provider_job_id == "ftjob-1"


async def test_a_creation_that_never_arrived_is_tried_again_only_after_looking_for_it(bench: Bench) -> None:
    await tuning_dies_before_create(bench)

    await bench.poll(minutes=4)

    assert bench.tuner.calls[-2:] == ["find_by_tag", "create"]
    assert len(bench.tuner.orders) == 1


async def tuning_dies_before_create(bench: Bench) -> None:
    """The provider cannot be reached at the very moment of the creation."""
    original = bench.tuner.create

    async def unreachable(order: object) -> object:
        raise Unreachable("The provider cannot be reached.")

    bench.tuner.create = unreachable  # type: ignore[method-assign,assignment]
    await tuning.run_once(bench.deps)
    bench.tuner.create = original  # type: ignore[method-assign]


async def test_a_job_that_may_still_be_on_its_way_is_waited_for(bench: Bench) -> None:
    bench.tuner.loses_answers = 1
    await tuning.run_once(bench.deps)
    made, bench.tuner.known = bench.tuner.known, []  # the provider does not list it yet
    await bench.poll(seconds=5)
    bench.tuner.known = made
    await bench.poll(seconds=30)

    assert len(bench.tuner.orders) == 1
    assert (await bench.job()).provider_job_id == "ftjob-1"


@pytest.mark.parametrize("refusal", [NoQuota("No credit is left."), BadRequest("The model cannot be tuned.")])
async def test_a_refusal_before_anything_was_sent_ends_the_job_with_its_reason(
    bench: Bench, refusal: NoQuota | BadRequest
) -> None:
    bench.tuner.next_errors = [refusal]
    await tuning.run_once(bench.deps)

    card = await bench.card()
    assert (card.state, card.error) == (JobState.FAILED, str(refusal))
    assert await bench.said(Say.JOB_DONE) == [f"job:{bench.job_id}:dm:UANA"]
    assert (await bench.ledger())[(await bench.job()).tag] == ("released", 0.0)


async def test_an_outage_is_survived_and_told_after_an_hour(bench: Bench) -> None:
    await tuning.run_once(bench.deps)
    for _ in range(3):
        bench.tuner.next_errors = [ServerTrouble("The provider has trouble.")]
        await bench.poll(minutes=25)
    silent = await bench.card()
    bench.tuner.next_errors = [ServerTrouble("The provider has trouble.")]
    await bench.poll(minutes=25)
    told = await bench.card()
    bench.tuner.succeeds("ft:small:tea")
    await bench.poll(minutes=25)

    assert silent.silent_since is None and silent.error == ""
    assert told.silent_since is not None and told.error == "The provider has trouble."
    assert (await bench.card()).state is JobState.SUCCEEDED


async def test_a_job_the_provider_no_longer_knows_is_given_up_after_an_hour(bench: Bench) -> None:
    await tuning.run_once(bench.deps)
    states = []
    for minutes in (1, 70):
        bench.tuner.next_errors = [NotThere("The provider does not know this job.")]
        await bench.poll(minutes=minutes)
        states.append((await bench.card()).state)

    assert states == [JobState.QUEUED, JobState.FAILED]


async def test_what_is_over_stays_as_it_ended(bench: Bench) -> None:
    await tuning.run_once(bench.deps)
    bench.tuner.succeeds("ft:small:tea")
    await bench.poll()
    bench.tuner.goes_on(state=JobState.RUNNING, raw_status="running")

    assert await bench.poll(hours=1) == 0
    assert (await bench.job()).state is JobState.SUCCEEDED


async def test_a_word_that_nobody_knows_is_kept_and_asked_about_again(bench: Bench) -> None:
    await tuning.run_once(bench.deps)
    bench.tuner.goes_on(state=JobState.UNKNOWN, raw_status="marinating")
    await bench.poll()
    card = await bench.card()
    bench.tuner.succeeds("ft:small:tea")
    await bench.poll()

    assert (card.state, card.raw_state) == (JobState.UNKNOWN, "marinating")
    assert (await bench.card()).state is JobState.SUCCEEDED


async def test_cancelling_before_anything_was_sent_costs_nothing(bench: Bench, actor: Actor) -> None:
    async with transaction(bench.deps.db) as session:
        await service.cancel(session, bench.job_id, actor, now=bench.clock.now)
    await tuning.run_once(bench.deps)

    assert bench.tuner.calls == []
    assert (await bench.job()).state is JobState.CANCELLED
    assert (await bench.ledger())[(await bench.job()).tag] == ("released", 0.0)


async def test_cancelling_a_running_job_tells_the_provider(bench: Bench, actor: Actor) -> None:
    await tuning.run_once(bench.deps)
    async with transaction(bench.deps.db) as session:
        await service.cancel(session, bench.job_id, actor, now=bench.clock.now)
    await tuning.run_once(bench.deps)

    assert bench.tuner.calls[-1] == "cancel"
    assert (await bench.job()).state is JobState.CANCELLED


async def test_cancelling_a_lost_creation_waits_for_it_and_cancels_it(bench: Bench, actor: Actor) -> None:
    bench.tuner.loses_answers = 1
    await tuning.run_once(bench.deps)
    made, bench.tuner.known = bench.tuner.known, []  # the provider does not list it yet
    async with transaction(bench.deps.db) as session:
        await service.cancel(session, bench.job_id, actor, now=bench.clock.now)
    await bench.poll(seconds=1)
    bench.tuner.known = made
    await bench.poll()
    await bench.poll()

    assert bench.tuner.known[0].state is JobState.CANCELLED
    assert (await bench.job()).state is JobState.CANCELLED


async def test_a_dead_workers_job_is_taken_over_when_its_lease_ends(both: Bench) -> None:
    dead = replace(both.deps, owner="worker-0")
    async with transaction(dead.db) as session:
        assert await queries.claim(session, both.job_id, owner="worker-0", now=both.clock.now)

    assert await tuning.run_once(both.deps) == 0
    assert await both.poll(minutes=4) == 1
    assert len(both.tuner.orders) == 1


async def test_a_model_that_has_to_be_deployed_is_awaited(bench: Bench) -> None:
    await tuning.run_once(bench.deps)
    bench.tuner.succeeds("ft:small:tea")
    bench.tuner.offer = Deployment("tea-1", ready=False, raw_status="starting")
    await bench.poll()
    waiting = await bench.card()
    bench.tuner.offer = Deployment("tea-1", ready=True, raw_status="active")
    await bench.poll()

    assert waiting.state is JobState.FINISHING
    assert ((await bench.card()).state, (await bench.card()).tuned_model) == (JobState.SUCCEEDED, "tea-1")


async def test_a_preview_that_cannot_be_written_harms_nothing_and_is_not_asked_again(bench: Bench) -> None:
    bench.chat.next_errors = [AnswerLost("The model did not answer.")]
    await tuning.run_once(bench.deps)
    await bench.poll()

    assert (await bench.job()).provider_job_id == "ftjob-1"
    assert len(bench.chat.asked) == 1 and (await bench.card()).before is None
    assert (await bench.ledger())[f"{(await bench.job()).tag}:preview:0"][0] == "unknown"


async def test_money_is_set_aside_at_the_order_and_counted_at_the_end(both: Bench) -> None:
    job = await both.job()
    assert job.usd_estimate is not None and job.usd_estimate > 0
    assert (await both.ledger())[job.tag] == ("reserved", job.usd_estimate)

    await tuning.run_once(both.deps)
    both.tuner.succeeds("ft:small:tea")
    both.tuner.goes_on(trained_tokens=2_000_000)
    await both.poll()

    assert (await both.ledger())[job.tag] == ("settled", 6.0)
    assert (await both.ledger())[f"{job.tag}:preview:0"] == ("settled", pytest.approx(0.0002))


async def test_it_is_asked_about_often_at_first_and_then_less(bench: Bench) -> None:
    await tuning.run_once(bench.deps)
    first = (await bench.job()).next_poll_at
    await bench.poll(hours=2)
    later = (await bench.job()).next_poll_at

    sent = bench.clock.now - timedelta(hours=2)
    assert first is not None and timedelta(seconds=3) <= first - sent <= timedelta(seconds=3.6)
    assert later is not None and timedelta(minutes=6) <= later - bench.clock.now <= timedelta(minutes=7.2)


async def test_a_worker_that_lost_its_lease_writes_nothing(both: Bench) -> None:
    """It was so slow that another one has taken over meanwhile."""
    await tuning.run_once(both.deps)
    both.tuner.step(1, 4, 2.9, both.clock.now)
    original = both.tuner.events

    async def slow_events(job_id: str, *, after: str | None = None) -> list[TuningEvent]:
        both.clock.forward(minutes=4)
        async with transaction(both.deps.db) as session:
            assert await queries.claim(session, both.job_id, owner="worker-2", now=both.clock.now)
        return await original(job_id, after=after)

    both.tuner.events = slow_events  # type: ignore[method-assign]
    await both.poll()

    job = await both.job()
    assert (job.lease_owner, job.step, job.state) == ("worker-2", None, JobState.QUEUED)


async def test_a_provider_that_asks_much_more_than_was_confirmed_gets_nothing(bench: Bench) -> None:
    bench.tuner.asks_usd = 40.0
    await tuning.run_once(bench.deps)

    job = await bench.job()
    assert job.state is JobState.FAILED and "asks $40.00" in job.error and "Nothing was started" in job.error
    assert bench.tuner.orders == []


async def test_the_providers_own_price_takes_the_place_of_our_estimate(bench: Bench) -> None:
    agreed = (await bench.job()).usd_estimate
    assert agreed is not None
    bench.tuner.asks_usd = agreed * 1.1
    await tuning.run_once(bench.deps)

    assert len(bench.tuner.orders) == 1 and (await bench.job()).usd_estimate == agreed * 1.1


async def test_only_warnings_are_told_while_it_goes_on_and_only_the_first_few(bench: Bench) -> None:
    await tuning.run_once(bench.deps)
    bench.tuner.goes_on(state=JobState.RUNNING, raw_status="running")
    now, skipped = bench.clock.now, "Moderation skipped a text."
    warnings = [TuningEvent(f"w{number}", now, "warn", skipped) for number in range(9)]
    bench.tuner.said = [
        TuningEvent("a", now, "info", "Step 1"), *warnings, TuningEvent("e", now, "error", "It broke."),
    ]  # fmt: skip
    await bench.poll()
    await bench.poll()

    assert len(await bench.said(Say.JOB_EVENT)) == 3


async def test_progress_in_percent_is_told_in_percent(bench: Bench) -> None:
    await tuning.run_once(bench.deps)
    bench.tuner.goes_on(state=JobState.RUNNING, raw_status="running", percent=40.0)
    await bench.poll()

    card = await bench.card()
    assert card.in_percent and (card.step, card.total_steps) == (40, 100)
