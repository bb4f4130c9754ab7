"""From a JSON value to an example, with everything noted that a trainer would stop at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.preflight.chat import check_order, ends_with_answer, turns_of
from bot.preflight.examples import KNOWN_KEYS, Example, Form, Turn, form_of, other_shape
from bot.preflight.findings import Note


def example_of(value: Any, note: Note, form: Form | None = None) -> Example | None:
    """The example of one line, or None where it is none, which is noted. `form` is that of the lines before."""
    if not isinstance(value, dict):
        note("not_an_object", f"The line holds {_kind(value)}, not an object.")
        return None
    own = form_of(value)
    if own is None:
        shape = other_shape(value)
        names = ", ".join(list(map(str, value))[:5]) or "none"
        note(
            "wrong_format",
            f"The line looks like {shape} data." if shape else f"No known format has these names: {names}.",
        )
        return None
    if form is not None and own is not form:
        note("mixed_formats", f"The line is in {own} form, the lines before are in {form} form.")
    if extra := value.keys() - KNOWN_KEYS[own]:
        note("extra_keys", f"Trainers do not know these names: {', '.join(sorted(extra)[:5])}.")
    return READERS[own](value, note)


def _chat(raw: Mapping[str, Any], note: Note) -> Example | None:
    turns = turns_of(raw["messages"], note, tools=raw.get("tools"))
    if turns is None or not ends_with_answer(turns, note):
        return None
    check_order(turns, note)
    return Example(Form.CHAT, turns[:-1], turns[-1], None, raw)


def _preference(raw: Mapping[str, Any], note: Note) -> Example | None:
    before = _asked(raw.get("input"), note)
    wanted = _output(raw.get("preferred_output"), "preferred_output", note)
    unwanted = _output(raw.get("non_preferred_output"), "non_preferred_output", note)
    if before is None or wanted is None or unwanted is None:
        return None
    if wanted.strip() == unwanted.strip():
        note("same_outputs", "The preferred and the other answer are the same.")
        return None
    return Example(Form.PREFERENCE, before, Turn("assistant", wanted), unwanted, raw)


def _asked(given: Any, note: Note) -> tuple[Turn, ...] | None:
    if not isinstance(given, dict) or "messages" not in given:
        note("bad_input", "“input” is not an object with messages.")
        return None
    turns = turns_of(given["messages"], note, tools=given.get("tools"))
    if turns is None:
        return None
    if turns[-1].role == "assistant" or not any(turn.role == "user" for turn in turns):
        note("bad_input", "“input” does not end with a question of the user.")
        return None
    return turns


def _output(given: Any, name: str, note: Note) -> str | None:
    """The one text of an output; the provider takes one assistant message, and no more."""
    message = given[0] if isinstance(given, list) and len(given) == 1 else None
    if not isinstance(message, dict) or message.get("role") != "assistant" or message.get("tool_calls"):
        note("bad_output", f"“{name}” is not a list of one message of the assistant.")
        return None
    turns = turns_of(given, lambda code, words: note(code, f"In “{name}”: {words}"))
    return turns[0].text if turns else None


def _completion(raw: Mapping[str, Any], note: Note) -> Example | None:
    prompt, answer = raw.get("prompt"), raw.get("completion")
    if not isinstance(prompt, str):
        note("bad_prompt", "“prompt” is missing." if prompt is None else "“prompt” is not a text.")
    if not isinstance(answer, str):
        note("bad_completion", "“completion” is missing." if answer is None else "“completion” is not a text.")
    if not isinstance(prompt, str) or not isinstance(answer, str):
        return None
    for name, text in (("prompt", prompt), ("completion", answer)):
        if not text.strip():
            note("empty_content", f"The {name} is empty.")
            return None
    return Example(Form.COMPLETION, (Turn("user", prompt),), Turn("assistant", answer), None, raw)


READERS = {Form.CHAT: _chat, Form.PREFERENCE: _preference, Form.COMPLETION: _completion}


def _kind(value: Any) -> str:
    names = {list: "a list", str: "a text", bool: "true or false", type(None): "nothing"}
    return names.get(type(value), "a number")
