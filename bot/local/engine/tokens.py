"""Examples as tokens, with the assistant's words marked as what shall be learned."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .validate import Example

IGNORED = -100  # PyTorch's word for "not to be learned"


@dataclass(frozen=True)
class Tokens:
    """One example: its tokens, and the same with everything IGNORED that is not to be learned."""

    ids: tuple[int, ...]
    labels: tuple[int, ...]


def encode(tokenizer: Any, messages: Example, *, answered: bool) -> list[int]:
    """Tokens of a conversation after the model's chat template; one that is not `answered` waits for the assistant."""
    turns = [{"role": message.role, "content": message.content} for message in messages]
    return list(tokenizer.apply_chat_template(turns, add_generation_prompt=not answered, return_dict=True)["input_ids"])


def tokenized(tokenizer: Any, example: Example) -> Tokens:
    """An example ready for training."""
    ids = encode(tokenizer, example, answered=True)
    labels = [IGNORED] * len(ids)
    for at, message in enumerate(example):
        if message.role == "assistant" and message.trained:
            start = _shared(ids, encode(tokenizer, example[:at], answered=False))
            end = _shared(ids, encode(tokenizer, example[: at + 1], answered=True))
            labels[start:end] = ids[start:end]
    return Tokens(tuple(ids), tuple(labels))


def _shared(whole: Sequence[int], part: Sequence[int]) -> int:
    """How many tokens both begin with; some templates end a conversation differently from how they continue it."""
    return next(
        (at for at, (one, two) in enumerate(zip(whole, part, strict=False)) if one != two), min(len(whole), len(part))
    )
