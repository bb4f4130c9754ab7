"""What one line of a fine-tuning file is, whichever of the three forms it has."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Form(StrEnum):
    """The forms that providers train on."""

    CHAT = "chat"
    PREFERENCE = "preference"
    COMPLETION = "completion"


@dataclass(frozen=True, slots=True)
class Turn:
    """One message. `text` is "" for a bare tool call; `trained` is False where the file gives it the weight 0."""

    role: str
    text: str
    trained: bool = True
    calls: tuple[Mapping[str, Any], ...] = ()

    @property
    def everything(self) -> str:
        """The text, and what its tool calls say."""
        functions = (call["function"] for call in self.calls)
        said = (f"{one['name']} {json.dumps(json.loads(one['arguments']), ensure_ascii=False)}" for one in functions)
        return "\n".join((self.text, *said)) if self.calls else self.text


@dataclass(frozen=True, slots=True)
class Example:
    """One line, read: what came before, the answer to be learned, and the answer not wanted where there is one.

    `raw` is the line as it stood."""

    form: Form
    before: tuple[Turn, ...]
    answer: Turn
    rejected: str | None
    raw: Mapping[str, Any]

    @property
    def system(self) -> str:
        return "\n".join(turn.text for turn in self.before if turn.role in ("system", "developer"))

    @property
    def prompt(self) -> str:
        """All that the answer is an answer to, but the system prompt."""
        asked = [turn for turn in self.before if turn.role not in ("system", "developer")]
        if len(asked) == 1 and asked[0].role == "user":
            return asked[0].text
        return "\n".join(f"{turn.role}: {turn.text}" for turn in asked)

    @property
    def turns(self) -> tuple[Turn, ...]:
        return (*self.before, self.answer)

    def texts(self) -> tuple[Turn, ...]:
        """Every text of the line, the unwanted answer too."""
        unwanted = (Turn("assistant", self.rejected, trained=False),) if self.rejected is not None else ()
        return (*self.turns, *unwanted)


# Shapes that are no training files here, by a name that only they have, and what people call them.
OTHER_SHAPES = {
    "conversations": "ShareGPT",
    "instruction": "Alpaca",
    "chosen": "TRL preference",
    "contents": "Gemini",
    "custom_id": "batch request",
    "text": "plain text",
}
KNOWN_KEYS = {
    Form.CHAT: frozenset({"messages", "tools", "parallel_tool_calls", "functions"}),
    Form.PREFERENCE: frozenset({"input", "preferred_output", "non_preferred_output"}),
    Form.COMPLETION: frozenset({"prompt", "completion"}),
}


def form_of(raw: Mapping[str, Any]) -> Form | None:
    """The form of a line, by its names; None for every other shape."""
    if "messages" in raw:
        return Form.CHAT
    if "preferred_output" in raw or "non_preferred_output" in raw:
        return Form.PREFERENCE
    if "completion" in raw or raw.keys() == {"prompt"}:
        return Form.COMPLETION
    return None


def other_shape(raw: Mapping[str, Any]) -> str:
    """What a line of no trainable form seems to be, or ""."""
    return next((name for key, name in OTHER_SHAPES.items() if key in raw), "")
