"""Queries of the check before a freeze: its state, what it found, and what people said to it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, or_
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.dataset import Line
from bot.domain.dataset_check import CHECK_LEASE, PairVerdict
from storage.insert import insert_once
from storage.models import Completion, PairChoice, Preflight, PreflightFinding, Product

ROWS_AT_ONCE = 500
WANTED, DONE = "wanted", "done"
REFUSED = "refused_by_provider"  # the code under which a line is left out after a job failed over it


async def of_project(session: AsyncSession, project_id: int) -> Preflight | None:
    found = select(Preflight).where(Preflight.project_id == project_id).execution_options(populate_existing=True)
    return (await session.exec(found)).first()


async def want(session: AsyncSession, project_id: int, *, team_id: str, **values: Any) -> None:
    """Ask for a check; one that is wanted already is wanted by the newer click."""
    values |= {"state": WANTED, "problem": "", "attempts": 0}
    if await insert_once(session, Preflight, project_id=project_id, team_id=team_id, round=1, **values) is None:
        mine = update(Preflight).where(col(Preflight.project_id) == project_id)
        await session.exec(mine.values(round=col(Preflight.round) + 1, lease_until=None, lease_owner="", **values))


async def due(session: AsyncSession, *, now: datetime, limit: int) -> Sequence[Preflight]:
    free = or_(col(Preflight.lease_until).is_(None), col(Preflight.lease_until) < now)
    found = select(Preflight).where(Preflight.state == WANTED, free).order_by(col(Preflight.id)).limit(limit)
    return (await session.exec(found)).all()


async def claim(session: AsyncSession, preflight_id: int, *, owner: str, now: datetime) -> bool:
    """False: somebody else has it."""
    free = or_(col(Preflight.lease_until).is_(None), col(Preflight.lease_until) < now)
    mine = update(Preflight).where(col(Preflight.id) == preflight_id, col(Preflight.state) == WANTED, free)
    values = {"lease_owner": owner, "lease_until": now + CHECK_LEASE, "attempts": col(Preflight.attempts) + 1}
    return (await session.exec(mine.values(**values))).rowcount == 1


async def finish(session: AsyncSession, row: Preflight, *, owner: str, **values: Any) -> bool:
    """Note what a check came to. False: it was asked for anew meanwhile, or belongs to somebody else by now."""
    mine = update(Preflight).where(
        col(Preflight.id) == row.id,
        col(Preflight.round) == row.round,
        col(Preflight.state) == WANTED,
        col(Preflight.lease_owner) == owner,
    )
    done = {"state": DONE, "lease_owner": "", "lease_until": None}
    return (await session.exec(mine.values(**done | values))).rowcount == 1


async def note_frozen(session: AsyncSession, row: Preflight, dataset_id: int) -> None:
    """Note the version that came of a check."""
    mine = update(Preflight).where(col(Preflight.id) == row.id, col(Preflight.round) == row.round)
    await session.exec(mine.values(frozen_id=dataset_id))


async def clear(session: AsyncSession, project_id: int) -> int:
    """Remove at most 500 findings; how many those were."""
    some = select(PreflightFinding.id).where(PreflightFinding.project_id == project_id).limit(ROWS_AT_ONCE)
    gone = delete(PreflightFinding).where(col(PreflightFinding.id).in_(some))
    return int((await session.exec(gone)).rowcount)


async def add(session: AsyncSession, rows: Iterable[PreflightFinding]) -> None:
    """At most 500 at a time."""
    session.add_all(list(rows))
    await session.flush()


async def findings(session: AsyncSession, project_id: int, code: str = "") -> Sequence[PreflightFinding]:
    """Of the check that is done; those of one code where one is named."""
    found = select(PreflightFinding).where(PreflightFinding.project_id == project_id)
    found = found.where(PreflightFinding.code == code) if code else found
    return (await session.exec(found.order_by(col(PreflightFinding.id)))).all()


async def finding(session: AsyncSession, finding_id: int) -> PreflightFinding | None:
    return (await session.exec(select(PreflightFinding).where(PreflightFinding.id == finding_id))).first()


async def texts(session: AsyncSession, ids: Iterable[int]) -> dict[int, tuple[Completion, str]]:
    """Texts with their products' names, by id."""
    found = (
        select(Completion, Product.name)
        .join(Product, col(Product.id) == col(Completion.product_id))
        .where(col(Completion.id).in_(set(ids)))
    )
    return {text.id or 0: (text, name) for text, name in (await session.exec(found)).all()}


# what people said


async def choices(session: AsyncSession, project_id: int) -> dict[tuple[int, int], list[PairChoice]]:
    """What was said to findings, by (text, version), the oldest first."""
    found = (
        select(PairChoice).where(PairChoice.project_id == project_id).order_by(col(PairChoice.at), col(PairChoice.id))
    )
    said: dict[tuple[int, int], list[PairChoice]] = {}
    for row in (await session.exec(found.execution_options(populate_existing=True))).all():
        said.setdefault((row.completion_id, row.version), []).append(row)
    return said


async def choose(session: AsyncSession, found: PreflightFinding, **values: Any) -> None:
    """Note an answer; a later one takes its place."""
    await take_back(session, found)
    values |= {"completion_id": found.completion_id, "version": found.version, "code": found.code}
    session.add(PairChoice(project_id=found.project_id, **values))
    await session.flush()


async def leave_out(
    session: AsyncSession, team_id: str, project_id: int, line: Line, *, who: str, now: datetime
) -> None:
    """A provider refused this line: later versions leave it out, too, until somebody changes the text."""
    await insert_once(
        session, PairChoice, team_id=team_id, project_id=project_id, completion_id=line.completion_id,
        version=line.version, code=REFUSED, choice=PairVerdict.DROP, who=who, at=now,
    )  # fmt: skip


async def take_back(session: AsyncSession, found: PreflightFinding) -> bool:
    """Forget the answer to a finding; whether there was one."""
    gone = delete(PairChoice).where(
        col(PairChoice.completion_id) == found.completion_id,
        col(PairChoice.version) == found.version,
        col(PairChoice.code) == found.code,
    )
    return (await session.exec(gone)).rowcount > 0


async def said(session: AsyncSession, project_id: int) -> dict[str, int]:
    """How many answers of each sort there are."""
    found = select(PairChoice.choice, func.count()).where(PairChoice.project_id == project_id)
    return {str(choice): int(n) for choice, n in (await session.exec(found.group_by(col(PairChoice.choice)))).all()}
