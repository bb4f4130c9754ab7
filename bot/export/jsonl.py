"""Fine-tuning files: one JSON object a line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import orjson


class Pair(NamedTuple):
    """A prompt with the text people settled on."""

    prompt: str
    completion: str


def completion_lines(pairs: Iterable[Pair]) -> Iterator[bytes]:
    """`{"prompt": "...", "completion": "..."}` a line, byte for byte with a blank after colons and commas."""
    for pair in pairs:
        yield b'{"prompt": ' + _dumped(pair.prompt) + b', "completion": ' + _dumped(pair.completion) + b"}\n"


def chat_lines(pairs: Iterable[Pair], *, system: str | None = None) -> Iterator[bytes]:
    """`{"messages": [system?, user, assistant]}` a line. The system prompt is the same in every line and holds no
    catalog text."""
    before = [{"role": "system", "content": system}] if system else []
    for pair in pairs:
        messages = [
            *before,
            {"role": "user", "content": pair.prompt},
            {"role": "assistant", "content": pair.completion},
        ]
        yield object_line({"messages": messages})


def object_line(value: Any) -> bytes:
    """Any JSON value as one line."""
    return orjson.dumps(value) + b"\n"


def prompt_line(text: str, row: int, columns: Sequence[str], values: Sequence[str]) -> bytes:
    """One prompt as `prompts expand --jsonl` gives it."""
    return object_line({"prompt": text, "row": row, "values": dict(zip(columns, values, strict=True))})


def _dumped(text: str) -> bytes:
    return orjson.dumps(text)
