"""Stored files that a row still names."""

from __future__ import annotations

from sqlalchemy import ColumnElement
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.models import Catalog, Dataset, PairsImport

UPLOADED = (Catalog, PairsImport)


def is_kept(table: type[Catalog] | type[PairsImport]) -> ColumnElement[bool]:
    """Whether a row's uploaded file is still kept."""
    return (col(table.file_key) != "") & col(table.file_deleted_at).is_(None)


async def referenced_files(session: AsyncSession) -> set[str]:
    """The keys of stored files that a catalog, an import or a frozen version names."""
    keys: set[str] = set()
    for table in UPLOADED:
        keys |= set((await session.exec(select(table.file_key).where(is_kept(table)))).all())
    for files in (await session.exec(select(Dataset.files))).all():
        keys |= {str(key) for key in files.values()}
    return keys
