"""The one writing engine: many texts from one model, as fast as its limits allow, each bought once and kept.

Used by the Slack bot, the command line and comparisons alike. It knows nothing of databases: what must survive goes
through `record` (results) and `on_start` (requests about to go out), which the caller makes durable.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field

from bot.domain.money import UNKNOWN_PRICE, Price
from bot.domain.pacing import Turn, retry_wait
from bot.providers.base import ChatAnswer, ChatModel, ChatRequest
from bot.providers.errors import ContentRefused, Interrupted, ProviderError, RateLimited
from bot.services.generation_budget import Budget
from bot.services.generation_commit import GroupCommit
from bot.services.generation_pacer import Pacer
from bot.services.generation_types import Result, RunSummary, Stopped, TokenGauge, WorkItem, most_usd, plus

# A text that failed this often, while others came through in between, is not tried again.
MOST_TROUBLES = 6
# A provider from which nothing came for this long is given up; the run can go on later.
PATIENCE = 300.0
# Requests under way get this long to end when a run is stopped; a graceful shutdown waits no longer either.
DRAIN = 20.0
# Results wait this long for others to be recorded with them.
LINGER = 0.05
# Enough requests under way for answers that take this many seconds.
SLOW_ANSWER = 10.0
FEWEST, USUAL, MOST_AT_ONCE = 8, 32, 256

Record = Callable[[Sequence[Result]], Awaitable[None]]
Start = Callable[[Sequence[WorkItem]], Awaitable[None]]


async def write(
    items: Iterable[WorkItem] | AsyncIterable[WorkItem],
    *,
    model: ChatModel,
    record: Record,
    on_start: Start | None = None,
    pacer: Pacer | None = None,
    price: Price = UNKNOWN_PRICE,
    budget: Budget | None = None,
    stop: asyncio.Event | None = None,
    concurrency: int | None = None,
    patience: float = PATIENCE,
    drain: float = DRAIN,
    linger: float = LINGER,
    between_tries: Callable[[int, float], float] = retry_wait,
) -> RunSummary:
    """Write every item and hand its `Result` to `record`, in groups of at most 200, in the order of completion.

    `items` are taken only as fast as they are written. `on_start` hears of each request before it goes out. Ends early,
    with everything under way finished or recorded as perhaps paid for, when `stop` is set, the budget is used up, or
    the provider refuses everything. Raises what `items`, `record` and `on_start` raise; cancelling is a hard stop.
    """
    pacer = pacer or Pacer()
    run = _Run(model, pacer, price, budget, record, on_start, patience, linger, between_tries)
    return await run.go(items, stop or asyncio.Event(), concurrency or fitting_concurrency(pacer), drain)


async def write_one(
    request: ChatRequest,
    *,
    model: ChatModel,
    pacer: Pacer | None = None,
    price: Price = UNKNOWN_PRICE,
    budget: Budget | None = None,
    patience: float = 60.0,
) -> tuple[Result | None, RunSummary]:
    """One text that a person waits for: it goes before any other work. No result means: see the summary's `problem`."""
    results: list[Result] = []

    async def keep(batch: Sequence[Result]) -> None:
        results.extend(batch)

    item = WorkItem("one", request, Turn.PERSON)
    summary = await write(
        [item],
        model=model,
        record=keep,
        pacer=pacer,
        price=price,
        budget=budget,
        concurrency=1,
        patience=patience,
        linger=0,
    )
    return next(iter(results), None), summary


def fitting_concurrency(pacer: Pacer) -> int:
    """How many requests may be open at once, so that slow answers do not hold back the allowed rate."""
    rpm = pacer.pace.rpm
    return USUAL if rpm is None else int(min(max(rpm / 60 * SLOW_ANSWER, FEWEST), MOST_AT_ONCE))


@dataclass(slots=True)
class _Attempt:
    """One item on its way, over all its tries."""

    item: WorkItem
    since: float
    most_usd: float | None
    turn: Turn
    tries: int = 0
    troubles: int = 0
    lost: int = 0
    is_open: bool = False
    sent_at: float = 0.0
    own_troubles: int = 0
    failed_at: float | None = None
    reserved: float = field(default=0.0)

    def result(
        self, now: float, *, answer: ChatAnswer | None, error: ProviderError | None, usd: float | None
    ) -> Result:
        lost_usd = 0.0 if not self.lost else None if self.most_usd is None else self.lost * self.most_usd
        return Result(self.item, answer, error, usd, self.tries, self.lost, lost_usd, now - self.since)


