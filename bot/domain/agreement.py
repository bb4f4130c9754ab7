"""How far people agree: in words for a card, as percent and Krippendorff's alpha for a table.

Alpha is 1 - observed / expected disagreement, for values that are merely different (nominal), with any number of
people and with gaps: K. Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011), section C."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from bot.domain.review import VerdictKind
from bot.domain.votes import Vote

SEED = 20_090_515
# As many resamplings as give a 95 % interval whose ends move by less than what is shown.
ROUNDS = 1000
CONFIDENCE = 0.95
# A unit has at least two values; one alone agrees with nobody.
LEAST = 2

# What people said of one text, a value each. The order does not matter.
Unit = Sequence[str]


@dataclass(frozen=True, slots=True)
class Judged:
    """One wording of a text, and what each person said of it on their own."""

    completion_id: int
    version: int
    said: tuple[tuple[str, VerdictKind], ...]
    product: str = ""
    text: str = ""

    @property
    def values(self) -> tuple[str, ...]:
        return tuple(kind.value for _, kind in self.said)

    @property
    def agreed(self) -> bool:
        return len(set(self.values)) == 1

    def of(self, people: Iterable[str]) -> Judged | None:
        """The same for these people alone; None where fewer than two of them spoke."""
        wanted = tuple(people)
        said = tuple((who, kind) for who, kind in self.said if who in wanted)
        return Judged(self.completion_id, self.version, said, self.product, self.text) if len(said) > 1 else None


@dataclass(frozen=True, slots=True)
class Agreement:
    """`agreed` of `together` texts that several people judged; `people` is who they are."""

    together: int
    agreed: int
    people: tuple[str, ...] = ()

    @property
    def apart(self) -> int:
        return self.together - self.agreed


def judged(completion_id: int, votes: Sequence[Vote], *, product: str = "", text: str = "") -> Judged | None:
    """The first wording of a text that several people judged; None where no two did.

    An edit says of the words before it that they were not right, and of its own that they are."""
    for version in sorted({vote.version for vote in votes} | {vote.counts_for for vote in votes}):
        said = {vote.who: _value(vote, version) for vote in votes if version in (vote.version, vote.counts_for)}
        if len(said) >= LEAST:
            return Judged(completion_id, version, tuple(said.items()), product, text)
    return None


def _value(vote: Vote, version: int) -> VerdictKind:
    """What a vote says of a version: whoever edited it approves of the words that came out."""
    return VerdictKind.APPROVED if vote.kind == VerdictKind.EDITED and vote.version < version else vote.kind


def agreement(texts: Sequence[Judged]) -> Agreement:
    people = dict.fromkeys(who for one in texts for who, _ in one.said)
    return Agreement(len(texts), sum(one.agreed for one in texts), tuple(people))


def percent(found: Agreement) -> float | None:
    return 100 * found.agreed / found.together if found.together else None


def alpha(units: Sequence[Unit]) -> float | None:
    """Krippendorff's alpha, nominal. 1 is agreement, 0 is chance; None where everybody always said the same one thing,
    or no two people spoke of the same text: then there is nothing to measure against."""
    return _alpha(Counter(_profile(unit) for unit in units if len(unit) >= LEAST))


# How often each value was given to a unit, as sorted (value, count) pairs.
Profile = tuple[tuple[str, int], ...]


def _profile(unit: Unit) -> Profile:
    return tuple(sorted(Counter(unit).items()))


def _alpha(profiles: Counter[Profile]) -> float | None:
    totals: Counter[str] = Counter()
    apart = 0.0  # values beside another one in the same unit
    for profile, times in profiles.items():
        size = sum(count for _, count in profile)
        for value, count in profile:
            totals[value] += count * times
            apart += times * count * (size - count) / (size - 1)
    everything = totals.total()
    by_chance = everything**2 - sum(count**2 for count in totals.values())
    return 1 - (everything - 1) * apart / by_chance if by_chance else None


def interval(units: Sequence[Unit], *, seed: int = SEED, rounds: int = ROUNDS) -> tuple[float, float] | None:
    """The range in which alpha probably lies: texts drawn anew with repetition, the middle 95 % of what comes out.

    The same texts and seed give the same range. None where alpha itself is none."""
    profiles = Counter(_profile(unit) for unit in units if len(unit) >= LEAST)
    if _alpha(profiles) is None:
        return None
    draw = random.Random(seed)  # noqa: S311 (statistics, not secrets)
    kinds, weights = list(profiles), list(profiles.values())
    size = sum(weights)
    drawn = (_alpha(Counter(draw.choices(kinds, weights, k=size))) for _ in range(rounds))
    # Drawn texts on which all said the one same thing have no alpha, though nobody disagreed
    found = sorted(1.0 if value is None else value for value in drawn)
    cut = int(rounds * (1 - CONFIDENCE) / 2)
    return found[cut], found[-cut - 1]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table: everybody, or two people."""

    who: tuple[str, ...]
    found: Agreement
    alpha: float | None
    interval: tuple[float, float] | None


def table(texts: Sequence[Judged]) -> list[Line]:
    """Everybody first, then each two people who judged the same texts."""
    everybody = agreement(texts).people
    groups = [everybody, *combinations(sorted(everybody), 2)] if len(everybody) > LEAST else [everybody]
    lines = [_line(group, [one for text in texts if (one := text.of(group))]) for group in groups]
    return [line for line in lines if line.found.together]


def _line(who: tuple[str, ...], texts: Sequence[Judged]) -> Line:
    units = [one.values for one in texts]
    return Line(who, agreement(texts), alpha(units), interval(units))


COLUMNS = (
    "Who", "Texts judged by several", "Agreed", "Percent", "Krippendorff's alpha", "Alpha from (95 %)",
    "Alpha to (95 %)",
)  # fmt: skip


def row_of(line: Line, names: dict[str, str]) -> tuple[str, ...]:
    """The line as cells, in the order of `COLUMNS`."""
    share = percent(line.found)
    low, high = line.interval or (None, None)
    return (
        " and ".join(names.get(who, who) for who in line.who) or "nobody",
        str(line.found.together),
        str(line.found.agreed),
        "" if share is None else f"{share:.1f}",
        *("" if value is None else f"{value:.3f}" for value in (line.alpha, low, high)),
    )


@dataclass(frozen=True, slots=True)
class AgreementCard:
    """What people see differently in a batch, for somebody who looks: `reader`'s own pairs first."""

    batch_id: int
    reader: str
    everybody: Agreement
    with_reader: tuple[Agreement, ...]
    apart: tuple[Judged, ...]
