"""Whether a file can be trained on: chat examples, one JSON object a line. Pure; tokens are counted by the caller."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

LEAST_EXAMPLES = 10
ROLES = ("system", "developer", "user", "assistant")
PROBLEMS_TOLD = 5  # the first few name the pattern; the rest would hide it


@dataclass(frozen=True)
class Message:
    """One turn. `trained` is False for an assistant turn that the file gives the weight 0."""

    role: str
    content: str
    trained: bool = True


Example = tuple[Message, ...]
CountTokens = Callable[[Example], int]


class InvalidFile(Exception):
    """The file can't be trained on. `code` is for programs, the text for people; `param` says which file it is."""

    param = "training_file"

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


class _BadLine(Exception):
    pass


def read_examples(
    lines: Iterable[bytes], *, count_tokens: CountTokens, token_limit: int, least: int = LEAST_EXAMPLES
) -> list[Example]:
    """All examples of a file. Raises InvalidFile naming the lines that are wrong, or saying that there are too few."""
    examples: list[Example] = []
    problems: list[str] = []
    for number, line in enumerate(lines, 1):
        if not line.strip(b" \t\r\n\xef\xbb\xbf"):
            continue
        try:
            examples.append(_short_enough(_example(line, first=number == 1), count_tokens, token_limit))
        except _BadLine as problem:
            problems.append(f"line {number}: {problem}")
    if problems:
        raise InvalidFile("invalid_file_format", _all_problems(problems))
    if len(examples) < least:
        raise InvalidFile("invalid_n_examples", f"The file has {len(examples)} examples; at least {least} are needed.")
    return examples


def _all_problems(problems: list[str]) -> str:
    told = "; ".join(problems[:PROBLEMS_TOLD])
    more = len(problems) - PROBLEMS_TOLD
    return f"The file can't be used: {told}" + (f"; and {more} more lines." if more > 0 else ".")


def _example(line: bytes, *, first: bool) -> Example:
    try:
        value = json.loads(line.decode("utf-8-sig" if first else "utf-8"))
    except UnicodeDecodeError:
        raise _BadLine("is not UTF-8") from None
    except ValueError:
        raise _BadLine("is not JSON") from None
    if not isinstance(value, dict) or not isinstance(value.get("messages"), list):
        raise _BadLine("needs an object with a list called 'messages'")
    messages = tuple(_message(raw, at) for at, raw in enumerate(value["messages"], 1))
    if not messages or messages[-1].role != "assistant":
        raise _BadLine("the last message must come from the assistant")
    if not any(message.trained for message in messages if message.role == "assistant"):
        raise _BadLine("no message of the assistant has the weight 1, so there is nothing to learn")
    return messages


def _message(raw: Any, at: int) -> Message:
    if not isinstance(raw, dict):
        raise _BadLine(f"message {at} is not an object")
    role, content, weight = raw.get("role"), raw.get("content"), raw.get("weight", 1)
    if role not in ROLES:
        raise _BadLine(f"message {at} has the role {role!r}; roles are system, user and assistant")
    if not isinstance(content, str):
        raise _BadLine(f"the content of message {at} is not a text")
    if not content.strip():
        raise _BadLine(f"message {at} is empty")
    if weight not in (0, 1) or isinstance(weight, bool):
        raise _BadLine(f"message {at} has a weight that is neither 0 nor 1")
    return Message("system" if role == "developer" else role, content, trained=weight == 1)


def _short_enough(example: Example, count_tokens: CountTokens, limit: int) -> Example:
    tokens = count_tokens(example)
    if tokens > limit:
        raise _BadLine(f"is {tokens} tokens long; {limit} is the most")
    return example
