"""What has been kept long enough: uploads, projects in which nothing happens any more, events and notes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.deletion import CHUNK
from storage.models import (
    Catalog,
    CatalogState,
    Completion,
    Dataset,
    Erasure,
    Glance,
    Inbox,
    Job,
    Note,
    PairsImport,
    Project,
    Run,
    Tick,
    Verdict,
)
from storage.origins import is_kept
from storage.pairs_import import WAITING as IMPORT_WAITING

# A catalog that is still to be read needs its file.
READ = (CatalogState.READY, CatalogState.USED, CatalogState.FAILED)


async def let_go_of_uploads(session: AsyncSession, *, before: datetime, now: datetime) -> list[str]:
    """Note of up to 500 uploads of each kind that they are no longer kept; their keys."""
    catalog_read = col(Catalog.state).in_(READ) & col(Catalog.lease_until).is_(None)
    import_read = col(PairsImport.state) != IMPORT_WAITING
    return [
        *await _let_go(session, Catalog, catalog_read, before=before, now=now),
        *await _let_go(session, PairsImport, import_read, before=before, now=now),
    ]


async def _let_go(
    session: AsyncSession, table: type[Catalog] | type[PairsImport], is_read: Any, *, before: datetime, now: datetime
) -> list[str]:
    old = select(table.id, table.file_key).where(is_kept(table), table.created_at < before, is_read)
    rows = (await session.exec(old.limit(CHUNK))).all()
    gone = update(table).where(col(table.id).in_([row_id for row_id, _ in rows]))
    await session.exec(gone.values(file_deleted_at=now))
    return [key for _, key in rows]


async def forget_old(session: AsyncSession, *, before: datetime) -> int:
    """Delete up to 500 rows each of events that were dealt with, of glances and of slots; empty old notes."""
    rows = await _delete(session, Inbox, col(Inbox.done_at) < before)
    rows += await _delete(session, Glance, col(Glance.at) < before)
    rows += await _delete(session, Tick, col(Tick.at) < before)
    old = select(Note.id).where(Note.created_at < before, Note.text != "").limit(CHUNK)
    ids = (await session.exec(old)).all()
    await session.exec(update(Note).where(col(Note.id).in_(ids)).values(text=""))
    return rows + len(ids)


async def _delete(session: AsyncSession, table: Any, which: Any) -> int:
    ids = (await session.exec(select(table.id).where(which).limit(CHUNK))).all()
    await session.exec(delete(table).where(table.id.in_(ids)))
    return len(ids)


async def idle_projects(session: AsyncSession, *, before: datetime) -> Sequence[Project]:
    """Projects in which nothing happened since, and whose deletion was neither ordered nor called off since."""
    quiet = select(Project).where(Project.created_at < before, col(Project.erased_at).is_(None))
    asked = select(Erasure.project_id).where(Erasure.asked_at >= before)
    waiting = select(Erasure.project_id).where(col(Erasure.finished_at).is_(None))
    quiet = quiet.where(col(Project.id).not_in(asked), col(Project.id).not_in(waiting))
    for lately in (
        _since(Run, Run.created_at, before),
        _since(Dataset, Dataset.created_at, before),
        _since(Job, Job.created_at, before),
        _since(Catalog, Catalog.created_at, before),
    ):
        quiet = quiet.where(col(Project.id).not_in(lately))
    return [one for one in (await session.exec(quiet)).all() if not await _decided(session, one.id or 0, before)]


def _since(table: Any, at: Any, before: datetime) -> Any:
    return select(table.project_id).where(at >= before, table.project_id.is_not(None))


async def _decided(session: AsyncSession, project_id: int, before: datetime) -> bool:
    texts = select(Completion.id).where(Completion.project_id == project_id)
    latest = select(func.max(Verdict.at)).where(col(Verdict.completion_id).in_(texts))
    at = (await session.exec(latest)).one()
    return at is not None and at >= before
