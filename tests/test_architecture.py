"""The house as it is drawn, as it is checked, and as the check bites."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
LINT = Path(sys.executable).with_name("lint-imports")


def contracts() -> list[dict[str, Any]]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    found: list[dict[str, Any]] = settings["tool"]["importlinter"]["contracts"]
    return found


def drawn_floors() -> list[list[str]]:
    """The code block under "The house" in the README: a floor a line; after two blanks, its module or a comment."""
    [block] = re.findall(r"^## The house\n.*?```\n(.*?)```", (ROOT / "README.md").read_text(), re.M | re.S)
    return [[part for part in re.split(r"\s{2,}", line) if is_module(part)] for line in block.splitlines()]


def is_module(text: str) -> bool:
    path = ROOT / text.replace(".", "/")
    return bool(re.fullmatch(r"[a-z_.]+", text)) and (path.is_dir() or path.with_suffix(".py").is_file())


def test_the_drawing_shows_the_floors_that_are_checked_in_their_order() -> None:
    [layers] = [contract["layers"] for contract in contracts() if contract["type"] == "layers"]

    assert drawn_floors() == [[module.strip() for module in floor.split("|")] for floor in layers]


def test_every_package_of_the_bot_stands_on_a_floor_or_apart() -> None:
    here = {f"bot.{path.stem}" for path in (ROOT / "bot").iterdir() if path.suffix == ".py" or is_package(path)}

    floors = {module for floor in drawn_floors() for module in floor}
    assert here - floors == {"bot.__init__", "bot.local"}


def is_package(path: Path) -> bool:
    return (path / "__init__.py").is_file()


# One import that each contract forbids: the file it is written into, and the line.
BREACHES = {
    "Every arrow runs down": ("bot/domain/people.py", "import bot.services.project"),
    "Only the composition root imports handlers": ("bot/jobs/deliver.py", "import handlers.home"),
    "Only handlers and jobs import views": ("bot/services/project.py", "import bot.views.home"),
    "Services know neither Slack nor settings": ("bot/services/project.py", "import bot.config"),
    "Handlers do not send channel messages": ("handlers/home.py", "import bot.slack.door"),
    "The domain is pure": ("bot/domain/people.py", "import pydantic"),
    "The stand-ins stand apart": ("bot/local/workspace/ids.py", "import bot.local.engine.names"),
    "The stand-ins import nothing of ours": ("bot/local/engine/names.py", "import bot.errors"),
    "Only the demo and the command line start the stand-ins": ("bot/jobs/deliver.py", "import bot.local.engine.names"),
}


@dataclass(frozen=True)
class House:
    """A copy of the three packages, to break."""

    root: Path

    def check(self) -> str:
        """What the linter says."""
        found = subprocess.run(
            [LINT, "--cache-dir", self.root / "cache"], cwd=self.root, capture_output=True, text=True, timeout=100
        )
        return found.stdout + found.stderr

    def broken(self) -> set[str]:
        return set(re.findall(r"^(.+) BROKEN$", self.check(), re.M))


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    root = tmp_path_factory.mktemp("house")
    only_code = shutil.ignore_patterns("__pycache__", "samples", "page", "versions")
    for package in ("bot", "handlers", "storage"):
        shutil.copytree(ROOT / package, root / package, ignore=only_code)
    shutil.copy(ROOT / "pyproject.toml", root)
    yield House(root)


def test_every_contract_has_a_breach_here() -> None:
    assert [contract["name"] for contract in contracts()] == list(BREACHES)


def test_the_house_as_it_stands_keeps_every_contract(house: House) -> None:
    said = house.check()

    assert len(re.findall(r" KEPT$", said, re.M)) == len(BREACHES), said
    assert house.broken() == set()


@pytest.mark.parametrize("contract", BREACHES)
def test_a_forbidden_import_breaks_its_contract(house: House, contract: str) -> None:
    name, line = BREACHES[contract]
    file = house.root / name
    before = file.read_text()
    file.write_text(f"{before}\n\n{line}\n")

    broken = house.broken()
    file.write_text(before)

    assert contract in broken
