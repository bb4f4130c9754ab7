"""Writes the texts that runs want. Runs go side by side, so that one text for a waiting person passes a long batch."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import structlog
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.deps import Deps
from bot.domain.completion import CHUNK, RENEW_EVERY, RunKind, RunState, asks_again
from bot.domain.dataset import chat_messages
from bot.domain.few_shot import Shelf
from bot.domain.models import ModelInfo
from bot.domain.money import CENT
from bot.domain.pacing import Turn
from bot.errors import BotError, BudgetReached
from bot.jobs.guard import one_row
from bot.jobs.room import when_there_is_room
from bot.providers.base import ChatRequest
from bot.providers.profiles import profile_named
from bot.services import completion_work as work
from bot.services import spending
from bot.services.completion_price import price_of
from bot.services.completion_work import LeaseLost
from bot.services.dataset import shelf
from bot.services.generation import RunSummary, Stopped, fitting_concurrency, write
from bot.services.generation_budget import Cap
from bot.services.generation_types import Result, WorkItem
from bot.services.spending import Room
from storage import completion as queries
from storage import money
from storage import project as projects
from storage import review as reviews
from storage.engine import reading, transaction
from storage.models import Run

log = structlog.get_logger()

JOB = "generate"
# Runs at the same time: they share the pacer of their model, so more would only be more to keep in mind.
SIDE_BY_SIDE = 8
# Results wait this long for others to be kept with them; requests that may go out wait with them.
LINGER = 0.02
BUDGET_USED = "The budget of this run is used up."
PEOPLE_WAIT = (RunKind.AGAIN, RunKind.TRY)


@dataclass
class Lane:
    """One run that is being written in this process, and the bell that ends it early."""

    run: Run
    stop: asyncio.Event = field(default_factory=asyncio.Event)


class Window:
    """Keeps requests whose result is not recorded yet within the number that may be open at a time.

    Without it a worker would send its next request while its last answer still waits to be kept, and a kill would buy
    more again than what was on the wire."""

    def __init__(self, size: int, stop: asyncio.Event) -> None:
        self._size, self._stop = size, stop
        self._open: set[str] = set()
        self._freed = asyncio.Event()

    async def enter(self, ids: Collection[str]) -> None:
        """Wait until these fit beside the others; retries of the same text count once."""
        while len(self._open.union(ids)) > self._size and self._open.difference(ids) and not self._stop.is_set():
            self._freed.clear()
            await self._freed.wait()
        self._open.update(ids)

    def leave(self, ids: Collection[str]) -> None:
        self._open.difference_update(ids)
        self._freed.set()


async def run_once(deps: Deps) -> int:
    """Write every run that is due, and those that come meanwhile, until none is left; how many runs were dealt with."""
    bell = deps.wakers.event(JOB)
    lanes: dict[asyncio.Task[None], Lane] = {}
    dealt_with = 0
    try:
        while True:
            bell.clear()
            for run in await _claimed(deps, SIDE_BY_SIDE - len(lanes)):
                lane = Lane(run)
                lanes[asyncio.create_task(_lane(deps, lane), name=f"run {run.id}")] = lane
            if not lanes:
                return dealt_with
            await _stop_where_asked(deps, list(lanes.values()))
            for task in await _any_done(lanes, bell):
                del lanes[task]
                dealt_with += 1
    finally:
        for task in lanes:
            task.cancel()
        await asyncio.gather(*lanes, return_exceptions=True)


async def _claimed(deps: Deps, free: int) -> list[Run]:
    """Runs that are ours from now on."""
    if free <= 0 or deps.stopping.is_set():
        return []
    async with reading(deps.db) as session:
        due = await queries.due_runs(session, now=deps.now(), limit=free)
    taken = []
    for run in due:
        async with transaction(deps.db) as session:
            taken.append(await work.take(session, run.id or 0, owner=deps.owner, now=deps.now()))
    return [run for run in taken if run is not None]


async def _any_done(lanes: dict[asyncio.Task[None], Lane], bell: asyncio.Event) -> list[asyncio.Task[None]]:
    """Wait until a run is over or somebody rings; the tasks that are over."""
    ring = asyncio.create_task(bell.wait())
    try:
        await asyncio.wait({*lanes, ring}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        ring.cancel()
    return [task for task in lanes if task.done()]


async def _stop_where_asked(deps: Deps, lanes: Collection[Lane]) -> None:
    async with reading(deps.db) as session:
        asked = await queries.stopping(session, [lane.run.id or 0 for lane in lanes])
    for lane in lanes:
        if deps.stopping.is_set() or lane.run.id in asked:
            lane.stop.set()


async def _lane(deps: Deps, lane: Lane) -> None:
    """One run from here to its end. A run that breaks is taken up again once its lease is over."""
    run = lane.run
    async with one_row(run.trace_id, "run_broke", run=run.id):
        try:
            async with _renewing(deps, lane):
                await _write_run(deps, lane)
        except LeaseLost:
            log.warning("lease_lost")
        except BudgetReached as limit:
            await _end(deps, run, RunState.STOPPED, str(limit))
        except BotError as problem:
            await _end(deps, run, RunState.FAILED, str(problem))


@asynccontextmanager
async def _renewing(deps: Deps, lane: Lane) -> AsyncIterator[None]:
    """Keep the lease while the run is worked on, however long its requests take."""

    async def renew() -> None:
        while True:
            await asyncio.sleep(RENEW_EVERY.total_seconds())
            async with transaction(deps.db) as session:
                if not await queries.renew(session, lane.run.id or 0, owner=deps.owner, now=deps.now()):
                    lane.stop.set()
                    return

    task = asyncio.create_task(renew())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _write_run(deps: Deps, lane: Lane) -> None:
    run = lane.run
    if run.state == RunState.STOPPING:
        await _end(deps, run, RunState.STOPPED, "")
    elif run.kind == RunKind.EXISTING:
        await _take_existing(deps, lane)
        await _end_unless_shutting_down(deps, run, *_outcome_of_stop(lane))
    else:
        await _plan(deps, run)
        summary = await _write_texts(deps, lane)
        state, problem = _outcome(summary)
        if problem == BUDGET_USED:
            problem = await _used_up(deps, run)
        await _end_unless_shutting_down(deps, run, state, problem)


async def _take_existing(deps: Deps, lane: Lane) -> None:
    """Texts that people already have, in transactions of at most 500."""
    async with reading(deps.db) as session:
        found = await work.existing_left(session, lane.run)
    for start in range(0, len(found), CHUNK):
        if lane.stop.is_set():
            return
        async with transaction(deps.db) as session:
            part = found[start : start + CHUNK]
            await work.take_existing(session, lane.run, part, owner=deps.owner, now=deps.now())
    await _planned(deps, lane.run)


async def _plan(deps: Deps, run: Run) -> None:
    """Give the run its texts, in transactions of at most 500. After a kill only the missing ones are drawn."""
    async with reading(deps.db) as session:
        drawn = await work.unplanned(session, run)
    for start in range(0, len(drawn), CHUNK):
        async with transaction(deps.db) as session:
            await work.plan(session, run, drawn[start : start + CHUNK], owner=deps.owner, now=deps.now())
    await _planned(deps, run)


async def _planned(deps: Deps, run: Run) -> None:
    async with transaction(deps.db) as session:
        await work.planned(session, run, owner=deps.owner, now=deps.now())


async def _write_texts(deps: Deps, lane: Lane) -> RunSummary:
    """Send the run's requests; each is in the ledger before it goes out, each result is kept in a group commit."""
    run, model = lane.run, deps.models.info(lane.run.model)
    async with reading(deps.db) as session:
        project = await projects.by_id(session, run.project_id)
        shown = await shelf(session, project) if project else Shelf(())
        spent = await money.spent_usd(session, run_id=run.id)
        room = await spending.room(session, project, limits=deps.limits, now=deps.now()) if project else None

    concurrency = _concurrency(deps, model) or fitting_concurrency(deps.pacers.of(model))
    window = Window(concurrency, lane.stop)

    async def on_start(batch: Sequence[WorkItem]) -> None:
        await window.enter({item.id for item in batch})
        await when_there_is_room(deps, run.project_id, lambda: reserve(batch), lane.stop)

    async def reserve(batch: Sequence[WorkItem]) -> None:
        async with transaction(deps.db) as session:
            await work.starting(session, run, batch, model, owner=deps.owner, now=deps.now(), limits=deps.limits)

    async def record(batch: Sequence[Result]) -> None:
        async with transaction(deps.db) as session:
            await work.record(session, run, batch, owner=deps.owner, now=deps.now())
        window.leave({result.item.id for result in batch})

    return await write(
        _items(deps, run, shown),
        model=deps.providers.chat(run.provider),
        record=record,
        on_start=on_start,
        pacer=deps.pacers.of(model),
        price=price_of(model),
        budget=None if run.cap_usd is None else Cap(_cap(run.cap_usd, spent, room), spent_usd=spent),
        stop=lane.stop,
        concurrency=concurrency,
        linger=LINGER,
    )


