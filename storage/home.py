"""Counts for status cards: a handful of queries a project."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.completion import RunKind, RunState, WritingState
from bot.domain.home import Counts
from bot.domain.review import PAIR_STATES, ReviewState
from bot.domain.tuning_state import JobState
from storage.models import Catalog, CatalogState, Completion, Dataset, Job, Pair, Product, Project, Run

FINAL_RUNS = [state for state in RunState if state.is_final]
FINAL_JOBS = [state for state in JobState if state.is_final]


async def counts(session: AsyncSession, project: Project) -> Counts:
    """Everything that decides where a project stands."""
    by_review = await _by_review(session, project)
    settled = sum(by_review.get(state, 0) for state in PAIR_STATES)
    return Counts(
        products=await _count(session, select(Product.id).where(Product.catalog_id == project.catalog_id)),
        catalog_ready=bool(await _count(session, _catalogs(project).where(Catalog.state == CatalogState.READY))),
        catalog_used=project.catalog_id is not None,
        signed_off=bool(project.signed_off),
        running=await _count(session, _running(project)),
        open=by_review.get(ReviewState.OPEN, 0) + by_review.get(ReviewState.DISPUTED, 0),
        approved=settled,
        rejected=by_review.get(ReviewState.REJECTED, 0),
        datasets=await _count(session, select(Dataset.id).where(Dataset.project_id == project.id)),
        unfrozen=settled - await _count(session, _frozen(project)),
        tuning=await _count(session, _tuning(project)),
        tuned_model=project.tuned_model,
    )


async def _count(session: AsyncSession, rows: Any) -> int:
    return int((await session.exec(select(func.count()).select_from(rows.subquery()))).one())


async def _by_review(session: AsyncSession, project: Project) -> dict[ReviewState, int]:
    """How many texts of review batches are in which state."""
    found = select(Completion.review, func.count()).where(
        Completion.project_id == project.id,
        Completion.state == WritingState.WRITTEN,
        col(Completion.batch_id).is_not(None),
        col(Completion.outdated).is_(False),
    )
    rows = (await session.exec(found.group_by(col(Completion.review)))).all()
    return {ReviewState(state): int(n) for state, n in rows}


def _catalogs(project: Project) -> Any:
    return select(Catalog.id).where(Catalog.project_id == project.id)


def _running(project: Project) -> Any:
    running = select(Run.id).where(Run.project_id == project.id, col(Run.state).not_in(FINAL_RUNS))
    return running.where(Run.kind != RunKind.AGAIN)


def _frozen(project: Project) -> Any:
    """Settled texts whose present version stands in a dataset."""
    return (
        select(Completion.id)
        .join(Pair, (col(Pair.completion_id) == Completion.id) & (col(Pair.completion_version) == Completion.version))
        .where(Completion.project_id == project.id, col(Completion.review).in_(PAIR_STATES))
        .where(col(Completion.outdated).is_(False))
        .distinct()
    )


def _tuning(project: Project) -> Any:
    return select(Job.id).where(Job.project_id == project.id, col(Job.state).not_in(FINAL_JOBS))
