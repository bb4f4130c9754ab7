"""Placeholders meet columns: by exact name, else ignoring case, blanks, dashes, underscores and brackets."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.prompt_syntax import FIRST, Optional, Slot, Template, parse
from bot.errors import BadTemplate

FALLBACK = "|"
IGNORED = re.compile(r"[\s\-_\[\]{}|:]+")
SHOWN_COLUMNS = 8  # columns listed in a message about an unknown one
NAME_LENGTH = 75  # characters of a column's name in menus and messages


@dataclass(frozen=True, slots=True)
class Field:
    """A placeholder that found its column: `first` limits a list, `fallback` is said if the cell is empty."""

    column: int
    fallback: str | None = None
    first: int | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """An optional part whose placeholders found their columns."""

    parts: tuple[str | Field, ...]


@dataclass(frozen=True, slots=True)
class Bound:
    """A template whose placeholders are all known columns. `used` are places in the row, in order of first use."""

    parts: tuple[str | Field | Group, ...]
    columns: tuple[str, ...]
    used: tuple[int, ...]
    required: tuple[int, ...]
    """Columns that must not be empty: those outside optional parts and without words for it."""
    single: frozenset[int]
    """Columns that stand somewhere with one value at a time, not as `[column: first 3]`."""
    plain: bool
    """No optional parts, no words for empty cells, no lists: just text and cells."""


def key_of(name: str) -> str:
    """What is left of a column's name when case, blanks, dashes, underscores and brackets are ignored."""
    return IGNORED.sub("", name).casefold()


def bind(template: Template | str, columns: Sequence[str]) -> Bound:
    """Find the column of every placeholder. Raises BadTemplate for an unknown one, naming the nearest."""
    parsed = parse(template) if isinstance(template, str) else template
    finder = Finder(columns)
    parts = tuple(_bound_part(part, finder) for part in parsed.parts)
    flat = [inner for part in parts for inner in (part.parts if isinstance(part, Group) else (part,))]
    used = tuple(dict.fromkeys(part.column for part in flat if isinstance(part, Field)))
    required = tuple(dict.fromkeys(p.column for p in parts if isinstance(p, Field) and p.fallback is None))
    fields = [part for part in flat if isinstance(part, Field)]
    single = frozenset(part.column for part in fields if part.first is None)
    plain = all(part in parts and part.fallback is None and part.first is None for part in fields)
    return Bound(parts, tuple(columns), used, required, single, plain)


def _bound_part(part: str | Slot | Optional, finder: Finder) -> str | Field | Group:
    if isinstance(part, str):
        return part
    if isinstance(part, Slot):
        return finder.field(part)
    return Group(tuple(inner if isinstance(inner, str) else finder.field(inner) for inner in part.parts))


class Finder:
    """Looks up columns by exact name first, then by key; a whole placeholder that is a column's name wins over
    its syntax."""

    def __init__(self, columns: Sequence[str]) -> None:
        self.columns = columns
        self.exact = {name: place for place, name in reversed(list(enumerate(columns)))}
        self.keys = {key_of(name): place for place, name in reversed(list(enumerate(columns)))}

    def place(self, written: str) -> int | None:
        """The column of this name, or None."""
        exact = self.exact.get(written.strip())
        return exact if exact is not None else self.keys.get(key_of(written)) if key_of(written) else None

    def field(self, slot: Slot) -> Field:
        """The placeholder's column with its fallback or count. Raises BadTemplate."""
        name, bar, fallback = slot.written.partition(FALLBACK)
        whole = self.exact.get(slot.written.strip()) if bar or ":" in slot.written else self.place(slot.written)
        if whole is not None:
            return Field(whole)
        first = FIRST.match(name)
        place = self.place(first["name"] if first else name)
        if place is None:
            place = self.place(slot.written)
            if place is None:
                raise self.unknown(first["name"] if first else name)
            return Field(place)
        count = int(first["count"]) if first else None
        if count == 0:
            raise BadTemplate(f"[{slot.written}] asks for no value at all.", todo="Ask for the first 1 or more.")
        return Field(place, fallback.strip() if bar else None, count)

    def unknown(self, name: str) -> BadTemplate:
        nearest = difflib.get_close_matches(key_of(name), list(self.keys), n=1, cutoff=0.5)
        hint = f"Did you mean [{template_name(self.columns[self.keys[nearest[0]]])}]?" if nearest else ""
        shown = ", ".join(f"[{template_name(column)}]" for column in self.columns[:SHOWN_COLUMNS])
        return BadTemplate(
            f"There is no column '{name.strip()[:80]}'.", todo=f"{hint} The columns are {shown}.".strip()
        )


def template_name(column: str) -> str:
    """A column's name as it can be written between brackets, even if it holds brackets, bars or line breaks itself."""
    return " ".join(re.sub(r"[\[\]{}|\n\r]+", " ", column).split())[:NAME_LENGTH] or column
