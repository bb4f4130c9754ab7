"""What the comparison job keeps: each function is one short transaction of a worker that holds the lease."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.comparison import ComparisonState, Written, meetings
from bot.domain.completion import WritingState
from bot.domain.models import ModelInfo
from bot.domain.money import NO_LIMITS, SpendingLimits
from bot.providers.errors import Interrupted
from bot.services import comparison
from bot.services.completion_price import price_of
from bot.services.completion_work import bought
from bot.services.generation_types import Result, WorkItem, most_usd, total_most
from bot.services.spending import within_budget
from storage import comparison as queries
from storage import money
from storage import project as projects
from storage.models import Comparison

NOTHING_WRITTEN = "The model answered with nothing."
NO_PAIRS = "No product has two texts to compare."


class LeaseLost(Exception):
    """Somebody else works on this comparison by now: nothing may be recorded for it."""


async def take(session: AsyncSession, comparison_id: int, *, owner: str, now: datetime) -> Comparison | None:
    """Claim a comparison; money that a dead worker had sent is in doubt. None: somebody else has it."""
    row = await queries.claim(session, comparison_id, owner=owner, now=now)
    if row is not None:
        await queries.close_open(session, row.team_id, comparison_id)
    return row


async def keep(session: AsyncSession, row: Comparison, *, owner: str, now: datetime) -> None:
    """Renew the lease, which also locks out others until this transaction ends. Raises LeaseLost."""
    if not await queries.renew(session, row.id or 0, owner=owner, now=now):
        raise LeaseLost


async def starting(
    session: AsyncSession,
    row: Comparison,
    items: Sequence[WorkItem],
    model: ModelInfo,
    *,
    owner: str,
    now: datetime,
    limits: SpendingLimits = NO_LIMITS,
) -> None:
    """Requests are about to go out: their money is reserved, or nothing is sent. Raises LeaseLost, BudgetReached."""
    await keep(session, row, owner=owner, now=now)
    price = price_of(model)
    project = await projects.by_id(session, row.project_id)
    if project is None:
        raise LeaseLost
    await within_budget(session, project, total_most(items, price), limits=limits, now=now)
    rows = [
        {
            "team_id": row.team_id,
            "project_id": row.project_id,
            "user_id": row.started_by,
            "attempt": queries.attempt(row.id or 0, int(item.id)),
            "model": model.name,
            "usd": most_usd(item.request, price),
        }
        for item in items
    ]
    await money.reserve(session, rows, now=now)


async def record(
    session: AsyncSession, row: Comparison, results: Sequence[Result], *, owner: str, now: datetime
) -> None:
    """Keep what became of some texts, with their money."""
    await keep(session, row, owner=owner, now=now)
    await queries.settle(session, row.team_id, row.id or 0, [bought(result) for result in results])
    await queries.save(session, [_change(result) for result in results])
    project = await projects.by_id(session, row.project_id)
    if project is not None:
        await comparison.show(session, row, project, now=now, soon=True)


def _change(result: Result) -> dict[str, Any]:
    """The row of a text after its result."""
    row: dict[str, Any] = {"id": int(result.item.id)}
    if isinstance(result.error, Interrupted):
        return row | {"state": WritingState.WANTED}
    text = result.answer.text.strip() if result.answer else ""
    if result.error is not None or result.answer is None or not text:
        problem = str(result.error) if result.error else NOTHING_WRITTEN
        return row | {"state": WritingState.FAILED, "problem": problem, "usd": result.usd}
    usage = result.answer.usage
    measured = {
        "prompt_tokens": usage.prompt_tokens if usage else 0,
        "completion_tokens": usage.completion_tokens if usage else 0,
        "usd": result.usd,
    }
    return row | {"state": WritingState.WRITTEN, "text": text, "problem": ""} | measured


async def timed(
    session: AsyncSession,
    row: Comparison,
    texts: Sequence[queries.WantedText],
    seconds: float,
    *,
    owner: str,
    now: datetime,
) -> None:
    """Note how long a text took on average, with as many requests at a time as the provider takes."""
    await keep(session, row, owner=owner, now=now)
    await queries.time_texts(session, [text.id for text in texts], seconds=seconds)


async def ready(session: AsyncSession, row: Comparison, *, owner: str, now: datetime) -> bool:
    """Everything is written that will be: pair the texts and open the votes. False: not ours any more."""
    texts = await queries.texts(session, row.id or 0)
    written = [Written(t.id or 0, t.prompt_id, t.contender, t.text) for t in texts if t.state is WritingState.WRITTEN]
    found = meetings(written, seed=row.seed)
    if not found:
        problem = next((text.problem for text in texts if text.problem), NO_PAIRS)
        return await failed(session, row, problem, owner=owner, now=now)
    if not await queries.finish_writing(session, row.id or 0, owner=owner, state=ComparisonState.VOTING):
        return False
    await queries.add_matchups(session, row.id or 0, found)
    await _said(session, row, now=now)
    return True


async def failed(session: AsyncSession, row: Comparison, problem: str, *, owner: str, now: datetime) -> bool:
    """It cannot go on by itself; what is written is kept. False: not ours any more."""
    state = ComparisonState.FAILED
    if not await queries.finish_writing(session, row.id or 0, owner=owner, state=state, problem=problem):
        return False
    await queries.close_open(session, row.team_id, row.id or 0, state=money.RELEASED)
    await _said(session, row, now=now)
    return True


async def leave(session: AsyncSession, row: Comparison, *, owner: str) -> None:
    """This process ends in order: the next one goes on, nothing is in doubt."""
    await queries.close_open(session, row.team_id, row.id or 0, state=money.RELEASED)
    await queries.let_go(session, row.id or 0, owner=owner)


async def _said(session: AsyncSession, row: Comparison, *, now: datetime) -> None:
    project = await projects.by_id(session, row.project_id)
    if project is not None:
        await comparison.show(session, row, project, now=now)
