"""Examples in another form: between the forms of training files, the shapes of other tools, and rows of tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any

from bot.preflight.examples import KNOWN_KEYS, Example, Turn
from bot.preflight.foreign import Unfit

ROW = ("prompt", "completion", "system", "rejected")  # the columns of a table
SHAREGPT_NAMES = {"user": "human", "assistant": "gpt", "system": "system", "developer": "system"}


class Target(StrEnum):
    """What `tunesmith dataset convert` can write."""

    CHAT = "chat"
    COMPLETION = "completion"
    PREFERENCE = "preference"
    ALPACA = "alpaca"
    SHAREGPT = "sharegpt"
    CSV = "csv"
    PARQUET = "parquet"


TABLES = frozenset({Target.CSV, Target.PARQUET})


def converted(example: Example, target: Target) -> dict[str, Any]:
    """The example as an object of the wanted form, or as a row of ROW. Raises Unfit where that form cannot hold it.

    A line that already has the form stays as it is, but for names that trainers do not know."""
    if example.raw and example.form.value == target.value:
        return {name: value for name, value in example.raw.items() if name in KNOWN_KEYS[example.form]}
    if any(turn.calls or turn.role in ("tool", "function") for turn in example.turns):
        raise Unfit("has tool calls")
    if not all(turn.trained for turn in example.turns):
        raise Unfit("has turns with the weight 0")
    return WRITERS[target](example)


def left_behind(example: Example, target: Target) -> str:
    """What the form has no place for and is left out without harm to the rest, in words, or ""."""
    if target is Target.COMPLETION and example.system:
        return "the system prompt"
    if example.rejected is not None and target not in (Target.PREFERENCE, *TABLES):
        return "the answer that was not preferred"
    return ""


def _chat(example: Example) -> dict[str, Any]:
    return {"messages": _messages(example.turns)}


def _completion(example: Example) -> dict[str, Any]:
    return {"prompt": _only_prompt(example), "completion": example.answer.text}


def _preference(example: Example) -> dict[str, Any]:
    if example.rejected is None:
        raise Unfit("has one answer only")
    return {
        "input": {"messages": _messages(example.before)},
        "preferred_output": _messages((example.answer,)),
        "non_preferred_output": [{"role": "assistant", "content": example.rejected}],
    }


def _alpaca(example: Example) -> dict[str, Any]:
    """With the two names that its tools have for what came before."""
    system, turns = _opened(example)
    roles = [turn.role for turn in turns]
    if roles != ["user", "assistant"] * (len(turns) // 2) + ["user"]:
        raise Unfit("user and assistant do not take turns")
    history = [[one.text, other.text] for one, other in zip(turns[:-1:2], turns[1::2], strict=True)]
    more = ({"system": system} if system else {}) | ({"history": history} if history else {})
    return {"instruction": turns[-1].text, "input": "", "output": example.answer.text} | more


def _sharegpt(example: Example) -> dict[str, Any]:
    _opened(example)
    return {"conversations": [{"from": SHAREGPT_NAMES[turn.role], "value": turn.text} for turn in example.turns]}


def _row(example: Example) -> dict[str, Any]:
    cells = (_only_prompt(example), example.answer.text, example.system, example.rejected or "")
    return dict(zip(ROW, cells, strict=True))


WRITERS: Mapping[Target, Callable[[Example], dict[str, Any]]] = {
    Target.CHAT: _chat,
    Target.COMPLETION: _completion,
    Target.PREFERENCE: _preference,
    Target.ALPACA: _alpaca,
    Target.SHAREGPT: _sharegpt,
    Target.CSV: _row,
    Target.PARQUET: _row,
}


def _messages(turns: Sequence[Turn]) -> list[dict[str, str]]:
    return [{"role": turn.role, "content": turn.text} for turn in turns]


def _opened(example: Example) -> tuple[str, tuple[Turn, ...]]:
    """The system prompt, and the turns after it. Raises Unfit where there are several, or one in the middle."""
    turns = example.before
    has_system = bool(turns) and turns[0].role in ("system", "developer")
    system, rest = (turns[0].text, turns[1:]) if has_system else ("", turns)
    if any(turn.role not in ("user", "assistant") for turn in rest):
        raise Unfit("has several system prompts")
    return system, rest


def _only_prompt(example: Example) -> str:
    """The prompt of an example that has one question and one answer."""
    _, turns = _opened(example)
    if len(turns) != 1 or turns[0].role != "user":
        raise Unfit("has more than one question and one answer")
    return turns[0].text
