"""The nightly look at the days on which models end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from bot.config import ProviderSettings
from bot.domain.project import ProjectSettings
from bot.jobs import shutdowns
from bot.providers.base import ModelInfo
from bot.providers.errors import Unreachable
from storage.engine import reading, transaction
from storage.models import Job, ModelEnd, Note, Outbox, Project
from tests.support.given_dataset import BASE
from tests.support.tuning_bench import ANA, NOW, Bench, bench_from, confirm


@pytest.fixture
async def bench(frozen_template: Path, tmp_path: Path) -> AsyncIterator[Bench]:
    """A tuned model is in use."""
    async with bench_from(frozen_template, tmp_path) as bench:
        await bench.poll(seconds=0)
        bench.tuner.succeeds("ft:small:tea")
        await bench.poll()
        yield bench


def ends(model: str, *, in_days: int) -> ModelInfo:
    return ModelInfo(model, shutdown_date=datetime(2026, 11, 22, tzinfo=UTC) + timedelta(days=in_days))


async def said(bench: Bench) -> list[Note]:
    async with reading(bench.deps.db) as session:
        return list((await session.exec(select(Note).order_by(Note.id))).all())  # type: ignore[arg-type]


async def nights(bench: Bench, count: int) -> None:
    for _ in range(count):
        await shutdowns.run_once(bench.deps)
        await shutdowns.run_once(bench.deps)
        bench.clock.forward(days=1)


async def test_a_tuned_model_follows_its_base_and_people_hear_of_it_three_times(bench: Bench) -> None:
    bench.tuner.offered = [ends(BASE, in_days=70)]
    await nights(bench, 72)

    tuned = [note for note in await said(bench) if "tuned model ft:small:tea" in note.text]
    assert [note.text.split("in ")[1].split(" days")[0] for note in tuned] == ["60", "30", "7"]
    assert all((note.button, note.label) == ("train.elsewhere", "Train again elsewhere …") for note in tuned)
    base = [note for note in await said(bench) if note.text.startswith("The model small")]
    assert len(base) == 3 and not any(note.button for note in base)
    async with reading(bench.deps.db) as session:
        rows = (await session.exec(select(Outbox).where(Outbox.kind == "note"))).all()
    assert {row.channel for row in rows} == {"C1"}


async def test_a_night_is_done_once_for_all_replicas(bench: Bench) -> None:
    await shutdowns.run_once(bench.deps)
    asked = bench.tuner.calls.count("model")
    await shutdowns.run_once(bench.deps)

    assert asked > 0 and bench.tuner.calls.count("model") == asked


async def test_a_provider_that_does_not_answer_keeps_its_last_word(bench: Bench) -> None:
    bench.tuner.offered = [ends("ft:small:tea", in_days=31)]
    await nights(bench, 1)
    bench.tuner.next_errors = [Unreachable("gone")] * 9
    await nights(bench, 1)

    assert len([note for note in await said(bench) if "tuned model" in note.text]) == 2  # at 60 and at 30


async def test_a_retired_model_and_one_without_an_end_are_nobodys_worry(bench: Bench) -> None:
    await nights(bench, 3)

    assert await said(bench) == []
    async with reading(bench.deps.db) as session:
        assert {row.ends_on for row in (await session.exec(select(ModelEnd))).all()} == {""}


async def test_published_dates_count_where_the_api_says_nothing(frozen_template: Path, tmp_path: Path) -> None:
    openai = ProviderSettings(base_url="http://127.0.0.1:9/v1", name="OpenAI", profile="openai")
    async with bench_from(frozen_template, tmp_path) as bench:
        bench.deps.settings.providers["lab"] = openai
        async with transaction(bench.deps.db) as session:
            project = (await session.exec(select(Project))).one()
            project.settings = ProjectSettings(tune_model="gpt-4.1-mini-2025-04-14").as_json()
            session.add(project)
        await nights(bench, 1)

        [note] = await said(bench)
        assert note.text.startswith("The model gpt-4.1-mini-2025-04-14")
        assert "ends on 14 January 2027, in 53 days" in note.text


async def test_the_same_texts_can_be_ordered_elsewhere_while_the_model_lives(bench: Bench) -> None:
    """The frozen version stays as it is: a second job from it is just another job."""
    second = await confirm(bench.deps, 1, ANA, NOW, "elsewhere")

    assert second != bench.job_id
    async with reading(bench.deps.db) as session:
        jobs = {job.id: job for job in (await session.exec(select(Job))).all()}
    assert jobs[second].dataset_id == jobs[bench.job_id].dataset_id == 1
    assert jobs[bench.job_id].tuned_model == "ft:small:tea"
