"""Queries of deletions: what a project holds, what was ordered, who carries it out, and what is still at work."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, union_all
from sqlmodel import SQLModel, col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.comparison import ComparisonState
from bot.domain.completion import RunState, WritingState
from bot.domain.deletion import ERASURE_LEASE, Contents, ErasureKind, ErasureState, Sealed, Thing, ThingKind
from bot.domain.outbox import SayState
from bot.domain.tuned import ServingState
from bot.domain.tuning_state import JobState
from storage.comparison import OPEN as OPEN_COMPARISONS
from storage.completion import LIVE as LIVE_RUNS
from storage.engine import wake_after_commit
from storage.insert import insert_once
from storage.models import (
    Catalog,
    CatalogState,
    CatalogSwitch,
    Comparison,
    Completion,
    Dataset,
    Erasure,
    Job,
    Outbox,
    Pair,
    Product,
    Project,
    ProjectModel,
    Prompt,
    Run,
    Trial,
    Verdict,
)
from storage.origins import UPLOADED, is_kept

OPEN_JOBS = [state for state in JobState if not state.is_final]
# What may write once more after it was told to end: it holds a lease until it has.
LEASED: tuple[Any, ...] = (Run, Trial, Comparison, CatalogSwitch, Catalog, ProjectModel)


async def by_id(session: AsyncSession, erasure_id: int) -> Erasure | None:
    found = select(Erasure).where(Erasure.id == erasure_id).execution_options(populate_existing=True)
    return (await session.exec(found)).first()


async def order(session: AsyncSession, **values: Any) -> int | None:
    """A new deletion; None where this one was ordered already."""
    wake_after_commit(session, "erase")
    return await insert_once(session, Erasure, **values)


async def due(session: AsyncSession, *, now: datetime, limit: int) -> Sequence[int]:
    found = select(Erasure.id).where(_waiting(now)).order_by(col(Erasure.not_before)).limit(limit)
    return [int(one) for one in (await session.exec(found)).all() if one is not None]


def _waiting(now: datetime) -> Any:
    free = or_(col(Erasure.lease_until).is_(None), col(Erasure.lease_until) < now)
    return (col(Erasure.state) == ErasureState.WAITING) & (col(Erasure.not_before) <= now) & free


async def claim(session: AsyncSession, erasure_id: int, *, owner: str, now: datetime) -> Erasure | None:
    """Take a due deletion for the length of a lease. None: somebody else did."""
    mine = update(Erasure).where(col(Erasure.id) == erasure_id, _waiting(now))
    won = (await session.exec(mine.values(lease_owner=owner, lease_until=now + ERASURE_LEASE))).rowcount == 1
    return await by_id(session, erasure_id) if won else None


async def change(session: AsyncSession, erasure_id: int, *, owner: str, now: datetime, **values: Any) -> bool:
    """Record how far a deletion has come that one holds, and hold it on. False: the lease was lost."""
    held = (col(Erasure.lease_owner) == owner) & (col(Erasure.state) == ErasureState.WAITING)
    mine = update(Erasure).where(col(Erasure.id) == erasure_id, held)
    return (await session.exec(mine.values(**{"lease_until": now + ERASURE_LEASE} | values))).rowcount == 1


async def give_back(session: AsyncSession, erasure_id: int, *, owner: str, until: datetime, **values: Any) -> bool:
    """Let go of a deletion until later."""
    mine = update(Erasure).where(col(Erasure.id) == erasure_id, col(Erasure.lease_owner) == owner)
    later = {"not_before": until, "lease_owner": "", "lease_until": None} | values
    return (await session.exec(mine.values(**later))).rowcount == 1


async def finish(session: AsyncSession, erasure_id: int, *, owner: str, now: datetime, **values: Any) -> bool:
    mine = update(Erasure).where(col(Erasure.id) == erasure_id, col(Erasure.lease_owner) == owner)
    done = {"state": ErasureState.DONE, "finished_at": now, "lease_owner": "", "lease_until": None}
    return (await session.exec(mine.values(**done | values))).rowcount == 1


async def open_again(session: AsyncSession, erasure_id: int, *, now: datetime, things: list[Any]) -> bool:
    """Have the providers asked once more. False: it is not over."""
    over = update(Erasure).where(col(Erasure.id) == erasure_id, col(Erasure.state) == ErasureState.DONE)
    wake_after_commit(session, "erase")
    again = over.values(state=ErasureState.WAITING, not_before=now, attempts=0, things=things)
    return (await session.exec(again)).rowcount == 1


async def call_off(session: AsyncSession, *, now: datetime, **which: Any) -> int:
    """Cancel deletions whose time has not come and that nobody has begun; how many."""
    mine = update(Erasure).where(
        col(Erasure.state) == ErasureState.WAITING, col(Erasure.planned).is_(False), col(Erasure.lease_owner) == ""
    )
    for name, value in which.items():
        mine = mine.where(getattr(Erasure, name) == value)
    return int((await session.exec(mine.values(state=ErasureState.CANCELLED, finished_at=now))).rowcount)


async def leaving(session: AsyncSession, team_id: str) -> Erasure | None:
    """The deletion that waits for a workspace which removed the app."""
    found = select(Erasure).where(
        Erasure.team_id == team_id, Erasure.kind == ErasureKind.TEAM, Erasure.state == ErasureState.WAITING
    )
    return (await session.exec(found)).first()


async def projects_left(session: AsyncSession, team_id: str) -> Sequence[Project]:
    """A workspace's projects whose deletion nobody has ordered."""
    found = select(Project).where(Project.team_id == team_id, col(Project.erased_at).is_(None))
    return (await session.exec(found.order_by(col(Project.id)))).all()


