"""The clock and the loops. APScheduler only wakes; what is due is a query; a commit wakes at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.deps import Deps
from bot.log import new_trace
from storage.turns import background

log = structlog.get_logger()

# After an error a job rests this long, so that a broken database does not fill the log.
REST_AFTER_ERROR = 2.0


@dataclass(frozen=True)
class Work:
    """A job: `name` is what `Wakers.wake` calls, `run_once` returns how much it did; the clock wakes it too."""

    name: str
    run_once: Callable[[Deps], Awaitable[int]]
    every_seconds: float
    seconds_to_next: Callable[[Deps], Awaitable[float | None]] | None = None
    # Where nobody waits for it: what comes within this time of the last run is dealt with together.
    rest_seconds: float = 0.0


class Clock:
    """Runs the jobs until it is stopped. A job that did something runs again at once; else it sleeps until woken."""

    def __init__(self, deps: Deps, work: Sequence[Work]) -> None:
        self._deps = deps
        self._work = work
        self._scheduler = AsyncIOScheduler(timezone=UTC)
        self._loops: list[asyncio.Task[None]] = []

    def start(self) -> None:
        for work in self._work:
            self._scheduler.add_job(
                self._deps.wakers.wake, "interval", args=[work.name], seconds=work.every_seconds, id=work.name,
                coalesce=True, max_instances=1, misfire_grace_time=60,
            )  # fmt: skip
            self._loops.append(asyncio.create_task(self._loop(work), name=f"job {work.name}"))
        self._scheduler.start()

    async def stop(self, grace_seconds: float = 20.0) -> None:
        """Stop claiming, let what is under way finish or be persisted, then cut it off."""
        self._deps.stopping.set()
        self._scheduler.shutdown(wait=False)
        for work in self._work:
            self._deps.wakers.wake(work.name)
        if self._loops:
            _, late = await asyncio.wait(self._loops, timeout=grace_seconds)
            for loop in late:
                loop.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _loop(self, work: Work) -> None:
        bell = self._deps.wakers.event(work.name)
        while not self._deps.stopping.is_set():
            bell.clear()
            if not await self._run(work):
                await self._sleep(work, bell)
            elif work.rest_seconds:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._deps.stopping.wait(), work.rest_seconds)

    async def _run(self, work: Work) -> int:
        with background(), structlog.contextvars.bound_contextvars(job=work.name, trace_id=new_trace()):
            try:
                return await work.run_once(self._deps)
            except asyncio.CancelledError:
                raise
            except Exception:
                log.exception("job_failed")
                await asyncio.sleep(REST_AFTER_ERROR)
                return 0

    async def _sleep(self, work: Work, bell: asyncio.Event) -> None:
        wait: float | None = None
        if work.seconds_to_next is not None:
            try:
                wait = await work.seconds_to_next(self._deps)
            except Exception:
                log.exception("job_failed")
                wait = REST_AFTER_ERROR
        try:
            await asyncio.wait_for(bell.wait(), wait)
        except TimeoutError:
            return
