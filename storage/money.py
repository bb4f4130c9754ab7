"""The ledger: one row a request, reserved before it goes out. Money is US dollars; None where the price is unknown."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert
from sqlmodel import SQLModel, col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.models import Ledger, Project

RESERVED, SETTLED, UNKNOWN, RELEASED = "reserved", "settled", "unknown", "released"
# What may have been paid for: everything but requests that surely cost nothing.
COUNTED = (RESERVED, SETTLED, UNKNOWN)


@dataclass(frozen=True, slots=True)
class Bought:
    """What one text came to: its answer's price and tokens, and how many requests before it were lost."""

    completion_id: int
    answered: bool
    usd: float | None
    prompt_tokens: int
    completion_tokens: int
    lost: int


async def reserve(session: AsyncSession, rows: Sequence[Mapping[str, Any]], *, now: datetime) -> None:
    """Write down requests that are about to go out, each with the most it can cost."""
    if rows:
        await session.exec(insert(Ledger), params=[{**row, "state": RESERVED, "at": now} for row in rows])


async def settle(session: AsyncSession, bought: Sequence[Bought]) -> None:
    """Close the open rows of texts that are dealt with.

    The last request of an answered text is settled; of those before it as many as were lost stay unknown at their
    highest price, and the others cost nothing."""
    rows = await _open_rows(session, [one.completion_id for one in bought])
    changes = [change for one in bought for change in closing(one, rows.get(one.completion_id, []))]
    if changes:
        await write_rows(session, Ledger, changes)


async def write_rows(session: AsyncSession, table: type[SQLModel], changes: Sequence[dict[str, Any]]) -> None:
    """Update rows by primary key, many in one statement; every change names the same columns or is grouped by them."""
    by_columns: dict[frozenset[str], list[dict[str, Any]]] = {}
    for change in changes:
        by_columns.setdefault(frozenset(change), []).append(change)
    for alike in by_columns.values():
        await session.exec(update(table), params=alike)


def closing(one: Bought, rows: list[Ledger]) -> Iterable[dict[str, Any]]:
    """The changes to one text's open rows, oldest row first."""
    earlier = rows[:-1] if one.answered else rows
    if one.answered and rows:
        yield {
            "id": rows[-1].id,
            "state": SETTLED,
            "usd": one.usd,
            "prompt_tokens": one.prompt_tokens,
            "completion_tokens": one.completion_tokens,
        }
    for number, row in enumerate(reversed(earlier)):
        yield {"id": row.id, "state": UNKNOWN if number < one.lost else RELEASED}


async def _open_rows(session: AsyncSession, completion_ids: Collection[int]) -> dict[int, list[Ledger]]:
    found = select(Ledger).where(col(Ledger.completion_id).in_(completion_ids), Ledger.state == RESERVED)
    rows: dict[int, list[Ledger]] = {}
    for row in (await session.exec(found.order_by(col(Ledger.id)))).all():
        rows.setdefault(row.completion_id or 0, []).append(row)
    return rows


async def lose(session: AsyncSession, run_id: int) -> int:
    """The worker of a run died: whatever it had sent may have been paid for. How many requests those are."""
    open_ = update(Ledger).where(col(Ledger.run_id) == run_id, col(Ledger.state) == RESERVED)
    return int((await session.exec(open_.values(state=UNKNOWN))).rowcount)


async def release(session: AsyncSession, run_id: int) -> int:
    """A run ended in order: requests that are still open were refused and cost nothing. How many those are."""
    open_ = update(Ledger).where(col(Ledger.run_id) == run_id, col(Ledger.state) == RESERVED)
    return int((await session.exec(open_.values(state=RELEASED))).rowcount)


async def spent_usd(
    session: AsyncSession,
    *,
    team_id: str | None = None,
    project_id: int | None = None,
    run_id: int | None = None,
    since: datetime | None = None,
) -> float:
    """Dollars that are gone or promised, as far as prices are known."""
    found = select(func.coalesce(func.sum(Ledger.usd), 0.0)).where(col(Ledger.state).in_(COUNTED))
    found = found.where(Ledger.team_id == team_id) if team_id is not None else found
    found = found.where(Ledger.project_id == project_id) if project_id is not None else found
    found = found.where(Ledger.run_id == run_id) if run_id is not None else found
    found = found.where(Ledger.at >= since) if since is not None else found
    return float((await session.exec(found)).one() or 0.0)


async def promised_usd(session: AsyncSession, *, team_id: str) -> float:
    """Dollars promised to requests under way, which may give some of them back within seconds."""
    found = select(func.coalesce(func.sum(Ledger.usd), 0.0)).where(
        Ledger.team_id == team_id, Ledger.state == RESERVED, col(Ledger.job_id).is_(None)
    )
    return float((await session.exec(found)).one() or 0.0)


async def take_turn(session: AsyncSession, *, team_id: str, project_id: int) -> None:
    """Until this transaction ends nobody else of the workspace promises money: what is left stays what it is.

    SQLite has one writer anyway. The project comes first, because writing a row of the ledger would lock it later,
    while somebody who has it waits for this turn."""
    if session.get_bind().dialect.name != "postgresql":
        return
    mine = select(Project.id).where(Project.id == project_id)
    await session.exec(mine.with_for_update(read=True, key_share=True))
    await session.exec(select(func.pg_advisory_xact_lock(func.hashtext(f"spending:{team_id}"))))


async def rows_of_run(session: AsyncSession, run_id: int) -> Sequence[Ledger]:
    """Every request of a run, oldest first."""
    found = select(Ledger).where(Ledger.run_id == run_id).order_by(col(Ledger.id))
    return (await session.exec(found.execution_options(populate_existing=True))).all()
