"""Whether a file can be trained on: examples, one JSON object a line. Pure; tokens are counted by the caller."""

import json
from collections.abc import Callable, Iterable
from typing import Any

from .forms import ROLES, BadLine, Example, Message, example_of, form_of

__all__ = ["ROLES", "CountTokens", "Example", "InvalidFile", "Message", "read_examples"]

LEAST_EXAMPLES = 10
PROBLEMS_TOLD = 5  # the first few name the pattern; the rest would hide it
CountTokens = Callable[[Example], int]


class InvalidFile(Exception):
    """The file can't be trained on. `code` is for programs, the text for people; `param` says which file it is."""

    param = "training_file"

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


def read_examples(
    lines: Iterable[bytes], *, count_tokens: CountTokens, token_limit: int, least: int = LEAST_EXAMPLES
) -> list[Example]:
    """All examples of a file. Raises InvalidFile naming the lines that are wrong, or saying that there are too few."""
    examples: list[Example] = []
    problems: list[str] = []
    form = ""
    for number, line in enumerate(lines, 1):
        if not line.removeprefix(b"\xef\xbb\xbf").strip():
            continue
        try:
            value = _value(line, first=number == 1)
            form = _same(form, form_of(value))
            examples.append(_short_enough(example_of(value), count_tokens, token_limit))
        except BadLine as problem:
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


def _value(line: bytes, *, first: bool) -> Any:
    try:
        return json.loads(line.decode("utf-8-sig" if first else "utf-8"))
    except UnicodeDecodeError:
        raise BadLine("is not UTF-8") from None
    except (ValueError, RecursionError):
        raise BadLine("is not JSON") from None


def _same(before: str, form: str) -> str:
    if before and form != before:
        raise BadLine(f"is in {form} form; the lines before it are in {before} form")
    return form


def _short_enough(example: Example, count_tokens: CountTokens, limit: int) -> Example:
    tokens = count_tokens(example)
    if tokens > limit:
        raise BadLine(f"is {tokens} tokens long; {limit} is the most")
    return example
