"""Where things came from: texts that came through Slack, stored files that a row still names."""

from __future__ import annotations

from sqlalchemy import or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.completion import Origin
from storage.models import Catalog, Dataset, Pair, Product

FROM_SLACK = (Origin.SLACK_FILE, Origin.SLACK_EDIT)


async def through_slack(session: AsyncSession, dataset_id: int) -> set[int]:
    """The completion ids of a frozen version's lines whose words, or whose product's cells, came through Slack."""
    found = (
        select(Pair.completion_id)
        .join(Product, col(Product.id) == col(Pair.product_id))
        .join(Catalog, col(Catalog.id) == col(Product.catalog_id))
        .where(Pair.dataset_id == dataset_id)
        .where(or_(col(Pair.origin).in_(FROM_SLACK), col(Catalog.origin).in_(FROM_SLACK)))
    )
    return set((await session.exec(found)).all())


async def referenced_files(session: AsyncSession) -> set[str]:
    """The keys of stored files that a catalog or a frozen version names."""
    keys = set((await session.exec(select(Catalog.file_key).where(Catalog.file_key != ""))).all())
    for files in (await session.exec(select(Dataset.files))).all():
        keys |= {str(key) for key in files.values()}
    return keys
