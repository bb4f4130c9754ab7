"""Shapes of examples that are no training files here, but are often what there is: Alpaca, ShareGPT, chosen and
rejected answers, rows of a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.preflight.chat import text_of
from bot.preflight.examples import Example, Form, Turn, form_of
from bot.preflight.findings import Note
from bot.preflight.shapes import example_of

SPEAKERS = {"human": "user", "user": "user", "system": "system"} | dict.fromkeys(
    ("gpt", "assistant", "chatgpt", "bing", "bard", "model"), "assistant"
)
# What the columns of tables are called, by what they mean; of several the first counts.
COLUMNS = {
    "prompt": ("prompt", "instruction", "input", "question", "user"),
    "completion": ("completion", "output", "answer", "response", "assistant", "text"),
    "system": ("system",),
    "rejected": ("rejected", "non_preferred"),
}


class Unfit(Exception):
    """Something that cannot be converted; the message says why, in a few words."""


def read_any(value: Any, note: Note) -> Example:
    """An example of any shape known here. Raises Unfit; what is wrong with trainable shapes goes to `note`."""
    if not isinstance(value, dict):
        raise Unfit("not an object")
    if form_of(value) is None:
        for key, read in SHAPES.items():
            if key in value:
                return read(value)
    example = example_of(value, note)
    if example is None:
        raise Unfit("not a valid example")
    return example


def from_row(row: Mapping[str, str]) -> Example:
    """An example of a table's row, by the names of its columns. Raises Unfit."""
    by_name = {name.strip().casefold(): cell for name, cell in row.items()}
    cells = {part: next((by_name[name] for name in names if name in by_name), "") for part, names in COLUMNS.items()}
    if not cells["prompt"].strip() or not cells["completion"].strip():
        raise Unfit("no prompt or no completion in the row")
    return _example(cells["system"], [("user", cells["prompt"])], cells["completion"], cells["rejected"] or None)


def _alpaca(value: Mapping[str, Any]) -> Example:
    instruction, more, answer = value.get("instruction"), value.get("input") or "", value.get("output")
    if not isinstance(instruction, str) or not isinstance(more, str) or not isinstance(answer, str):
        raise Unfit("instruction, input or output is not a text")
    turns = []
    for turn in value.get("history") or []:
        if not isinstance(turn, list) or len(turn) != 2:
            raise Unfit("the history is not a list of pairs")
        turns += [("user", turn[0]), ("assistant", turn[1])]
    prompt = f"{instruction}\n\n{more}" if more else instruction
    return _example(value.get("system") or "", [*turns, ("user", prompt)], answer)


def _sharegpt(value: Mapping[str, Any]) -> Example:
    said = value.get("conversations")
    if not isinstance(said, list) or not said or not all(isinstance(turn, dict) for turn in said):
        raise Unfit("conversations are not a list of turns")
    turns = [(SPEAKERS.get(str(turn.get("from")), ""), turn.get("value")) for turn in said]
    if any(not role for role, _ in turns):
        raise Unfit("somebody speaks who is neither human, gpt nor system")
    system = value.get("system") or ""
    if turns[0][0] == "system":
        system, turns = turns[0][1], turns[1:]
    if not turns or turns[-1][0] != "assistant":
        raise Unfit("the last word is not the assistant's")
    return _example(system, turns[:-1], turns[-1][1])


def _chosen(value: Mapping[str, Any]) -> Example:
    """As the TRL library has it: texts, or lists of messages that may repeat the prompt."""
    prompt, chosen, rejected = value.get("prompt"), _last(value.get("chosen")), _last(value.get("rejected"))
    if rejected is None or not isinstance(prompt, str | list):
        raise Unfit("no prompt or no rejected answer")
    if isinstance(prompt, str):
        return _example("", [("user", prompt)], chosen, rejected)
    turns = [(str(turn.get("role")), text_of(turn.get("content"))) for turn in prompt if isinstance(turn, dict)]
    system = turns[0][1] if turns and turns[0][0] == "system" else ""
    return _example(system, turns[1:] if system else turns, chosen, rejected)


SHAPES = {"conversations": _sharegpt, "instruction": _alpaca, "chosen": _chosen}


def _last(given: Any) -> Any:
    """A text, or the text of the last message of a list."""
    return given[-1].get("content") if isinstance(given, list) and given and isinstance(given[-1], dict) else given


def _example(system: Any, turns: Sequence[tuple[str, Any]], answer: Any, rejected: Any = None) -> Example:
    texts = [text for _, text in turns] + [answer] + ([rejected] if rejected is not None else [])
    if not all(isinstance(text, str) and text.strip() for text in texts) or not isinstance(system, str):
        raise Unfit("a text is missing or empty")
    if not any(role == "user" for role, _ in turns):
        raise Unfit("nobody asks")
    before = [Turn("system", system)] if system else []
    before += [Turn(role, text) for role, text in turns]
    form = Form.CHAT if rejected is None else Form.PREFERENCE
    return Example(form, tuple(before), Turn("assistant", answer), rejected, {})
