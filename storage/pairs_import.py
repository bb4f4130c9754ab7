"""Queries of imported pairs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, or_
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.completion import WritingState
from bot.domain.pairs_import import IMPORT_LEASE
from bot.domain.review import ReviewState
from storage.models import Catalog, Completion, PairsImport, Product, Prompt, Verdict

WAITING, DONE, FAILED = "waiting", "done", "failed"
# A pair becomes a product, a prompt, a text and perhaps a verdict: below 500 rows in one transaction.
PAIRS_AT_ONCE = 120
GONE = (ReviewState.REJECTED, ReviewState.REPLACED)


async def by_id(session: AsyncSession, import_id: int) -> PairsImport | None:
    found = select(PairsImport).where(PairsImport.id == import_id).execution_options(populate_existing=True)
    return (await session.exec(found)).first()


async def add(session: AsyncSession, **values: Any) -> PairsImport:
    row = PairsImport(**values)
    session.add(row)
    await session.flush()
    return row


async def due(session: AsyncSession, *, now: datetime, limit: int) -> Sequence[PairsImport]:
    free = or_(col(PairsImport.lease_until).is_(None), col(PairsImport.lease_until) < now)
    found = select(PairsImport).where(PairsImport.state == WAITING, free).order_by(col(PairsImport.id)).limit(limit)
    return (await session.exec(found)).all()


async def claim(session: AsyncSession, import_id: int, *, owner: str, now: datetime) -> bool:
    """False: somebody else has it."""
    free = or_(col(PairsImport.lease_until).is_(None), col(PairsImport.lease_until) < now)
    mine = update(PairsImport).where(col(PairsImport.id) == import_id, col(PairsImport.state) == WAITING, free)
    values = {"lease_owner": owner, "lease_until": now + IMPORT_LEASE, "attempts": col(PairsImport.attempts) + 1}
    return (await session.exec(mine.values(**values))).rowcount == 1


async def change(session: AsyncSession, import_id: int, *, owner: str, **values: Any) -> bool:
    """Note how far one's import is. False: it is somebody else's by now, or over."""
    mine = update(PairsImport).where(
        col(PairsImport.id) == import_id, col(PairsImport.lease_owner) == owner, col(PairsImport.state) == WAITING
    )
    return (await session.exec(mine.values(**values))).rowcount == 1


async def stored(session: AsyncSession, catalog_id: int) -> int:
    """How many pairs of an import are stored."""
    found = select(func.count()).select_from(Product).where(Product.catalog_id == catalog_id)
    return int((await session.exec(found)).one())


async def known(session: AsyncSession, project_id: int, *, but_batch: int | None) -> Sequence[tuple[str, str]]:
    """Prompts and texts that a project has already, decided or not; rejected ones do not count."""
    found = (
        select(Prompt.text, Completion.text)
        .join(Completion, col(Completion.prompt_id) == Prompt.id)
        .where(
            Completion.project_id == project_id,
            Completion.state == WritingState.WRITTEN,
            col(Completion.review).not_in(GONE),
            or_(col(Completion.batch_id).is_(None), col(Completion.batch_id) != (but_batch or 0)),
        )
    )
    return [(prompt, text) for prompt, text in (await session.exec(found)).all()]


async def add_catalog(session: AsyncSession, **values: Any) -> int:
    row = Catalog(**values)
    session.add(row)
    await session.flush()
    return row.id or 0


async def product_ids(session: AsyncSession, catalog_id: int, first: int, last: int) -> Sequence[int]:
    """Of the products at these places, in order; `last` is not among them."""
    found = select(Product.id).where(
        Product.catalog_id == catalog_id, col(Product.position) >= first, col(Product.position) < last
    )
    return [int(one or 0) for one in (await session.exec(found.order_by(col(Product.position)))).all()]


async def texts_of(session: AsyncSession, prompt_ids: Sequence[int]) -> Sequence[Completion]:
    found = select(Completion).where(col(Completion.prompt_id).in_(prompt_ids)).order_by(col(Completion.id))
    return (await session.exec(found)).all()


async def add_verdicts(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        await session.exec(insert(Verdict), params=[Verdict(**row).model_dump(exclude={"id"}) for row in rows])