def _cap(cap_usd: float, spent_usd: float, room: Room | None) -> float:
    """What was allowed when the run was ordered, or what others have left of a limit since."""
    return cap_usd if room is None else min(cap_usd, spent_usd + max(0.0, room.usd))


async def _used_up(deps: Deps, run: Run) -> str:
    """Which budget ended a run: its own, the project's or the month's."""
    async with reading(deps.db) as session:
        project = await projects.by_id(session, run.project_id)
        room = await spending.room(session, project, limits=deps.limits, now=deps.now()) if project else None
        spent = await money.spent_usd(session, run_id=run.id)
        if project is None or room is None or room.usd > (run.cap_usd or 0.0) - spent + CENT:
            return BUDGET_USED
        return str(await spending.has_ended(session, project, limits=deps.limits, now=deps.now()))


def _concurrency(deps: Deps, model: ModelInfo) -> int | None:
    """How many requests a provider wants open at most, where it has a wish."""
    return profile_named(deps.settings.provider(model.provider).profile).concurrency


async def _items(deps: Deps, run: Run, shown: Shelf) -> AsyncIterator[WorkItem]:
    """The run's unwritten texts as requests, read a page at a time."""
    last = 0
    turn = Turn.PERSON if run.kind in PEOPLE_WAIT else Turn.WORK
    while True:
        async with reading(deps.db) as session:
            page = await queries.wanted(session, run.id or 0, after=last, limit=CHUNK)
            earlier = await _earlier_texts(session, page)
        for text in page:
            messages = chat_messages(text.system, text.prompt, shown.choose(text.prompt, product=""))
            messages = asks_again(messages, earlier.get(text.parent_id or 0, ""), text.hint)
            yield WorkItem(str(text.id), _request(run, messages), turn)
        if not page:
            return
        last = page[-1].id


