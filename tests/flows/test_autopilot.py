"""The whole tour as one command: workspace, engine and bot as processes, a catalog in, a taught model out."""

from __future__ import annotations

import asyncio
import csv
import json
import os
import sys
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from bot.demo import places
from bot.demo.processes import free_port

KEYS = {
    "catalog", "products", "prompts", "completions", "existing", "approved", "edited", "rejected", "pairs",
    "dataset_sha256", "job", "evaluation", "notified", "seconds", "problem",
}  # fmt: skip
PRODUCTS, DESCRIBED = 18, 12
MARK = "TUNESMITH_TEST_RUN"


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("torch", reason="no PyTorch: install the extra `local`")
    from bot.local.engine.tiny import make_tiny_model

    return make_tiny_model(tmp_path_factory.mktemp("models") / "tiny", context=1024)


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    """An excerpt of the sample catalog: twelve products with a text, six without."""
    with places.SAMPLE_CATALOG.open(newline="") as sample:
        rows = list(csv.DictReader(sample))
    texts = list(rows[0])[-1]
    bare = [row for row in rows if not row[texts]]
    chosen = [row for row in rows if row[texts]][:DESCRIBED] + bare[: PRODUCTS - DESCRIBED]
    path = tmp_path / "excerpt.csv"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(chosen)
    assert len(chosen) == PRODUCTS
    return path


@dataclass
class Demo:
    """A demo that runs; every process that it starts carries its mark."""

    process: asyncio.subprocess.Process
    mark: str

    def relatives(self) -> list[str]:
        """Command lines of all processes with the mark but the demo's own."""
        return [shown(one) for one in psutil.process_iter() if one.pid != self.process.pid and marked(one, self.mark)]


def marked(process: psutil.Process, mark: str) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE and process.environ().get(MARK) == mark
    except psutil.Error:
        return False


def shown(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return "gone"


@asynccontextmanager
async def demo(*arguments: str, folder: Path) -> AsyncIterator[Demo]:
    """`tunesmith demo` as a process, in a temporary folder that is to be empty afterwards."""
    mark = uuid.uuid4().hex
    quiet = {"OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1", "TMPDIR": str(folder), "PYTHONPATH": str(places.CHECKOUT)}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "demo", "--no-browser", "--port", str(free_port()), *arguments,
        env={**os.environ, **quiet, MARK: mark}, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    running = Demo(process, mark)
    try:
        yield running
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        for one in [one for one in psutil.process_iter() if marked(one, mark)]:
            one.kill()


@pytest.fixture
def temporary(tmp_path: Path) -> Path:
    """Where the demo makes its temporary home."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    return folder


@pytest.mark.timeout(300)
async def test_the_autopilot_teaches_a_model_and_leaves_nothing_behind(
    tiny_model: Path, catalog: Path, temporary: Path
) -> None:
    options = ("--autopilot", "--json", "--model", str(tiny_model), "--catalog", str(catalog))
    async with demo(*options, folder=temporary) as running:
        out, _ = await asyncio.wait_for(running.process.communicate(), 240)
        left = running.relatives()

    said: dict[str, Any] = json.loads(out)
    assert (running.process.returncode, said["problem"]) == (0, None), said
    assert set(said) >= KEYS and out.count(b"\n") == 1
    assert (said["catalog"], said["products"], said["existing"]) == ("excerpt.csv", PRODUCTS, DESCRIBED)
    assert said["pairs"] == said["approved"] + said["edited"] >= 10 and said["rejected"] > 0
    assert said["job"]["status"] == "succeeded" and said["job"]["model"].startswith("ft:")
    assert said["job"]["train_loss"][-1] < said["job"]["train_loss"][0]
    assert said["notified"] is True and len(said["dataset_sha256"]) == 64
    judged = said["evaluation"]
    assert judged["judged_by"] == "a script" and "letter by letter" in judged["rule"] and judged["products"] >= 6
    assert [one["rival"] for one in judged["comparisons"]] == ["plain", "examples"]
    assert all(one["better"] + one["worse"] + one["same"] <= judged["products"] for one in judged["comparisons"])
    assert left == [] and os.listdir(temporary) == []


async def test_a_demo_that_is_told_to_end_takes_all_its_processes_with_it(tiny_model: Path, temporary: Path) -> None:
    options = ("--autopilot", "--json", "--model", str(tiny_model), "--texts", "10")
    async with demo(*options, folder=temporary) as running:
        async with asyncio.timeout(60):
            while len(running.relatives()) < 3:  # noqa: ASYNC110 - other processes, which ring no bell
                await asyncio.sleep(0.2)
        running.process.terminate()
        await asyncio.wait_for(running.process.communicate(), 30)
        left = running.relatives()

    assert running.process.returncode == 130
    assert left == [] and os.listdir(temporary) == []


@pytest.mark.slow
@pytest.mark.timeout(2700)
async def test_the_starter_model_is_taught_the_voice_of_the_sample_shop(temporary: Path) -> None:
    async with demo("--autopilot", "--json", folder=temporary) as running:
        out, _ = await asyncio.wait_for(running.process.communicate(), 2600)

    said: dict[str, Any] = json.loads(out)
    assert (running.process.returncode, said["problem"]) == (0, None), said
    assert (said["products"], said["prompts"], said["existing"], said["pairs"]) == (60, 66, 40, 36)
    assert said["job"]["status"] == "succeeded"
    assert said["job"]["train_loss"][-1] < 0.6 * said["job"]["train_loss"][0]
    over_plain, _ = said["evaluation"]["comparisons"]
    assert over_plain["better"] > 3 * over_plain["worse"] and over_plain["p_value"] < 0.05
