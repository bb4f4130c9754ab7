"""What a column's cells look like: an opinion beside the text, never a conversion of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from itertools import islice

SAMPLE = 2000  # distinct values looked at; more do not change an opinion
AGREEMENT = 0.9  # share of the sampled cells that must look alike before a column is called anything but text
HTML_SHARE = 0.3  # tags in a third of the cells make a column HTML: the rest are empty or short ones without markup


class Kind(StrEnum):
    """What a column's cells look like. `OBJECT` is nested JSON, kept as JSON text."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    BOOL = "bool"
    URL = "url"
    HTML = "html"
    OBJECT = "object"


NUMBER = re.compile(
    r"[+\-−]?\s?(?:[$€£¥₹]\s?)?(?:\d{1,3}(?:[ \u00a0\u202f'.,]\d{3})+(?:[.,]\d+)?|\d+(?:[.,]\d+)?|[.,]\d+)"
    r"(?:[eE][+\-]?\d{1,3})?\s?[%€$£¥]?"
)
DATE = re.compile(
    r"(?:\d{4}[-/.年]\s?\d{1,2}[-/.月]\s?\d{1,2}日?|\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2})"
    r"|\d{1,2}[-\s][A-Za-z]{3,9}\.?[-\s,]{1,2}\d{4})"
    r"(?:[T\s]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:\s?(?:Z|[AaPp][Mm]|[+\-]\d{2}:?\d{2}))?)?"
)
URL = re.compile(r"(?:https?|ftp)://\S+|www\.\S+\.\S+", re.IGNORECASE)
HTML = re.compile(r"<(?:p|br|div|span|ul|ol|li|b|i|em|strong|h[1-6]|table|tr|td|a|img)\b[^<>]*/?>", re.IGNORECASE)
BOOLS = frozenset(
    {"true", "false", "yes", "no", "y", "n", "oui", "non", "ja", "nein", "sí", "si", "vrai", "faux", "wahr", "falsch"}
)


def kind_of(counts: Sequence[tuple[str, int]]) -> Kind:
    """The kind that nine cells of ten agree on; text when they do not, or when there are none."""
    seen: dict[Kind, int] = {}
    total = 0
    for value, count in islice(counts, SAMPLE):
        kind = kind_of_value(value)
        seen[kind] = seen.get(kind, 0) + count
        total += count
    if seen.get(Kind.HTML, 0) >= HTML_SHARE * total > 0:
        return Kind.HTML
    best = max(seen, key=lambda kind: seen[kind], default=Kind.TEXT)
    return best if seen.get(best, 0) >= AGREEMENT * total else Kind.TEXT


def kind_of_value(value: str) -> Kind:
    """What one cell looks like by itself."""
    first = value[:1]
    if first in "[{" and value[-1:] in "]}" and first:
        return Kind.OBJECT
    if len(value) <= 40:
        if NUMBER.fullmatch(value):
            return Kind.NUMBER
        if DATE.fullmatch(value):
            return Kind.DATE
        if value.casefold() in BOOLS:
            return Kind.BOOL
    if URL.match(value) and " " not in value.strip():
        return Kind.URL
    return Kind.HTML if "<" in value and HTML.search(value) else Kind.TEXT
