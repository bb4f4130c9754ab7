"""A home of one's own for every command, with none of this machine's settings in it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.support.cli import Tunesmith, command_line


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty TUNESMITH_HOME; no Slack and no provider are set."""
    for name in [name for name in os.environ if name.startswith(("SLACK_", "OPENAI_", "DATABASE_URL", "TUNESMITH_"))]:
        monkeypatch.delenv(name)
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("TUNESMITH_HOME", str(folder))
    monkeypatch.setenv("TUNESMITH_TOML", str(folder / "tunesmith.toml"))
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def database(home: Path, sqlite_template: Path) -> Path:
    """The bot's database in that home, empty and up to date."""
    return Path(shutil.copy(sqlite_template, home / "tunesmith.sqlite3"))


@pytest.fixture
def tunesmith(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Tunesmith:
    return command_line(monkeypatch, capsys)
