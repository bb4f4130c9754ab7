"""A blind comparison: who writes for which products, which two texts meet, and what the votes come to.

Two questions are put to people: does the tuned model write better than the plain one, and better than the plain one
with a few examples in its prompt? The third pairing would tell nothing about the model that is for sale, and a person
reads some 24 pairs in ten minutes: 12 products for both questions, and each pair twice as informative as with three.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from random import Random
from typing import NamedTuple

from bot.domain.statistics import sign_test, wilson_interval

# How many products can be chosen from: the first is ten minutes of one person, the second of two.
SIZES = (12, 24, 48)
USUAL_SIZE = 24
# Fewer products than this can never give a clear result.
FEWEST = 6
SECONDS_PER_VOTE = 25
# Longer than any request of a comparison, renewed while its worker lives.
COMPARISON_LEASE = timedelta(seconds=30)
RENEW_EVERY = timedelta(seconds=8)
PROGRESS_DELAY = timedelta(seconds=3)


class Contender(StrEnum):
    """Who writes: the base model as it is, the base model with approved texts in the prompt, or the tuned model."""

    PLAIN = "plain"
    EXAMPLES = "examples"
    TUNED = "tuned"


class ComparisonState(StrEnum):
    WRITING = "writing"
    VOTING = "voting"
    ENDED = "ended"
    FAILED = "failed"

    @property
    def is_open(self) -> bool:
        return self in (ComparisonState.WRITING, ComparisonState.VOTING)


class Choice(StrEnum):
    """What a person says of two texts, A on the left and B on the right."""

    A = "a"
    B = "b"
    SAME = "same"
    BAD = "bad"


class Outcome(StrEnum):
    """How the challenger of a pairing came off."""

    BETTER = "better"
    WORSE = "worse"
    SAME = "same"


class Pairing(NamedTuple):
    """The challenger is the one that has to prove itself."""

    challenger: Contender
    rival: Contender


TUNED_OR_PLAIN = Pairing(Contender.TUNED, Contender.PLAIN)
TUNED_OR_EXAMPLES = Pairing(Contender.TUNED, Contender.EXAMPLES)
EXAMPLES_OR_PLAIN = Pairing(Contender.EXAMPLES, Contender.PLAIN)


def contenders(*, tuned: bool) -> tuple[Contender, ...]:
    return tuple(Contender) if tuned else (Contender.PLAIN, Contender.EXAMPLES)


def pairings(*, tuned: bool) -> tuple[Pairing, ...]:
    """What people compare; without a tuned model only whether examples help."""
    return (TUNED_OR_PLAIN, TUNED_OR_EXAMPLES) if tuned else (EXAMPLES_OR_PLAIN,)


@dataclass(frozen=True, slots=True)
class Written:
    """A contender's text for one prompt."""

    id: int
    prompt_id: int
    contender: Contender
    text: str


@dataclass(frozen=True, slots=True)
class Meeting:
    """Two texts that people will compare; `is_same`: they are equal, so nobody has to."""

    pairing: Pairing
    prompt_id: int
    left_id: int
    right_id: int
    is_same: bool


def meetings(texts: Iterable[Written], *, seed: int) -> list[Meeting]:
    """Every pairing for every prompt that both have written for, in the order people see them.

    Each product comes once before any comes a second time, the pairings take turns, and in each pairing the challenger
    stands on the left as often as on the right."""
    by_prompt: dict[int, dict[Contender, Written]] = {}
    for text in texts:
        if text.text.strip():
            by_prompt.setdefault(text.prompt_id, {})[text.contender] = text
    asked = pairings(tuned=any(Contender.TUNED in known for known in by_prompt.values()))
    lots = Random(seed)  # noqa: S311 - a shuffle that can be repeated, not a secret
    sides = {pairing: _sides(len(by_prompt), lots) for pairing in asked}
    found = []
    for turn in range(len(asked)):
        for place, (prompt_id, known) in enumerate(by_prompt.items()):
            pairing = asked[(place + turn) % len(asked)]
            if pairing.challenger in known and pairing.rival in known:
                found.append(_meeting(pairing, prompt_id, known, challenger_left=sides[pairing][place]))
    return found


