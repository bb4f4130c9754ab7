"""Queries of approvals of many texts at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.completion import WritingState
from bot.domain.review import ReviewState, Surface, VerdictKind
from bot.domain.votes import VOTING
from storage.models import Batch, Bulk, Completion, Pair, Verdict


async def open_texts(
    session: AsyncSession, batch_id: int, user_id: str, *, limit: int, last_id: int | None = None, lock: bool = False
) -> Sequence[Completion]:
    """Open texts of a batch on which this person has not voted, up to `last_id`."""
    mine = select(Verdict.id).where(
        Verdict.completion_id == Completion.id,
        Verdict.reviewer == user_id,
        col(Verdict.kind).in_(VOTING),
        col(Verdict.undone_at).is_(None),
    )
    found = select(Completion).where(
        Completion.batch_id == batch_id,
        Completion.state == WritingState.WRITTEN,
        Completion.review == ReviewState.OPEN,
        col(Completion.outdated).is_(False),
        ~mine.exists(),
    )
    found = found.where(col(Completion.id) <= last_id) if last_id is not None else found
    found = found.order_by(col(Completion.id)).limit(limit)
    found = found.with_for_update() if lock else found
    return (await session.exec(found.execution_options(populate_existing=True))).all()


async def add(session: AsyncSession, batch: Batch, *, who: str, count: int, unseen: int, now: datetime) -> Bulk:
    bulk = Bulk(
        team_id=batch.team_id, project_id=batch.project_id, batch_id=batch.id or 0, who=who, count=count,
        unseen=unseen, at=now,
    )  # fmt: skip
    session.add(bulk)
    await session.flush()
    return bulk


async def by_id(session: AsyncSession, bulk_id: int, *, lock: bool = False) -> Bulk | None:
    found = select(Bulk).where(Bulk.id == bulk_id).execution_options(populate_existing=True)
    return (await session.exec(found.with_for_update() if lock else found)).first()


async def vote_for_all(session: AsyncSession, texts: Sequence[Completion], bulk: Bulk) -> None:
    """One yes for each text, with the approval that it is part of."""
    rows: list[dict[str, Any]] = [
        {
            "team_id": text.team_id, "completion_id": text.id, "version": text.version, "reviewer": bulk.who,
            "kind": VerdictKind.APPROVED, "text": "", "reason": "", "surface": Surface.BULK, "at": bulk.at,
            "undone_by": "", "bulk_id": bulk.id,
        }
        for text in texts
    ]  # fmt: skip
    await session.exec(insert(Verdict), params=rows)


async def still_approved(session: AsyncSession, bulk_id: int) -> Sequence[Completion]:
    """Texts whose yes out of this approval stands, with neither a ruling above it nor a dataset that holds them."""
    standing = select(Verdict.completion_id).where(Verdict.bulk_id == bulk_id, col(Verdict.undone_at).is_(None))
    ruled = select(Verdict.id).where(
        Verdict.completion_id == Completion.id, Verdict.kind == VerdictKind.RULED, col(Verdict.undone_at).is_(None)
    )
    frozen = select(Pair.id).where(Pair.completion_id == Completion.id)
    found = select(Completion).where(col(Completion.id).in_(standing), ~ruled.exists(), ~frozen.exists())
    found = found.with_for_update().execution_options(populate_existing=True)
    return (await session.exec(found.order_by(col(Completion.id)))).all()


async def take_back(
    session: AsyncSession, bulk_id: int, completion_ids: Sequence[int], *, who: str, now: datetime
) -> None:
    votes = update(Verdict).where(
        col(Verdict.bulk_id) == bulk_id,
        col(Verdict.completion_id).in_(completion_ids),
        col(Verdict.undone_at).is_(None),
    )
    await session.exec(votes.values(undone_at=now, undone_by=who))


async def undone(session: AsyncSession, bulk_id: int, *, count: int, now: datetime) -> bool:
    """Close an approval that was taken back. False: somebody has done so already."""
    mark = update(Bulk).where(col(Bulk.id) == bulk_id, col(Bulk.undone_at).is_(None))
    return (await session.exec(mark.values(undone_at=now, undone=count))).rowcount == 1
