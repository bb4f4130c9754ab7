"""The engine's command: what it refuses before it starts."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.engine import EngineProcess


def test_it_does_not_listen_to_the_world_without_a_token(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bot.local.engine", "--home", str(tmp_path), "--host", "0.0.0.0"]  # noqa: S104

    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)

    assert done.returncode == 2 and "--token" in done.stderr and done.stdout == ""


def test_it_listens_at_once_and_says_when_the_model_can_not_be_loaded(tmp_path: Path) -> None:
    (tmp_path / "no-model").mkdir()
    engine = EngineProcess(tmp_path / "home", tmp_path / "no-model").start()
    try:
        assert engine.name == "no-model" and engine.health()["status"] in ("loading", "failed")
    finally:
        engine.stop()


def test_the_package_imports_without_the_model_libraries() -> None:
    modules = ["app", "__main__", "trainer", "fetch", "tiny", "generate", "jobs"]
    heavy = ["torch", "transformers", "peft", "gguf"]
    code = f"""
import importlib, json, sys
for name in {modules!r}:
    importlib.import_module("bot.local.engine." + name)
print(json.dumps([name for name in {heavy!r} if name in sys.modules]))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert json.loads(done.stdout) == []


@pytest.mark.parametrize("signal", ["stop", "kill"])
def test_it_comes_back_where_it_was(tmp_path: Path, signal: str) -> None:
    (tmp_path / "no-model").mkdir()
    engine = EngineProcess(tmp_path / "home", tmp_path / "no-model").start()
    try:
        getattr(engine, signal)()
        assert engine.start().health()["model"] == "no-model"
    finally:
        engine.stop()
