"""One queue in front of one model at one provider: whoever wants to send asks for a turn and gets it when it is due."""

from __future__ import annotations

import asyncio
import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.domain.pacing import Pace, Turn
from bot.providers.base import Limits


@dataclass(order=True, slots=True)
class _Waiting:
    turn: Turn
    number: int
    tokens: int = field(compare=False)
    due: asyncio.Future[float] = field(compare=False)


class Pacer:
    """Shared by everything that uses the same model and key in this process, so that together they keep the limits.

    `rpm`, `tpm`: requests and tokens a minute; None means: learn them from the provider.
    """

    def __init__(
        self,
        rpm: float | None = None,
        tpm: float | None = None,
        *,
        clock: Callable[[], float] | None = None,
        dice: Callable[[], float] = random.random,
    ) -> None:
        self.pace = Pace(rpm, tpm)
        self.refusals = 0
        self._clock = clock
        self._dice = dice
        self._queue: list[_Waiting] = []
        self._number = 0
        self._timer: asyncio.TimerHandle | None = None

    async def turn(self, tokens: int, turn: Turn = Turn.WORK) -> float:
        """Wait until a request of about so many tokens may go out; the moment, on this pacer's clock."""
        now = self._now()
        if not self._queue and self.pace.wait(now) <= 0:
            self.pace.spend(tokens, now)
            return now
        self._number += 1
        waiting = _Waiting(turn, self._number, tokens, asyncio.get_running_loop().create_future())
        heapq.heappush(self._queue, waiting)
        self._wake_when_due()
        return await waiting.due

    def answered(self, limits: Limits) -> None:
        """A request came through; the provider may have said what its limits are."""
        self.pace.learn(
            limits.requests, limits.tokens, requests_left=limits.requests_left, tokens_left=limits.tokens_left
        )
        self.pace.answered()

    def refused(self, sent_at: float, retry_after: float | None) -> None:
        """The provider said "too many requests" to the one whose turn was at `sent_at`: everyone waits."""
        self.refusals += 1
        self.pace.refused(self._now(), sent_at=sent_at, retry_after=retry_after, jitter=self._dice())
        self._wake_when_due()

    def _now(self) -> float:
        return self._clock() if self._clock else asyncio.get_running_loop().time()

    def _wake_when_due(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None
        if self._queue:
            self._timer = asyncio.get_running_loop().call_later(self.pace.wait(self._now()), self._release)

    def _release(self) -> None:
        """Let go everyone whose turn has come."""
        while self._queue:
            if self._queue[0].due.done():
                heapq.heappop(self._queue)
                continue
            now = self._now()
            if self.pace.wait(now) > 0:
                break
            waiting = heapq.heappop(self._queue)
            self.pace.spend(waiting.tokens, now)
            waiting.due.set_result(now)
        self._wake_when_due()
