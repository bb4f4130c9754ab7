"""Votes: how many people must say the same of one version of a text, and what follows if they do not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.review import ReviewState, Surface, VerdictKind

VOTING = (VerdictKind.APPROVED, VerdictKind.EDITED, VerdictKind.REJECTED)
FOR = (VerdictKind.APPROVED, VerdictKind.EDITED)
MOST_VOTES = 9


@dataclass(frozen=True, slots=True)
class Quorum:
    """`votes` people have to agree, one of them from `group` where there is one, which people call `group_name`."""

    votes: int = 1
    group: frozenset[str] = frozenset()
    group_name: str = ""


@dataclass(frozen=True, slots=True)
class Vote:
    """What one person said of `version`; an edit of version 1 is a yes to version 2, whose words are `text`."""

    who: str
    kind: VerdictKind
    version: int
    at: datetime
    surface: Surface
    text: str = ""
    reason: str = ""

    @property
    def counts_for(self) -> int:
        """The version that this vote is about."""
        return self.version + 1 if self.kind == VerdictKind.EDITED else self.version

    @property
    def is_yes(self) -> bool:
        return self.kind in FOR


@dataclass(frozen=True, slots=True)
class Tally:
    """`2 approved, 1 rejected`: what is shown once everybody who is needed has spoken."""

    approved: int = 0
    edited: int = 0
    rejected: int = 0

    @property
    def words(self) -> str:
        parts = ((self.approved, "approved"), (self.edited, "edited"), (self.rejected, "rejected"))
        return ", ".join(f"{count} {what}" for count, what in parts if count)


def tally(votes: Iterable[Vote]) -> Tally:
    kinds = [vote.kind for vote in votes]
    return Tally(*(kinds.count(kind) for kind in VOTING))


def counting(votes: Iterable[Vote], version: int) -> list[Vote]:
    """The votes on one version. What was said of older words does not count for new ones."""
    return [vote for vote in votes if vote.counts_for == version]


def vote_of(votes: Iterable[Vote], version: int, who: str) -> Vote | None:
    """What this person says of a version; the newest where there are several."""
    return next((vote for vote in reversed(counting(votes, version)) if vote.who == who), None)


def edits(votes: Iterable[Vote]) -> list[Vote]:
    """Standing edits, oldest first, whatever version they changed."""
    return [vote for vote in votes if vote.kind == VerdictKind.EDITED]


def differ(changes: Sequence[Vote]) -> bool:
    """Whether two people want different words."""
    return len({vote.who for vote in changes}) > 1 and len({vote.text for vote in changes}) > 1


def outcome(votes: Sequence[Vote], version: int, quorum: Quorum) -> ReviewState:
    """What the standing votes make of a version. Tallies stay hidden until as many are in as are needed."""
    said = counting(votes, version)
    if differ(edits(votes)):
        return ReviewState.DISPUTED
    if len(said) < quorum.votes:
        return ReviewState.OPEN
    yes = [vote for vote in said if vote.is_yes]
    if not yes:
        return ReviewState.REJECTED
    if len(yes) < len(said):
        return ReviewState.DISPUTED
    if quorum.group and not any(vote.who in quorum.group for vote in yes):
        return ReviewState.OPEN
    return ReviewState.EDITED if edits(yes) else ReviewState.APPROVED


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the texts that people disagree about; `who` wrote it, nobody for the first one."""

    number: int
    text: str
    who: str = ""


def choices(original: str, votes: Sequence[Vote]) -> tuple[Choice, ...]:
    """The first words and everybody's edits, each text once."""
    texts = {original: ""}
    for vote in edits(votes):
        texts.setdefault(vote.text, vote.who)
    return tuple(Choice(number, text, who) for number, (text, who) in enumerate(texts.items()))


@dataclass(frozen=True, slots=True)
class DisputeCard:
    """A text on which people disagree, for who decides: `said` is who said what, with the reason."""

    id: int
    version: int
    project_id: int
    product: str
    facts: tuple[tuple[str, str], ...]
    choices: tuple[Choice, ...]
    said: tuple[Vote, ...]
    adjudicators: tuple[str, ...]
