"""What messages and windows about blind comparisons show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.domain.comparison import Choice, ComparisonState, Contender, Judged, Pairing, Tally
from bot.domain.comparison_verdict import Verdict
from bot.domain.rounds import Next, Round


@dataclass(frozen=True, slots=True)
class CompareOffer:
    """What an owner confirms. `held_out` of the products have an approved text to measure likeness by."""

    project_id: int
    products: int
    sizes: tuple[int, ...]
    held_out: int
    texts: int
    meetings: int
    minutes: int
    base_model: str
    tuned_model: str
    provider_label: str
    usd: float | None
    leave: tuple[str, ...] = ()
    examples: int = 0
    rounds: int = 0  # how many comparisons there were before
    notice: str = ""


@dataclass(frozen=True, slots=True)
class ComparisonCard:
    """How a comparison is going; nothing in it says who is ahead."""

    id: int
    project_id: int
    state: ComparisonState
    products: int
    texts: int
    written: int
    failed: int
    meetings: int
    judged: int
    voters: int
    minutes_left: int
    started_by: str
    has_tuned: bool
    usd: float | None = None
    problem: str = ""
    ended_by: str = ""


@dataclass(frozen=True, slots=True)
class BlindPair:
    """Two texts for one product, and nothing that tells who wrote which. `choice`: what this person said before."""

    matchup_id: int
    comparison_id: int
    product: str
    facts: tuple[tuple[str, str], ...]
    left: str
    right: str
    done: int
    total: int
    choice: Choice | None = None
    previous_id: int | None = None
    notice: str = ""


@dataclass(frozen=True, slots=True)
class ContenderFacts:
    """What can be counted without people. Shares are between 0 and 1; None where nothing was measured."""

    contender: Contender
    model: str
    written: int
    failed: int
    words: float | None  # the median
    placeholders: int  # texts with any left over
    rule_hits: int  # texts that break a rule of the house
    claims: int  # texts with a claim that the product's facts do not support
    likeness: float | None  # to the approved text of the same product, else to the nearest approved one
    usd_per_1000: float | None
    seconds_per_1000: float | None


@dataclass(frozen=True, slots=True)
class ResultCard:
    """What a comparison came to."""

    id: int
    project_id: int
    verdict: Verdict
    tallies: Mapping[Pairing, Tally]
    by_kind: Mapping[str, Tally]
    kind_column: str
    facts: tuple[ContenderFacts, ...]
    next: Next
    judged: tuple[Judged, ...]
    products: int
    voters: int
    votes: int
    unjudged: int
    base_model: str
    tuned_model: str
    started_by: str
    rounds: tuple[Round, ...] = field(default=())
    training_usd: float | None = None
    usd: float | None = None
    uses_examples: bool = False  # the project writes with examples now
    notice: str = ""
