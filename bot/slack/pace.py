"""Slack's published rates, kept before Slack has to remind us."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Bucket:
    """`per_second` calls a second on average, `burst` at once. Time is in seconds of a steady clock."""

    per_second: float
    burst: float
    level: float = field(init=False)
    at: float = field(init=False, default=0.0)

    def __post_init__(self) -> None:
        self.level = self.burst

    def take(self, now: float) -> float:
        """Take one; how long to wait for it."""
        self.level = min(self.burst, self.level + (now - self.at) * self.per_second) if self.at else self.burst
        self.at = now
        self.level -= 1
        return max(0.0, -self.level / self.per_second)

    def pause(self, seconds: float, now: float) -> None:
        """Slack said 429: nothing goes for so long."""
        self.at = now
        self.level = min(self.level, 0.0) - seconds * self.per_second


# Per method for the whole workspace: the burst and a minute's calls together stay below Slack's tiers
# (docs.slack.dev, apis/web-api/rate-limits).
METHODS: dict[str, tuple[float, float]] = {
    "chat.update": (40 / 60, 8),
    "chat.postMessage": (200 / 60, 20),
    "conversations.history": (45 / 60, 5),
    "conversations.replies": (45 / 60, 5),
}
OTHER_METHODS = (80 / 60, 15)
# chat.postMessage: about one a second and channel, short bursts tolerated.
PER_CHANNEL = (1.0, 4)


class Pace:
    """Waits as long as Slack wants. One per workspace and process. `times`: as many times the published rates."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, *, times: float = 1.0) -> None:
        self._clock = clock
        self._times = times
        self._buckets: dict[str, Bucket] = {}

    async def wait(self, method: str, channel: str = "") -> None:
        waits = [self._bucket(method, *METHODS.get(method, OTHER_METHODS)).take(self._clock())]
        if method == "chat.postMessage" and channel:
            waits.append(self._bucket(f"channel {channel}", *PER_CHANNEL).take(self._clock()))
        if (longest := max(waits)) > 0:
            await asyncio.sleep(longest)

    def refused(self, method: str, retry_after: float) -> None:
        self._bucket(method, *METHODS.get(method, OTHER_METHODS)).pause(retry_after, self._clock())

    def _bucket(self, name: str, per_second: float, burst: float) -> Bucket:
        return self._buckets.setdefault(name, Bucket(per_second * self._times, burst * self._times))
