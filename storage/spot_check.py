"""Queries of spot checks: texts nobody has read, those that are looked at, and what people found."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, func
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.completion import WritingState
from bot.domain.review import VerdictKind
from storage.models import Completion, Product, Prompt, Run, SpotItem


@dataclass(frozen=True, slots=True)
class Unread:
    """A text with everything that it is checked against."""

    completion_id: int
    text: str
    prompt: str
    product: dict[str, Any]


async def unread(session: AsyncSession, run_ids: Collection[int], *, after: int, limit: int) -> list[Unread]:
    """The next texts of these runs that nobody was asked to look at, by id."""
    asked = select(SpotItem.id).where(SpotItem.completion_id == Completion.id)
    found = (
        select(Completion.id, Completion.text, Prompt.text, Product.values)
        .join(Prompt, col(Prompt.id) == Completion.prompt_id)
        .join(Product, col(Product.id) == Completion.product_id)
        .where(col(Completion.run_id).in_(run_ids), Completion.state == WritingState.WRITTEN, ~asked.exists())
        .where(col(Completion.outdated).is_(False), col(Completion.id) > after)
        .order_by(col(Completion.id))
        .limit(limit)
    )
    rows = (await session.exec(found)).all()
    return [Unread(int(i or 0), text, prompt, dict(values)) for i, text, prompt, values in rows]


async def add(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    """At most 500 texts to look at."""
    session.add_all([SpotItem(**row) for row in rows])
    await session.flush()


async def set_options(session: AsyncSession, run: Run, **more: Any) -> None:
    """Note something about a run; what is noted already stays."""
    fresh = (await session.exec(select(Run.options).where(Run.id == run.id))).one()
    await session.exec(update(Run).where(col(Run.id) == run.id).values(options={**fresh, **more}))


async def next_item(session: AsyncSession, run_id: int) -> SpotItem | None:
    """The next text of the rounds that somebody asked for, the oddest first."""
    found = select(SpotItem).where(SpotItem.run_id == run_id, SpotItem.round > 0, col(SpotItem.kind).is_(None))
    odd_first = (col(SpotItem.round), col(SpotItem.suspicion).desc(), col(SpotItem.lot_place), col(SpotItem.id))
    found = found.order_by(*odd_first)
    return (await session.exec(found.limit(1).execution_options(populate_existing=True))).first()


async def item(session: AsyncSession, item_id: int) -> SpotItem | None:
    found = select(SpotItem).where(SpotItem.id == item_id).execution_options(populate_existing=True)
    return (await session.exec(found)).first()


async def progress(session: AsyncSession, run_id: int, round_: int) -> tuple[int, int]:
    """How many texts of a round are dealt with, and how many it has."""
    found = select(func.count(col(SpotItem.kind)), func.count()).where(
        SpotItem.run_id == run_id, SpotItem.round == round_
    )
    done, total = (await session.exec(found)).one()
    return int(done), int(total)


async def last_round(session: AsyncSession, run_id: int) -> int:
    found = select(func.coalesce(func.max(SpotItem.round), 0)).where(SpotItem.run_id == run_id)
    return int((await session.exec(found)).one())


async def unasked(session: AsyncSession, run_id: int, *, by_lot: bool, limit: int) -> Sequence[int]:
    """The next texts that nobody asked for: those by lot in their order, or the oddest."""
    found = select(SpotItem.id).where(SpotItem.run_id == run_id, SpotItem.round == 0)
    if by_lot:
        found = found.where(col(SpotItem.lot_place).is_not(None)).order_by(col(SpotItem.lot_place))
    else:
        found = found.where(SpotItem.suspicion > 0).order_by(col(SpotItem.suspicion).desc(), col(SpotItem.id))
    return [int(i) for i in (await session.exec(found.limit(limit))).all() if i is not None]


async def ask_for(session: AsyncSession, item_ids: Sequence[int], round_: int) -> None:
    mine = update(SpotItem).where(col(SpotItem.id).in_(item_ids), col(SpotItem.round) == 0)
    await session.exec(mine.values(round=round_))


async def decide(session: AsyncSession, item_id: int, *, kind: VerdictKind, who: str, now: datetime) -> bool:
    """Note what somebody found. False: a colleague was faster."""
    open_ = update(SpotItem).where(col(SpotItem.id) == item_id, col(SpotItem.kind).is_(None))
    return (await session.exec(open_.values(kind=kind, decided_by=who, decided_at=now))).rowcount == 1


async def place_after(session: AsyncSession, item_ids: Collection[int]) -> int:
    """The place in the lot behind the last of these."""
    found = select(func.coalesce(func.max(SpotItem.lot_place), -1)).where(col(SpotItem.id).in_(item_ids))
    return int((await session.exec(found)).one() or 0) + 1


async def counts(
    session: AsyncSession, run_id: int, *, lot_end: int
) -> list[tuple[VerdictKind | None, bool, bool, int]]:
    """Kind of finding, whether drawn by lot, whether asked for, and how many.

    Drawn are those of the lot before place `lot_end`: an odd one from further down was chosen, not drawn, and would
    speak for the others wrongly."""
    by_lot = case((col(SpotItem.lot_place) < lot_end, 1), else_=0)
    asked = case((col(SpotItem.round) > 0, 1), else_=0)
    found = select(SpotItem.kind, by_lot, asked, func.count()).where(SpotItem.run_id == run_id)
    rows = (await session.exec(found.group_by(col(SpotItem.kind), by_lot, asked))).all()
    return [
        (None if kind is None else VerdictKind(kind), bool(lot), bool(asked_for), int(number))
        for kind, lot, asked_for, number in rows
    ]


async def found_of(session: AsyncSession, run_ids: Collection[int]) -> dict[int, VerdictKind]:
    """By completion: what somebody found."""
    found = select(SpotItem.completion_id, SpotItem.kind).where(
        col(SpotItem.run_id).in_(run_ids), col(SpotItem.kind).is_not(None), SpotItem.kind != VerdictKind.SKIPPED
    )
    return {int(i): VerdictKind(kind) for i, kind in (await session.exec(found)).all() if kind is not None}
