"""From one line of a file to what is learned from it, in chat, prompt and completion, or preference form. Pure.

Of a preference the preferred answer is learned; this engine trains by examples and never sees the other one.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

ROLES = ("system", "developer", "user", "assistant")
# What a file's roles are to the model; what a tool answered is read like what a person says.
TAKEN_AS = {role: role for role in ROLES} | {"developer": "system", "tool": "user", "function": "user"}
FORMS = {  # by the first of these names that a line has
    "messages": "chat",
    "preferred_output": "preference",
    "non_preferred_output": "preference",
    "completion": "completion",
    "prompt": "completion",
}
# A model steers itself by such words; in a text they would end a turn where none ends.
CONTROL_WORD = re.compile(r"<\|[A-Za-z]\w*\|>", re.ASCII)


@dataclass(frozen=True)
class Message:
    """One turn. `trained` is False for an assistant turn that the file gives the weight 0."""

    role: str
    content: str
    trained: bool = True


Example = tuple[Message, ...]


class BadLine(Exception):
    """A line that cannot be learned from; the message says why."""


def form_of(value: Any) -> str:
    """How a line says what is to be learned. Raises BadLine."""
    if isinstance(value, dict):
        for name, form in FORMS.items():
            if name in value:
                return form
    raise BadLine("needs an object with a list called 'messages', or a 'prompt' and a 'completion'")


def example_of(value: Mapping[str, Any]) -> Example:
    """The conversation of one line, the answer last. Raises BadLine."""
    messages = READERS[form_of(value)](value)
    if not messages or messages[-1].role != "assistant":
        raise BadLine("the last message must come from the assistant")
    if not any(message.trained for message in messages if message.role == "assistant"):
        raise BadLine("no message of the assistant has the weight 1, so there is nothing to learn")
    return messages


def _chat(value: Mapping[str, Any]) -> Example:
    return _messages(value["messages"], "messages")


def _completion(value: Mapping[str, Any]) -> Example:
    return (
        Message("user", _filled(value.get("prompt"), "the prompt")),
        Message("assistant", _filled(value.get("completion"), "the completion")),
    )


def _preference(value: Mapping[str, Any]) -> Example:
    asked = value.get("input")
    before = _messages(asked.get("messages") if isinstance(asked, dict) else None, "input.messages")
    wanted = _output(value.get("preferred_output"), "preferred_output")
    other = _output(value.get("non_preferred_output"), "non_preferred_output")
    if not before or before[-1].role == "assistant":
        raise BadLine("the input must end with a question")
    if wanted.content.strip() == other.content.strip():
        raise BadLine("the preferred answer and the other one are the same")
    return (*before, wanted)


READERS: dict[str, Callable[[Mapping[str, Any]], Example]] = {
    "chat": _chat,
    "completion": _completion,
    "preference": _preference,
}


def _output(raw: Any, name: str) -> Message:
    messages = _messages(raw, name)
    if len(messages) != 1 or messages[0].role != "assistant":
        raise BadLine(f"'{name}' must be a list of one message of the assistant")
    return Message("assistant", messages[0].content)


def _messages(raw: Any, name: str) -> Example:
    if not isinstance(raw, list):
        raise BadLine(f"needs a list called '{name}'")
    called: set[str] = set()
    return tuple(_message(message, at, called) for at, message in enumerate(raw, 1))


def _message(raw: Any, at: int, called: set[str]) -> Message:
    """One turn; `called` are the ids of tool calls so far."""
    if not isinstance(raw, dict):
        raise BadLine(f"message {at} is not an object")
    role, weight = raw.get("role"), raw.get("weight")
    if not isinstance(role, str) or role not in TAKEN_AS:
        raise BadLine(f"message {at} has the role {role!r}; roles are system, user, assistant and tool")
    if weight is not None and (weight not in (0, 1) or isinstance(weight, bool)):
        raise BadLine(f"message {at} has a weight that is neither 0 nor 1")
    if role == "tool" and raw.get("tool_call_id") not in called:
        raise BadLine(f"message {at} answers a tool call that was never made")
    content = _content(raw, role, at, called)
    return Message(TAKEN_AS[role], content, trained=weight != 0)


def _content(raw: Mapping[str, Any], role: str, at: int, called: set[str]) -> str:
    older = raw.get("function_call")
    calls = raw.get("tool_calls") or ([{"id": "", "function": older}] if older is not None else [])
    if not calls:
        return _filled(raw.get("content"), f"message {at}", f"the content of message {at}")
    if role != "assistant" or not isinstance(calls, list):
        raise BadLine(f"message {at} has tool calls that cannot be read")
    told = [_call(call, at) for call in calls]
    called.update(call["id"] for call in calls)
    text = _text(raw.get("content")) if raw.get("content") is not None else ""
    if text is None:
        raise BadLine(f"the content of message {at} is not a text")
    return _plain("\n".join(filter(None, (text, *told))), f"message {at}")


def _call(call: Any, at: int) -> str:
    """A tool call as the text that is learned."""
    function = call.get("function") if isinstance(call, dict) else None
    if not isinstance(function, dict) or not isinstance(call.get("id"), str) or not function.get("name"):
        raise BadLine(f"message {at} has a tool call without id or name")
    try:
        arguments = json.loads(function["arguments"])
    except (KeyError, TypeError, ValueError):
        arguments = None
    if not isinstance(arguments, dict):
        raise BadLine(f"message {at} calls a tool with arguments that are not JSON")
    return json.dumps({"name": function["name"], "arguments": arguments}, ensure_ascii=False)


def _filled(content: Any, name: str, whose: str = "") -> str:
    text = _text(content)
    if text is None:
        raise BadLine(f"{whose or name} is not a text")
    if not text.strip():
        raise BadLine(f"{name} is empty")
    return _plain(text, name)


def _plain(text: str, name: str) -> str:
    if (found := CONTROL_WORD.search(text)) is not None:
        raise BadLine(f"{name} holds {found.group()}, a control word of language models")
    return text


def _text(content: Any) -> str | None:
    """A text, or parts that are all texts; None for anything else."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list) or not content:
        return None
    parts: Sequence[Any] = [part.get("text") if _is_text(part) else None for part in content]
    return "".join(parts) if all(isinstance(part, str) for part in parts) else None


def _is_text(part: Any) -> bool:
    return isinstance(part, dict) and part.get("type") == "text"