async def unfinished(session: AsyncSession, team_id: str) -> bool:
    """Whether a project's deletion of this workspace is under way."""
    found = select(Erasure.id).where(
        Erasure.team_id == team_id, Erasure.kind == ErasureKind.PROJECT, Erasure.state == ErasureState.WAITING
    )
    return (await session.exec(found.limit(1))).first() is not None


async def close_project(session: AsyncSession, project_id: int, *, now: datetime) -> bool:
    """From now on nothing can be done with it. False: it was closed before."""
    here = update(Project).where(col(Project.id) == project_id, col(Project.erased_at).is_(None))
    return (await session.exec(here.values(erased_at=now, active=False))).rowcount == 1


async def stop_work(session: AsyncSession, project_id: int, *, who: str, now: datetime) -> None:
    """Have everything that writes, reads or teaches for a project end."""
    ends: tuple[tuple[Any, list[Any], dict[str, Any]], ...] = (
        (Run, [col(Run.state) == RunState.RUNNING], {"state": RunState.STOPPING}),
        (Job, [col(Job.state).in_(OPEN_JOBS), col(Job.cancel_requested_by) == ""],
         {"cancel_requested_by": who or "nobody", "next_poll_at": now}),
        (Trial, [col(Trial.state) == WritingState.WANTED], {"state": WritingState.FAILED}),
        (Comparison, [col(Comparison.state).in_(OPEN_COMPARISONS)], {"state": ComparisonState.ENDED, "ended_at": now}),
        (Catalog, [col(Catalog.state).in_([CatalogState.ASKED, CatalogState.WAITING])],
         {"state": CatalogState.CANCELLED}),
        (CatalogSwitch, [col(CatalogSwitch.done_at).is_(None)], {"done_at": now}),
    )  # fmt: skip
    for table, which, values in ends:
        await session.exec(update(table).where(col(table.project_id) == project_id, *which).values(**values))
    for job in ("generate", "tuning"):
        wake_after_commit(session, job)


async def silence(session: AsyncSession, team_id: str) -> None:
    """Nothing more is said in a workspace that removed the app."""
    mute = update(Outbox).where(col(Outbox.team_id) == team_id, col(Outbox.state) == SayState.OPEN)
    await session.exec(mute.values(state=SayState.DEAD, problem="the app was removed"))


async def is_at_work(session: AsyncSession, project_id: int, *, now: datetime) -> bool:
    """Whether something may still write into the project."""
    asked: list[Any] = [
        select(Run.id).where(Run.project_id == project_id, col(Run.state).in_(LIVE_RUNS)),
        select(Job.id).where(Job.project_id == project_id, col(Job.state).in_(OPEN_JOBS)),
    ]
    for table in LEASED:
        asked.append(select(table.id).where(table.project_id == project_id, col(table.lease_until) > now))
    return (await session.exec(union_all(*asked).limit(1))).first() is not None  # type: ignore[call-overload]


