"""The engine with a real, very small model: it writes, learns, and survives being killed."""

import asyncio
import json
import os
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from openai import AsyncOpenAI

from bot.local.engine.jobdir import JobDir
from tests.support.engine import EngineProcess, chat_lines

pytest.importorskip("torch", reason="PyTorch is not installed, so the engine's own model can't run")

pytestmark = pytest.mark.timeout(400)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from bot.local.engine.tiny import make_tiny_model

    return make_tiny_model(tmp_path_factory.mktemp("models") / "tiny", layers=12)


@pytest.fixture(scope="module")
def running(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineProcess]:
    engine = EngineProcess(tmp_path_factory.mktemp("engine"), tiny).start()
    engine.wait_until_ready()
    yield engine
    engine.stop()


@pytest.fixture
async def client(running: EngineProcess) -> AsyncIterator[AsyncOpenAI]:
    async with running.client() as stock:
        yield stock


async def write(client: AsyncOpenAI, model: str, text: str = "a kite", **more: Any) -> list[str]:
    options = {"max_tokens": 12, "temperature": 0, **more}
    answer = await client.chat.completions.create(model=model, messages=[{"role": "user", "content": text}], **options)
    return [choice.message.content or "" for choice in answer.choices]


async def test_writing_alone_or_beside_others_gives_the_same_text(client: AsyncOpenAI, running: EngineProcess) -> None:
    prompts = ["a kite", "a rather longer prompt about a garden hose of ten metres", "x"]

    alone = [await write(client, running.name, prompt) for prompt in prompts]
    together = await asyncio.gather(*(write(client, running.name, prompt) for prompt in prompts * 3))

    assert together == alone * 3


async def test_a_seed_repeats_and_n_texts_differ(client: AsyncOpenAI, running: EngineProcess) -> None:
    first = await write(client, running.name, n=3, seed=5, temperature=1)

    assert await write(client, running.name, n=3, seed=5, temperature=1) == first
    assert len(set(first)) == 3
    assert await write(client, running.name, n=3, seed=6, temperature=1, top_p=0.9) != first


async def test_a_stop_sequence_ends_a_text_before_it(client: AsyncOpenAI, running: EngineProcess) -> None:
    [whole] = await write(client, running.name, seed=5, temperature=1, max_tokens=40)
    stop = whole[10:12]

    [cut] = await write(client, running.name, seed=5, temperature=1, max_tokens=40, stop=stop)

    assert cut == whole[: whole.index(stop)]


async def started(client: AsyncOpenAI, model: str, **hyperparameters: int) -> str:
    file = await client.files.create(file=("voice.jsonl", chat_lines(12)), purpose="fine-tune")
    check = await client.files.create(file=("check.jsonl", chat_lines(3, first=90)), purpose="fine-tune")
    wanted: Any = {"learning_rate_multiplier": 10, **hyperparameters}
    job = await client.fine_tuning.jobs.create(
        model=model,
        training_file=file.id,
        validation_file=check.id,
        seed=1,
        hyperparameters=wanted,
    )
    return job.id


async def until(what: Callable[[], Any], seconds: float = 180) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < deadline, "it did not happen in time"
        await asyncio.sleep(0.05)
    return found


def state(folder: JobDir) -> str:
    return str(json.loads(folder.record.read_bytes())["status"])


async def test_a_real_job_learns_and_its_model_writes(client: AsyncOpenAI, running: EngineProcess) -> None:
    before = await write(client, running.name)
    job_id = await started(client, running.name, n_epochs=4, batch_size=2)
    folder = JobDir(running.home / "jobs" / job_id)

    await until(lambda: state(folder) in ("succeeded", "failed"))

    job = await client.fine_tuning.jobs.retrieve(job_id)
    assert job.status == "succeeded", job.error
    checkpoints = [c async for c in client.fine_tuning.jobs.checkpoints.list(job_id)][::-1]
    assert [c.step_number for c in checkpoints] == [6, 12, 18, 24]
    losses = [c.metrics.full_valid_loss or 0 for c in checkpoints]
    assert losses[-1] < losses[0] - 1
    assert job.fine_tuned_model is not None
    tuned = job.fine_tuned_model
    everyone = [tuned, running.name, *(c.fine_tuned_model_checkpoint for c in checkpoints)]
    alone = [await write(client, name) for name in everyone]
    assert alone[0] == alone[-1] != before == alone[1]
    assert await asyncio.gather(*(write(client, name) for name in everyone)) == alone, "also all in one batch"
    await client.models.delete(tuned)
    assert await write(client, running.name) == before, "the base writes on when the last tuned model is gone"


@pytest.mark.slow
async def test_a_job_outlives_the_death_of_its_trainer_and_of_its_engine(tiny: Path, tmp_path: Path) -> None:
    engine = EngineProcess(tmp_path, tiny).start()
    try:
        async with engine.client() as client:
            job_id = await started(client, engine.name, n_epochs=50, batch_size=1)
        folder = JobDir(tmp_path / "jobs" / job_id)
        await until(lambda: len(folder.checkpoints()) >= 2)

        first = trainer_of(folder)
        os.kill(first, signal.SIGKILL)
        await until(lambda: any("carries on from step" in event["message"] for event in folder.events()))
        engine.kill()
        second = trainer_of(folder)
        assert second != first and psutil.pid_exists(second), "a trainer must outlive its server"
        engine.start()
        await until(lambda: state(folder) == "succeeded")
    finally:
        engine.stop()

    started_over = [event for event in folder.events() if event["message"] == "Training started."]
    steps = [measure["step"] for measure in folder.measures()]
    assert len(started_over) == 1 and trainer_of(folder) == second
    assert steps == list(range(1, 601)), "every step is told once, though some were trained twice"


def trainer_of(folder: JobDir) -> int:
    return int(json.loads(folder.process.read_bytes())["pid"])


async def test_a_cancelled_trainer_is_gone(client: AsyncOpenAI, running: EngineProcess) -> None:
    job_id = await started(client, running.name, n_epochs=50, batch_size=1)
    folder = JobDir(running.home / "jobs" / job_id)
    await until(lambda: folder.process.exists())

    job = await client.fine_tuning.jobs.cancel(job_id)

    assert job.status == "cancelled" and not psutil.pid_exists(trainer_of(folder))


def test_remembering_the_lower_layers_changes_no_score(tiny: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from bot.local.engine.lora import answer_scores, collate, frozen_layers, remember_lower_layers
    from bot.local.engine.tokens import tokenized
    from bot.local.engine.validate import read_examples

    tokenizer = AutoTokenizer.from_pretrained(tiny)
    examples = read_examples(chat_lines(10).splitlines(), count_tokens=len, token_limit=99)
    texts = [tokenized(tokenizer, example) for example in examples]
    model: Any = AutoModelForCausalLM.from_pretrained(tiny, dtype=torch.float32)
    model.config.use_cache = False
    with torch.inference_mode():
        whole, wanted = answer_scores(model, collate(texts[:3], {}))
        lower = remember_lower_layers(model, frozen_layers(model.config), texts)
        upper, _ = answer_scores(model, collate(texts[:3], lower))

    assert frozen_layers(model.config) == 8 and len(lower) == 10
    assert torch.allclose(whole, upper, atol=1e-4)
    assert tokenizer.decode(wanted).startswith("Meet thing 0. Quietly useful.<|im_end|>")
