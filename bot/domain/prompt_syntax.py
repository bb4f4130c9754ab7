"""The template language: `[column]`, `[column|words if empty]`, `[column: first 3]`, `{, optional part with [column]}`.

Literal brackets and braces are written twice. Nothing else has a meaning, so nothing in a cell can."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.errors import BadTemplate

MAX_TEMPLATE = 20_000  # characters
FIRST = re.compile(r"(?P<name>.+?)\s*:\s*first\s+(?P<count>\d{1,3})\s*$", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Slot:
    """A placeholder as written between the brackets, with the place of its opening bracket (from 1)."""

    written: str
    at: int


@dataclass(frozen=True, slots=True)
class Optional:
    """A part in braces that disappears when a column in it is empty."""

    parts: tuple[str | Slot, ...]


Part = str | Slot | Optional


@dataclass(frozen=True, slots=True)
class Template:
    """A parsed template: literal text, placeholders and optional parts in order."""

    source: str
    parts: tuple[Part, ...]

    def slots(self) -> tuple[Slot, ...]:
        """Every placeholder in order, those in optional parts included."""
        flat = (inner for part in self.parts for inner in (part.parts if isinstance(part, Optional) else (part,)))
        return tuple(part for part in flat if isinstance(part, Slot))


def parse(source: str) -> Template:
    """Take a template apart. Raises BadTemplate for empty ones, unbalanced brackets, and ones without a column."""
    if not source.strip():
        raise BadTemplate("The template is empty.", todo="Write what you want, with column names in square brackets.")
    if len(source) > MAX_TEMPLATE:
        raise BadTemplate(
            f"The template has {len(source):,} characters; {MAX_TEMPLATE:,} are allowed.", todo="Shorten it."
        )
    template = Template(source, _Parser(source).parts())
    if not template.slots():
        raise BadTemplate(
            "The template names no column, so every prompt would be the same.",
            todo="Put a column's name in square brackets, such as [product name].",
        )
    return template


class _Parser:
    """One pass over the text, character by character."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0

    def parts(self) -> tuple[Part, ...]:
        found: list[Part] = []
        literal: list[str] = []
        while self.at < len(self.source):
            char = self.source[self.at]
            if char in "[]{}" and self._doubled():
                literal.append(char)
                self.at += 2
            elif char in "[{":
                _close_literal(literal, found)
                found.append(self._slot() if char == "[" else self._optional())
            elif char in "]}":
                raise self._stray(char)
            else:
                literal.append(char)
                self.at += 1
        _close_literal(literal, found)
        return tuple(found)

    def _doubled(self) -> bool:
        return self.source[self.at : self.at + 1] == self.source[self.at + 1 : self.at + 2]

    def _stray(self, char: str) -> BadTemplate:
        return BadTemplate(
            f"There is a '{char}' at character {self.at + 1} that closes nothing.",
            todo=f"To have the character itself, write it twice: {char * 2}",
        )

    def _slot(self) -> Slot:
        """What stands between brackets, up to the first single closing one."""
        start = self.at
        inner: list[str] = []
        self.at += 1
        while self.at < len(self.source):
            char = self.source[self.at]
            if char in "[]" and self._doubled():
                inner.append(char)
                self.at += 2
            elif char == "]":
                self.at += 1
                return _slot("".join(inner), start + 1)
            elif char == "[":
                break
            else:
                inner.append(char)
                self.at += 1
        raise BadTemplate(
            f"The '[' at character {start + 1} is never closed.",
            todo="Close it with ], or write [[ to have the character itself.",
        )

    def _optional(self) -> Optional:
        start = self.at
        self.at += 1
        found: list[Part] = []
        literal: list[str] = []
        while self.at < len(self.source):
            char = self.source[self.at]
            if char in "[]{}" and self._doubled():
                literal.append(char)
                self.at += 2
            elif char == "[":
                _close_literal(literal, found)
                found.append(self._slot())
            elif char == "}":
                _close_literal(literal, found)
                self.at += 1
                return _optional(found, start + 1)
            elif char == "{":
                raise BadTemplate(
                    f"The optional part at character {start + 1} holds another one.",
                    todo="Put them one after the other.",
                )
            elif char == "]":
                raise self._stray(char)
            else:
                literal.append(char)
                self.at += 1
        raise BadTemplate(
            f"The '{{' at character {start + 1} is never closed.",
            todo="Close it with }, or write {{ to have the character itself.",
        )


def _close_literal(literal: list[str], found: list[Part]) -> None:
    if literal:
        found.append("".join(literal))
        literal.clear()


def _slot(written: str, at: int) -> Slot:
    if not written.strip():
        raise BadTemplate(f"The brackets at character {at} are empty.", todo="Put a column's name between them.")
    return Slot(written, at)


def _optional(parts: list[Part], at: int) -> Optional:
    inner = tuple(part for part in parts if not isinstance(part, Optional))
    if not any(isinstance(part, Slot) for part in inner):
        raise BadTemplate(
            f"The part in braces at character {at} names no column, so it would never disappear.",
            todo="Name a column in it, or write {{ and }} to have the braces themselves.",
        )
    return Optional(inner)
