"""Stored files that a row still names."""

from __future__ import annotations

from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.models import Catalog, Dataset, PairsImport


def _uploads() -> Any:
    """The keys of uploads whose time is not over."""
    return select(Catalog.file_key).where(Catalog.file_key != "", col(Catalog.file_deleted_at).is_(None))


async def referenced_files(session: AsyncSession) -> set[str]:
    """The keys of stored files that a catalog or a frozen version names."""
    keys = set((await session.exec(_uploads())).all())
    for files in (await session.exec(select(Dataset.files))).all():
        keys |= {str(key) for key in files.values()}
    keys |= set((await session.exec(select(PairsImport.file_key).where(PairsImport.file_key != ""))).all())
    return keys
