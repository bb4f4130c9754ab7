"""Queries of the rules of the house: the texts they are held against, and hints that people repeat."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.repeated import Said
from bot.domain.review import ReviewState, VerdictKind
from storage.models import Completion, Run, Verdict


async def texts(session: AsyncSession, completion_ids: Sequence[int]) -> Sequence[Completion]:
    """The texts as they are now."""
    found = select(Completion).where(col(Completion.id).in_(completion_ids)).order_by(col(Completion.id))
    return (await session.exec(found.execution_options(populate_existing=True))).all()


async def shown_open(session: AsyncSession, project_id: int) -> Sequence[int]:
    """Undecided texts with a card in Slack: a handful, because cards come in a window."""
    found = select(Completion.id).where(
        Completion.project_id == project_id, Completion.review == ReviewState.OPEN, col(Completion.shown)
    )
    return [number for number in (await session.exec(found)).all() if number is not None]


async def hints(session: AsyncSession, project_id: int, *, limit: int) -> list[Said]:
    """What people said when they had texts written again: the latest so many, oldest first."""
    found = (
        select(Completion.id, Run.started_by, Completion.hint)
        .join(Run, col(Run.id) == Completion.run_id)
        .where(Completion.project_id == project_id, Completion.hint != "")
        .order_by(col(Completion.id).desc())
        .limit(limit)
    )
    return [Said(f"c{number}", who, hint) for number, who, hint in reversed((await session.exec(found)).all())]


async def reasons(session: AsyncSession, project_id: int, *, limit: int) -> list[Said]:
    """Why people rejected texts: the latest so many, oldest first; what they took back does not count."""
    found = (
        select(Verdict.id, Verdict.reviewer, Verdict.reason)
        .join(Completion, col(Completion.id) == Verdict.completion_id)
        .where(
            Completion.project_id == project_id,
            Verdict.kind == VerdictKind.REJECTED,
            Verdict.reason != "",
            col(Verdict.undone_at).is_(None),
        )
        .order_by(col(Verdict.id).desc())
        .limit(limit)
    )
    return [Said(f"v{number}", who, reason) for number, who, reason in reversed((await session.exec(found)).all())]


async def words_of(session: AsyncSession, project_id: int, ref: str) -> str:
    """The hint or reason behind a ref; empty where it is gone or another project's."""
    number = int(ref[1:]) if ref[1:].isdecimal() else 0
    if ref[:1] == "c":
        hint = select(Completion.hint).where(Completion.id == number, Completion.project_id == project_id)
        return (await session.exec(hint)).first() or ""
    reason = select(Verdict.reason).join(Completion, col(Completion.id) == Verdict.completion_id)
    reason = reason.where(Verdict.id == number, Completion.project_id == project_id)
    return (await session.exec(reason)).first() or ""
