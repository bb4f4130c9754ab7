"""Queries about the ends of models: what was asked, what was warned of, and the nights on which that happened."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.insert import insert_once
from storage.models import EndWarning, ModelEnd, Project, ProjectModel, Tick


async def take_slot(session: AsyncSession, *, job: str, slot: str, now: datetime) -> bool:
    """Whether this process is the one that runs a calendar job's slot."""
    return await insert_once(session, Tick, job=job, slot=slot, at=now) is not None


async def remember(session: AsyncSession, *, provider: str, model: str, ends: date | None, now: datetime) -> None:
    """Keep what a provider said of a model's end; a later word replaces it."""
    ends_on = ends.isoformat() if ends else ""
    if await insert_once(session, ModelEnd, provider=provider, model=model, ends_on=ends_on, asked_at=now) is None:
        known = update(ModelEnd).where(col(ModelEnd.provider) == provider, col(ModelEnd.model) == model)
        await session.exec(known.values(ends_on=ends_on, asked_at=now))


async def said(session: AsyncSession, *, provider: str, model: str) -> ModelEnd | None:
    """What the provider said when it was last asked; None where it never was."""
    return (await session.exec(select(ModelEnd).where(ModelEnd.provider == provider, ModelEnd.model == model))).first()


async def day(session: AsyncSession, *, provider: str, model: str) -> date | None:
    found = await said(session, provider=provider, model=model)
    return date.fromisoformat(found.ends_on) if found and found.ends_on else None


async def warned(session: AsyncSession, *, project_id: int, model: str, ends: date) -> set[int]:
    """How many days before this end there were warnings."""
    found = select(EndWarning.days).where(
        EndWarning.project_id == project_id, EndWarning.model == model, EndWarning.ends_on == ends.isoformat()
    )
    return set((await session.exec(found)).all())


async def warn(
    session: AsyncSession,
    *,
    team_id: str,
    project_id: int,
    model: str,
    ends: date,
    days: Iterable[int],
    now: datetime,
) -> bool:
    """Note warnings as given. False: all of them were."""
    fresh = [
        await insert_once(
            session, EndWarning, team_id=team_id, project_id=project_id, model=model, ends_on=ends.isoformat(),
            days=each, at=now,
        )
        for each in days
    ]  # fmt: skip
    return any(one is not None for one in fresh)


async def active_projects(session: AsyncSession) -> Sequence[Project]:
    return (await session.exec(select(Project).where(col(Project.active)).order_by(col(Project.id)))).all()


async def living_models(session: AsyncSession, project_id: int) -> Sequence[ProjectModel]:
    """Tuned models that nobody retired."""
    found = select(ProjectModel).where(ProjectModel.project_id == project_id, col(ProjectModel.retired_at).is_(None))
    return (await session.exec(found.order_by(col(ProjectModel.id)))).all()
