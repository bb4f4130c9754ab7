"""Figures in a text: numbers as people of several countries write them, with the unit that follows or precedes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from bot.domain.claims_words import NUMBER_WORDS, UNITS
from bot.domain.words import Folded

BLANK = r"[ \u00a0\u202f\u2009]"
_number = rf"\d+(?:[.,'\u2019]\d+|{BLANK}\d{{3}}(?!\d))*"
_by_length = sorted(UNITS, key=len, reverse=True)
_word_units = "|".join(re.escape(u) for u in _by_length if u[-1].isalpha())
_sign_units = "|".join(re.escape(u) for u in _by_length if not u[-1].isalpha())
_unit = rf"(?:(?P<word>{_word_units})(?![^\W\d_])|(?P<sign>{_sign_units}))"
# `500 ml`, `500ml`, `2-year`, `1,5 kg`, `12"`; letters glued in front make it part of a name (`XR500`).
_figure = re.compile(
    rf"(?P<money>[$€£]){BLANK}?(?P<price>{_number})|(?<![^\W_])(?<!\w[.,])(?P<number>{_number})(?:[\s-]?{_unit})?"
)
_words = "|".join(NUMBER_WORDS)
_spelled = re.compile(rf"(?<![^\W_])(?<!-)(?P<number>{_words})(?:[\s-]+{_unit})(?![^\W_])")
_group = re.compile(r"[.,'\u2019\s\u00a0\u202f\u2009]")
_any_number = re.compile(_number)


@dataclass(frozen=True, slots=True)
class Figure:
    """A number in all its readings (`1,500` is 1500 or 1.5), its unit's family and the size of one; its place."""

    readings: frozenset[Decimal]
    family: str
    factor: float
    start: int
    end: int


def figures(folded: Folded) -> Iterator[Figure]:
    """Every figure, and numbers up to twelve in words where a unit follows."""
    for match in _figure.finditer(folded.text):
        groups = match.groupdict()
        unit = groups["money"] or groups["word"] or groups["sign"] or ""
        yield _made(folded, match, groups["price"] or groups["number"], unit)
    for match in _spelled.finditer(folded.text):
        yield _made(folded, match, NUMBER_WORDS[match["number"]], match["word"] or match["sign"])


def _made(folded: Folded, match: re.Match[str], number: str, unit: str) -> Figure:
    family, factor = UNITS.get(unit, ("", 1.0))
    return Figure(readings(number), family, factor, *folded.span(*match.span()))


def numbers(text: str) -> Iterator[str]:
    """Every run that reads as a number, also inside names such as `XR500`."""
    for match in _any_number.finditer(text):
        yield match.group()


def readings(number: str) -> frozenset[Decimal]:
    """`1,5` is 1.5; `1,500` is 1500 or 1.5; `1.234,50` is 1234.5; `007` is 7."""
    parts = _group.split(number)
    if len(parts) == 1:
        return frozenset({Decimal(number)})
    grouped = all(len(part) == 3 for part in parts[1:])
    whole = {Decimal("".join(parts))} if grouped else set()
    last = number[len(number) - len(parts[-1]) - 1]
    if last in ".,":
        whole.add(Decimal("".join(parts[:-1]) + "." + parts[-1]))
    return frozenset(whole or {Decimal("".join(parts))})