class _Run:
    """One call of `write`: its workers, and what they have in common."""

    def __init__(
        self,
        model: ChatModel,
        pacer: Pacer,
        price: Price,
        budget: Budget | None,
        record: Record,
        on_start: Start | None,
        patience: float,
        linger: float,
        between_tries: Callable[[int, float], float],
    ) -> None:
        self.model, self.pacer, self.price, self.budget, self.patience = model, pacer, price, budget, patience
        self.between_tries = between_tries
        self.summary = RunSummary(usd=0.0 if price.is_known else None)
        self.gauge = TokenGauge()
        self.results = GroupCommit(record, linger=linger, on_error=self._break)
        self.starts = GroupCommit(on_start, on_error=self._break) if on_start else None
        self.last_good = self.started = time.monotonic()
        self.takes_more = True
        self.hurry = asyncio.Event()
        self.broken: BaseException | None = None
        self.sending: set[asyncio.Task[None]] = set()

    async def go(
        self, items: Iterable[WorkItem] | AsyncIterable[WorkItem], stop: asyncio.Event, workers: int, drain: float
    ) -> RunSummary:
        source = _Source(items)
        watch = asyncio.create_task(self._watch(stop))
        tasks = [asyncio.create_task(self._work(source)) for _ in range(workers)]
        for task in tasks:
            task.add_done_callback(self._worker_ended)
        try:
            await self._until_over(tasks)
        except asyncio.CancelledError:
            drain = 0.0
            raise
        finally:
            watch.cancel()
            await self._wind_down(tasks, drain)
        return self._summed_up()

    async def _watch(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._end(Stopped.INTERRUPTED)
        self.hurry.set()

    async def _until_over(self, tasks: list[asyncio.Task[None]]) -> None:
        all_done = asyncio.ensure_future(asyncio.wait(tasks))
        hurry = asyncio.create_task(self.hurry.wait())
        try:
            await asyncio.wait({all_done, hurry}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            all_done.cancel()
            hurry.cancel()

    async def _wind_down(self, tasks: list[asyncio.Task[None]], drain: float) -> None:
        """Let what is on the wire come back, end the rest, and write down everything."""
        self.takes_more = False
        for task in tasks:
            if task not in self.sending:
                task.cancel()
        if self.sending and drain:
            await asyncio.wait(set(self.sending), timeout=drain)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self.results.error is None:
            await self.results.flush()

    def _summed_up(self) -> RunSummary:
        if self.broken is not None:
            raise self.broken
        self.summary.seconds = time.monotonic() - self.started
        return self.summary

    def _worker_ended(self, task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self._break(error)

    def _break(self, error: BaseException) -> None:
        """Something that is not the provider's fault: the caller's code failed."""
        self.broken = self.broken or error
        self.takes_more = False
        self.hurry.set()

    def _end(self, why: Stopped | None, problem: ProviderError | None = None) -> None:
        self.takes_more = False
        if self.summary.stopped is None and self.summary.problem is None:
            self.summary.stopped, self.summary.problem = why, problem

    async def _work(self, source: _Source) -> None:
        while self.takes_more:
            item = await source.next()
            if item is None:
                return
            self.summary.requested += 1
            await self._write_item(item)
            await self.results.room()

    async def _write_item(self, item: WorkItem) -> None:
        attempt = _Attempt(item, time.monotonic(), most_usd(item.request, self.price), item.turn)
        try:
            while await self._reserve(attempt):
                outcome = await self._try_once(attempt)
                if isinstance(outcome, ChatAnswer):
                    return self._answered(attempt, outcome)
                self._settle(attempt, attempt.most_usd if outcome.sent else 0.0)
                if not await self._goes_on(attempt, outcome):
                    return None
            self._leave(attempt)
        except asyncio.CancelledError:
            self._leave(attempt)
            raise
        return None

    async def _reserve(self, attempt: _Attempt) -> bool:
        """Ask the budget for the most this can cost. An unknown price cannot be capped, so it asks for nothing."""
        if self.budget is None:
            return True
        usd = attempt.most_usd or 0.0
        if not await self.budget.reserve(usd):
            self._end(Stopped.BUDGET)
            return False
        attempt.reserved = usd
        return True

    def _settle(self, attempt: _Attempt, usd: float | None) -> None:
        if self.budget is not None:
            self.budget.settle(attempt.reserved, usd or 0.0)
            attempt.reserved = 0.0

    async def _try_once(self, attempt: _Attempt) -> ChatAnswer | ProviderError:
        """One request on the wire. `is_open` stays set if it is cancelled there."""
        request = attempt.item.request
        attempt.sent_at = await self.pacer.turn(self.gauge.tokens(request), attempt.turn)
        me = asyncio.current_task()
        assert me is not None  # noqa: S101 - workers are tasks
        self.sending.add(me)
        attempt.is_open = True
        attempt.tries += 1
        self.summary.requests += 1
        try:
            if self.starts is not None:
                await self.starts.put(attempt.item)
            outcome: ChatAnswer | ProviderError = await self.model.complete(request)
        except ProviderError as error:
            outcome = error
        finally:
            self.sending.discard(me)
        attempt.is_open = False
        return outcome

    def _answered(self, attempt: _Attempt, answer: ChatAnswer) -> None:
        self.last_good = now = time.monotonic()
        self.pacer.answered(answer.limits)
        self.gauge.learn(attempt.item.request, answer.usage)
        usd = None if answer.usage is None else self.price.of(answer.usage)
        self._settle(attempt, attempt.most_usd if usd is None else usd)
        error = None if answer.refusal is None else _declined(answer)
        self._keep(attempt.result(now, answer=answer, error=error, usd=usd))

    async def _goes_on(self, attempt: _Attempt, error: ProviderError) -> bool:
        """Whether this item is tried again, after the wait that it takes."""
        attempt.lost += error.sent
        if error.fatal or (error.retryable and self._is_down(attempt)):
            self._end(None, error)
            self.hurry.set()
            self._leave(attempt)
            return False
        if error.retryable and self.hurry.is_set():
            self._leave(attempt)
            return False
        if not error.retryable or self._is_hopeless(attempt, error):
            self._keep(attempt.result(time.monotonic(), answer=None, error=error, usd=None))
            return False
        self.summary.retries += 1
        attempt.turn = min(attempt.turn, Turn.AGAIN)
        await self._wait_for(attempt, error)
        return True

    async def _wait_for(self, attempt: _Attempt, error: ProviderError) -> None:
        if isinstance(error, RateLimited):
            self.summary.refusals += 1
            self.pacer.refused(attempt.sent_at, error.retry_after)
            return
        await asyncio.sleep(max(error.retry_after or 0.0, self.between_tries(attempt.troubles, random.random())))  # noqa: S311

    def _is_hopeless(self, attempt: _Attempt, error: ProviderError) -> bool:
        """It fails again and again, and between its tries others come through: the item's own fault."""
        if isinstance(error, RateLimited):
            return False
        attempt.troubles += 1
        attempt.own_troubles += attempt.failed_at is None or self.last_good > attempt.failed_at
        attempt.failed_at = time.monotonic()
        return attempt.own_troubles >= MOST_TROUBLES

    def _is_down(self, attempt: _Attempt) -> bool:
        return time.monotonic() - max(self.last_good, attempt.since) > self.patience

    def _leave(self, attempt: _Attempt) -> None:
        """An item that is given back unwritten; what it may have cost is recorded all the same."""
        attempt.lost += attempt.is_open
        self._settle(attempt, attempt.most_usd if attempt.is_open else 0.0)
        if attempt.lost:
            gone = Interrupted("The run ended before the answer came.", kept="The request may have been paid for.")
            self._keep(attempt.result(time.monotonic(), answer=None, error=gone, usd=None))

    def _keep(self, result: Result) -> None:
        self.summary.count(result)
        self.results.add(result)


class _Source:
    """Items one at a time for many workers, from any kind of iterable."""

    def __init__(self, items: Iterable[WorkItem] | AsyncIterable[WorkItem]) -> None:
        self._items = aiter(items) if isinstance(items, AsyncIterable) else aiter(_one_by_one(items))
        self._lock = asyncio.Lock()

    async def next(self) -> WorkItem | None:
        async with self._lock:
            return await anext(self._items, None)


async def _one_by_one(items: Iterable[WorkItem]) -> AsyncIterator[WorkItem]:
    for item in items:
        yield item


def _declined(answer: ChatAnswer) -> ContentRefused:
    todo = "Change the product's details or the template, or write this text by hand."
    return ContentRefused(f"The model declined to write this ({answer.refusal}).", todo=todo)


__all__ = ["Result", "RunSummary", "Stopped", "WorkItem", "fitting_concurrency", "plus", "write", "write_one"]
