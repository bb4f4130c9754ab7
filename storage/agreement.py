"""Queries of texts that several people judged."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.completion import WritingState
from bot.domain.review import ReviewState, Surface
from bot.domain.votes import VOTING
from storage.models import Completion, Product, Verdict

# Votes on these are still hidden, or speak of a text that another one stands in for.
NOT_SHOWN = (ReviewState.OPEN, ReviewState.REPLACED)


async def shared(
    session: AsyncSession, *, batch_id: int | None = None, project_id: int | None = None
) -> Sequence[tuple[int, str, str]]:
    """(text, product, words) of decided and disputed texts that two or more people read and voted on, oldest first."""
    several = (
        select(Verdict.completion_id)
        .where(col(Verdict.undone_at).is_(None), col(Verdict.kind).in_(VOTING), Verdict.surface != Surface.BULK)
        .group_by(col(Verdict.completion_id))
        .having(func.count(func.distinct(Verdict.reviewer)) > 1)
    )
    found = select(Completion.id, Product.name, Completion.text).join(Product, col(Product.id) == Completion.product_id)
    found = found.where(
        col(Completion.id).in_(several),
        Completion.state == WritingState.WRITTEN,
        col(Completion.review).not_in(NOT_SHOWN),
    )
    found = found.where(Completion.batch_id == batch_id) if batch_id is not None else found
    found = found.where(Completion.project_id == project_id) if project_id is not None else found
    rows = (await session.exec(found.order_by(col(Completion.id)))).all()
    return [(int(i or 0), name, words) for i, name, words in rows]
