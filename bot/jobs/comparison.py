"""Writes the texts of blind comparisons: each bought once, whatever is killed, then pairs them for people to judge."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

import structlog

from bot.deps import Deps
from bot.domain.comparison import RENEW_EVERY, Contender
from bot.domain.dataset import Split
from bot.domain.few_shot import Shelf
from bot.domain.models import ModelInfo
from bot.domain.pacing import Turn
from bot.errors import BotError
from bot.jobs.room import when_there_is_room
from bot.providers.base import ChatRequest
from bot.providers.profiles import profile_named
from bot.services import comparison_work as work
from bot.services.comparison_plan import messages_for
from bot.services.comparison_work import LeaseLost
from bot.services.completion_price import price_of
from bot.services.generation import RunSummary, Stopped, write
from bot.services.generation_budget import Cap
from bot.services.generation_types import Result, WorkItem
from storage import comparison as queries
from storage import dataset as datasets
from storage.comparison import WantedText
from storage.engine import reading, transaction
from storage.models import Comparison

log = structlog.get_logger()

BATCH = 4
BUDGET_USED = "What this comparison may cost is used up."


async def run_once(deps: Deps) -> int:
    """Write what comparisons want; how many those were."""
    if deps.stopping.is_set():
        return 0
    async with reading(deps.db) as session:
        due = await queries.due(session, now=deps.now(), limit=BATCH)
    return sum(await asyncio.gather(*(_compare(deps, one) for one in due)))


async def _compare(deps: Deps, comparison_id: int) -> int:
    async with transaction(deps.db) as session:
        row = await work.take(session, comparison_id, owner=deps.owner, now=deps.now())
    if row is None:
        return 0
    with structlog.contextvars.bound_contextvars(trace_id=row.trace_id, comparison=comparison_id):
        try:
            async with _renewing(deps, row) as stop:
                await _write(deps, row, stop)
        except LeaseLost:
            log.warning("lease_lost")
        except BotError as problem:
            await _failed(deps, row, str(problem))
    return 1


@asynccontextmanager
async def _renewing(deps: Deps, row: Comparison) -> AsyncIterator[asyncio.Event]:
    """Keep the lease while it is worked on; the event ends the work early."""
    stop = asyncio.Event()

    async def renew() -> None:
        while not stop.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(deps.stopping.wait(), RENEW_EVERY.total_seconds())
                stop.set()
            async with transaction(deps.db) as session:
                if not await queries.renew(session, row.id or 0, owner=deps.owner, now=deps.now()):
                    stop.set()

    task = asyncio.create_task(renew())
    try:
        yield stop
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _write(deps: Deps, row: Comparison, stop: asyncio.Event) -> None:
    """One contender after the other, so that the time of one is not that of another."""
    async with reading(deps.db) as session:
        wanted = await queries.wanted(session, row.id or 0)
        lines = await datasets.lines(session, row.dataset_id)
    shelf = Shelf([line for line in lines if line.split is Split.TRAIN])
    for contender in Contender:
        texts = [one for one in wanted if one.contender is contender]
        if texts and not await _written(deps, row, contender, texts, shelf, stop):
            return
    async with transaction(deps.db) as session:
        await work.ready(session, row, owner=deps.owner, now=deps.now())


async def _written(
    deps: Deps, row: Comparison, contender: Contender, texts: Sequence[WantedText], shelf: Shelf, stop: asyncio.Event
) -> bool:
    """Have one contender write. False: it did not come to its end, and whoever should know was told."""
    tuned = contender is Contender.TUNED
    name, provider = (row.tuned_model, row.tuned_provider) if tuned else (row.base_model, row.base_provider)
    summary = await _asked(deps, row, texts, shelf, deps.models.info(name), provider, stop)
    if summary.completed:
        async with transaction(deps.db) as session:
            await work.timed(session, row, texts, summary.seconds / summary.completed, owner=deps.owner, now=deps.now())
    if summary.problem is not None or summary.stopped == Stopped.BUDGET:
        await _failed(deps, row, str(summary.problem or BUDGET_USED))
        return False
    if summary.stopped is not None:
        async with transaction(deps.db) as session:
            await work.leave(session, row, owner=deps.owner)
        return False
    return True


async def _asked(
    deps: Deps,
    row: Comparison,
    texts: Sequence[WantedText],
    shelf: Shelf,
    model: ModelInfo,
    provider: str,
    stop: asyncio.Event,
) -> RunSummary:
    async def on_start(batch: Sequence[WorkItem]) -> None:
        await when_there_is_room(deps, row.project_id, lambda: reserve(batch), stop)

    async def reserve(batch: Sequence[WorkItem]) -> None:
        async with transaction(deps.db) as session:
            await work.starting(session, row, batch, model, owner=deps.owner, now=deps.now(), limits=deps.limits)

    async def record(batch: Sequence[Result]) -> None:
        async with transaction(deps.db) as session:
            await work.record(session, row, batch, owner=deps.owner, now=deps.now())

    async with reading(deps.db) as session:
        spent = await queries.spent_usd(session, row.team_id, row.id or 0)
    return await write(
        [_item(row, text, shelf, model) for text in texts],
        model=deps.providers.chat(provider),
        record=record,
        on_start=on_start,
        pacer=deps.pacers.of(model),
        price=price_of(model),
        budget=None if row.cap_usd is None else Cap(row.cap_usd, spent_usd=spent),
        stop=stop,
        concurrency=profile_named(deps.settings.provider(provider).profile).concurrency,
    )


def _item(row: Comparison, text: WantedText, shelf: Shelf, model: ModelInfo) -> WorkItem:
    """The same question, length and temperature for every contender."""
    request = ChatRequest(
        messages=messages_for(text.contender, text.system, text.prompt, text.product, shelf),
        model=model.name,
        temperature=row.temperature,
        max_tokens=model.longest(row.max_tokens),
    )
    return WorkItem(str(text.id), request, Turn.WORK)


async def _failed(deps: Deps, row: Comparison, problem: str) -> None:
    log.info("comparison_failed", problem=problem)
    async with transaction(deps.db) as session:
        await work.failed(session, row, problem, owner=deps.owner, now=deps.now())
