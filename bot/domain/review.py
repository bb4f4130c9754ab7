"""Review: what people can say of a text, and what follows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from bot.domain.completion import Origin
from bot.domain.marks import Mark


class ReviewState(StrEnum):
    """The settled state of one version of a text."""

    OPEN = "open"
    APPROVED = "approved"
    EDITED = "edited"
    REJECTED = "rejected"
    REPLACED = "replaced"  # written again; a later completion stands for it
    DISPUTED = "disputed"  # people disagree; the adjudicator has the last word


class VerdictKind(StrEnum):
    APPROVED = "approved"
    EDITED = "edited"
    REJECTED = "rejected"
    SKIPPED = "skipped"
    OBJECTED = "objected"
    RULED = "ruled"  # an adjudicator's last word: `text` is what they chose, nothing where they rejected


class Surface(StrEnum):
    """Where a verdict was given."""

    BUTTON = "button"
    REACTION = "reaction"
    MODAL = "modal"
    COMMAND = "command"
    BULK = "bulk"  # one of many that were approved at once
    IMPORT = "import"  # an owner vouched for a whole file of pairs


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


def follow_thumb(wish: VerdictKind | None, state: ReviewState, *, own: VerdictKind | None, by_reaction: bool) -> Step:
    """Bring one person's vote in line with their thumbs; `own`: how they voted, `by_reaction`: by a thumb.

    Depends on the thumbs as they are now alone, so that reordered and repeated events end alike. A thumb changes only
    what a thumb has said."""
    if own is None and state == ReviewState.OPEN:
        return Step.SETTLE if wish else Step.NOTHING
    if wish and wish == own:
        return Step.NOTHING
    if own is not None and by_reaction:
        return Step.CHANGE if wish else Step.UNDO
    return Step.TOO_LATE if wish else Step.NOTHING


def padded_ts(event_ts: str) -> str:
    """Slack's `seconds.micros` in one width, so that text order is time order."""
    seconds, _, micros = event_ts.partition(".")
    return f"{seconds:0>12}.{micros:0<6}"


def is_cut(text: str) -> bool:
    """Whether a card cannot show the whole text."""
    return len(text) > CARD_TEXT


def facts_of(
    used: Mapping[str, Any], product: Mapping[str, Any], hidden: str | None = None
) -> tuple[tuple[str, str], ...]:
    """What a reviewer checks a text against: the columns of the prompt, then other short values of the product.

    `hidden` is the column of texts that exist already: what somebody once wrote of a product is no fact about it."""
    facts = {str(column): str(value) for column, value in used.items() if str(value).strip()}
    for column, value in product.items():
        if column not in facts and column != hidden and 0 < len(str(value).strip()) <= FACT_LENGTH:
            facts[str(column)] = str(value)
    return tuple(facts.items())[:FACTS]


def fair_share(missing: int, reviewers: int) -> int:
    """How many of the missing votes fall to each of so many people."""
    return -(-missing // max(reviewers, 1))


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
    voters: tuple[str, ...] = ()  # where several had to agree: all of them
    tally: str = ""  # and what they said, as `2 approved, 1 rejected`
    ruled: bool = False  # an adjudicator had the last word


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a review is. `second`: open texts that have a vote and need another one; `share`: votes for each person.

    `waits_for` names the group whose yes is missing where votes are not."""

    decided: int
    total: int
    second: int = 0
    share: int = 0
    votes: int = 1
    waits_for: str = ""

    @property
    def minutes(self) -> int:
        return minutes_for(self.share)


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
    project_id: int = 0
    disputed: bool = False
    votes_in: int = 0  # on this version
    votes_needed: int = 1
    waits_for: str = ""  # the group whose yes is missing although there are votes enough
    progress: Progress | None = None
    changed: str = ""  # what became of the product since people last agreed to this text
    outdated: bool = False  # the catalog in use has the product no more, or otherwise
    # editing
    marks: tuple[Mark, ...] = ()  # what to look at before saying yes; only while it waits
    was: str = ""  # the text that this one was written again for, and the hint that went with it
    was_id: int = 0
    hint: str = ""


@dataclass(frozen=True, slots=True)
class ReviewCounts:
    """Texts by what people decided. A text that was written again counts once."""

    open: int = 0
    approved: int = 0
    edited: int = 0
    rejected: int = 0
    disputed: int = 0
    second: int = 0  # of the open ones: those with a vote that need another one

    @property
    def decided(self) -> int:
        return self.approved + self.edited + self.rejected

    @property
    def total(self) -> int:
        return self.open + self.disputed + self.decided

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
    progress: Progress | None = None
    together: int = 0  # texts that several people judged, and how many of them alike, by whom
    agreed: int = 0
    judges: tuple[str, ...] = ()
    paused_until: datetime | None = None
    paused_by: str = ""

    @property
    def minutes(self) -> int:
        return minutes_for(self.counts.open) if self.progress is None else self.progress.minutes

    @property
    def is_done(self) -> bool:
        return not (self.counts.open or self.counts.disputed or self.coming)


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
    looked_at: bool = True  # False: approved with many others at once, and nobody had opened it