async def _earlier_texts(session: AsyncSession, page: Sequence[queries.Wanted]) -> dict[int, str]:
    """What stood there before, for texts that are written again."""
    parents = [await reviews.completion(session, text.parent_id) for text in page if text.parent_id is not None]
    return {parent.id or 0: parent.text for parent in parents if parent is not None}


def _request(run: Run, messages: Sequence[Mapping[str, str]]) -> ChatRequest:
    return ChatRequest(
        messages=tuple(messages), model=run.model, temperature=run.temperature, max_tokens=run.max_tokens
    )


def _outcome(summary: RunSummary) -> tuple[RunState, str]:
    """How a run ended, and why if it was not by itself."""
    if summary.problem is not None:
        return RunState.FAILED, str(summary.problem)
    if summary.stopped == Stopped.BUDGET:
        return RunState.STOPPED, BUDGET_USED
    if summary.stopped == Stopped.INTERRUPTED:
        return RunState.STOPPED, ""
    return RunState.DONE, ""


def _outcome_of_stop(lane: Lane) -> tuple[RunState, str]:
    return (RunState.STOPPED if lane.stop.is_set() else RunState.DONE), ""


async def _end_unless_shutting_down(deps: Deps, run: Run, state: RunState, problem: str) -> None:
    """End the run; but one that stopped only because this process ends is left to the next one."""
    if state == RunState.STOPPED and not problem and deps.stopping.is_set() and not await _was_stopped(deps, run):
        async with transaction(deps.db) as session:
            await work.leave(session, run, owner=deps.owner, now=deps.now())
        return
    await _end(deps, run, state, problem)


async def _was_stopped(deps: Deps, run: Run) -> bool:
    async with reading(deps.db) as session:
        return bool(await queries.stopping(session, [run.id or 0]))


async def _end(deps: Deps, run: Run, state: RunState, problem: str) -> None:
    async with transaction(deps.db) as session:
        await work.end(session, run, state, problem, owner=deps.owner, now=deps.now())
