"""Review: what people can say of a text, and what follows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from bot.domain.completion import Origin


class ReviewState(StrEnum):
    """The settled state of one version of a text."""

    OPEN = "open"
    APPROVED = "approved"
    EDITED = "edited"
    REJECTED = "rejected"
    REPLACED = "replaced"  # written again; a later completion stands for it


class VerdictKind(StrEnum):
    APPROVED = "approved"
    EDITED = "edited"
    REJECTED = "rejected"
    SKIPPED = "skipped"
    OBJECTED = "objected"


class Surface(StrEnum):
    """Where a verdict was given."""

    BUTTON = "button"
    REACTION = "reaction"
    MODAL = "modal"
    COMMAND = "command"


SETTLED_AS: dict[VerdictKind, ReviewState] = {
    VerdictKind.APPROVED: ReviewState.APPROVED,
    VerdictKind.EDITED: ReviewState.EDITED,
    VerdictKind.REJECTED: ReviewState.REJECTED,
}
PAIR_STATES = (ReviewState.APPROVED, ReviewState.EDITED)

# How many undecided cards stand in the thread at a time: enough for three people, few enough for a phone.
WINDOW = 5
# Measured on ourselves: reading forty words beside four facts and pressing a button.
SECONDS_PER_REVIEW = 30

# A card shows this much of a text; what is longer is approved from its full view. Well inside one message's limit.
CARD_TEXT = 2400
# What one input of a modal takes.
EDIT_TEXT = 3000
# As many facts as a phone shows beside a text, and how long a value may be to count as one.
FACTS = 8
FACT_LENGTH = 80

THUMBS = {
    "+1": VerdictKind.APPROVED,
    "thumbsup": VerdictKind.APPROVED,
    "-1": VerdictKind.REJECTED,
    "thumbsdown": VerdictKind.REJECTED,
}


def verdict_of(emoji: str) -> VerdictKind | None:
    """The verdict a reaction stands for, in any skin tone; None for every other emoji."""
    return THUMBS.get(emoji.split("::")[0].lower())


@dataclass(frozen=True, slots=True)
class ThumbSeen:
    """The last we heard of one emoji of one person on one message. `event_ts` is Slack's time, as fixed-width text."""

    emoji: str
    present: bool
    event_ts: str


def stance(thumbs: Iterable[ThumbSeen]) -> VerdictKind | None:
    """What a person's thumbs on one card say together: the latest that is still there."""
    there = [thumb for thumb in thumbs if thumb.present and verdict_of(thumb.emoji)]
    return verdict_of(max(there, key=lambda thumb: (thumb.event_ts, thumb.emoji)).emoji) if there else None


class Step(StrEnum):
    """What follows from a thumb that came or went."""

    NOTHING = "nothing"
    SETTLE = "settle"
    UNDO = "undo"
    CHANGE = "change"  # take the own earlier thumb back, then settle anew
    TOO_LATE = "too_late"


def follow_thumb(wish: VerdictKind | None, state: ReviewState, *, is_own: bool, by_reaction: bool) -> Step:
    """Bring a text's state in line with one person's thumbs; `is_own`: they decided it, `by_reaction`: by a thumb.

    Depends on the thumbs as they are now alone, so that reordered and repeated events end alike."""
    if state == ReviewState.OPEN:
        return Step.SETTLE if wish else Step.NOTHING
    if wish and state == SETTLED_AS[wish] and is_own:
        return Step.NOTHING
    if is_own and by_reaction:
        return Step.CHANGE if wish else Step.UNDO
    return Step.TOO_LATE if wish else Step.NOTHING


def padded_ts(event_ts: str) -> str:
    """Slack's `seconds.micros` in one width, so that text order is time order."""
    seconds, _, micros = event_ts.partition(".")
    return f"{seconds:0>12}.{micros:0<6}"


def is_cut(text: str) -> bool:
    """Whether a card cannot show the whole text."""
    return len(text) > CARD_TEXT


def facts_of(used: Mapping[str, Any], product: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """What a reviewer checks a text against: the columns of the prompt, then other short values of the product."""
    facts = {str(column): str(value) for column, value in used.items() if str(value).strip()}
    for column, value in product.items():
        if column not in facts and 0 < len(str(value).strip()) <= FACT_LENGTH:
            facts[str(column)] = str(value)
    return tuple(facts.items())[:FACTS]


def minutes_for(count: int) -> int:
    """Whole minutes of review for `count` texts, at least 1 where there is anything to do."""
    return max(1, round(count * SECONDS_PER_REVIEW / 60)) if count else 0


@dataclass(frozen=True, slots=True)
class Decided:
    """Who settled a text, how, and when."""

    state: ReviewState
    who: str
    at: datetime
    surface: Surface
    reason: str = ""
    objections: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class CompletionCard:
    """All that a card about one text shows. `frozen` texts can no longer be undone."""

    id: int
    version: int
    number: int
    total: int
    product: str
    facts: tuple[tuple[str, str], ...]
    prompt: str
    text: str
    origin: str
    model: str
    notice: str = ""
    decided: Decided | None = None
    frozen: bool = False
    edited_by: str = ""
    project_id: int = 0


@dataclass(frozen=True, slots=True)
class ReviewCounts:
    """Texts by what people decided. A text that was written again counts once."""

    open: int = 0
    approved: int = 0
    edited: int = 0
    rejected: int = 0

    @property
    def decided(self) -> int:
        return self.approved + self.edited + self.rejected

    @property
    def total(self) -> int:
        return self.open + self.decided

    @property
    def pairs(self) -> int:
        """Texts that a dataset can take."""
        return self.approved + self.edited


@dataclass(frozen=True, slots=True)
class BatchCard:
    """A review batch: `coming` texts are still being written."""

    id: int
    project_id: int
    title: str
    counts: ReviewCounts
    coming: int = 0

    @property
    def minutes(self) -> int:
        return minutes_for(self.counts.open)

    @property
    def is_done(self) -> bool:
        return not self.counts.open and not self.coming


@dataclass(frozen=True, slots=True)
class SettledPair:
    """A prompt with the text that people settled on. `original` differs from `text` where somebody edited it."""

    completion_id: int
    version: int
    prompt_id: int
    product_id: int
    product: str
    values: Mapping[str, Any]
    system: str
    prompt: str
    text: str
    original: str
    state: ReviewState
    origin: Origin
    model: str
    decided_by: str
    decided_at: datetime
