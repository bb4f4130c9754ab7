"""Queries of the outbox: what must be said, by whom it is being said, and what Slack answered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, case, func, or_
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.outbox import DELIVERY_LEASE, Say, SayState
from storage.engine import wake_after_commit
from storage.insert import insert_once
from storage.models import Outbox


async def say(
    session: AsyncSession,
    *,
    team_id: str,
    key: str,
    kind: Say,
    subject_id: int,
    channel: str,
    now: datetime,
    thread_key: str = "",
    only_for: str = "",
    not_before: datetime | None = None,
    trace_id: str = "",
) -> None:
    """Say it, or say it anew where `key` was said before: then the one message is edited.

    `not_before` puts news off so that they coalesce; an earlier wish for the same message stays."""
    wake_after_commit(session, "deliver")
    due = not_before or now
    if await refresh(session, team_id=team_id, key=key, due=due):
        return
    new = await insert_once(
        session,
        Outbox,
        team_id=team_id,
        key=key,
        kind=kind,
        subject_id=subject_id,
        channel=channel,
        thread_key=thread_key,
        only_for=only_for,
        not_before=due,
        trace_id=trace_id,
    )
    if new is None:  # somebody else has said it first, just now
        await refresh(session, team_id=team_id, key=key, due=due)


async def refresh(session: AsyncSession, *, team_id: str, key: str, due: datetime) -> bool:
    """Have a message rendered and edited again. False where it was never said."""
    wake_after_commit(session, "deliver")
    waiting = (col(Outbox.wanted) > col(Outbox.sent)) & (col(Outbox.state) == SayState.OPEN)
    when = case((waiting & (col(Outbox.not_before) < due), col(Outbox.not_before)), else_=due)
    again = update(Outbox).where(col(Outbox.team_id) == team_id, col(Outbox.key) == key)
    again = again.values(wanted=col(Outbox.wanted) + 1, not_before=when, state=SayState.OPEN, attempts=0)
    return bool((await session.exec(again.execution_options(synchronize_session=False))).rowcount)


async def refresh_all(session: AsyncSession, *, team_id: str, keys: Sequence[str], due: datetime) -> None:
    """The same for many messages that were said before, in one statement."""
    if not keys:
        return
    wake_after_commit(session, "deliver")
    waiting = (col(Outbox.wanted) > col(Outbox.sent)) & (col(Outbox.not_before) < due)
    again = update(Outbox).where(
        col(Outbox.team_id) == team_id, col(Outbox.key).in_(keys), col(Outbox.state) == SayState.OPEN
    )
    when = case((waiting, col(Outbox.not_before)), else_=due)
    await session.exec(again.values(wanted=col(Outbox.wanted) + 1, not_before=when))


async def by_key(session: AsyncSession, team_id: str, key: str) -> Outbox | None:
    found = select(Outbox).where(Outbox.team_id == team_id, Outbox.key == key)
    return (await session.exec(found.execution_options(populate_existing=True))).first()


async def by_message(session: AsyncSession, team_id: str, channel: str, ts: str) -> Outbox | None:
    """The message that a reaction or a menu points at, if it is ours."""
    found = select(Outbox).where(Outbox.team_id == team_id, Outbox.ts == ts)
    found = found.where(or_(col(Outbox.posted_in) == channel, col(Outbox.channel) == channel))
    return (await session.exec(found)).first()


class Lane(StrEnum):
    """Edits answer clicks and must not queue behind first posts, which Slack wants slow and in order."""

    EDITS = "edits"
    POSTS = "posts"


def _in(lane: Lane) -> ColumnElement[bool]:
    first = (col(Outbox.ts) == "") & (col(Outbox.kind) != Say.HOME)
    return first if lane is Lane.POSTS else ~first


async def due(session: AsyncSession, lane: Lane, *, now: datetime, limit: int) -> Sequence[Outbox]:
    """Open news of a lane whose time has come and that nobody is delivering, oldest first."""
    found = (
        select(Outbox)
        .where(Outbox.state == SayState.OPEN, col(Outbox.wanted) > col(Outbox.sent), Outbox.not_before <= now)
        .where(or_(col(Outbox.lease_until).is_(None), col(Outbox.lease_until) < now), _in(lane))
        .order_by(col(Outbox.not_before), col(Outbox.id))
        .limit(limit)
    )
    return (await session.exec(found)).all()


async def next_due(session: AsyncSession, lane: Lane) -> datetime | None:
    """When the next open news of a lane is due, or when the lease on it is over."""
    free_at = func.coalesce(col(Outbox.lease_until), col(Outbox.not_before))
    found = select(free_at).where(Outbox.state == SayState.OPEN, col(Outbox.wanted) > col(Outbox.sent), _in(lane))
    return (await session.exec(found.order_by(free_at).limit(1))).first()


async def claim(session: AsyncSession, row_id: int, *, owner: str, now: datetime) -> Outbox | None:
    """Take one row to deliver it; None when somebody else has it. `ambiguous` survives from an attempt that died."""
    take = (
        update(Outbox)
        .where(col(Outbox.id) == row_id, col(Outbox.state) == SayState.OPEN, col(Outbox.wanted) > col(Outbox.sent))
        .where(or_(col(Outbox.lease_until).is_(None), col(Outbox.lease_until) < now))
        .values(lease_owner=owner, lease_until=now + DELIVERY_LEASE)
    )
    if (await session.exec(take)).rowcount != 1:
        return None
    found = select(Outbox).where(Outbox.id == row_id).execution_options(populate_existing=True)
    return (await session.exec(found)).one()


async def about_to_post(session: AsyncSession, row_id: int, *, owner: str, now: datetime) -> bool:
    """Note before a first post that from here on its fate may be unknown. False: the lease was lost."""
    mark = update(Outbox).where(col(Outbox.id) == row_id, col(Outbox.lease_owner) == owner)
    mark = mark.values(ambiguous=True, first_attempt_at=now)
    return (await session.exec(mark)).rowcount == 1


async def delivered(
    session: AsyncSession, row: Outbox, *, owner: str, ts: str, posted_in: str, shown_version: int, file_id: str = ""
) -> None:
    """Record what stands in Slack now. News that came meanwhile stay due."""
    done = update(Outbox).where(col(Outbox.id) == row.id, col(Outbox.lease_owner) == owner)
    values = {
        "sent": row.wanted,
        "ts": ts or row.ts,
        "posted_in": posted_in or row.posted_in,
        "shown_version": shown_version,
        "ambiguous": False,
        "attempts": 0,
        "problem": "",
        "lease_owner": "",
        "lease_until": None,
    }
    await session.exec(done.values(**values | ({"file_id": file_id} if file_id else {})))


async def remember_file(session: AsyncSession, row_id: int, *, owner: str, file_id: str) -> None:
    """Keep an upload's id before it is completed, so that a second attempt completes the same file."""
    await session.exec(
        update(Outbox).where(col(Outbox.id) == row_id, col(Outbox.lease_owner) == owner).values(file_id=file_id)
    )


