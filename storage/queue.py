"""Queries of who reads what next: what waits for whom, who has what before them, and what has a place in the order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import case, func, or_
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.completion import WritingState
from bot.domain.review import ReviewState, VerdictKind
from bot.domain.votes import VOTING, Quorum
from storage.insert import insert_once
from storage.models import Completion, Departure, Glance, Product, Prompt, Verdict
from storage.money import write_rows
from storage.review import COMING, mixed


async def next_for(
    session: AsyncSession, project_id: int, user_id: str, quorum: Quorum, *, fresh_since: datetime
) -> int | None:
    """The next text for this person: what nobody else has before them, least voted on, evenly mixed."""
    others = select(Glance.id).where(
        Glance.completion_id == Completion.id, Glance.user_id != user_id, Glance.at > fresh_since
    )
    taken = case((others.exists(), 1), else_=0)
    found = select(Completion.id).where(*_waiting_for(project_id, user_id, quorum))
    found = found.order_by(
        taken, col(Completion.votes_in), col(Completion.batch_id), col(Completion.shown).desc(), *mixed()
    )
    return (await session.exec(found.limit(1))).first()


async def waiting_for(
    session: AsyncSession, project_id: int, user_id: str, quorum: Quorum, *, batch_id: int | None = None
) -> int:
    """How many texts of a project, or of one batch, wait for this person."""
    found = select(func.count()).where(*_waiting_for(project_id, user_id, quorum))
    found = found.where(Completion.batch_id == batch_id) if batch_id is not None else found
    return int((await session.exec(found)).one())


async def next_dispute(session: AsyncSession, project_id: int, user_id: str) -> int | None:
    """The oldest text that people disagree about and that this person has not put off."""
    found = select(Completion.id).where(
        Completion.project_id == project_id,
        Completion.review == ReviewState.DISPUTED,
        col(Completion.outdated).is_(False),
        ~_said(user_id, (VerdictKind.SKIPPED,)),
    )
    return (await session.exec(found.order_by(col(Completion.id)).limit(1))).first()


async def disputes(session: AsyncSession, project_id: int) -> int:
    found = select(func.count()).where(
        Completion.project_id == project_id,
        Completion.review == ReviewState.DISPUTED,
        col(Completion.outdated).is_(False),
    )
    return int((await session.exec(found)).one())


def _waiting_for(project_id: int, user_id: str, quorum: Quorum) -> tuple[Any, ...]:
    """Open texts of batches of which this person has said nothing, and of which their word is needed."""
    useful = [] if user_id in quorum.group or not quorum.group else [col(Completion.votes_in) < quorum.votes]
    return (
        Completion.project_id == project_id,
        Completion.state == WritingState.WRITTEN,
        Completion.review == ReviewState.OPEN,
        col(Completion.batch_id).is_not(None),
        col(Completion.outdated).is_(False),
        ~_said(user_id, (*VOTING, VerdictKind.SKIPPED)),
        *useful,
    )


def _said(user_id: str, kinds: tuple[VerdictKind, ...]) -> Any:
    """Whether somebody has said one of these of the present version; an edit speaks of the version that it made."""
    edited = col(Verdict.kind) == VerdictKind.EDITED
    return (
        select(Verdict.id)
        .where(
            Verdict.completion_id == Completion.id,
            Verdict.reviewer == user_id,
            col(Verdict.kind).in_(kinds),
            col(Verdict.undone_at).is_(None),
            or_(
                ~edited & (col(Verdict.version) == Completion.version),
                edited & (col(Verdict.version) + 1 == Completion.version),
            ),
        )
        .exists()
    )


async def with_votes(session: AsyncSession, project_id: int) -> Sequence[int]:
    """Open texts that somebody has voted on, and those that people disagree about."""
    found = select(Completion.id).where(
        Completion.project_id == project_id,
        col(Completion.review).in_((ReviewState.OPEN, ReviewState.DISPUTED)),
        col(Completion.votes_in) > 0,
    )
    return [int(i or 0) for i in (await session.exec(found.order_by(col(Completion.id)))).all()]


async def missing_votes(session: AsyncSession, *, batch_id: int, quorum: Quorum) -> int:
    """How many votes the open texts of a batch still need together."""
    each = case((col(Completion.votes_in) < quorum.votes, quorum.votes - col(Completion.votes_in)), else_=1)
    found = select(func.coalesce(func.sum(each), 0)).where(
        Completion.batch_id == batch_id,
        Completion.state == WritingState.WRITTEN,
        Completion.review == ReviewState.OPEN,
        col(Completion.outdated).is_(False),
    )
    return int((await session.exec(found)).one())


async def reviewers(session: AsyncSession, batch_id: int) -> int:
    """How many people have said something of a batch's texts and have not left since."""
    left = select(Departure.id).where(
        Departure.project_id == Completion.project_id,
        Departure.user_id == Verdict.reviewer,
        Departure.at >= Verdict.at,
    )
    found = select(func.count(func.distinct(Verdict.reviewer))).join(
        Completion, col(Completion.id) == Verdict.completion_id
    )
    return int((await session.exec(found.where(Completion.batch_id == batch_id, ~left.exists()))).one())


