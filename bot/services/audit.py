"""The audit log of a project, for its owners and for whoever runs the bot."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.audit import Entry, subject_of
from bot.domain.outbox import Say
from bot.domain.people import Actor
from bot.errors import NotYet
from bot.services.files_by_dm import send_file
from bot.services.project import as_owner, in_quotes
from storage import audit as queries
from storage import dataset as people
from storage.models import AuditEntry

CHUNK = 500


async def entries(
    session: AsyncSession, project_id: int, team_id: str, *, since: datetime | None = None
) -> AsyncIterator[Entry]:
    """Every decision of a project in the order in which it was made, with the exact words decided on.

    Words are found by their SHA-256 among all that the text ever said, so they are those words or none."""
    names, after = await people.names(session, team_id), 0
    while rows := await queries.entries(session, project_id, after=after, since=since, limit=CHUNK):
        ids = {row.subject_id for row in rows if subject_of(row.what) == "text"}
        words, products = await queries.words(session, ids), await queries.products(session, ids)
        for row in rows:
            yield _entry(row, names, words, products)
        after = rows[-1].id or 0


def _entry(
    row: AuditEntry, names: Mapping[str, str], words: Mapping[int, Mapping[str, str]], products: Mapping[int, str]
) -> Entry:
    is_text = subject_of(row.what) == "text"
    return Entry(
        number=row.id or 0,
        at=row.at,
        who=row.who,
        name=names.get(row.who, ""),
        what=row.what,
        subject_id=row.subject_id,
        version=row.version,
        surface=row.surface,
        product=products.get(row.subject_id, "") if is_text else "",
        text=words.get(row.subject_id, {}).get(row.text_sha256, "") if is_text else "",
        text_sha256=row.text_sha256,
        detail=row.detail,
    )


async def send(session: AsyncSession, project_id: int, actor: Actor, *, now: datetime) -> None:
    """Send the log to an owner by direct message. Raises NotAllowed, NotYet where nobody has decided anything."""
    project = await as_owner(session, project_id, actor)
    count = await queries.count(session, project_id)
    if not count:
        raise NotYet("Nobody has decided anything in this project yet.")
    decisions: Sequence[str] = ("decision", "decisions")
    await send_file(
        session, actor, kind=Say.AUDIT_FILE, subject_id=project_id, now=now,
        text=f"Here is the log of {in_quotes(project)}: {count} {decisions[count != 1]}, each with the exact text it "
             "was about.",
    )  # fmt: skip
