"""The audit log: entries are added in the transaction of what they tell of, and read in order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.audit import Audited, sha256_of
from storage.models import (
    AuditEntry,
    Bulk,
    Comparison,
    Completion,
    Dataset,
    Job,
    Product,
    Project,
    ProjectModel,
    Run,
    Verdict,
)

# What a decision can be about beside texts.
About = Project | Run | Dataset | Job | ProjectModel | Comparison | Bulk


async def note(
    session: AsyncSession,
    about: About,
    who: str,
    what: Audited,
    *,
    now: datetime,
    detail: str = "",
) -> None:
    """Somebody decided something about a project, or about something of it."""
    whole = isinstance(about, Project)
    session.add(
        AuditEntry(
            team_id=about.team_id,
            project_id=(about.id if isinstance(about, Project) else about.project_id) or 0,
            at=now,
            who=who,
            what=what,
            subject_id=0 if whole else about.id or 0,
            detail=detail,
        )
    )
    await session.flush()


async def note_text(
    session: AsyncSession,
    text: Completion,
    who: str,
    what: Audited,
    *,
    words: str,
    version: int,
    now: datetime,
    surface: str = "",
    detail: str = "",
) -> None:
    """Somebody decided about `words`, which are or became that version of a text."""
    await note_texts(session, [(text, words, version)], who, what, now=now, surface=surface, detail=detail)


async def note_texts(
    session: AsyncSession,
    texts: Sequence[tuple[Completion, str, int]],
    who: str,
    what: Audited,
    *,
    now: datetime,
    surface: str = "",
    detail: str = "",
) -> None:
    """The same decision about many (text, its words, their version), in one statement."""
    rows: list[dict[str, Any]] = [
        {
            "team_id": text.team_id, "project_id": text.project_id, "at": now, "who": who, "what": what,
            "subject_id": text.id, "version": version, "surface": surface, "text_sha256": sha256_of(words),
            "detail": detail,
        }
        for text, words, version in texts
    ]  # fmt: skip
    if rows:
        await session.exec(insert(AuditEntry), params=rows)


async def entries(
    session: AsyncSession, project_id: int, *, after: int, since: datetime | None, limit: int
) -> Sequence[AuditEntry]:
    """The next entries of a project behind number `after`, oldest first."""
    found = select(AuditEntry).where(AuditEntry.project_id == project_id, col(AuditEntry.id) > after)
    found = found.where(col(AuditEntry.at) >= since) if since is not None else found
    return (await session.exec(found.order_by(col(AuditEntry.id)).limit(limit))).all()


async def count(session: AsyncSession, project_id: int) -> int:
    found = select(func.count()).where(AuditEntry.project_id == project_id)
    return int((await session.exec(found)).one())


async def words(session: AsyncSession, completion_ids: Collection[int]) -> Mapping[int, Mapping[str, str]]:
    """Every wording that these texts ever had, by the SHA-256 of it: the first one, today's, and all that were typed
    or chosen."""
    texts = select(Completion.id, Completion.original, Completion.text).where(col(Completion.id).in_(completion_ids))
    said = select(Verdict.completion_id, Verdict.text).where(
        col(Verdict.completion_id).in_(completion_ids), Verdict.text != ""
    )
    known: dict[int, dict[str, str]] = defaultdict(dict)
    for completion_id, original, text in (await session.exec(texts)).all():
        for one in (original, text):
            known[completion_id or 0][sha256_of(one)] = one
    for completion_id, text in (await session.exec(said)).all():
        known[completion_id][sha256_of(text)] = text
    return known


async def products(session: AsyncSession, completion_ids: Collection[int]) -> dict[int, str]:
    """The names of the products that these texts are about."""
    found = select(Completion.id, Product.name).join(Product, col(Product.id) == Completion.product_id)
    rows = (await session.exec(found.where(col(Completion.id).in_(completion_ids)))).all()
    return {int(i or 0): name for i, name in rows}
