"""Queries of digests and reminders: what a day brought, who is to be told, and who was."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, func
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.completion import WritingState
from bot.domain.project import Role
from bot.domain.review import ReviewState, VerdictKind
from bot.domain.votes import VOTING
from storage.insert import insert_once
from storage.models import Batch, Completion, Departure, Digest, Member, Person, Project, Reminder, Tick, Verdict

# Slots are asked about for a minute or an hour; a week is for whoever looks for a fault.
TICKS_KEPT = timedelta(days=7)


async def is_taken(session: AsyncSession, *, job: str, slot: str) -> bool:
    """Whether some process has run a calendar job's slot."""
    return (await session.exec(select(Tick.id).where(Tick.job == job, Tick.slot == slot))).first() is not None


async def forget_slots(session: AsyncSession, *, job: str, now: datetime) -> None:
    await session.exec(delete(Tick).where(col(Tick.job) == job, col(Tick.at) < now - TICKS_KEPT))


async def batches(session: AsyncSession, project_id: int) -> Sequence[Batch]:
    found = select(Batch).where(Batch.project_id == project_id).order_by(col(Batch.id))
    return (await session.exec(found)).all()


async def waiting_batches(session: AsyncSession, project_id: int) -> Sequence[Batch]:
    """Batches with texts that wait for somebody."""
    open_ = select(Completion.batch_id).where(
        Completion.project_id == project_id,
        Completion.state == WritingState.WRITTEN,
        Completion.review == ReviewState.OPEN,
        col(Completion.outdated).is_(False),
    )
    found = select(Batch).where(Batch.project_id == project_id, col(Batch.id).in_(open_)).order_by(col(Batch.id))
    return (await session.exec(found)).all()


# the digest


async def last_digest(session: AsyncSession, batch_id: int, *, before: int | None = None) -> Digest | None:
    found = select(Digest).where(Digest.batch_id == batch_id)
    found = found.where(col(Digest.id) < before) if before is not None else found
    return (await session.exec(found.order_by(col(Digest.id).desc()).limit(1))).first()


async def decided(session: AsyncSession, batch_id: int, *, since: datetime) -> dict[ReviewState, int]:
    """How many texts were decided how since then, and still are."""
    found = select(Completion.review, func.count()).where(
        Completion.batch_id == batch_id, col(Completion.decided_at) > since
    )
    rows = (await session.exec(found.group_by(col(Completion.review)))).all()
    return {ReviewState(state): int(n) for state, n in rows}


async def people(session: AsyncSession, batch_id: int, *, since: datetime) -> int:
    """How many people had a say since then."""
    found = select(func.count(func.distinct(Verdict.reviewer))).join(
        Completion, col(Completion.id) == Verdict.completion_id
    )
    found = found.where(
        Completion.batch_id == batch_id,
        Verdict.at > since,
        col(Verdict.kind).in_((*VOTING, VerdictKind.RULED)),
        col(Verdict.undone_at).is_(None),
    )
    return int((await session.exec(found)).one())


async def digest(session: AsyncSession, digest_id: int) -> Digest | None:
    return await session.get(Digest, digest_id)


# reminders


async def reviewers(session: AsyncSession, project_id: int) -> Sequence[str]:
    """Everybody who reviewed in a project or is named for it, but for those who have left since."""
    said = select(Verdict.reviewer).join(Completion, col(Completion.id) == Verdict.completion_id)
    said = said.where(Completion.project_id == project_id, col(Verdict.kind).in_(VOTING)).distinct()
    named = select(Member.user_id).where(Member.project_id == project_id, Member.role == Role.REVIEWER)
    back = select(Verdict.id).join(Completion, col(Completion.id) == Verdict.completion_id)
    back = back.where(
        Completion.project_id == project_id, Verdict.reviewer == Departure.user_id, Verdict.at > Departure.at
    )
    gone = select(Departure.user_id).where(Departure.project_id == project_id, ~back.exists())
    found = {*(await session.exec(said)).all(), *(await session.exec(named)).all()}
    return sorted(found - set((await session.exec(gone)).all()))


async def last_word(session: AsyncSession, project_id: int, user_id: str) -> datetime | None:
    """When this person last said something in a project."""
    found = select(func.max(Verdict.at)).join(Completion, col(Completion.id) == Verdict.completion_id)
    return (await session.exec(found.where(Completion.project_id == project_id, Verdict.reviewer == user_id))).one()


async def reminded(session: AsyncSession, team_id: str, user_id: str) -> Sequence[Reminder]:
    """Every reminder of one person, the earliest first."""
    found = select(Reminder).where(Reminder.team_id == team_id, Reminder.user_id == user_id)
    return (await session.exec(found.order_by(col(Reminder.id)))).all()


async def add(session: AsyncSession, batch: Batch, user_id: str, number: int, *, now: datetime) -> int | None:
    """Note one reminder; None where another process was faster."""
    return await insert_once(
        session, Reminder, team_id=batch.team_id, project_id=batch.project_id, batch_id=batch.id or 0,
        user_id=user_id, number=number, at=now,
    )  # fmt: skip


async def reminder(session: AsyncSession, reminder_id: int) -> Reminder | None:
    return await session.get(Reminder, reminder_id)


async def want(session: AsyncSession, person_id: int, *, reminders: bool) -> None:
    await session.exec(update(Person).where(col(Person.id) == person_id).values(no_reminders=not reminders))


# the pause


async def pause(session: AsyncSession, project_id: int, *, until: datetime, who: str) -> bool:
    """False: it is paused already."""
    free = update(Project).where(col(Project.id) == project_id, col(Project.paused_until).is_(None))
    return (await session.exec(free.values(paused_until=until, paused_by=who))).rowcount == 1


async def resume(session: AsyncSession, project_id: int) -> bool:
    """False: it was not paused."""
    paused = update(Project).where(col(Project.id) == project_id, col(Project.paused_until).is_not(None))
    return (await session.exec(paused.values(paused_until=None, paused_by=""))).rowcount == 1
