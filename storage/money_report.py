"""What the ledger says: sums by person, day and purpose. Amounts are US dollars, gone or promised."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.completion import RunKind
from bot.domain.spending import Doubt, For
from storage.models import Ledger, Project, Run
from storage.money import COUNTED, UNKNOWN

PAGE = 1_000


def _usd() -> Any:
    return func.coalesce(func.sum(Ledger.usd), 0.0)


def _of(project_id: int) -> ColumnElement[bool]:
    return (col(Ledger.project_id) == project_id) & col(Ledger.state).in_(COUNTED)


async def by_person(session: AsyncSession, project_id: int) -> list[tuple[str, float]]:
    """Who ordered for how much, the highest sum first."""
    found = select(Ledger.user_id, _usd()).where(_of(project_id)).group_by(col(Ledger.user_id))
    rows = [(user, float(usd)) for user, usd in (await session.exec(found)).all()]
    return sorted(rows, key=lambda row: (-row[1], row[0]))


async def by_purpose(session: AsyncSession, project_id: int) -> list[tuple[For, float]]:
    """What it went for, the highest sum first."""
    purpose = _purpose()
    found = select(purpose, _usd()).outerjoin(Run, col(Run.id) == Ledger.run_id).where(_of(project_id))
    rows = [(For(what), float(usd)) for what, usd in (await session.exec(found.group_by(purpose))).all()]
    return sorted(rows, key=lambda row: (-row[1], row[0]))


def _purpose() -> Any:
    """A request's name says what it is for, but for those of runs."""
    name = col(Ledger.attempt)
    return case(
        (col(Run.kind) == RunKind.TRY, For.TRYING.value),
        (col(Ledger.run_id).is_not(None), For.WRITING.value),
        (name.startswith("comparison:"), For.COMPARING.value),
        (name.startswith("trial:"), For.TRYING.value),
        (name.startswith("serving:"), For.SERVING.value),
        else_=For.TRAINING.value,
    ).label("purpose")


async def by_day(session: AsyncSession, project_id: int, days: Sequence[date]) -> list[tuple[date, float]]:
    """Dollars of each of these days, in UTC; the days follow each other, the earliest first."""
    starts = [datetime.combine(day, time(), UTC) for day in days]
    number = case(*((col(Ledger.at) >= start, place) for place, start in reversed(list(enumerate(starts)))), else_=-1)
    day = number.label("day")
    within = (col(Ledger.at) >= starts[0]) & (col(Ledger.at) < starts[-1] + timedelta(days=1))
    found = select(day, _usd()).where(_of(project_id), within).group_by(day)
    sums = {int(place): float(usd) for place, usd in (await session.exec(found)).all()}
    return [(one, sums.get(place, 0.0)) for place, one in enumerate(days)]


async def doubt(session: AsyncSession, project_id: int) -> Doubt:
    """What the sums do not know for sure."""
    unpriced = func.sum(case((col(Ledger.usd).is_(None), 1), else_=0))
    lost = case((col(Ledger.state) == UNKNOWN, 1), else_=0)
    lost_usd = case((col(Ledger.state) == UNKNOWN, Ledger.usd), else_=0.0)
    found = select(unpriced, func.sum(lost), func.sum(lost_usd)).where(_of(project_id))
    row = (await session.exec(found)).one()
    return Doubt(int(row[0] or 0), int(row[1] or 0), float(row[2] or 0.0))


async def projects(session: AsyncSession, *, project_id: int | None = None) -> Sequence[Project]:
    found = select(Project).order_by(col(Project.id))
    return (await session.exec(found if project_id is None else found.where(Project.id == project_id))).all()


async def entries(session: AsyncSession, *, project_id: int | None, after: int) -> Sequence[tuple[Ledger, For]]:
    """A page of the ledger with what each row was for, oldest first, from the row behind `after` on."""
    found = select(Ledger, _purpose()).outerjoin(Run, col(Run.id) == Ledger.run_id).where(col(Ledger.id) > after)
    found = found if project_id is None else found.where(Ledger.project_id == project_id)
    rows = (await session.exec(found.order_by(col(Ledger.id)).limit(PAGE))).all()
    return [(row, For(what)) for row, what in rows]
