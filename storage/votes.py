"""Queries of the votes on a text: what stands, what was taken back, and the one update that decides."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.completion import WritingState
from bot.domain.review import ReviewState, VerdictKind
from bot.domain.votes import VOTING, Vote
from storage.models import Completion, Thumb, Verdict


async def locked(session: AsyncSession, completion_id: int) -> Completion | None:
    """The row, which nobody else changes before this transaction ends."""
    found = select(Completion).where(Completion.id == completion_id).with_for_update()
    return (await session.exec(found.execution_options(populate_existing=True))).first()


async def standing(session: AsyncSession, completion_id: int) -> list[Vote]:
    """The votes on a text that nobody took back, oldest first."""
    return (await standing_on(session, [completion_id])).get(completion_id, [])


async def standing_on(session: AsyncSession, completion_ids: Collection[int]) -> Mapping[int, list[Vote]]:
    """The same for many texts at once."""
    found = select(Verdict).where(
        col(Verdict.completion_id).in_(completion_ids), col(Verdict.undone_at).is_(None), col(Verdict.kind).in_(VOTING)
    )
    votes: dict[int, list[Vote]] = defaultdict(list)
    for row in (await session.exec(found.order_by(col(Verdict.id)))).all():
        votes[row.completion_id].append(_vote(row))
    return votes


async def ruling(session: AsyncSession, completion_id: int) -> Vote | None:
    """The adjudicator's last word, where there is one."""
    found = select(Verdict).where(
        Verdict.completion_id == completion_id, col(Verdict.undone_at).is_(None), Verdict.kind == VerdictKind.RULED
    )
    row = (await session.exec(found.order_by(col(Verdict.id).desc()).limit(1))).first()
    return None if row is None else _vote(row)


def _vote(row: Verdict) -> Vote:
    return Vote(row.reviewer, row.kind, row.version, row.at, row.surface, row.text, row.reason)


async def take_back(session: AsyncSession, completion_id: int, vote: Vote, *, now: datetime) -> bool:
    """Mark one standing vote (or ruling) as taken back. False: somebody has done so already."""
    mine = update(Verdict).where(
        col(Verdict.completion_id) == completion_id,
        col(Verdict.reviewer) == vote.who,
        col(Verdict.version) == vote.version,
        col(Verdict.kind) == vote.kind,
        col(Verdict.undone_at).is_(None),
    )
    return (await session.exec(mine.values(undone_at=now, undone_by=vote.who))).rowcount == 1


async def settle(session: AsyncSession, text: Completion, values: Mapping[str, Any]) -> bool:
    """Write what the votes make of a text. False: it is not as it was read any more."""
    return bool(await settle_all(session, [text.id or 0], text.version, text.review, values))


async def settle_all(
    session: AsyncSession, ids: Sequence[int], version: int, review: ReviewState, values: Mapping[str, Any]
) -> int:
    """The same for many texts in one version and state; how many still were."""
    unchanged = update(Completion).where(
        col(Completion.id).in_(ids),
        col(Completion.version) == version,
        col(Completion.review) == review,
        col(Completion.state) == WritingState.WRITTEN,
    )
    return int((await session.exec(unchanged.values(**values))).rowcount)


async def spend_all_thumbs(session: AsyncSession, *, team_id: str, channel: str, ts: str) -> None:
    """A card has other words now: the thumbs under it said something of the old ones."""
    under = update(Thumb).where(col(Thumb.team_id) == team_id, col(Thumb.channel) == channel, col(Thumb.ts) == ts)
    await session.exec(under.values(present=False))
