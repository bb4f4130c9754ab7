"""New columns out of what cells say: amount and currency, number and unit, "key: value" lines. The cells themselves
stay as written."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from bot.domain.catalog import Feature
from bot.domain.catalog_kinds import URL
from bot.domain.catalog_words import names_a_product, word_set
from bot.ingest.grid import Grid
from bot.ingest.repairs import html_to_text
from bot.ingest.table import Cells

SAMPLE = 2000  # distinct texts looked at before a feature is offered
EXAMPLES = 50  # texts among which the most telling example is looked for
AGREE = 0.8  # share of them that must look alike
ALL = "all"
FIGURES = r"[+\-−]?\s?\d[\d.,'\u00a0\u202f ]*"
CODES = word_set(
    """USD EUR GBP JPY CNY RMB CHF CAD AUD NZD SEK NOK DKK ISK PLN CZK HUF RON BGN TRY RUB UAH INR PKR BDT LKR IDR MYR
    SGD THB VND PHP KRW TWD HKD BRL MXN ARS CLP COP PEN ZAR NGN KES EGP MAD AED SAR QAR KWD BHD OMR JOD ILS
    Rs kr zł Kč Ft lei"""
)
WORD = rf"(?<![^\W\d_])(?:{'|'.join(sorted(CODES))})(?![^\W\d_])\.?"
MARK = rf"(?:[$€£¥₹₽₺₩₪₫฿₴₦]|(?:US|CA|AU|NZ|HK|R)\$|{WORD}|د\.إ|ر\.س|円|元)"
AMOUNT = re.compile(rf"(?:(?P<before>{MARK})\s?)?(?P<number>{FIGURES})(?:\s?(?P<after>{MARK}))?", re.IGNORECASE)
UNIT = r"%|°\s?[CF]?|[^\W\d_]{1,12}\.?(?:/[^\W\d_]{1,8})?[²³]?|[\"″'′]"
MEASURE = re.compile(rf"(?P<number>[+\-−]?\d+(?:[.,]\d+)?(?:/\d+)?)\s?(?P<unit>{UNIT})")
UNITS = 12  # more different "units" in one column are the ends of codes such as 12B
PIECES = re.compile(r"[\n|;•·]+|(?<=[.!?])\s+")
KEY = r"[^\W\d_][\w /&()-]{1,30}?"
ATTRIBUTE = re.compile(rf"\s*[-*–]?\s*(?P<key>{KEY})\s*[:：]\s*(?P<value>[^\s/].{{0,160}}?)\s*[.,]?\s*", re.DOTALL)
KEY_WORDS = 3  # words of an attribute's name at most
KEY_SHARE, KEY_LEAST, KEYS = 0.2, 3, 8  # share and number of the texts that have it, and how many keys are taken
JOINED = ", "

Parts = tuple[str, ...]
EMPTY: Parts = ("", "")


@dataclass(frozen=True, slots=True)
class _Found:
    """A feature of one column: the new columns' names and how to fill them from a text."""

    feature: Feature
    split: Callable[[str], Parts]


def add_features(grid: Grid, wanted: frozenset[str]) -> tuple[Feature, ...]:
    """Add the columns of the wanted features ("all" for every one), in place; all that were found, with what was done.

    A wanted feature that this table does not have is passed over."""
    found = _all_features(grid)
    done = [one for one in found if one.feature.name in wanted or ALL in wanted]
    for one in done:
        _add(grid, one)
    return tuple(_with(one.feature, done=one in done) for one in found)


def _with(feature: Feature, *, done: bool) -> Feature:
    return Feature(feature.name, feature.column, feature.columns, feature.example, done)


def _add(grid: Grid, found: _Found) -> None:
    cells = grid.cells[grid.names.index(found.feature.column)]
    parts = [found.split(text) for text in cells.values]
    for number, name in enumerate(found.feature.columns):
        grid.names.append(name)
        grid.cells.append(cells.mapped([part[number] for part in parts]))


def _all_features(grid: Grid) -> list[_Found]:
    taken = {name.casefold() for name in grid.names}
    found = []
    for place in range(len(grid.names)):
        feature = _feature(grid, place, taken)
        if feature is not None:
            found.append(feature)
            taken |= {name.casefold() for name in feature.feature.columns}
    return found


