"""The page about the check tells of every code, and of no other."""

from __future__ import annotations

from pathlib import Path

from bot.preflight.rules import RULES, documentation

PAGE = Path(__file__).parents[2] / "docs" / "dataset-check.md"


def test_the_table_of_codes_is_the_list_of_codes() -> None:
    assert documentation() in PAGE.read_text(encoding="utf-8")


def test_every_code_says_what_it_means_gives_an_example_and_helps() -> None:
    assert len(RULES) >= 30
    for rule in RULES.values():
        assert rule.says.endswith(".") and rule.example and rule.fix.endswith("."), rule.code
