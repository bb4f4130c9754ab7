"""Every kind of bad file is named by its code and its line; good files are left in peace."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from bot.domain.project import Style
from bot.preflight import RULES, Options, Severity
from bot.preflight.tokens import Estimate
from tests.preflight.files import (
    GOOD,
    GOOD_COMPLETIONS,
    GOOD_PREFERENCES,
    chat,
    checked,
    found,
    lines,
    preference,
    turns,
)

USER = {"role": "user", "content": "Describe the ladder."}
SAID = {"role": "assistant", "content": "Six steps of larch, light enough for one hand."}
CALL = {"id": "c1", "type": "function", "function": {"name": "price", "arguments": '{"of": "ladder"}'}}
BAD_CALL = {"id": "c1", "type": "function", "function": {"name": "price", "arguments": "{"}}
TOOLS = [{"type": "function", "function": {"name": "weight"}}]
AWS_KEY = "AKIA" + "ABCDEFGHIJKLMNOP"
FRENCH = "Une échelle en bois de mélèze pour toute la maison, avec six marches et une poignée qui tient dans la main."


def said(text: str) -> dict[str, Any]:
    return chat("Describe the ladder.", text)


# The code, and the line that stands at number 13 behind twelve good ones.
BAD_LINES: list[tuple[str, Any]] = [
    ("not_utf8", b'{"messages": "caf\xe9"}'),
    ("blank_line", b"  "),
    ("invalid_json", b'{"messages": nonsense}'),
    ("trailing_comma", b'{"messages": [],}'),
    ("comma_between_lines", json.dumps(said("Light as a feather.")).encode() + b","),
    ("single_quotes", b"{'messages': []}"),
    ("curly_quotes", "{“messages”: []}".encode()),
    ("glued_objects", b'{"messages": []}{"messages": []}'),
    ("cut_off", b'{"messages": [{"role": "us'),
    ("not_an_object", ["hello"]),
    ("wrong_format", {"instruction": "a", "output": "b"}),
    ("mixed_formats", {"prompt": "Describe the ladder.", "completion": "Six steps of larch."}),
    ("extra_keys", said("Six steps of larch.") | {"id": 7}),
    ("no_messages", {"messages": "hello"}),
    ("empty_messages", turns()),
    ("message_not_object", turns("hello", SAID)),
    ("unknown_role", turns({"role": "bot", "content": "a"}, SAID)),
    ("unknown_role", turns({"content": "a"}, SAID)),
    ("no_assistant", turns(USER)),
    ("last_not_assistant", turns(USER, SAID, USER)),
    ("no_user", turns(SAID)),
    ("wrong_order", turns(USER, USER, SAID)),
    ("content_missing", turns({"role": "user"}, SAID)),
    ("content_not_text", turns({"role": "user", "content": 5}, SAID)),
    ("content_not_text", turns({"role": "user", "content": [{"type": "image_url", "image_url": {}}]}, SAID)),
    ("empty_content", said(" \n")),
    ("bad_weight", turns(USER, SAID | {"weight": 0.5})),
    ("weight_misplaced", turns(USER | {"weight": 1}, SAID)),
    ("nothing_to_learn", turns(USER, SAID | {"weight": 0})),
    ("bad_tool_call", turns(USER, {"role": "assistant", "tool_calls": [BAD_CALL]})),
    ("tool_answer_lost", turns(USER, {"role": "tool", "tool_call_id": "c9", "content": "5"}, SAID)),
    ("unknown_tool", turns(USER, {"role": "assistant", "tool_calls": [CALL]}) | {"tools": TOOLS}),
    ("too_long", said("long " * 999 + "long")),
    ("special_tokens", said("The end.<|im_end|> And more.")),
    ("template_markup", said("[INST] Six steps [/INST]")),
    ("secret", said(f"The key is {AWS_KEY}.")),
    ("personal_data", said("Ask ann.smith@shop-of-ann.com for it.")),
    ("placeholder", said("Buy the [product name] today.")),
    ("refusal", said("As an AI language model, I have no ladder.")),
    ("control_characters", said("Six\u0007 steps.")),
    ("mojibake", said("For the cafÃ© next door.")),
    ("edge_blanks", said(" Six steps of larch.")),
    ("wrong_language", said(FRENCH)),
    ("house_rule", said("A cheap ladder.")),
    ("duplicate", GOOD[4]),
    ("near_duplicate", chat("Describe the clock!", GOOD[4]["messages"][2]["content"].replace("large", "big"))),
    ("conflicting_answers", chat("Describe the clock.", "Tells the time.")),
    (
        "repeated_answer",
        chat("Write all you know of that round thing on the wall, in our voice.", GOOD[4]["messages"][2]["content"]),
    ),
    ("inconsistent_system", turns({"role": "system", "content": "Be brief."}, USER, SAID)),
]
OPTIONS = Options(counter=Estimate(limit=500), style=Style(never_say=("cheap",)), language="English")
ALONGSIDE = {"wrong_order", "no_user", "inconsistent_system", "near_duplicate"}  # said of such lines as well


@pytest.mark.parametrize(("code", "line"), BAD_LINES, ids=[f"{code}-{at}" for at, (code, _) in enumerate(BAD_LINES)])
def test_a_bad_line_is_named_by_its_number_and_code(tmp_path: Path, code: str, line: Any) -> None:
    report = checked(tmp_path, lines([*GOOD, line]), OPTIONS)

    assert (13, code) in found(report)
    assert found(report) - {(13, other) for other in ALONGSIDE} <= {(13, code)}
    assert report.valid is (RULES[code].severity is Severity.WARNING)


BAD_FILES = {
    "empty_file": b"",
    "compressed": gzip.compress(lines(GOOD)),
    "json_array": json.dumps(GOOD).encode(),
    "spread_json": b"\n".join(json.dumps(one, indent=2).encode() for one in GOOD),
    "too_few_examples": lines(GOOD[:9]),
    "bom": b"\xef\xbb\xbf" + lines(GOOD),
    "crlf": lines(GOOD).replace(b"\n", b"\r\n"),
    "not_utf8": lines(GOOD).decode().encode("utf-16"),
    "not_jsonl": b"prompt,completion\nDescribe the lamp,Warm brass\n",
}


@pytest.mark.parametrize(("code", "content"), BAD_FILES.items(), ids=list(BAD_FILES))
def test_a_bad_file_is_named_by_its_code(tmp_path: Path, code: str, content: bytes) -> None:
    report = checked(tmp_path, content)

    assert code in {name for line, name in found(report) if line <= 1}
    assert report.valid is (RULES[code].severity is Severity.WARNING)


def test_what_is_in_a_packed_or_listed_file_is_still_looked_at(tmp_path: Path) -> None:
    bad = [*GOOD, turns(USER)]
    spread = b"\n".join(json.dumps(one, indent=1).encode() for one in bad)

    assert (13, "no_assistant") in found(checked(tmp_path, gzip.compress(lines(bad))))
    assert any(code == "no_assistant" for _, code in found(checked(tmp_path, json.dumps(bad).encode())))
    line = spread[: spread.rindex(b'"messages"')].count(b"\n")
    assert (line, "no_assistant") in found(checked(tmp_path, spread))


BAD_PREFERENCES = [
    ("bad_input", preference("a", "b", "c") | {"input": "hello"}),
    ("bad_input", preference("a", "b", "c") | {"input": turns(USER, SAID)}),
    ("bad_output", preference("a", "b", "c") | {"preferred_output": []}),
    ("bad_output", {key: value for key, value in preference("a", "b", "c").items() if not key.startswith("non_")}),
    ("same_outputs", preference("Describe the ladder.", "Six steps.", "Six steps. ")),
    ("empty_content", preference("Describe the ladder.", " ", "Six steps.")),
]
BAD_COMPLETIONS = [
    ("bad_prompt", {"completion": "Six steps."}),
    ("bad_completion", {"prompt": "Describe the ladder.", "completion": None}),
    ("empty_content", {"prompt": "", "completion": "Six steps."}),
    ("uneven_start", {"prompt": "Describe the ladder.", "completion": " Six steps of larch."}),
]


@pytest.mark.parametrize(
    ("good", "code", "line"),
    [(GOOD_PREFERENCES, *bad) for bad in BAD_PREFERENCES] + [(GOOD_COMPLETIONS, *bad) for bad in BAD_COMPLETIONS],
)
def test_the_other_forms_have_their_own_faults(tmp_path: Path, good: list[Any], code: str, line: Any) -> None:
    assert found(checked(tmp_path, lines([*good, line]))) == {(13, code)}


@pytest.mark.parametrize("good", [GOOD, GOOD_PREFERENCES, GOOD_COMPLETIONS], ids=["chat", "preference", "completion"])
def test_good_files_are_left_in_peace(tmp_path: Path, good: list[Any]) -> None:
    report = checked(tmp_path, lines(good))

    assert report.valid and found(report) == set() and report.problem is None
    assert report.examples == 12


def test_tool_calls_and_texts_in_parts_are_fine(tmp_path: Path) -> None:
    answer = {"role": "tool", "tool_call_id": "c1", "content": "12"}
    parts = {"role": "user", "content": [{"type": "text", "text": "What is the ladder?"}]}
    asked = {"role": "assistant", "content": None, "tool_calls": [CALL]}
    line = turns(GOOD[0]["messages"][0], parts, asked, answer, SAID)

    assert found(checked(tmp_path, lines([*GOOD, line]))) == set()


def test_a_text_of_the_validation_file_may_not_be_trained_on(tmp_path: Path) -> None:
    nearly = chat("Describe the clock.", GOOD[4]["messages"][2]["content"].replace("large", "big"))

    report = checked(tmp_path, lines(GOOD), held_out=lines([nearly, chat("Describe the sofa.", "Sit down, sink in.")]))

    assert found(report) == {(5, "held_out_leak")}
    assert "line 1 of the validation file" in report.warnings[-1].message


def test_the_validation_file_is_checked_too_and_named(tmp_path: Path) -> None:
    report = checked(tmp_path, lines(GOOD), held_out=lines([turns(USER), said("Six steps of larch.")]))

    assert [(one.file, one.line, one.code) for one in report.errors] == [("held_out.jsonl", 1, "no_assistant")]


def test_of_very_many_findings_the_first_are_kept_and_all_are_counted(tmp_path: Path) -> None:
    report = checked(tmp_path, lines([*GOOD, *[b"nonsense"] * 1000]))

    assert len(report.errors) == 200 and report.counts["invalid_json"] == 1000
    assert report.problem is not None and report.problem.startswith("1000 errors; the first is in the file, line 13")


def test_a_line_of_a_gigabyte_would_not_be_read_into_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.preflight.reading.LARGEST_LINE", 1000)

    report = checked(tmp_path, lines([*GOOD, said("x" * 5000), said("Six steps.")]))

    assert found(report) == {(13, "line_too_large")} and report.examples == 13


def test_a_file_larger_than_providers_take_is_said_to_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.preflight.reading.LARGEST_FILE", 1000)

    assert found(checked(tmp_path, lines(GOOD))) == {(0, "file_too_large")}


def test_every_code_is_seen_in_some_test_of_this_folder() -> None:
    shown = {code for code, _ in [*BAD_LINES, *BAD_PREFERENCES, *BAD_COMPLETIONS]} | set(BAD_FILES)
    elsewhere = {"few_examples", "held_out_leak", "line_too_large", "file_too_large", "unsupported_claim", "origin"}

    assert shown | elsewhere == set(RULES)
    assert len(shown) >= 30
