"""Turns at writing: SQLite has one writer at a time, and a click goes before whatever a job still wants to write.

SQLite's own waiting is polling in no order: beside busy jobs a click was measured to wait for more than 3 s."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar

IN_BACKGROUND: ContextVar[bool] = ContextVar("in_background", default=False)


@contextmanager
def background() -> Iterator[None]:
    """What is done in here can wait for people."""
    token = IN_BACKGROUND.set(True)
    try:
        yield
    finally:
        IN_BACKGROUND.reset(token)


class Turns:
    """One at a time within this process; people first, else in the order in which they came."""

    def __init__(self) -> None:
        self._taken = False
        self._people: deque[asyncio.Future[None]] = deque()
        self._jobs: deque[asyncio.Future[None]] = deque()

    @asynccontextmanager
    async def mine(self) -> AsyncIterator[None]:
        await self._take()
        try:
            yield
        finally:
            self._pass_on()

    async def _take(self) -> None:
        if not self._taken:
            self._taken = True
            return
        line = self._jobs if IN_BACKGROUND.get() else self._people
        called: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        line.append(called)
        try:
            await called
        except asyncio.CancelledError:
            if called.done() and not called.cancelled():
                self._pass_on()  # called and cancelled at once: the next one must not wait for nobody
            raise

    def _pass_on(self) -> None:
        for line in (self._people, self._jobs):
            while line:
                called = line.popleft()
                if not called.done():
                    called.set_result(None)
                    return
        self._taken = False
