"""Queries of tuned models: which there are, which is in use, and whose deployment wants to be looked at."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, or_
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.tuned import SERVING_LEASE, ServingState
from bot.domain.tuning_state import JobState
from storage.insert import insert_once
from storage.models import Job, Ledger, Project, ProjectModel
from storage.money import RESERVED, SETTLED


async def by_id(session: AsyncSession, model_id: int) -> ProjectModel | None:
    found = select(ProjectModel).where(ProjectModel.id == model_id).execution_options(populate_existing=True)
    return (await session.exec(found)).first()


async def of_job(session: AsyncSession, job_id: int) -> ProjectModel | None:
    found = select(ProjectModel).where(ProjectModel.job_id == job_id).execution_options(populate_existing=True)
    return (await session.exec(found)).first()


async def of_project(session: AsyncSession, project_id: int) -> Sequence[ProjectModel]:
    """The newest first."""
    found = select(ProjectModel).where(ProjectModel.project_id == project_id).order_by(col(ProjectModel.id).desc())
    return (await session.exec(found.execution_options(populate_existing=True))).all()


async def named(session: AsyncSession, project_id: int, name: str) -> ProjectModel | None:
    found = select(ProjectModel).where(ProjectModel.project_id == project_id, ProjectModel.name == name)
    return (await session.exec(found.order_by(col(ProjectModel.id).desc()))).first()


async def add(session: AsyncSession, **values: Any) -> ProjectModel | None:
    """A job's model, or None where it is known."""
    model_id = await insert_once(session, ProjectModel, **values)
    return None if model_id is None else await by_id(session, model_id)


async def unknown_jobs(session: AsyncSession, project_id: int) -> Sequence[Job]:
    """Jobs that made a model which has no row of its own yet."""
    known = select(ProjectModel.job_id)
    found = select(Job).where(
        Job.project_id == project_id,
        Job.state == JobState.SUCCEEDED,
        Job.tuned_model != "",
        col(Job.id).not_in(known),
    )
    return (await session.exec(found.order_by(col(Job.id)))).all()


async def change(session: AsyncSession, model_id: int, **values: Any) -> None:
    await session.exec(update(ProjectModel).where(col(ProjectModel.id) == model_id).values(**values))


async def move(session: AsyncSession, model_id: int, *, expected: Sequence[ServingState], **values: Any) -> bool:
    """Change a model that is in one of the expected states. False: somebody was faster."""
    mine = update(ProjectModel).where(col(ProjectModel.id) == model_id, col(ProjectModel.state).in_(expected))
    return (await session.exec(mine.values(**values))).rowcount == 1


async def rename_job(session: AsyncSession, job_id: int, *, name: str) -> None:
    """The job's model is asked by another name from now on: that of its deployment."""
    await session.exec(update(Job).where(col(Job.id) == job_id).values(tuned_model=name))


def _wants_a_look(now: datetime) -> Any:
    free = or_(col(ProjectModel.lease_until).is_(None), col(ProjectModel.lease_until) < now)
    due = and_(col(ProjectModel.next_look_at).is_not(None), col(ProjectModel.next_look_at) <= now)
    return due & free


async def due(session: AsyncSession, *, now: datetime, limit: int) -> list[int]:
    """Models whose deployment is to be started, stopped or looked at."""
    found = select(ProjectModel.id).where(_wants_a_look(now)).order_by(col(ProjectModel.next_look_at)).limit(limit)
    return [model_id for model_id in (await session.exec(found)).all() if model_id is not None]


async def claim(session: AsyncSession, model_id: int, *, owner: str, now: datetime) -> ProjectModel | None:
    """Take a due model for the length of a lease. None: somebody else did."""
    mine = update(ProjectModel).where(col(ProjectModel.id) == model_id, _wants_a_look(now))
    lease = {"lease_owner": owner, "lease_until": now + SERVING_LEASE}
    won = (await session.exec(mine.values(**lease))).rowcount == 1
    return await by_id(session, model_id) if won else None


async def settle(
    session: AsyncSession, model_id: int, *, owner: str, expected: ServingState, wait: timedelta | None, now: datetime,
    **values: Any,
) -> bool:  # fmt: skip
    """Record what came of a look, and give the model back. False: the lease or the state was lost meanwhile."""
    back = {"lease_owner": "", "lease_until": None, "next_look_at": None if wait is None else now + wait}
    mine = update(ProjectModel).where(
        col(ProjectModel.id) == model_id, col(ProjectModel.lease_owner) == owner, col(ProjectModel.state) == expected
    )
    return (await session.exec(mine.values(**{**back, **values}))).rowcount == 1


async def give_back(session: AsyncSession, model_id: int, *, owner: str) -> None:
    """Hand a model back whose state somebody changed meanwhile; it is looked at again when that says so."""
    mine = update(ProjectModel).where(col(ProjectModel.id) == model_id, col(ProjectModel.lease_owner) == owner)
    await session.exec(mine.values(lease_owner="", lease_until=None))


async def charge(session: AsyncSession, model: ProjectModel, *, usd: float | None, over: bool, now: datetime) -> None:
    """What this run of a deployment has cost so far, in one row of the ledger that grows until it is over."""
    if model.running_since is None:
        return
    attempt = f"serving:{model.id}:{int(model.running_since.timestamp())}"
    state = SETTLED if over else RESERVED
    mine = update(Ledger).where(col(Ledger.team_id) == model.team_id, col(Ledger.attempt) == attempt)
    if (await session.exec(mine.values(usd=usd, state=state))).rowcount:
        return
    session.add(
        Ledger(
            team_id=model.team_id,
            project_id=model.project_id,
            user_id=model.started_by,
            job_id=model.job_id,
            attempt=attempt,
            model=model.name,
            state=state,
            usd=usd,
            at=now,
        )
    )
    await session.flush()


async def in_use(session: AsyncSession, project_id: int) -> str:
    """The name of the model that the project writes with; nothing where it has none."""
    return (await session.exec(select(Project.tuned_model).where(Project.id == project_id))).first() or ""


async def use(session: AsyncSession, project_id: int, *, name: str) -> None:
    await session.exec(update(Project).where(col(Project.id) == project_id).values(tuned_model=name))