def _sides(count: int, lots: Random) -> list[bool]:
    """Left half of the times, in an order nobody can guess."""
    sides = [place % 2 == 0 for place in range(count)]
    lots.shuffle(sides)
    return sides


def _meeting(pairing: Pairing, prompt_id: int, known: Mapping[Contender, Written], *, challenger_left: bool) -> Meeting:
    challenger, rival = known[pairing.challenger], known[pairing.rival]
    left, right = (challenger, rival) if challenger_left else (rival, challenger)
    same = challenger.text.split() == rival.text.split()
    return Meeting(pairing, prompt_id, left.id, right.id, is_same=same)


def next_for(user_id: str, open_: Sequence[int], votes: Mapping[int, int], mine: Collection[int]) -> int | None:
    """Which matchup a person sees next: one with the fewest votes that they have not judged.

    Everybody starts at a place of their own, so that people who vote at the same time share the work."""
    left = [place for place, matchup in enumerate(open_) if matchup not in mine]
    if not left:
        return None
    start = int(hashlib.sha256(user_id.encode()).hexdigest(), 16) % len(open_)
    return open_[min(left, key=lambda place: (votes.get(open_[place], 0), (place - start) % len(open_)))]


def outcome_of(choice: Choice, *, challenger_left: bool) -> Outcome:
    """What a vote means for the challenger; two bad texts are no better than each other."""
    if choice not in (Choice.A, Choice.B):
        return Outcome.SAME
    return Outcome.BETTER if (choice is Choice.A) == challenger_left else Outcome.WORSE


def settled(votes: Iterable[Outcome]) -> Outcome | None:
    """What several people's votes on one matchup come to: what most said, and no difference where that is not clear.

    One product is one observation, however many people looked at it: their votes depend on each other."""
    ranked = Counter(votes).most_common()
    if not ranked:
        return None
    return ranked[0][0] if len(ranked) == 1 or ranked[0][1] > ranked[1][1] else Outcome.SAME


@dataclass(frozen=True, slots=True)
class Judged:
    """One matchup with what people said of it. `outcome` is None before anybody voted."""

    id: int
    pairing: Pairing
    product: str
    kind: str  # the type of product, where the catalog has one
    challenger_text: str
    rival_text: str
    outcome: Outcome | None
    votes: int = 0
    both_bad: bool = False
    is_same: bool = False


@dataclass(frozen=True, slots=True)
class Tally:
    """What the votes of one pairing come to, in products."""

    better: int = 0
    worse: int = 0
    same: int = 0
    both_bad: int = 0  # of those that are the same

    @property
    def total(self) -> int:
        return self.better + self.worse + self.same

    @property
    def told_apart(self) -> int:
        return self.better + self.worse

    @property
    def win_rate(self) -> float | None:
        """Between 0 and 1; a product without a difference is half a win."""
        return (self.better + self.same / 2) / self.total if self.total else None

    @property
    def interval(self) -> tuple[float, float]:
        return wilson_interval(self.better + self.same / 2, self.total)

    @property
    def p_value(self) -> float:
        """The chance that two equals come out this far apart."""
        return sign_test(self.better, self.worse)


def tally(judged: Iterable[Judged]) -> Tally:
    known = [one for one in judged if one.outcome is not None]
    counts = Counter(one.outcome for one in known)
    bad = sum(one.both_bad and one.outcome is Outcome.SAME for one in known)
    return Tally(counts[Outcome.BETTER], counts[Outcome.WORSE], counts[Outcome.SAME], bad)


def by_kind(judged: Iterable[Judged]) -> dict[str, Tally]:
    """A tally for each type of product, the most frequent first."""
    kinds: dict[str, list[Judged]] = {}
    for one in judged:
        if one.outcome is not None and one.kind:
            kinds.setdefault(one.kind, []).append(one)
    return {kind: tally(kinds[kind]) for kind in sorted(kinds, key=lambda kind: (-len(kinds[kind]), kind))}


def minutes_for(meetings: int) -> int:
    """Whole minutes that one person needs for so many pairs of texts."""
    return max(1, round(meetings * SECONDS_PER_VOTE / 60)) if meetings else 0
