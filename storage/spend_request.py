"""Requests for money above the threshold: asked once, answered once, used once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.spending import YES_HOLDS, RequestState
from storage.insert import insert_once
from storage.models import SpendRequest


async def by_id(session: AsyncSession, request_id: int) -> SpendRequest | None:
    found = select(SpendRequest).where(SpendRequest.id == request_id).execution_options(populate_existing=True)
    return (await session.exec(found)).first()


async def add(session: AsyncSession, **values: Any) -> int | None:
    """The new request's id, or None where the same person waits for an answer to the same already."""
    return await insert_once(session, SpendRequest, **values)


async def latest(
    session: AsyncSession, *, project_id: int, asked_by: str, what: str, state: RequestState
) -> SpendRequest | None:
    """Somebody's newest request of this kind in this state."""
    found = select(SpendRequest).where(
        SpendRequest.project_id == project_id,
        SpendRequest.asked_by == asked_by,
        SpendRequest.what == what,
        SpendRequest.state == state,
    )
    return (await session.exec(found.order_by(col(SpendRequest.id).desc()))).first()


async def decide(session: AsyncSession, request_id: int, *, state: RequestState, who: str, now: datetime) -> bool:
    """Answer an open request. False: somebody did already, or it is too old."""
    open_ = update(SpendRequest).where(
        col(SpendRequest.id) == request_id,
        col(SpendRequest.state) == RequestState.OPEN,
        col(SpendRequest.at) > now - YES_HOLDS,
    )
    return (await session.exec(open_.values(state=state, decided_by=who, decided_at=now))).rowcount == 1


async def use(session: AsyncSession, request_id: int, *, now: datetime) -> bool:
    """Use a yes up. False: it was used, or it is too old."""
    yes = update(SpendRequest).where(
        col(SpendRequest.id) == request_id,
        col(SpendRequest.state) == RequestState.APPROVED,
        col(SpendRequest.decided_at) > now - YES_HOLDS,
    )
    return (await session.exec(yes.values(state=RequestState.USED))).rowcount == 1


async def close(session: AsyncSession, request_id: int, state: RequestState) -> bool:
    """End an open request without an answer. False: it is not open any more."""
    open_ = update(SpendRequest).where(col(SpendRequest.id) == request_id, col(SpendRequest.state) == RequestState.OPEN)
    return (await session.exec(open_.values(state=state))).rowcount == 1


async def overdue(session: AsyncSession, *, now: datetime, limit: int = 100) -> Sequence[SpendRequest]:
    """Open requests that nobody answered in time."""
    found = select(SpendRequest).where(SpendRequest.state == RequestState.OPEN, SpendRequest.at <= now - YES_HOLDS)
    return (await session.exec(found.limit(limit))).all()
