"""Spot checks: which of the texts that nobody has read people look at, and what that says about the others.

Some are drawn by lot, evenly over the kinds of products: they alone tell about all texts. Others are looked at because
something about them is odd; they are worth looking at and tell nothing about the rest.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.claims import Claim
from bot.domain.house_rules import Hit
from bot.domain.review import CompletionCard
from bot.domain.statistics import wilson_interval

# As many as one person looks at in a quarter of an hour; half of them by lot.
ROUND = 20
BY_LOT = 10
# What is prepared of each sort: ten rounds and more are never asked for.
PREPARED = 200
# A broken rule of the house weighs more than words that only stand in no cell.
HIT_WEIGHT, CLAIM_WEIGHT = 3, 1
SHOWN_REASONS = 3


class Format(StrEnum):
    """How the finished table can be had."""

    XLSX = "xlsx"
    CSV = "csv"
    PARQUET = "parquet"


USUAL_FORMATS = (Format.XLSX, Format.CSV)


@dataclass(frozen=True, slots=True)
class Suspect:
    """One text with what is odd about it. `kind`: the type of its product, for an even draw."""

    completion_id: int
    kind: str
    suspicion: int
    why: str = ""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A text that people may be asked to look at."""

    completion_id: int
    suspicion: int
    why: str
    lot_place: int | None


@dataclass(frozen=True, slots=True)
class SpotCard:
    """The next text to look at: number `number` of `total` in this round."""

    run_id: int
    item_id: int
    number: int
    total: int
    why: str
    text: CompletionCard


@dataclass(frozen=True, slots=True)
class SpotReport:
    """What people found so far. `lot` texts were drawn by lot and decided on, `lot_wrong` of them needed a change;
    `texts` were written in all, `odd` of them break a rule or say what their product does not."""

    texts: int = 0
    odd: int = 0
    good: int = 0
    edited: int = 0
    rejected: int = 0
    lot: int = 0
    lot_wrong: int = 0
    waiting: int = 0
    left: int = 0

    @property
    def looked_at(self) -> int:
        return self.good + self.edited + self.rejected


def suspicion(hits: Sequence[Hit], claims: Sequence[Claim]) -> int:
    return HIT_WEIGHT * len(hits) + CLAIM_WEIGHT * len(claims)


def why(hits: Sequence[Hit], claims: Sequence[Claim]) -> str:
    """The reasons in words, the heaviest first."""
    return "; ".join([*_rules(hits), *_claims(claims)][:SHOWN_REASONS])


def rules_in_words(hits: Sequence[Hit]) -> str:
    """For the table: every broken rule."""
    return "; ".join(_rules(hits))


def claims_in_words(claims: Sequence[Claim]) -> str:
    """For the table: all words that stand in no cell of the product."""
    return "; ".join(dict.fromkeys(claim.words for claim in claims))


def _rules(hits: Sequence[Hit]) -> list[str]:
    return list(dict.fromkeys(hit.message for hit in hits))


def _claims(claims: Sequence[Claim]) -> list[str]:
    return [f"“{words}” stands in no cell" for words in dict.fromkeys(claim.words for claim in claims)]


def prepare(texts: Iterable[Suspect], *, seed: int) -> list[Prepared]:
    """The first texts by lot and the oddest ones, each text once."""
    everything = list(texts)
    places = {text.completion_id: place for place, text in enumerate(by_lot(everything, seed)[:PREPARED])}
    odd = sorted((text for text in everything if text.suspicion), key=lambda text: (-text.suspicion, _dice(text, seed)))
    chosen = {text.completion_id: text for text in odd[:PREPARED]}
    chosen |= {text.completion_id: text for text in everything if text.completion_id in places}
    return [Prepared(text.completion_id, text.suspicion, text.why, places.get(key)) for key, text in chosen.items()]


def by_lot(texts: Sequence[Suspect], seed: int) -> list[Suspect]:
    """All texts in an order of which every beginning is a fair draw, spread over the kinds by their size."""
    kinds: dict[str, list[Suspect]] = defaultdict(list)
    for text in texts:
        kinds[text.kind].append(text)
    placed: list[tuple[float, float, Suspect]] = []
    for kind, mine in kinds.items():
        mine.sort(key=lambda text: _dice(text, seed))
        start = _number(f"{seed}:{kind}")
        placed += [((place + start) / len(mine), _dice(text, seed), text) for place, text in enumerate(mine)]
    return [text for _, _, text in sorted(placed, key=lambda one: one[:2])]


def _dice(text: Suspect, seed: int) -> float:
    return _number(f"{seed}:{text.completion_id}")


def _number(words: str) -> float:
    """A number from 0 to 1 that looks random and is always the same for the same words."""
    return int.from_bytes(hashlib.sha256(words.encode("utf-8", "surrogatepass")).digest()[:8]) / 2**64


def found_in_words(report: SpotReport) -> str:
    """`Of 20 looked at, 17 were fine, 2 edited, 1 rejected.`"""
    parts = [f"{report.good} {'was' if report.good == 1 else 'were'} fine"]
    parts += [f"{report.edited} edited"] if report.edited else []
    parts += [f"{report.rejected} rejected"] if report.rejected else []
    return f"Of {report.looked_at} looked at, {', '.join(parts)}."


def estimate_in_words(report: SpotReport) -> str:
    """What the draw says about all texts, with the range in which the truth probably lies; nothing without a draw, or
    once there is nothing left to estimate."""
    if not report.lot or report.looked_at >= report.texts:
        return ""
    low, high = wilson_interval(report.lot_wrong, report.lot)
    drawn = f"Of the {report.lot} drawn by lot, {report.lot_wrong or 'none'} needed a change"
    return f"{drawn}: {_share(low, high)} of all {report.texts:,} new texts probably need one."


def _share(low: float, high: float) -> str:
    if low < 0.005:
        return f"at most {high:.0%}"
    return f"between {low:.0%} and {high:.0%}"
