"""A fine-tuning job's life on the wire; trainer and model are scripted, queue and server are the real ones."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI
from openai.types.fine_tuning import FineTuningJob

from tests.support.engine import (
    MODEL,
    Engine,
    ScriptedModel,
    ScriptedTrainer,
    chat_line,
    chat_lines,
    scripted_engine,
)


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[Engine]:
    async with scripted_engine(tmp_path) as running:
        yield running


@pytest.fixture
async def client(engine: Engine) -> AsyncIterator[AsyncOpenAI]:
    async with engine.client() as stock:
        yield stock


@pytest.fixture
async def held(tmp_path: Path) -> AsyncIterator[Engine]:
    """An engine whose trainer stops after the first epoch until it is told to carry on."""
    async with scripted_engine(tmp_path, trainer=ScriptedTrainer(waits_after=1)) as running:
        yield running


async def job_of(client: AsyncOpenAI, content: bytes | None = None, **more: Any) -> FineTuningJob:
    content = chat_lines(12) if content is None else content
    file = await client.files.create(file=("voice.jsonl", content), purpose="fine-tune")
    return await client.fine_tuning.jobs.create(model=MODEL, training_file=file.id, **more)


async def until(client: AsyncOpenAI, job_id: str, *statuses: str) -> FineTuningJob:
    async with asyncio.timeout(10):
        while (job := await client.fine_tuning.jobs.retrieve(job_id)).status not in statuses:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    return job


async def ended(client: AsyncOpenAI, job: FineTuningJob) -> FineTuningJob:
    return await until(client, job.id, "succeeded", "failed", "cancelled")


async def answer_of(client: AsyncOpenAI, model: str) -> str | None:
    answer = await client.chat.completions.create(model=model, messages=[{"role": "user", "content": "a kite"}])
    return answer.choices[0].message.content


async def test_a_job_becomes_a_model_that_answers(client: AsyncOpenAI) -> None:
    created = await job_of(client, suffix="House Voice!", seed=7, metadata={"round": "1"})
    assert (created.status, created.fine_tuned_model) == ("validating_files", None)
    assert created.hyperparameters.n_epochs == "auto"

    job = await ended(client, created)

    assert job.status == "succeeded" and job.error is None
    assert job.fine_tuned_model == f"ft:{MODEL}:local:house-voice:{job.id[-8:]}"
    assert (job.seed, job.metadata, job.hyperparameters.n_epochs) == (7, {"round": "1"}, 9)
    assert job.trained_tokens == 900 and job.finished_at is not None
    assert await answer_of(client, job.fine_tuned_model) == "Meet a kite. Quietly useful."
    assert job.fine_tuned_model in [model.id async for model in client.models.list()]


async def test_checkpoints_answer_while_the_training_goes_on(held: Engine) -> None:
    async with held.client() as client:
        job = await until(client, (await job_of(client)).id, "running")
        [checkpoint] = (await client.fine_tuning.jobs.checkpoints.list(job.id)).data

        assert checkpoint.fine_tuned_model_checkpoint.endswith(":ckpt-step-1")
        assert checkpoint.metrics.full_valid_loss == 3.5
        assert await answer_of(client, checkpoint.fine_tuned_model_checkpoint) == "Meet a kite. Quietly useful."
        running = await client.fine_tuning.jobs.retrieve(job.id)
        assert running.estimated_finish is not None and running.trained_tokens == 100
        with pytest.raises(openai.NotFoundError):
            await answer_of(client, f"ft:{MODEL}:local::{job.id[-8:]}")

        held.trainer.carry_on()
        assert (await ended(client, job)).status == "succeeded"
        steps = [c.step_number async for c in client.fine_tuning.jobs.checkpoints.list(job.id, limit=4)]
        assert steps == [9, 8, 7, 6, 5, 4, 3, 2, 1]


async def test_events_tell_the_story_newest_first_page_by_page(client: AsyncOpenAI) -> None:
    job = await ended(client, await job_of(client))

    first = await client.fine_tuning.jobs.list_events(job.id, limit=4)
    every = [event async for event in client.fine_tuning.jobs.list_events(job.id, limit=4)]

    assert len(first.data) == 4 and first.has_more
    assert every[:4] == first.data and len({event.id for event in every}) == len(every)
    story = [event.message for event in every if event.type == "message"][::-1]
    assert story[0].startswith("Created fine-tuning job") and story[-1] == "The job has successfully completed."
    metrics = [event.data for event in every if event.type == "metrics"][::-1]
    assert [data["step"] for data in metrics if isinstance(data, dict)] == list(range(1, 10))


async def test_the_result_file_has_a_line_for_every_step(client: AsyncOpenAI) -> None:
    job = await ended(client, await job_of(client))

    [result] = job.result_files
    lines = (await client.files.content(result)).text.splitlines()

    assert lines[0] == "step,train_loss,train_accuracy,valid_loss,valid_mean_token_accuracy"
    assert len(lines) == 10 and lines[1] == "1,3.0,0.5,3.5,0.4"
    assert (await client.files.retrieve(result)).purpose == "fine-tune-results"


async def test_jobs_are_listed_newest_first_and_trained_oldest_first(held: Engine) -> None:
    async with held.client() as client:
        jobs = [await job_of(client) for _ in range(3)]
        await until(client, jobs[0].id, "running")
        await until(client, jobs[2].id, "queued")

        listed = [job.id async for job in client.fine_tuning.jobs.list(limit=2)]
        assert listed == [job.id for job in jobs[::-1]]
        for job in jobs:
            await until(client, job.id, "running")
            held.trainer.carry_on()
            await ended(client, job)

    assert held.trainer.started == [job.id for job in jobs]


async def test_a_bad_training_file_fails_the_job_and_names_the_line(client: AsyncOpenAI) -> None:
    job = await ended(client, await job_of(client, chat_lines(11) + b'{"messages": []}\n'))

    assert job.status == "failed" and job.error is not None
    assert (job.error.code, job.error.param) == ("invalid_file_format", "training_file")
    assert "line 12:" in (job.error.message or "")
    [last] = (await client.fine_tuning.jobs.list_events(job.id, limit=1)).data
    assert last.level == "error" and "line 12:" in last.message


async def test_a_bad_validation_file_is_told_from_the_training_file(client: AsyncOpenAI) -> None:
    bad = await client.files.create(file=("check.jsonl", b"nonsense"), purpose="fine-tune")

    job = await ended(client, await job_of(client, validation_file=bad.id))

    assert job.status == "failed" and job.error is not None
    assert job.error.param == "validation_file" and "line 1:" in (job.error.message or "")


async def test_an_example_longer_than_the_model_reads_is_named(client: AsyncOpenAI) -> None:
    job = await ended(client, await job_of(client, chat_lines(10) + chat_line("thing", "word " * 600)))

    assert job.error is not None and "line 11: is 601 tokens long; 512" in (job.error.message or "")


@pytest.mark.parametrize(
    ("wrong", "status", "said"),
    [
        ({"model": "gpt-9"}, 404, "gpt-9"),
        ({"model": f"ft:{MODEL}:local::12345678"}, 400, "not from a tuned model"),
        ({"training_file": "file-none"}, 400, "file-none"),
        ({"validation_file": "file-none"}, 400, "file-none"),
        ({"method": {"type": "dpo"}}, 400, "it can't do 'dpo'"),
        ({"hyperparameters": {"n_epochs": 99}}, 400, "n_epochs"),
        ({"suffix": "x" * 65}, 400, "64 characters"),
        ({"metadata": {"a": "x" * 513}}, 400, "metadata"),
        ({"seed": -1}, 400, "seed"),
    ],
)
async def test_a_job_that_makes_no_sense_is_refused_at_once(
    client: AsyncOpenAI, wrong: dict[str, Any], status: int, said: str
) -> None:
    file = await client.files.create(file=("voice.jsonl", chat_lines(12)), purpose="fine-tune")

    with pytest.raises(openai.APIStatusError) as refused:
        await client.fine_tuning.jobs.create(**{"model": MODEL, "training_file": file.id, **wrong})

    assert refused.value.status_code == status and said in refused.value.message
    assert [job async for job in client.fine_tuning.jobs.list()] == []


async def test_hyperparameters_of_the_method_are_kept(client: AsyncOpenAI) -> None:
    method: Any = {"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": 2, "batch_size": 3}}}

    job = await ended(client, await job_of(client, method=method))

    assert (job.hyperparameters.n_epochs, job.hyperparameters.batch_size) == (2, 3)
    assert job.method is not None and job.method.supervised is not None
    nested = job.method.supervised.hyperparameters
    assert nested is not None and (nested.n_epochs, nested.batch_size) == (2, 3)


async def test_a_cancelled_job_ends_at_once_and_its_trainer_with_it(held: Engine) -> None:
    async with held.client() as client:
        job = await until(client, (await job_of(client)).id, "running")

        cancelled = await client.fine_tuning.jobs.cancel(job.id)

        assert cancelled.status == "cancelled" and held.trainer.stopped == [job.id]
        with pytest.raises(openai.BadRequestError, match="cancelled already"):
            await client.fine_tuning.jobs.cancel(job.id)
        another = await job_of(client)
        await until(client, another.id, "running")


async def test_a_queued_job_is_cancelled_without_ever_training(held: Engine) -> None:
    async with held.client() as client:
        first, second = await job_of(client), await job_of(client)
        await until(client, first.id, "running")
        await until(client, second.id, "queued")

        await client.fine_tuning.jobs.cancel(second.id)
        held.trainer.carry_on()
        await ended(client, first)

    assert held.trainer.started == [first.id]


async def test_a_trainer_that_dies_once_is_started_again(tmp_path: Path) -> None:
    async with scripted_engine(tmp_path, trainer=ScriptedTrainer(dies=1)) as engine, engine.client() as client:
        job = await ended(client, await job_of(client))

        assert job.status == "succeeded" and len(engine.trainer.started) == 2


async def test_a_trainer_that_dies_twice_fails_the_job(tmp_path: Path) -> None:
    async with scripted_engine(tmp_path, trainer=ScriptedTrainer(dies=9)) as engine, engine.client() as client:
        job = await ended(client, await job_of(client))

        assert job.status == "failed" and job.error is not None and job.error.code == "trainer_crashed"
        assert len(engine.trainer.started) == 2


async def test_what_the_trainer_could_not_do_is_said(tmp_path: Path) -> None:
    trainer = ScriptedTrainer(problem="There was not enough memory.")
    async with scripted_engine(tmp_path, trainer=trainer) as engine, engine.client() as client:
        job = await ended(client, await job_of(client))

    assert job.status == "failed" and job.error is not None and job.error.message == "There was not enough memory."


async def test_a_model_that_can_not_be_loaded_fails_the_job(tmp_path: Path) -> None:
    async with scripted_engine(tmp_path, ScriptedModel(broken="disk on fire")) as engine, engine.client() as client:
        job = await ended(client, await job_of(client))

    assert job.status == "failed" and job.error is not None and "disk on fire" in (job.error.message or "")


async def test_a_restarted_engine_knows_everything_and_carries_on(tmp_path: Path) -> None:
    trainer = ScriptedTrainer(waits_after=1)
    async with scripted_engine(tmp_path, trainer=trainer) as engine, engine.client() as client:
        job = await until(client, (await job_of(client)).id, "running")
        waiting = await until(client, (await job_of(client)).id, "queued")

    async with scripted_engine(tmp_path) as again, again.client() as client:
        assert (await ended(client, job)).status == "succeeded"
        assert (await ended(client, waiting)).status == "succeeded"

    assert trainer.stopped == [job.id] and again.trainer.started == [job.id, waiting.id]


async def test_an_engine_that_finds_its_trainer_at_work_starts_no_second(tmp_path: Path) -> None:
    trainer = ScriptedTrainer(waits_after=1)
    async with scripted_engine(tmp_path, trainer=trainer) as engine, engine.client() as client:
        job = await until(client, (await job_of(client)).id, "running")
        async with scripted_engine(tmp_path, trainer=trainer) as second, second.client() as other:
            trainer.carry_on()
            await ended(other, job)

    assert trainer.started == [job.id]


async def test_a_deleted_training_file_does_not_stop_its_job_and_leaves_no_copy(held: Engine) -> None:
    async with held.client() as client:
        job = await until(client, (await job_of(client)).id, "running")
        await client.files.delete(job.training_file)
        held.trainer.carry_on()

        assert (await ended(client, job)).status == "succeeded"
        await asyncio.sleep(0.1)

    assert list(held.home.rglob("*.jsonl")) and not list(held.home.rglob("training.jsonl"))


async def test_a_deleted_model_answers_no_more(engine: Engine, client: AsyncOpenAI) -> None:
    model = (await ended(client, await job_of(client))).fine_tuned_model or ""

    assert (await client.models.delete(f"{model}:ckpt-step-3")).deleted
    names = [served.id async for served in client.models.list()]
    assert f"{model}:ckpt-step-3" not in names and f"{model}:ckpt-step-4" in names
    await client.models.delete(model)

    assert [served.id async for served in client.models.list()] == [MODEL]
    assert len(engine.backend.forgotten) == 1 + 9
    with pytest.raises(openai.NotFoundError):
        await answer_of(client, model)
