"""Which columns hold several values in one cell, and what separates them, without taking commas in prose for lists."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from bot.domain.catalog_kinds import URL, Kind
from bot.domain.catalog_words import names_a_list, names_a_product

JSON_LIST = "json"  # the separator of columns whose cells are JSON arrays
STRONG = (";", "|")  # seldom part of a value
WEAK = (",", "、", "，", "・")  # often part of a value: the words must be seen again elsewhere
SAMPLE = 20_000  # distinct values looked at
PART_LENGTH, PART_WORDS = 80, 10  # a longer part is prose, not one of several values
LIST_LIKE = 0.8  # share of the cells with the separator that must look like lists
COMMON = 0.05  # share of all cells that makes a strong separator believable by itself
KNOWN_STRONG, KNOWN_WEAK = 0.4, 0.5  # share of the parts that must be met again, alone or at another place
ARRAYS = 0.2  # share of JSON arrays; the other cells may hold a single value
NEVER = frozenset({Kind.NUMBER, Kind.DATE, Kind.BOOL, Kind.HTML, Kind.OBJECT})

BRACKETED = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
SENTENCE = re.compile(r"[.!?]\s+\S|[a-zà-ÿ]{3,}[.!?]$")
TOKEN = re.compile(r"[^\s,;|]+")


def split_values(value: str, separator: str) -> list[str]:
    """The values of one cell: trimmed, empty ones dropped; what stands inside brackets is never taken apart."""
    if separator == JSON_LIST:
        return _json_values(value)
    if separator not in value:
        stripped = value.strip()
        return [stripped] if stripped else []
    if "(" in value or "[" in value:
        hidden = BRACKETED.sub(lambda match: match.group().replace(separator, "\0"), value)
        pieces = [piece.replace("\0", separator) for piece in hidden.split(separator)]
    else:
        pieces = value.split(separator)
    return [part for part in map(str.strip, pieces) if part]


def _json_values(value: str) -> list[str]:
    items = _parsed(value)
    if not isinstance(items, list):
        return [value.strip()] if value.strip() else []
    texts = (
        item if isinstance(item, str) else json.dumps(item, ensure_ascii=False) for item in items if item is not None
    )
    return [text.strip() for text in texts if text.strip()]


@dataclass(frozen=True, slots=True)
class _Evidence:
    """How the cells of a column look when split: `lists` of them have several parts, `like` of those look like
    lists."""

    cells: int
    lists: int
    like: int
    known: float
    tokens: bool
    longest: int

    @property
    def share(self) -> float:
        return self.lists / self.cells if self.cells else 0.0


def list_separator(header: str, kind: Kind, counts: Sequence[tuple[str, int]]) -> str | None:
    """The separator of a multi-valued column, None for a column of single values. `counts` are distinct non-empty
    values."""
    values = [value for value, _ in islice(counts, SAMPLE)]
    if sum(map(_is_array, values)) > ARRAYS * len(values):
        return JSON_LIST
    if kind in NEVER:
        return None
    for separator in STRONG:
        if _believable_strong(header, _evidence(values, separator)):
            return _as_written(values, separator)
    for separator in WEAK:
        if _believable_weak(header, _evidence(values, separator)):
            return separator
    return None


def _is_array(value: str) -> bool:
    return value.startswith("[") and value.endswith("]") and isinstance(_parsed(value), list)


def _parsed(value: str) -> object:
    try:
        parsed: object = json.loads(value)
    except (ValueError, RecursionError):
        return None
    return parsed


def _as_written(values: Iterable[str], separator: str) -> str:
    """ " | " where the separator always stands between blanks, else the bare character."""
    spaced = f" {separator} "
    with_it = [value.strip() for value in values if separator in value]
    return spaced if separator == "|" and all(v.count(separator) == v.count(spaced) for v in with_it) else separator


def _believable_strong(header: str, seen: _Evidence) -> bool:
    if seen.lists == 0 or seen.like < LIST_LIKE * seen.lists:
        return False
    if names_a_product(header):
        return seen.share >= COMMON and seen.known >= KNOWN_STRONG
    return seen.share >= COMMON or names_a_list(header) or seen.known >= KNOWN_STRONG


def _believable_weak(header: str, seen: _Evidence) -> bool:
    if seen.lists == 0 or seen.like < LIST_LIKE * seen.lists or names_a_product(header):
        return False
    if names_a_list(header):
        return True
    if seen.lists == 1:
        return seen.tokens and (seen.longest >= 3 or seen.known >= KNOWN_WEAK)
    return seen.known >= KNOWN_WEAK


def _evidence(values: Sequence[str], separator: str) -> _Evidence:
    """Look at every value that has the separator outside brackets and not between digits (a decimal or thousands
    mark)."""
    split = [parts for value in values if separator in value and len(parts := _evident_parts(value, separator)) > 1]
    if not split:
        return _Evidence(len(values), 0, 0, 0.0, tokens=False, longest=0)
    like = [parts for parts in split if all(map(_is_short, parts))]
    return _Evidence(
        cells=len(values),
        lists=len(split),
        like=len(like),
        known=_known_share(values, like, separator),
        tokens=all(TOKEN.fullmatch(part) for parts in like for part in parts),
        longest=max(map(len, split)),
    )


def _evident_parts(value: str, separator: str) -> list[str]:
    if separator in WEAK and re.search(rf"\d{separator}\d", value):
        return [value]
    return split_values(value, separator)


def _is_short(part: str) -> bool:
    if URL.fullmatch(part):
        return True
    return len(part) <= PART_LENGTH and part.count(" ") < PART_WORDS and not SENTENCE.search(part)


def _known_share(values: Sequence[str], lists: Sequence[Sequence[str]], separator: str) -> float:
    """Share of the parts that are also whole cells, or stand at different places of different cells ("Inc." never
    does)."""
    alone = {value.casefold() for value in values if separator not in value}
    first = Counter(parts[0].casefold() for parts in lists)
    later = Counter(part.casefold() for parts in lists for part in parts[1:])
    total = sum(map(len, lists))
    known = sum(
        1 for parts in lists for part in parts if (p := part.casefold()) in alone or (p in first and p in later)
    )
    return known / total if total else 0.0