async def put_off(
    session: AsyncSession, row: Outbox, *, owner: str, until: datetime, problem: str, sure_it_failed: bool
) -> None:
    """Try again later. `sure_it_failed` clears the doubt whether the post arrived."""
    later = update(Outbox).where(col(Outbox.id) == row.id, col(Outbox.lease_owner) == owner)
    values = {
        "attempts": row.attempts + 1,
        "not_before": until,
        "problem": problem,
        "lease_owner": "",
        "lease_until": None,
    }
    await session.exec(later.values(**values | ({"ambiguous": False} if sure_it_failed else {})))


async def give_up(session: AsyncSession, row: Outbox, *, owner: str, problem: str) -> None:
    dead = update(Outbox).where(col(Outbox.id) == row.id, col(Outbox.lease_owner) == owner)
    await session.exec(dead.values(state=SayState.DEAD, problem=problem, lease_owner="", lease_until=None))


async def close_channel(session: AsyncSession, *, team_id: str, channel: str) -> int:
    """Stop trying to say things where nobody listens any more; how many were open."""
    silenced = update(Outbox).where(
        col(Outbox.team_id) == team_id, col(Outbox.channel) == channel, col(Outbox.state) == SayState.OPEN
    )
    return int((await session.exec(silenced.values(state=SayState.DEAD, problem="channel closed"))).rowcount)
