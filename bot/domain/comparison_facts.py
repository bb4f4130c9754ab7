"""What can be counted about contenders' texts without people: length, findings, likeness, money and time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median

from rapidfuzz import fuzz, process

from bot.domain.claims import unsupported
from bot.domain.comparison import Contender
from bot.domain.comparison_cards import ContenderFacts
from bot.domain.house_rules import hits, word_count
from bot.domain.project import Style

# `[product name]`, `{{type}}`, `{details}`, `<NAME>`, `TODO`, `XXX`: what templates and careless models leave behind.
PLACEHOLDER = re.compile(
    r"\[[A-Za-z][^\[\]\n]{0,40}\]|\{\{?[^{}\n]{1,40}\}?\}|<[A-Z][A-Z _]{1,30}>|\bTODO\b|\bXXX+\b|\bLorem ipsum\b"
)


@dataclass(frozen=True, slots=True)
class Sample:
    """One text of a contender with the product's own cells. `usd` and `seconds` are None where nobody measured."""

    contender: Contender
    text: str
    sources: tuple[str, ...]
    reference: str = ""
    usd: float | None = None
    seconds: float | None = None


def contender_facts(
    contender: Contender, model: str, samples: Sequence[Sample], *, failed: int, style: Style, approved: Sequence[str]
) -> ContenderFacts:
    """All figures of one contender. `approved` are the texts that people settled on."""
    texts = [sample.text for sample in samples]
    counted = [words for words in map(word_count, texts) if words is not None]
    return ContenderFacts(
        contender=contender,
        model=model,
        written=len(samples),
        failed=failed,
        words=median(counted) if counted else None,
        placeholders=sum(has_placeholder(text) for text in texts),
        rule_hits=sum(bool(hits(text, style)) for text in texts),
        claims=sum(bool(unsupported(sample.text, sample.sources)) for sample in samples),
        likeness=fmean(likeness(sample, approved) for sample in samples) if samples and approved else None,
        usd_per_1000=_per_1000(sample.usd for sample in samples),
        seconds_per_1000=_seconds(samples),
    )


def has_placeholder(text: str) -> bool:
    return PLACEHOLDER.search(text) is not None


def likeness(sample: Sample, approved: Sequence[str]) -> float:
    """How like the house's own words, between 0 and 1: its text for this product, else the nearest of its texts."""
    if sample.reference:
        return fuzz.ratio(sample.text, sample.reference) / 100
    found = process.extractOne(sample.text, approved, scorer=fuzz.ratio)
    return found[1] / 100 if found else 0.0


def taught_hits(texts: Sequence[tuple[str, Sequence[str]]], style: Style) -> Mapping[str, float]:
    """The share of the taught texts with each kind of finding; each comes with the cells of its product."""
    found: dict[str, int] = {}
    for text, sources in texts:
        codes = {str(hit.code) for hit in hits(text, style)}
        codes |= {"claims"} if unsupported(text, sources) else set()
        codes |= {"placeholder"} if has_placeholder(text) else set()
        for code in codes:
            found[code] = found.get(code, 0) + 1
    return {code: times / len(texts) for code, times in found.items()}


def _per_1000(prices: Iterable[float | None]) -> float | None:
    known = list(prices)
    if not known or any(usd is None for usd in known):
        return None
    return 1000 * fmean(usd for usd in known if usd is not None)


def _seconds(samples: Sequence[Sample]) -> float | None:
    """At the speed measured, with as many requests at a time as the provider takes."""
    known = [sample.seconds for sample in samples if sample.seconds is not None]
    return 1000 * fmean(known) if known else None
