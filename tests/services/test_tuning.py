"""Ordering a fine-tune: who may, with how many texts, at what price."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bot.domain.models import ModelInfo
from bot.domain.people import Actor
from bot.domain.tuning import TrainForm
from bot.domain.tuning_state import JobState
from bot.errors import BudgetReached, NotAllowed, NotFound, NotYet
from bot.services import tuning as service
from storage import project as projects
from storage.engine import Database, reading, transaction
from storage.models import Job
from tests.support.given_dataset import given_frozen

MODEL = ModelInfo("small", "lab", "the lab", training_usd=3.0)
NO_PRICE = ModelInfo("small", "lab", "the lab")


async def start(
    db: Database, dataset_id: int, actor: Actor, now: datetime, model: ModelInfo = MODEL, confirmation: str = "c1"
) -> Job:
    async with transaction(db) as session:
        return await service.start(
            session, dataset_id, actor, form=TrainForm(), model=model, confirmation=confirmation, now=now
        )


async def test_only_owners_order(db: Database, actor: Actor, colleague: Actor, now: datetime) -> None:
    frozen = await given_frozen(db, actor, now, approved=12)

    with pytest.raises(NotAllowed):
        await start(db, frozen.id, colleague, now)


async def test_fewer_than_the_minimum_is_refused_with_another_way(db: Database, actor: Actor, now: datetime) -> None:
    frozen = await given_frozen(db, actor, now, approved=9)

    with pytest.raises(NotYet, match="use these as examples now"):
        await start(db, frozen.id, actor, now)


async def test_one_job_at_a_time(db: Database, actor: Actor, now: datetime) -> None:
    frozen = await given_frozen(db, actor, now, approved=12)
    await start(db, frozen.id, actor, now)

    with pytest.raises(NotYet, match="being taught already, started by <@UANA>"):
        await start(db, frozen.id, actor, now, confirmation="c2")


async def test_the_offer_names_price_and_a_time_learned_from_the_last_job(
    db: Database, actor: Actor, now: datetime
) -> None:
    frozen = await given_frozen(db, actor, now, approved=12)
    job = await start(db, frozen.id, actor, now)
    async with transaction(db) as session:
        job = await session.merge(job)
        job.state, job.submitted_at, job.finished_at = JobState.SUCCEEDED, now, now + timedelta(minutes=4)

    async with reading(db) as session:
        offer = await service.offer(session, frozen.id, actor, MODEL, TrainForm())
        longer = await service.offer(session, frozen.id, actor, MODEL, TrainForm(epochs=6))
        unknown = await service.offer(session, frozen.id, actor, NO_PRICE, TrainForm())

    assert (offer.train, offer.validation, offer.seconds, offer.few) == (10, 2, 240, True)
    assert offer.usd is not None and longer.usd == pytest.approx(offer.usd * 2)
    assert unknown.usd is None


async def test_a_budget_is_kept(db: Database, actor: Actor, now: datetime) -> None:
    frozen = await given_frozen(db, actor, now, approved=12)
    async with transaction(db) as session:
        dataset = await service.datasets.need(session, frozen.id)
        await projects.change(session, dataset.project_id, settings={"budget_usd": 0.0001})

    with pytest.raises(BudgetReached, match=r"of this project.s budget of .+ is left"):
        await start(db, frozen.id, actor, now)
    with pytest.raises(BudgetReached, match="Nobody told me what this model costs"):
        await start(db, frozen.id, actor, now, model=NO_PRICE)


async def test_an_unknown_price_is_ordered_as_unknown(db: Database, actor: Actor, now: datetime) -> None:
    frozen = await given_frozen(db, actor, now, approved=12)

    assert (await start(db, frozen.id, actor, now, model=NO_PRICE)).usd_estimate is None


async def test_jobs_of_other_workspaces_are_not_there(db: Database, actor: Actor, now: datetime) -> None:
    frozen = await given_frozen(db, actor, now, approved=12)
    job = await start(db, frozen.id, actor, now)

    with pytest.raises(NotFound):
        async with transaction(db) as session:
            await service.cancel(session, job.id or 0, Actor("T2", "UANA"), now=now)


async def test_there_is_nothing_to_cancel_where_nothing_is_taught(db: Database, actor: Actor, now: datetime) -> None:
    frozen = await given_frozen(db, actor, now, approved=12)
    async with reading(db) as session:
        dataset = await service.datasets.need(session, frozen.id)

    with pytest.raises(NotYet, match="nothing to cancel"):
        async with transaction(db) as session:
            await service.cancel_open(session, dataset.project_id, actor, now=now)
