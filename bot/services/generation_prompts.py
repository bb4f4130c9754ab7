"""PROMPTS.jsonl: what each line asks for, and the hash by which a finished line is known again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from bot.errors import BotError
from bot.providers.base import ChatRequest, Message

ROLES = frozenset({"system", "developer", "user", "assistant", "tool"})
HASH_BYTES = 16


class BadPrompts(BotError):
    """A prompts file that cannot be used as it is; the message names the line, counted from 1."""


@dataclass(frozen=True, slots=True)
class Asking:
    """What all lines of one run share. The hash covers the model and every parameter that was chosen."""

    model: str
    system: str | None = None
    temperature: float | None = None
    max_tokens: int | None = None
    seed: int | None = None

    @property
    def parameters(self) -> dict[str, float | int]:
        chosen = {"temperature": self.temperature, "max_tokens": self.max_tokens, "seed": self.seed}
        return {name: value for name, value in chosen.items() if value is not None}


@dataclass(frozen=True, slots=True)
class PromptLine:
    """One text that is asked for. `prompt` is what OUT.jsonl shows: the last thing the user says."""

    id: str
    messages: tuple[Message, ...]
    prompt: str
    hash: str

    def request(self, asking: Asking, *, longest: int | None = None) -> ChatRequest:
        """`longest` bounds the answer where the person chose no length, so that a cap on money can hold."""
        return ChatRequest(
            messages=self.messages,
            model=asking.model,
            temperature=asking.temperature,
            max_tokens=asking.max_tokens or longest,
            seed=asking.seed,
        )


def read_prompts(path: Path, asking: Asking) -> Iterator[PromptLine]:
    """Every line in order, one at a time; empty lines are passed over. Raises BadPrompts."""
    with path.open("rb") as file:
        for index, raw in enumerate(file):
            content = raw.removeprefix(b"\xef\xbb\xbf").strip() if index == 0 else raw.strip()
            if content:
                yield _line(index, content, asking)


def _line(index: int, content: bytes, asking: Asking) -> PromptLine:
    try:
        given = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise _bad(index, f"is not JSON ({error})") from None
    if not isinstance(given, dict):
        raise _bad(index, "is not a JSON object")
    messages = _with_system(_messages(index, given), asking.system)
    prompt = next((str(m.get("content") or "") for m in reversed(messages) if m["role"] == "user"), "")
    return PromptLine(_id(index, given), tuple(messages), prompt, _hash(messages, asking))


def _messages(index: int, given: Mapping[str, Any]) -> list[Message]:
    if isinstance(given.get("messages"), list):
        messages = given["messages"]
        if not messages or not all(isinstance(m, dict) and m.get("role") in ROLES for m in messages):
            raise _bad(index, "has messages without a known role")
        return list(messages)
    if isinstance(given.get("prompt"), str) and given["prompt"].strip():
        return [{"role": "user", "content": given["prompt"]}]
    raise _bad(index, "has neither a “prompt” with text nor “messages”")


def _with_system(messages: list[Message], system: str | None) -> list[Message]:
    """A line's own system message stays; the others get the run's."""
    if not system or messages[0]["role"] in ("system", "developer"):
        return messages
    return [{"role": "system", "content": system}, *messages]


def _id(index: int, given: Mapping[str, Any]) -> str:
    chosen = given.get("id")
    if chosen is None:
        return str(index)
    if isinstance(chosen, str | int) and not isinstance(chosen, bool) and str(chosen).strip():
        return str(chosen)
    raise _bad(index, "has an “id” that is neither text nor a whole number")


def _hash(messages: list[Message], asking: Asking) -> str:
    what = {"messages": messages, "model": asking.model, "parameters": asking.parameters}
    return hashlib.sha256(orjson.dumps(what, option=orjson.OPT_SORT_KEYS)).hexdigest()[: 2 * HASH_BYTES]


def _bad(index: int, what: str) -> BadPrompts:
    return BadPrompts(f"Line {index + 1} {what}.", kept="Nothing was sent.", todo="Mend it and run again.")
