"""How fast requests may go: deadlines instead of sleeps, slower after refusals, faster again with time.

Pure: every function takes `now`, seconds on a clock that only moves forward.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

# Lateness is made good up to this many seconds, and up to the longer one if the headers show room for twice that.
CATCH_UP = 0.1
LONGEST_CATCH_UP = 0.5
MINUTE = 60.0
# The share of the known rate that is won back for each second without a refusal: quickly up to what last worked,
# then slowly to find out whether the limit has moved, and more boldly the longer no refusal comes.
QUICK_RECOVERY = 0.02
SLOW_RECOVERY = 0.001
BOLDER_EVERY = 5.0
SAFE_SHARE = 0.97
# The pace never falls below this share of the known rate, so that a run always finds out that it may go on.
SLOWEST = 1 / 64
# A lone refusal takes one request a second off the pace; the more of the last requests were refused, the more,
# but never more than this share of it.
HARSHEST_CUT = 0.3
# How much the latest outcome weighs in the share of refused requests.
LATEST = 0.1
# All refusals of requests that were under way together at most halve the pace.
HALVE_AT_MOST = 0.5
# A refusal without Retry-After: wait this long, doubled for each further one in a row, up to the longest.
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 60.0
# How many seconds of sending are looked at to guess a rate that nobody told us.
GUESS_WINDOW = 5.0


class Turn(IntEnum):
    """Who goes first: a person waiting, then what was already tried, then new work."""

    PERSON = 0
    AGAIN = 1
    WORK = 2


@dataclass(slots=True)
class Track:
    """One limit (requests or tokens a minute) as the moment from which the next unit may be spent."""

    per_minute: float | None
    next_at: float | None = None
    catch_up: float = CATCH_UP

    def wait(self, now: float) -> float:
        """Seconds until this limit allows anything."""
        return 0.0 if self.per_minute is None or self.next_at is None else max(0.0, self.next_at - now)

    def learn(self, per_minute: float | None, left: float | None) -> None:
        """Take over the limit, and what the provider says is left of it at this moment."""
        self.per_minute = per_minute or self.per_minute
        room = 0.0 if left is None or self.per_minute is None else left * MINUTE / self.per_minute
        self.catch_up = min(max(CATCH_UP, room / 2), LONGEST_CATCH_UP)

    def hold(self, until: float) -> None:
        """Nothing before this moment, and nothing to be made good after it."""
        self.next_at = until if self.next_at is None else max(self.next_at, until)

    def spend(self, amount: float, now: float, share: float) -> None:
        if self.per_minute is None:
            return
        due = now if self.next_at is None else max(self.next_at, now - self.catch_up)
        self.next_at = due + amount * MINUTE / (self.per_minute * share)


@dataclass(slots=True)
class Pace:
    """The speed of one model at one provider. `rpm`, `tpm`: limits a minute, None while unknown.

    A limit that was set is never exceeded; the provider's own, smaller one replaces it. A limit that was not set is
    taken from the provider's headers; with neither, the pace is free until the first refusal, then what had worked.
    """

    rpm: float | None = None
    tpm: float | None = None
    share: float = 1.0
    paused_until: float = 0.0
    _requests: Track = field(init=False)
    _tokens: Track = field(init=False)
    _worked: float = 1.0
    _grown_at: float | None = None
    _refusals: int = 0
    _refused_share: float = 0.0
    _cut_at: float = -1.0
    _cut_from: float = 1.0
    _sent_since: float | None = None
    _sent: int = 0

    def __post_init__(self) -> None:
        self._requests = Track(self.rpm)
        self._tokens = Track(self.tpm)

    @property
    def requests_per_minute(self) -> float | None:
        """What is aimed at now."""
        known = self._requests.per_minute
        return None if known is None else known * self.share

    def wait(self, now: float) -> float:
        """Seconds until the next request may go; 0 means now."""
        return max(0.0, self.paused_until - now, self._requests.wait(now), self._tokens.wait(now))

    def spend(self, tokens: int, now: float) -> None:
        """A request of so many tokens goes out now."""
        self._recover(now)
        self._count(now)
        self._requests.spend(1, now, self.share)
        self._tokens.spend(tokens, now, self.share)

    def learn(
        self,
        rpm: float | None,
        tpm: float | None,
        *,
        requests_left: float | None = None,
        tokens_left: float | None = None,
    ) -> None:
        """Take over what the provider says of its limits in its headers."""
        self._requests.learn(smaller(self.rpm, rpm), requests_left)
        self._tokens.learn(smaller(self.tpm, tpm), tokens_left)

    def answered(self) -> None:
        """A request came through: refusals are no longer in a row."""
        self._refusals = 0
        self._refused_share -= LATEST * self._refused_share

    def refused(self, now: float, *, sent_at: float, retry_after: float | None, jitter: float) -> None:
        """The provider said "too many" to a request of `sent_at`: everyone pauses, and goes on more slowly.

        `retry_after`: seconds, None if the provider did not say. `jitter`: between 0 and 1.
        """
        self._refusals += 1
        self._refused_share += LATEST * (1 - self._refused_share)
        backed_off = min(FIRST_PAUSE * 2 ** (self._refusals - 1), LONGEST_PAUSE)
        pause = backed_off if retry_after is None else retry_after
        self.paused_until = max(self.paused_until, now + pause * (1 + jitter / 4))
        if self._requests.per_minute is None and self._tokens.per_minute is None:
            self._requests.per_minute = self._guessed(now)
        for track in (self._requests, self._tokens):
            track.hold(self.paused_until)
        self._slow_down(now, sent_at)

    def _slow_down(self, now: float, sent_at: float) -> None:
        """Take the share of the refused off the pace; what was sent before the last cut is not news."""
        if sent_at > self._cut_at:
            self._cut_at, self._cut_from = now, self.share
            self._worked = self.share
        a_second = max(1.0, self._guessed(now) / MINUTE)
        cut = min(HARSHEST_CUT, max(1 / a_second, self._refused_share**2))
        self.share = max(SLOWEST, self._cut_from * HALVE_AT_MOST, self.share * (1 - cut))
        self._grown_at = max(now, self.paused_until)

    def _recover(self, now: float) -> None:
        seconds = 0.0 if self._grown_at is None else max(0.0, now - self._grown_at)
        if self.share < 1.0 and seconds:
            slow = SLOW_RECOVERY * (1 + (now - self._cut_at) / BOLDER_EVERY)
            rate = QUICK_RECOVERY if self.share < self._worked * SAFE_SHARE else slow
            self.share = min(1.0, self.share + rate * seconds)
        self._grown_at = max(now, self._grown_at or now)

    def _count(self, now: float) -> None:
        if self._sent_since is None or now - self._sent_since > GUESS_WINDOW:
            self._sent_since, self._sent = now, 0
        self._sent += 1

    def _guessed(self, now: float) -> float:
        """Requests a minute that went out lately, at least one a second's worth of time."""
        since = now if self._sent_since is None else self._sent_since
        return max(1.0, self._sent * MINUTE / max(1.0, now - since))


def smaller(one: float | None, other: float | None) -> float | None:
    """The smaller of two limits, of which either may be unknown."""
    known = [limit for limit in (one, other) if limit]
    return min(known, default=None)


RETRY_FIRST = 0.25
RETRY_LONGEST = 20.0


def retry_wait(trouble: int, jitter: float) -> float:
    """Seconds before the next try after the `trouble`-th failure: doubling, never two alike. `jitter`: 0 to 1."""
    return float(min(RETRY_FIRST * 2 ** (trouble - 1), RETRY_LONGEST) * (0.5 + jitter / 2))
