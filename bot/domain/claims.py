"""What a text says that none of its sources says: figures, units, materials, claims. A hint, no verdict."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cache
from math import isfinite

from bot.domain.claims_words import CLAIMS, DENIALS, MATERIALS, NO_CLAIM, NOT_MATERIAL_BEFORE, NUMBER_WORDS
from bot.domain.figures import Figure, figures, numbers, readings
from bot.domain.words import HYPHENS, Folded, fold, places, words_of

# A denial is looked for in so many characters before a claim.
BEFORE = 120
# `not intended to diagnose, treat, cure or prevent any disease`
_disclaimer = re.compile(r"\bnot (?:intended|meant|designed) (?:to|for)\b[^.;!?]*$")
_next_word = re.compile(r"[\s-]+(\w+)")
# Figures in different units are the same within this much: 12 in is 30.5 cm.
SAME = 0.02


class ClaimKind(StrEnum):
    FIGURE = "figure"
    UNIT = "unit"
    MATERIAL = "material"
    CLAIM = "claim"


@dataclass(frozen=True, slots=True)
class Claim:
    """Words of the text that no source supports, and where they stand in it."""

    kind: str
    words: str
    start: int
    end: int


def unsupported(text: str, sources: Iterable[str]) -> tuple[Claim, ...]:
    """Figures, units, materials and claims that stand in no source, in the order of the text.

    `sources`: all cells of the product, and the prompt. A number that stands there with another unit is a `unit`."""
    folded = fold(text)
    source = fold("\n".join(sources))
    found = [*_figures(text, folded, source), *_materials(text, folded, source), *_claims(text, folded, source)]
    return tuple(sorted(found, key=lambda claim: (claim.start, claim.end)))


# figures


@dataclass(frozen=True, slots=True)
class _Known:
    """The figures of the sources: their amounts by family, sorted, and the numbers that no unit belongs to."""

    amounts: dict[str, list[float]]
    unitless: frozenset[Decimal]
    numbers: frozenset[Decimal]


def _known(source: Folded) -> _Known:
    """Numbers inside of names (`XR500`) and number words have no unit."""
    amounts: dict[str, set[float]] = {}
    unitless: set[Decimal] = set()
    with_unit: set[Decimal] = set()
    for figure in figures(source):
        (with_unit if figure.family else unitless).update(figure.readings)
        amounts.setdefault(figure.family, set()).update(_amounts(figure))
    every = {reading for number in numbers(source.text) for reading in readings(number)}
    every |= {Decimal(NUMBER_WORDS[word]) for word in words_of(source.text) if word in NUMBER_WORDS}
    by_family = {family: sorted(found) for family, found in amounts.items()}
    return _Known(by_family, frozenset(unitless | (every - with_unit)), frozenset(every))


def _figures(text: str, folded: Folded, source: Folded) -> Iterator[Claim]:
    known = _known(source)
    for figure in figures(folded):
        if not _is_known(figure, known):
            kind = ClaimKind.UNIT if figure.readings & known.numbers else ClaimKind.FIGURE
            yield Claim(kind, text[figure.start : figure.end].strip(), figure.start, figure.end)


def _is_known(figure: Figure, known: _Known) -> bool:
    """The same amount, or the same number where either side has no unit."""
    if not figure.family:
        return bool(figure.readings & known.numbers)
    return bool(figure.readings & known.unitless) or any(
        _is_among(amount, known.amounts.get(figure.family, [])) for amount in _amounts(figure)
    )


def _is_among(amount: float, known: list[float]) -> bool:
    at = bisect_left(known, amount * (1 - SAME))
    return at < len(known) and known[at] <= amount * (1 + SAME)


def _amounts(figure: Figure) -> Iterator[float]:
    """In the family's smallest unit; nothing for numbers beyond measure."""
    amounts = (float(reading) * figure.factor for reading in figure.readings)
    return (amount for amount in amounts if isfinite(amount))


# materials


@cache
def _material_words() -> re.Pattern[str]:
    """All materials, the longer wording first."""
    words = sorted(MATERIALS, key=len, reverse=True)
    wordings = (re.escape(word).replace(r"\ ", "[ -]") for word in words)
    return re.compile(rf"(?<!\w)({'|'.join(wordings)})(?!\w)")


def _materials(text: str, folded: Folded, source: Folded) -> Iterator[Claim]:
    for match in _material_words().finditer(folded.text):
        following = _next_word.match(folded.text, match.end())
        if following and following[1] in NOT_MATERIAL_BEFORE:
            continue
        word = re.sub(r"[\s-]", " ", match[1])
        if not any(places(source, voucher) for voucher in MATERIALS[word]):
            start, end = folded.span(*match.span())
            yield Claim(ClaimKind.MATERIAL, text[start:end], start, end)


# claims


def _claims(text: str, folded: Folded, source: Folded) -> Iterator[Claim]:
    said = set(_said(source))
    for wording, (start, end) in _said(folded).items():
        if not said.intersection(CLAIMS[wording]):
            yield Claim(ClaimKind.CLAIM, text[start:end], start, end)


def _said(folded: Folded) -> dict[str, tuple[int, int]]:
    """Each wording that is said and not denied, with the first place it stands in."""
    found: dict[str, tuple[int, int]] = {}
    for match in _claim_words().finditer(folded.text):
        wording = _wordings().get(_bare(match.group()))
        if wording is not None and not _is_denied(folded.text[max(0, match.start() - BEFORE) : match.start()]):
            found.setdefault(wording, folded.span(*match.span()))
    return found


@cache
def _claim_words() -> re.Pattern[str]:
    """Everyday wordings and claims, the longest first, so that `dishwasher safe` is not read as `safe`."""
    wordings = sorted((*NO_CLAIM, *CLAIMS), key=len, reverse=True)
    phrases = (re.escape(wording).replace(r"\ ", rf"[\s{HYPHENS}]*") for wording in wordings)
    return re.compile(rf"(?<!\w)(?:{'|'.join(phrases)})(?!\w)")


@cache
def _wordings() -> dict[str, str]:
    return {_bare(wording): wording for wording in CLAIMS}


def _bare(words: str) -> str:
    return re.sub(rf"[\s{HYPHENS}]", "", words)


def _is_denied(before: str) -> bool:
    words = re.findall(r"[\w']+", before[-20:])
    return bool(words and words[-1] in DENIALS) or bool(_disclaimer.search(before))
