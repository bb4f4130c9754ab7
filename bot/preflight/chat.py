"""Messages: the checks of one conversation, and the turns that come out of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import dropwhile, pairwise
from typing import Any

import orjson

from bot.preflight.examples import Turn
from bot.preflight.findings import Note

ROLES = ("system", "developer", "user", "assistant", "tool", "function")
INSTRUCTIONS = ("system", "developer")
MESSAGE_KEYS = frozenset(
    {"role", "content", "name", "weight", "tool_calls", "tool_call_id", "function_call", "refusal"}
)


def turns_of(messages: Any, note: Note, *, tools: Any = None) -> tuple[Turn, ...] | None:
    """All turns of a conversation. None if one of them cannot be read, which is noted."""
    if not isinstance(messages, list):
        note("no_messages", "“messages” is not a list.")
        return None
    if not messages:
        note("empty_messages", "The list of messages is empty.")
        return None
    turns = [_turn(raw, at, note) for at, raw in enumerate(messages, 1)]
    _check_calls(messages, _declared(tools), note)
    _check_keys(messages, note)
    read = tuple(turn for turn in turns if turn is not None)
    return read if len(read) == len(turns) else None


def ends_with_answer(turns: Sequence[Turn], note: Note) -> bool:
    """Whether there is something to learn at the end; if not, it is noted."""
    if not any(turn.role == "assistant" for turn in turns):
        note("no_assistant", "No message comes from the assistant.")
    elif turns[-1].role != "assistant":
        note("last_not_assistant", f"The last message comes from “{turns[-1].role}”, not from the assistant.")
    elif not any(turn.trained for turn in turns if turn.role == "assistant"):
        note("nothing_to_learn", "Every message of the assistant has the weight 0.")
    else:
        return True
    return False


def check_order(turns: Sequence[Turn], note: Note) -> None:
    """Who speaks when: unusual, but no trainer stops at it."""
    spoken = [turn.role for turn in turns if turn.role not in INSTRUCTIONS]
    if "user" not in spoken:
        note("no_user", "No message comes from the user.")
    elif spoken[0] == "assistant":
        note("wrong_order", "The assistant speaks before the user.")
    elif any(one == other and one in ("user", "assistant") for one, other in pairwise(spoken)):
        note("wrong_order", "The same side speaks twice in a row.")
    elif any(turn.role in INSTRUCTIONS for turn in dropwhile(lambda turn: turn.role in INSTRUCTIONS, turns)):
        note("wrong_order", "The system prompt is not the first message.")


def text_of(content: Any) -> str | None:
    """The text of a message's content, given as a text or as parts that are all texts. None for all else."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list) or not content:
        return None
    parts = [part.get("text") if isinstance(part, dict) and part.get("type") == "text" else None for part in content]
    return "".join(parts) if all(isinstance(part, str) for part in parts) else None  # type: ignore[arg-type]


def _turn(raw: Any, at: int, note: Note) -> Turn | None:
    if not isinstance(raw, dict):
        note("message_not_object", f"Message {at} is not an object.")
        return None
    role = raw.get("role")
    if not isinstance(role, str) or role not in ROLES:
        note("unknown_role", f"Message {at} has no role." if role is None else f"Message {at} has the role {role!r}.")
        return None
    trained = _weight(raw, role, at, note)
    calls = _calls(raw, role, at, note)
    if trained is None or calls is None:
        return None
    text = _text(raw, at, note, needed=not calls)
    return None if text is None else Turn(role, text, trained, calls)


def _text(raw: Mapping[str, Any], at: int, note: Note, *, needed: bool) -> str | None:
    content = raw.get("content")
    if content is None:
        if needed:
            note("content_missing", f"Message {at} has no content.")
        return None if needed else ""
    text = text_of(content)
    if text is None:
        note("content_not_text", f"The content of message {at} is not a text.")
    elif needed and not text.strip():
        note("empty_content", f"Message {at} is empty.")
        return None
    return text


def _weight(raw: Mapping[str, Any], role: str, at: int, note: Note) -> bool | None:
    """Whether the message is to be learned; None where its weight cannot be read."""
    weight = raw.get("weight")
    if weight is None:
        return True
    if isinstance(weight, bool) or not isinstance(weight, int) or weight not in (0, 1):
        note("bad_weight", f"Message {at} has the weight {weight!r}.")
        return None
    if role != "assistant":
        note("weight_misplaced", f"Message {at} has a weight, but comes from “{role}”.")
    return weight == 1


def _calls(raw: Mapping[str, Any], role: str, at: int, note: Note) -> tuple[Mapping[str, Any], ...] | None:
    given = raw.get("tool_calls")
    if given is None and raw.get("function_call") is not None:
        given = [{"id": "", "type": "function", "function": raw["function_call"]}]
    if given is None or (given == [] and role == "assistant"):
        return ()
    if role != "assistant" or not isinstance(given, list) or not all(_is_call(call) for call in given):
        note("bad_tool_call", f"A tool call of message {at} cannot be read.")
        return None
    return tuple(given)


def _is_call(call: Any) -> bool:
    if not isinstance(call, dict) or not isinstance(call.get("id"), str) or not isinstance(call.get("function"), dict):
        return False
    name, arguments = call["function"].get("name"), call["function"].get("arguments")
    if not isinstance(name, str) or not name or not isinstance(arguments, str):
        return False
    try:
        return isinstance(orjson.loads(arguments), dict)
    except orjson.JSONDecodeError:
        return False


def _check_calls(messages: Sequence[Any], declared: frozenset[str] | None, note: Note) -> None:
    """Answers of tools need a call before them; calls need a declared tool."""
    called: set[str] = set()
    for at, message in enumerate(messages, 1):
        if not isinstance(message, dict):
            continue
        calls = message.get("tool_calls")
        for call in calls if isinstance(calls, list) else []:
            if not _is_call(call):
                continue
            called.add(call["id"])
            name = call["function"]["name"]
            if declared is not None and name not in declared:
                note("unknown_tool", f"Message {at} calls “{name}”, which is not declared.")
        if message.get("role") == "tool" and message.get("tool_call_id") not in called:
            note("tool_answer_lost", f"Message {at} is a tool's answer, but no call before it has its id.")


def _declared(tools: Any) -> frozenset[str] | None:
    """The names of the declared tools; None where the line declares none in a way that could be read."""
    if not isinstance(tools, list):
        return None
    functions = [tool.get("function") for tool in tools if isinstance(tool, dict)]
    return frozenset(one["name"] for one in functions if isinstance(one, dict) and isinstance(one.get("name"), str))


def _check_keys(messages: Sequence[Any], note: Note) -> None:
    extra = {key for message in messages if isinstance(message, dict) for key in message} - MESSAGE_KEYS
    if extra:
        note("extra_keys", f"Messages have names that trainers do not know: {', '.join(sorted(extra)[:5])}.")
