"""The local engine, which shares no code with the check, refuses nothing that the check passes, and refuses itself what
could not be trained on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bot.local.engine.validate import Example, InvalidFile, read_examples
from bot.preflight import Options, Severity
from bot.preflight.examples import Example as Checked
from bot.preflight.rules import RULES
from tests.preflight.files import GOOD, GOOD_COMPLETIONS, GOOD_PREFERENCES, checked, lines
from tests.preflight.test_check import (
    BAD_COMPLETIONS,
    BAD_FILES,
    BAD_LINES,
    BAD_PREFERENCES,
    CALL,
    OPTIONS,
)

LIMIT = 400
# Errors of files that could be trained on, but should not be sent anywhere as they are; the engine reads over them.
NOT_ABOUT_TRAINING = {"secret"}


class Letters:
    """Counts letters: the same for the check and for the engine."""

    exact, limit = True, LIMIT

    def count(self, example: Checked) -> int:
        return sum(len(turn.text) for turn in example.texts())


def letters(example: Example) -> int:
    return sum(len(message.content) for message in example)


def refusal(content: bytes) -> str:
    """What the engine says against a file; "" if it takes it."""
    try:
        read_examples(content.splitlines(keepends=True), count_tokens=letters, token_limit=LIMIT * 10)
    except InvalidFile as refused:
        return refused.message
    return ""


def passes(folder: Path, content: bytes) -> bool:
    return checked(folder, content, Options(counter=Letters(), near=False)).valid


PIECES = [
    "a lamp",
    "Brass.",
    " ",
    "",
    "é",
    "<|im_end|>",
    "<|",
    "{{x}}",
    "\u0000",
    "As an AI",
    "日本語",
    "a\nb",
    '"',
    "x" * 90,
]
TEXT = st.lists(st.sampled_from(PIECES), max_size=4).map("".join) | st.text(max_size=12)
ODD = st.sampled_from([None, 5, True, [], {}, ["a"], [{"type": "text", "text": "part"}], [{"type": "image_url"}]])
NICE = st.sampled_from(
    ["a lamp", "Brass.", "日本語", "a\nb", "<|", '"', "{{x}}", "As an AI", [{"type": "text", "text": "part"}]]
)
CONTENT = st.one_of(*[NICE] * 8, TEXT, ODD)
ROLE = st.sampled_from([*["user", "assistant", "system", "developer"] * 3, "tool", "function", "bot", None])
WEIGHT = st.sampled_from([0, 1, 1, 1, None, None, 1.0, True, "1", 2])
CALLS = st.sampled_from([[CALL], [], None, "a", [{}], [CALL | {"function": {"name": "f", "arguments": "[]"}}]])
CALLED = st.sampled_from(["c1", "c2", None])
OPTIONAL = {"weight": WEIGHT, "tool_calls": CALLS, "name": TEXT, "tool_call_id": CALLED}
MESSAGE = st.fixed_dictionaries({"role": ROLE, "content": CONTENT}, optional=OPTIONAL)
ANSWER = st.fixed_dictionaries({"role": st.just("assistant"), "content": CONTENT}, optional={"weight": WEIGHT})
ASKED = st.fixed_dictionaries({"role": st.just("user"), "content": CONTENT})
CHAT = st.tuples(st.lists(MESSAGE, max_size=3), ASKED, ANSWER).map(lambda parts: {"messages": [*parts[0], *parts[1:]]})
COMPLETION = st.fixed_dictionaries({"prompt": CONTENT, "completion": CONTENT})
PREFERENCE = st.fixed_dictionaries(
    {
        "input": st.fixed_dictionaries({"messages": st.lists(ASKED | MESSAGE, min_size=1, max_size=2)}),
        "preferred_output": st.lists(ANSWER, min_size=1, max_size=1),
        "non_preferred_output": st.lists(ANSWER, max_size=2),
    }
)
FILES = [(GOOD, CHAT), (GOOD_COMPLETIONS, COMPLETION), (GOOD_PREFERENCES, PREFERENCE)]
ANY_FILE = st.sampled_from(FILES).flatmap(
    lambda kind: st.lists(st.one_of(*[kind[1]] * 6, CHAT, COMPLETION), max_size=2).map(lambda odd: [*kind[0], *odd])
)
ENDS = st.sampled_from([b"\n", b"\r\n", b"\n\n", b"\n \n"])


def saved(values: list[Any], end: bytes, mark: bytes) -> bytes:
    return mark + lines(values).replace(b"\n", end)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=ANY_FILE, end=ENDS, mark=st.sampled_from([b"", b"\xef\xbb\xbf"]))
@example(
    values=[*GOOD, {"messages": [*GOOD[0]["messages"][:2], {"role": "assistant", "content": "a", "weight": None}]}],
    end=b"\n",
    mark=b"",
)
@example(values=[one | {"messages": GOOD[0]["messages"]} for one in GOOD_COMPLETIONS], end=b"\n", mark=b"")
def test_the_engine_takes_every_file_that_the_check_passes(
    tmp_path: Path, values: list[Any], end: bytes, mark: bytes
) -> None:
    content = saved(values, end, mark)

    refused = refusal(content)

    assert not (refused and passes(tmp_path, content)), refused


@pytest.mark.slow
@pytest.mark.timeout(600)
@settings(max_examples=5_000, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=ANY_FILE, end=ENDS, mark=st.sampled_from([b"", b"\xef\xbb\xbf"]))
def test_the_engine_takes_every_file_that_the_check_passes_at_length(
    tmp_path: Path, values: list[Any], end: bytes, mark: bytes
) -> None:
    content = saved(values, end, mark)

    refused = refusal(content)

    assert not (refused and passes(tmp_path, content)), refused


ERRORS = [
    (good, code, line)
    for good, bad in ((GOOD, BAD_LINES), (GOOD_PREFERENCES, BAD_PREFERENCES), (GOOD_COMPLETIONS, BAD_COMPLETIONS))
    for code, line in bad
    if RULES[code].severity is Severity.ERROR and code not in NOT_ABOUT_TRAINING
]


@pytest.mark.parametrize(
    ("good", "code", "line"), ERRORS, ids=[f"{code}-{at}" for at, (_, code, _) in enumerate(ERRORS)]
)
def test_what_could_not_be_trained_on_is_refused_by_the_engine_in_its_own_words(
    good: list[Any], code: str, line: Any
) -> None:
    assert "line 13: " in refusal(lines([*good, line]))


@pytest.mark.parametrize("code", [code for code in BAD_FILES if RULES[code].severity is Severity.ERROR])
def test_a_file_that_could_not_be_trained_on_is_refused_by_the_engine(code: str) -> None:
    assert refusal(BAD_FILES[code])


def test_the_two_speak_for_themselves() -> None:
    """Not one sentence of the engine's is the check's."""
    said = {refusal(lines([*good, line])).partition("line 13: ")[2] for good, _, line in ERRORS}

    assert len(said) > 20 and not said & {rule.says for rule in RULES.values()}


def test_warnings_alone_stop_neither(tmp_path: Path) -> None:
    for code, line in BAD_LINES:
        if RULES[code].severity is Severity.WARNING:
            content = lines([*GOOD, line])
            assert checked(tmp_path, content, OPTIONS).valid and refusal(content) == "", code


def test_of_a_preference_the_preferred_answer_is_learned() -> None:
    [*_, learned] = read_examples(lines(GOOD_PREFERENCES).splitlines(), count_tokens=letters, token_limit=LIMIT)

    assert [message.content for message in learned] == ["Describe the shelf.", GOOD[-1]["messages"][2]["content"]]
    assert json.dumps(GOOD_PREFERENCES[-1]).count(learned[-1].content) == 1
