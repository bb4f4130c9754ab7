"""Examples change their form without changing what they teach."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.export.pair_tables import csv_blocks, parquet_blocks, read_csv, read_parquet
from bot.preflight.convert import ROW, Target, converted, left_behind
from bot.preflight.examples import Example
from bot.preflight.foreign import Unfit, from_row, read_any
from tests.preflight.files import GOOD, GOOD_PREFERENCES, turns

NOT_IN_FILES = st.characters(exclude_categories=["Cs"])
TEXT = st.text(NOT_IN_FILES, min_size=1, max_size=20).filter(str.strip)
HOSTILE = st.sampled_from(
    ["=1+1", "'=1", "''-x", "-5", "@cmd", "\t=a", "a\r\nb", 'a "b", c', "＝1", "'", "\ufeffa", " a "]
)
WORDS = TEXT | HOSTILE
TURNS = st.lists(st.tuples(WORDS, WORDS), max_size=2)


def chat(system: str, before: list[tuple[str, str]], user: str, answer: str) -> dict[str, Any]:
    said = [("system", system)] if system else []
    said += [turn for one, other in before for turn in (("user", one), ("assistant", other))]
    return turns(*({"role": role, "content": text} for role, text in [*said, ("user", user), ("assistant", answer)]))


CHATS = st.builds(chat, st.just("") | WORDS, TURNS, WORDS, WORDS)
SINGLE = st.builds(chat, st.just("") | WORDS, st.just([]), WORDS, WORDS)


def silent(code: str, message: str) -> None:
    """A note nobody reads."""


def read(value: Any) -> Example:
    return read_any(value, silent)


@settings(max_examples=60, deadline=None)
@given(CHATS, st.sampled_from([Target.ALPACA, Target.SHAREGPT]))
def test_conversations_come_back_from_other_tools_as_they_were(value: dict[str, Any], target: Target) -> None:
    there = converted(read(value), target)

    assert converted(read(there), Target.CHAT) == value


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(SINGLE, min_size=1, max_size=3), st.sampled_from([Target.CSV, Target.PARQUET]))
def test_pairs_come_back_from_tables_as_they_were(tmp_path: Path, values: list[dict[str, Any]], target: Target) -> None:
    write, read_table = (csv_blocks, read_csv) if target is Target.CSV else (parquet_blocks, read_parquet)
    file = tmp_path / "pairs"

    file.write_bytes(b"".join(write(ROW, [converted(read(value), target) for value in values])))

    assert [converted(from_row(row), Target.CHAT) for _, row in read_table(file)] == values


@settings(max_examples=40, deadline=None)
@given(WORDS, WORDS, WORDS)
def test_preferences_come_back_from_a_table_with_both_answers(prompt: str, wanted: str, other: str) -> None:
    row = {"prompt": prompt, "completion": wanted, "system": "", "rejected": other}

    there = converted(from_row(row), Target.PREFERENCE)

    assert there["input"] == turns({"role": "user", "content": prompt})
    if wanted.strip() != other.strip():
        assert converted(read(there), Target.CSV) == row


def test_a_preference_becomes_a_chat_with_the_preferred_answer_and_the_other_one_is_missed() -> None:
    example = read(GOOD_PREFERENCES[0])

    there = converted(example, Target.CHAT)

    assert there["messages"][-1] == GOOD[0]["messages"][-1]
    assert left_behind(example, Target.CHAT) == "the answer that was not preferred"


def test_a_completion_has_no_place_for_the_system_prompt_and_that_is_said() -> None:
    example = read(GOOD[0])

    assert converted(example, Target.COMPLETION) == {"prompt": "Describe the lamp.", "completion": example.answer.text}
    assert left_behind(example, Target.COMPLETION) == "the system prompt"


@pytest.mark.parametrize(
    ("value", "target", "why"),
    [
        (GOOD[0], Target.PREFERENCE, "one answer only"),
        (chat("", [("a", "b")], "c", "d"), Target.COMPLETION, "more than one question"),
        (chat("", [("a", "b")], "c", "d"), Target.CSV, "more than one question"),
        (turns(*GOOD[0]["messages"][:2], GOOD[0]["messages"][1], GOOD[0]["messages"][2]), Target.ALPACA, "take turns"),
    ],
)
def test_what_a_form_cannot_hold_is_not_squeezed_into_it(value: dict[str, Any], target: Target, why: str) -> None:
    with pytest.raises(Unfit, match=why):
        converted(read(value), target)


@pytest.mark.parametrize(
    "value",
    [
        {"instruction": "Describe it.", "input": "A lamp.", "output": "Warm brass."},
        {
            "conversations": [
                {"from": "human", "value": "Describe it.\n\nA lamp."},
                {"from": "gpt", "value": "Warm brass."},
            ]
        },
        {"prompt": "Describe it.\n\nA lamp.", "chosen": "Warm brass.", "rejected": "A lamp."},
        {
            "prompt": [{"role": "user", "content": "Describe it.\n\nA lamp."}],
            "chosen": [{"role": "assistant", "content": "Warm brass."}],
            "rejected": [{"role": "assistant", "content": "A lamp."}],
        },
    ],
    ids=["alpaca", "sharegpt", "chosen", "chosen messages"],
)
def test_shapes_of_other_tools_are_understood(value: dict[str, Any]) -> None:
    assert converted(read(value), Target.CHAT) == chat("", [], "Describe it.\n\nA lamp.", "Warm brass.")


@pytest.mark.parametrize("value", [5, {}, {"instruction": 5, "output": "a"}, {"conversations": []}, {"chosen": "a"}])
def test_what_is_no_example_is_refused(value: Any) -> None:
    with pytest.raises(Unfit):
        read(value)


def test_a_line_that_already_has_the_form_keeps_its_weights_and_tools_but_loses_unknown_names() -> None:
    tools = [{"type": "function", "function": {"name": "price"}}]
    weighed = turns(*GOOD[0]["messages"][:2], GOOD[0]["messages"][2] | {"weight": 1}) | {"tools": tools}

    assert converted(read(weighed | {"id": 7}), Target.CHAT) == weighed


@pytest.mark.parametrize("cell", ["=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-2+3", "\t=1", "＝1"])
def test_no_spreadsheet_program_runs_a_pair(cell: str) -> None:
    written = b"".join(csv_blocks(ROW, [dict.fromkeys(ROW, cell)])).decode("utf-8-sig")

    assert all(value == f"'{cell}" for value in list(csv.reader(io.StringIO(written, newline="")))[1])
