"""The few statistics of a blind comparison: an interval, an exact test, and how many votes it takes to tell."""

from __future__ import annotations

from functools import lru_cache
from math import comb, sqrt
from statistics import NormalDist

CONFIDENCE = 0.95
ALPHA = 0.05
# The usual chance to see a difference that is there.
POWER = 0.8
# Nobody reads more pairs of texts than this for one answer: a difference that needs more is none to act on.
MOST_VOTES = 200


def wilson_interval(wins: float, total: float, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """The range in which the true share probably lies (Wilson 1927); everything from 0 to 1 where nothing was counted.

    `wins` may hold halves: a tie is half a win."""
    if total <= 0:
        return (0.0, 1.0)
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share, widening = wins / total, z * z / total
    middle = (share + widening / 2) / (1 + widening)
    reach = z / (1 + widening) * sqrt(share * (1 - share) / total + widening / (4 * total))
    return (max(0.0, middle - reach), min(1.0, middle + reach))


def sign_test(wins: int, losses: int) -> float:
    """The chance that two equals come out at least this far apart: exact, two-sided; ties are left out before."""
    total = wins + losses
    if total == 0:
        return 1.0
    return min(1.0, 2 * sum(comb(total, k) for k in range(min(wins, losses) + 1)) / float(2**total))


def sign_power(total: int, share: float, alpha: float = ALPHA) -> float:
    """The chance that the exact sign test on `total` untied votes sees a true preference of `share` for one side."""
    lost = critical_losses(total, alpha)
    return _at_most(lost, total, 1 - share) + _at_most(lost, total, share)


def critical_losses(total: int, alpha: float = ALPHA) -> int:
    """The most votes that the weaker side may have for a clear result; -1 where so few votes never give one."""
    lost, below = -1, 0
    for k in range(total // 2 + 1):
        below += comb(total, k)
        if 2 * below / 2**total > alpha:
            return lost
        lost = k
    return lost


@lru_cache(maxsize=256)
def votes_needed(share: float, *, alpha: float = ALPHA, power: float = POWER, most: int = MOST_VOTES) -> int | None:
    """The fewest untied votes from which on the test sees a preference of `share` with this power; None: over `most`.

    The exact test's power goes up and down with each vote, so it is the first number that no larger one falls below.
    """
    needed = None
    for total in range(1, most + 1):
        if sign_power(total, share, alpha) < power:
            needed = None
        elif needed is None:
            needed = total
    return needed


def _at_most(k: int, total: int, share: float) -> float:
    """The chance of at most `k` successes in `total` tries."""
    return sum(float(comb(total, i)) * share**i * (1 - share) ** (total - i) for i in range(k + 1))