async def contents(session: AsyncSession, project_id: int) -> Contents:
    """What a project holds, in numbers."""
    catalogs = select(Catalog.id).where(Catalog.project_id == project_id)
    texts = select(Completion.id).where(Completion.project_id == project_id)
    models = (ProjectModel.project_id == project_id,)
    lying = await things(session, project_id)
    return Contents(
        products=await _count(session, Product, col(Product.catalog_id).in_(catalogs)),
        texts=await _count(session, Completion, Completion.project_id == project_id, Completion.text != ""),
        verdicts=await _count(session, Verdict, col(Verdict.completion_id).in_(texts)),
        prompts=await _count(session, Prompt, Prompt.project_id == project_id),
        uploads=len(await stored_files(session, project_id, uploads_only=True)),
        versions=await _count(session, Dataset, Dataset.project_id == project_id),
        pairs=await _sum_of_pairs(session, project_id),
        provider_files=sum(thing.kind is ThingKind.FILE for thing in lying),
        models=sum(thing.kind is ThingKind.MODEL for thing in lying),
        deployments=await _count(session, ProjectModel, *models, col(ProjectModel.running_since).is_not(None)),
        runs=await _count(session, Run, Run.project_id == project_id, col(Run.state).in_(LIVE_RUNS)),
        jobs=await _count(session, Job, Job.project_id == project_id, col(Job.state).in_(OPEN_JOBS)),
    )


async def _count(session: AsyncSession, table: type[SQLModel], *which: Any) -> int:
    return int((await session.exec(select(func.count()).select_from(table).where(*which))).one())


async def _sum_of_pairs(session: AsyncSession, project_id: int) -> int:
    found = select(func.sum(Dataset.pairs)).where(Dataset.project_id == project_id)
    return int((await session.exec(found)).one() or 0)


async def sealed(session: AsyncSession, project_id: int) -> list[Sealed]:
    """What stays of a project's frozen versions."""
    found = select(Dataset).where(Dataset.project_id == project_id).order_by(col(Dataset.number))
    return [Sealed(one.number, one.sha256, one.pairs) for one in (await session.exec(found)).all()]


async def things(session: AsyncSession, project_id: int) -> list[Thing]:
    """What lies at providers: deployments first, because a model that is served may not be deleted."""
    jobs = (await session.exec(select(Job).where(Job.project_id == project_id).order_by(col(Job.id)))).all()
    models = (await session.exec(select(ProjectModel).where(ProjectModel.project_id == project_id))).all()
    served = {model.job_id: model for model in models}
    found = [
        Thing(model.provider, ThingKind.DEPLOYMENT, model.deployment_id)
        for model in models
        if model.deployment_id and model.state is not ServingState.STOPPED
    ]
    for job in jobs:
        model = served.get(job.id or 0)
        tuned = (model.output or model.name) if model else job.tuned_model
        found += [Thing(job.provider, ThingKind.MODEL, tuned, job.provider_job_id)] if tuned else []
    files = [(job, one) for job in jobs for one in (job.training_file, job.validation_file) if one]
    found += [Thing(job.provider, ThingKind.FILE, one, job.provider_job_id) for job, one in files]
    return list({(thing.provider, thing.kind, thing.id): thing for thing in found}.values())


async def stored_files(session: AsyncSession, project_id: int, *, uploads_only: bool = False) -> list[str]:
    """The keys of the stored files of a project."""
    keys: set[str] = set()
    for table in UPLOADED:
        mine = select(table.file_key).where(table.project_id == project_id, is_kept(table))
        keys |= set((await session.exec(mine)).all())
    if not uploads_only:
        for files in (await session.exec(select(Dataset.files).where(Dataset.project_id == project_id))).all():
            keys |= {str(key) for key in files.values()}
    return sorted(keys)


async def let_go_of_uploads(session: AsyncSession, project_id: int, *, now: datetime) -> None:
    """Note that a project's uploads are no longer kept; their keys stay, as their hashes."""
    for table in UPLOADED:
        mine = update(table).where(col(table.project_id) == project_id, col(table.file_key) != "")
        await session.exec(mine.values(file_deleted_at=now))


async def pairs_after(session: AsyncSession, dataset_id: int, position: int, *, limit: int) -> Sequence[Pair]:
    """The next lines of a version behind a position."""
    found = select(Pair).where(Pair.dataset_id == dataset_id, Pair.position > position)
    return (await session.exec(found.order_by(col(Pair.position)).limit(limit))).all()