def _feature(grid: Grid, place: int, taken: set[str]) -> _Found | None:
    """What one column offers, the most telling first."""
    texts = [text for text in islice(grid.cells[place].values, SAMPLE) if text]
    name = grid.names[place]
    if not texts or names_a_product(name):
        return None
    if _agree(texts, _amount):
        return _found("amount", name, _fresh(name, ["amount", "currency"], taken), _amount, texts)
    if _agree(texts, _measure) and _are_units({_measure(text)[1] for text in texts}):
        return _found("unit", name, _fresh(name, ["number", "unit"], taken), _measure, texts)
    keys = _keys(grid.cells[place], texts)
    columns = tuple(_fresh(name, [key], taken)[0] if key.casefold() in taken else key for key in keys)
    return _found("attributes", name, columns, _Attributes(tuple(map(str.casefold, keys))), texts) if keys else None


def _are_units(found: set[str]) -> bool:
    """A handful of units, and more than percent signs: "5%" says all of itself."""
    return len(found) <= UNITS and bool(found - {"", "%"})


def _fresh(column: str, words: Sequence[str], taken: set[str]) -> Parts:
    """Names for columns made out of another one that no column has yet."""
    names = [f"{column} {word}" for word in words]
    return tuple(name if name.casefold() not in taken else f"{name} (2)" for name in names)


def _found(label: str, column: str, columns: Parts, split: Callable[[str], Parts], texts: Sequence[str]) -> _Found:
    example = max(texts[:EXAMPLES], key=lambda text: sum(map(bool, split(text))))
    shown = html_to_text(example)[:200]
    return _Found(Feature(f"{label}:{column}", column, columns, (shown, *split(example))), split)


def _agree(texts: Sequence[str], split: Callable[[str], Parts]) -> bool:
    """Most texts have both parts."""
    some = texts[:50]
    if sum(all(split(text)) for text in some) < AGREE * len(some) / 2:
        return False
    return sum(all(split(text)) for text in texts) >= AGREE * len(texts)


def _amount(text: str) -> Parts:
    """ "€ 1.299,00" as ("1.299,00", "€"); nothing for a text without a currency."""
    if len(text) > 40 or (match := AMOUNT.fullmatch(text.strip())) is None:
        return EMPTY
    mark = match["before"] or match["after"]
    return (match["number"].strip(), mark) if mark else EMPTY


def _measure(text: str) -> Parts:
    """ "1.5 kg" as ("1.5", "kg")."""
    match = MEASURE.fullmatch(text.strip()) if len(text) <= 30 else None
    return EMPTY if match is None else (match["number"], match["unit"])


@dataclass(frozen=True, slots=True)
class _Attributes:
    """The values of these keys (lower case) in a text; several of one key with commas between them."""

    keys: Parts

    def __call__(self, text: str) -> Parts:
        pairs = attributes(text)
        return tuple(JOINED.join(value for key, value in pairs if key.casefold() == wanted) for wanted in self.keys)


def attributes(text: str) -> list[tuple[str, str]]:
    """The "key: value" pieces of a text, with or without HTML."""
    if ":" not in text and "：" not in text:
        return []
    found = []
    for piece in PIECES.split(html_to_text(text)):
        match = ATTRIBUTE.fullmatch(piece)
        if match and match["key"].count(" ") < KEY_WORDS and not URL.match(piece.strip()):
            found.append((match["key"].strip(), match["value"]))
    return found


def _keys(cells: Cells, texts: Sequence[str]) -> Parts:
    """The keys that many texts have, the most frequent first, as first written."""
    if sum(":" in text or "：" in text for text in texts) < KEY_SHARE * len(texts):
        return ()
    counts: dict[str, int] = {}
    written: dict[str, str] = {}
    times = np.bincount(cells.codes, minlength=len(cells.values)).tolist()
    total = 0
    for text, count in islice(zip(cells.values, times, strict=True), SAMPLE):
        total += count if text else 0
        for key in {key.casefold(): key for key, _ in attributes(text)}.values():
            counts[key.casefold()] = counts.get(key.casefold(), 0) + count
            written.setdefault(key.casefold(), key)
    many = [key for key, count in counts.items() if count >= max(KEY_LEAST, KEY_SHARE * total)]
    return tuple(written[key] for key in sorted(many, key=lambda key: -counts[key])[:KEYS])
