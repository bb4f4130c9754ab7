"""`tunesmith dataset check`: one object for programs, a table for people, and an exit code for both."""

from __future__ import annotations

import json
from pathlib import Path

from tests.preflight.files import GOOD, chat, lines, turns
from tests.support.cli import Tunesmith

BAD = turns({"role": "user", "content": "Describe the ladder."})


def test_a_good_file_is_valid_and_its_tokens_are_said_to_be_estimated(tunesmith: Tunesmith, tmp_path: Path) -> None:
    (tmp_path / "train.jsonl").write_bytes(lines(GOOD))

    said = tunesmith("dataset", "check", str(tmp_path / "train.jsonl"), "--json")

    report = json.loads(said.out)
    assert said.code == 0 and report["valid"] and report["problem"] is None
    assert (report["format"], report["examples"], report["errors"]) == ("chat", 12, [])
    assert report["tokens"]["exact"] is False and 0 < report["tokens"]["longest"] < report["tokens"]["total"]


def test_an_error_has_line_code_message_and_fix_and_ends_with_one(tunesmith: Tunesmith, tmp_path: Path) -> None:
    (tmp_path / "train.jsonl").write_bytes(lines([*GOOD, BAD]))

    said = tunesmith("dataset", "check", str(tmp_path / "train.jsonl"), "--json")

    report = json.loads(said.out)
    assert said.code == 1 and not report["valid"]
    [error] = report["errors"]
    assert (error["line"], error["code"]) == (13, "no_assistant") and error["message"] and error["fix"]
    assert report["problem"] == "1 error; the first is in the file, line 13: No message comes from the assistant."


def test_people_see_the_line_and_what_helps(tunesmith: Tunesmith, tmp_path: Path) -> None:
    (tmp_path / "train.jsonl").write_bytes(lines([*GOOD, BAD]))

    said = tunesmith("dataset", "check", str(tmp_path / "train.jsonl"))

    assert said.code == 1 and "cannot be used as it is" in said.out
    assert "13" in said.out and "no_assistant" in said.out and "{" not in said.out


def test_a_house_style_and_a_validation_file_are_looked_at(tunesmith: Tunesmith, tmp_path: Path) -> None:
    (tmp_path / "train.jsonl").write_bytes(lines([*GOOD, chat("Describe the ladder.", "A cheap ladder.")]))
    (tmp_path / "held_out.jsonl").write_bytes(lines(GOOD[:1]))
    (tmp_path / "style.json").write_text('{"never_say": ["cheap"]}')
    options = ("--validation", str(tmp_path / "held_out.jsonl"), "--style", str(tmp_path / "style.json"), "--json")

    said = tunesmith("dataset", "check", str(tmp_path / "train.jsonl"), *options)

    found = {(one["line"], one["code"]) for one in json.loads(said.out)["warnings"]}
    assert {(13, "house_rule"), (1, "held_out_leak")} <= found


def test_a_style_that_is_none_is_a_sentence(tunesmith: Tunesmith, tmp_path: Path) -> None:
    (tmp_path / "train.jsonl").write_bytes(lines(GOOD))
    (tmp_path / "style.json").write_text("cheap")
    command = ("dataset", "check", str(tmp_path / "train.jsonl"), "--style", str(tmp_path / "style.json"))

    assert "is not a house style" in tunesmith(*command).err
    assert "is not a house style" in json.loads(tunesmith(*command, "--json").out)["problem"]
    assert tunesmith(*command).code == 1
