"""Slack's published rate limits, per method, and per channel for posting."""

import math
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.local.workspace.errors import RateLimitError

WINDOW_SECONDS = 60.0
TIER_2, TIER_3, TIER_4 = 20, 50, 100
# Tier 1 is "1+ per minute"; opening sockets is allowed in bursts, and there may be ten of them.
TIER_1 = 10
# "hundreds per minute"
SPECIAL = 300
# One message a second in a channel, "short bursts tolerated".
POSTS_PER_SECOND = 1.0
POST_BURST = 5


@dataclass
class _Bucket:
    level: float
    at: float


@dataclass
class RateLimiter:
    """`multiplier` scales every limit; 0 switches limiting off."""

    multiplier: float = 1.0
    now: Callable[[], float] = time.monotonic
    _calls: dict[str, deque[float]] = field(default_factory=dict)
    _posts: dict[str, _Bucket] = field(default_factory=dict)

    def check_method(self, method: str, per_minute: int) -> None:
        """Count one call. Raises RateLimitError when the last minute is full."""
        if not self.multiplier:
            return
        now, calls = self.now(), self._calls.setdefault(method, deque())
        while calls and now - calls[0] >= WINDOW_SECONDS:
            calls.popleft()
        if len(calls) >= max(1, int(per_minute * self.multiplier)):
            raise RateLimitError(math.ceil(WINDOW_SECONDS - (now - calls[0])))
        calls.append(now)

    def check_post(self, channel: str) -> None:
        """One message a second in a channel after a short burst. Raises RateLimitError."""
        if not self.multiplier:
            return
        now, rate = self.now(), POSTS_PER_SECOND * self.multiplier
        bucket = self._posts.setdefault(channel, _Bucket(POST_BURST, now))
        bucket.level = min(POST_BURST, bucket.level + (now - bucket.at) * rate)
        bucket.at = now
        if bucket.level < 1:
            raise RateLimitError(math.ceil((1 - bucket.level) / rate))
        bucket.level -= 1