# who has what before them


async def glance(session: AsyncSession, *, team_id: str, completion_id: int, user_id: str, now: datetime) -> None:
    """Note that somebody has a text before them."""
    key = {"completion_id": completion_id, "user_id": user_id}
    if await insert_once(session, Glance, team_id=team_id, at=now, **key) is None:
        again = update(Glance).where(col(Glance.completion_id) == completion_id, col(Glance.user_id) == user_id)
        await session.exec(again.values(at=now))


async def give_back(session: AsyncSession, project_id: int, user_id: str, *, to: datetime) -> int:
    """Nothing is before this person any more: their looks count as taken at `to`, long ago. How many were theirs."""
    open_ = select(Completion.id).where(Completion.project_id == project_id, Completion.review == ReviewState.OPEN)
    theirs = update(Glance).where(
        col(Glance.user_id) == user_id, col(Glance.at) > to, col(Glance.completion_id).in_(open_)
    )
    return int((await session.exec(theirs.values(at=to))).rowcount)


async def seen(session: AsyncSession, completion_ids: Sequence[int]) -> set[int]:
    """Those of the texts that somebody has opened or said something of, one by one."""
    glanced = select(Glance.completion_id).where(col(Glance.completion_id).in_(completion_ids))
    said = select(Verdict.completion_id).where(
        col(Verdict.completion_id).in_(completion_ids), col(Verdict.bulk_id).is_(None)
    )
    return {*(await session.exec(glanced)).all(), *(await session.exec(said)).all()}


# the order


async def projects_to_arrange(session: AsyncSession) -> Sequence[int]:
    """Projects with written texts that have no place yet."""
    found = select(Completion.project_id).where(*_unplaced()).distinct()
    return (await session.exec(found)).all()


async def unplaced(session: AsyncSession, project_id: int, *, limit: int) -> Sequence[tuple[int, Mapping[str, Any]]]:
    """Texts without a place, with the values of their products, in the order in which they were written."""
    found = select(Completion.id, Product.values).join(Product, col(Product.id) == Completion.product_id)
    found = found.where(Completion.project_id == project_id, *_unplaced())
    found = found.order_by(col(Completion.number), col(Completion.id)).limit(limit)
    return [(int(i or 0), values) for i, values in (await session.exec(found)).all()]


def _unplaced() -> tuple[Any, ...]:
    return (
        Completion.state == WritingState.WRITTEN,
        col(Completion.batch_id).is_not(None),
        col(Completion.turn).is_(None),
    )


async def is_writing(session: AsyncSession, project_id: int) -> bool:
    """Whether more texts of a project are on their way."""
    found = select(Completion.id).where(Completion.project_id == project_id, col(Completion.state).in_(COMING))
    return (await session.exec(found.limit(1))).first() is not None


async def strata(session: AsyncSession, project_id: int) -> dict[str, int]:
    """How many texts of each kind have a place."""
    found = select(Completion.stratum, func.count()).where(
        Completion.project_id == project_id, col(Completion.turn).is_not(None)
    )
    return {stratum: int(n) for stratum, n in (await session.exec(found.group_by(col(Completion.stratum)))).all()}


async def place(session: AsyncSession, places: Iterable[tuple[int, str, int]]) -> None:
    """Write (text, stratum, turn)."""
    rows = [{"id": i, "stratum": stratum, "turn": turn} for i, stratum, turn in places]
    await write_rows(session, Completion, rows)


async def displace(session: AsyncSession, project_id: int) -> None:
    """Forget the order, because another column spreads the texts now."""
    await session.exec(update(Completion).where(col(Completion.project_id) == project_id).values(turn=None))


async def words(session: AsyncSession, project_id: int) -> Sequence[tuple[int, str]]:
    """Every written text of a project's batches with its prompt, oldest first."""
    found = select(Completion.id, Prompt.text, Completion.text).join(Prompt, col(Prompt.id) == Completion.prompt_id)
    found = found.where(
        Completion.project_id == project_id,
        Completion.state == WritingState.WRITTEN,
        col(Completion.batch_id).is_not(None),
    )
    rows = (await session.exec(found.order_by(col(Completion.id)))).all()
    return [(int(i or 0), f"{prompt}\n{text}") for i, prompt, text in rows]


async def note_likeness(session: AsyncSession, pairs: Iterable[tuple[int, int]]) -> None:
    """Write (text, the earlier one that it nearly repeats)."""
    await write_rows(session, Completion, [{"id": i, "like_id": other} for i, other in pairs])
