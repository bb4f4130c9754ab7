"""Which model a project writes with: used, taken back, retired."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlmodel import select

from bot.domain.people import Actor
from bot.domain.tuned import ModelsCard
from bot.errors import NotAllowed, NotFound, NotYet
from bot.services import tuned as service
from storage.engine import reading, transaction
from storage.models import Project, ProjectModel
from tests.support.tuning_bench import ANA, Bench, bench_from, confirm


@pytest.fixture
async def bench(frozen_template: Path, tmp_path: Path) -> AsyncIterator[Bench]:
    """Two models were taught one after the other."""
    async with bench_from(frozen_template, tmp_path) as bench:
        await bench.poll(seconds=0)
        bench.tuner.succeeds("tea-1")
        await bench.poll()
        bench.job_id = await confirm(bench.deps, 1, ANA, bench.clock.now, "c2")
        await bench.poll()
        bench.tuner.succeeds("tea-2")
        await bench.poll()
        yield bench


async def models(bench: Bench) -> ModelsCard:
    async with reading(bench.deps.db) as session:
        project = (await session.exec(select(Project))).one()
        return await service.models_card(session, project, now=bench.clock.now)


async def test_the_newest_that_answers_is_used_and_the_one_before_is_a_click_away(bench: Bench) -> None:
    card = await models(bench)
    assert [(one.name, one.in_use) for one in card.models] == [("tea-2", True), ("tea-1", False)]
    assert card.former is not None and card.former.name == "tea-1"

    async with transaction(bench.deps.db) as session:
        await service.roll_back(session, card.project_id, ANA, now=bench.clock.now)

    card = await models(bench)
    assert [(one.name, one.in_use) for one in card.models] == [("tea-2", False), ("tea-1", True)]
    assert card.former is not None and card.former.name == "tea-2"
    assert card.models[1].promoted_by == "UANA"


async def test_a_retired_model_is_not_used_again_and_its_history_is_kept(bench: Bench) -> None:
    card = await models(bench)
    async with transaction(bench.deps.db) as session:
        await service.retire(session, card.models[0].id, ANA, now=bench.clock.now)
        with pytest.raises(NotYet, match="was retired"):
            await service.promote(session, card.models[0].id, ANA, now=bench.clock.now)

    async with reading(bench.deps.db) as session:
        model = (await session.exec(select(ProjectModel).where(ProjectModel.name == "tea-2"))).one()
        assert (await session.exec(select(Project.tuned_model))).one() == ""
    assert [(entry["what"], entry["by"]) for entry in model.history] == [("used", "UANA"), ("retired", "UANA")]


async def test_without_an_earlier_model_there_is_no_way_back(bench: Bench) -> None:
    card = await models(bench)
    async with transaction(bench.deps.db) as session:
        await service.retire(session, card.models[1].id, ANA, now=bench.clock.now)
        with pytest.raises(NotYet, match="no earlier model"):
            await service.roll_back(session, card.project_id, ANA, now=bench.clock.now)


async def test_only_owners_of_this_workspace_decide(bench: Bench, colleague: Actor) -> None:
    card = await models(bench)
    async with transaction(bench.deps.db) as session:
        with pytest.raises(NotAllowed):
            await service.promote(session, card.models[1].id, colleague, now=bench.clock.now)
        with pytest.raises(NotFound):
            await service.promote(session, card.models[1].id, Actor("T2", "UANA"), now=bench.clock.now)


async def test_models_from_before_there_were_rows_are_taken_in(bench: Bench) -> None:
    async with transaction(bench.deps.db) as session:
        for model in (await session.exec(select(ProjectModel))).all():
            await session.delete(model)
    async with transaction(bench.deps.db) as session:
        project = (await session.exec(select(Project))).one()
        await service.adopt(session, project, now=bench.clock.now)
        await service.adopt(session, project, now=bench.clock.now)

    card = await models(bench)
    assert [(one.name, one.in_use) for one in card.models] == [("tea-2", True), ("tea-1", False)]
    assert card.former is not None and card.former.name == "tea-1"
