"""Queries of the inbox: events as they came, and which of them are done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.engine import wake_after_commit
from storage.insert import insert_once
from storage.models import Inbox

# An event that failed this often is left for a person to look at.
MAX_ATTEMPTS = 10


async def remember(
    session: AsyncSession,
    *,
    team_id: str,
    event_id: str,
    kind: str,
    ids: dict[str, Any],
    event_ts: str,
    now: datetime,
    trace_id: str,
) -> bool:
    """Store an event before anybody acts on it. False: we have it already."""
    wake_after_commit(session, "inbox")
    new = await insert_once(
        session,
        Inbox,
        team_id=team_id,
        event_id=event_id,
        kind=kind,
        ids=ids,
        event_ts=event_ts,
        created_at=now,
        trace_id=trace_id,
    )
    return new is not None


async def open_events(session: AsyncSession, *, limit: int) -> Sequence[Inbox]:
    """Events that nobody has dealt with, in the order in which they came."""
    found = (
        select(Inbox)
        .where(col(Inbox.done_at).is_(None), Inbox.attempts < MAX_ATTEMPTS)
        .order_by(col(Inbox.id))
        .limit(limit)
    )
    return (await session.exec(found)).all()


async def finish(session: AsyncSession, event_id: int, *, now: datetime) -> bool:
    """Mark an event done in the transaction that deals with it. False: somebody else has."""
    done = update(Inbox).where(col(Inbox.id) == event_id, col(Inbox.done_at).is_(None)).values(done_at=now)
    return (await session.exec(done)).rowcount == 1


async def failed(session: AsyncSession, event_id: int) -> None:
    await session.exec(update(Inbox).where(col(Inbox.id) == event_id).values(attempts=col(Inbox.attempts) + 1))
