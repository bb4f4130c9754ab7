"""The page about commands tells of every command, every option and every word of `/tune`, and of no other."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.core import TyperGroup

from bot.cli.root import build
from handlers.home import commands

PAGE = (Path(__file__).parents[2] / "docs" / "commands.md").read_text(encoding="utf-8")
OPTION = re.compile(r"--[a-z][a-z-]*")
# Their options belong to a process of its own and are passed on to it.
STAND_INS = ("engine serve", "workspace serve")


def test_every_word_of_tune_stands_on_the_page_and_no_other() -> None:
    rows = re.findall(r"^\| `/tune (\w+)", PAGE, re.M)

    assert sorted(rows) == sorted(commands())
    assert set(re.findall(r"`/tune (\w+)", PAGE)) <= set(commands())


def test_every_command_stands_on_the_page_and_no_other() -> None:
    assert sorted(sections()) == sorted(options_by_command())


@pytest.mark.parametrize("command", sorted(re.findall(r"^### `tunesmith (.+)`$", PAGE, re.M)))
def test_a_command_s_options_are_those_of_its_table(command: str) -> None:
    cells = re.findall(r"^\| (`--.+?) \|", sections()[command], re.M)

    assert sorted(OPTION.findall(" ".join(cells))) == sorted(options_by_command()[command])


def sections() -> dict[str, str]:
    """The text under each command's heading."""
    parts = re.split(r"^### `tunesmith (.+)`$", PAGE, flags=re.M)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def options_by_command() -> dict[str, set[str]]:
    found = dict(leaves(typer.main.get_command(build()), ""))
    return {path: passed_on(path) if path in STAND_INS else options for path, options in found.items()}


def leaves(command: Any, path: str) -> Iterator[tuple[str, set[str]]]:
    """Every command that does something, with the long names of its options; a switch by both of its names."""
    if not isinstance(command, TyperGroup):
        names = (name for option in command.params for name in (*option.opts, *option.secondary_opts))
        yield path, {name for name in names if name.startswith("--")} - {"--help"}
        return
    for name, inner in command.commands.items():
        yield from leaves(inner, f"{path} {name}".strip())


@cache
def passed_on(path: str) -> set[str]:
    """What a stand-in's own help names."""
    asked = [sys.executable, "-m", "bot", *path.split(), "--help"]
    return set(OPTION.findall(subprocess.run(asked, capture_output=True, text=True, check=True).stdout)) - {"--help"}
