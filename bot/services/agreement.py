"""How far people agree in a batch: for its card, for whoever wants to see where not, and as a table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.agreement import COLUMNS, Agreement, AgreementCard, Judged, agreement, judged, row_of, table
from bot.domain.outbox import Say
from bot.domain.people import Actor
from bot.domain.review import Surface
from bot.errors import NotFound, NotYet
from bot.services.files_by_dm import send_file
from bot.services.project import get
from storage import agreement as queries
from storage import dataset as people
from storage import review as reviews
from storage import votes as stored
from storage.models import Batch

# Ids in one question to the database.
CHUNK = 1000


async def texts(
    session: AsyncSession, *, batch_id: int | None = None, project_id: int | None = None
) -> Sequence[Judged]:
    """Texts that several people judged for themselves; approvals of many at once are no judgement."""
    shared = await queries.shared(session, batch_id=batch_id, project_id=project_id)
    found: list[Judged] = []
    for start in range(0, len(shared), CHUNK):
        some = shared[start : start + CHUNK]
        votes = await stored.standing_on(session, [completion_id for completion_id, _, _ in some])
        for completion_id, product, words in some:
            read = [vote for vote in votes.get(completion_id, ()) if vote.surface != Surface.BULK]
            one = judged(completion_id, read, product=product, text=words)
            found += [one] if one else []
    return found


async def of_batch(session: AsyncSession, batch_id: int) -> Agreement:
    """For the batch's card."""
    return agreement(await texts(session, batch_id=batch_id))


async def card(session: AsyncSession, batch_id: int, actor: Actor) -> AgreementCard:
    """Where people differ, with the reader's own pairs. Raises NotFound, NotYet where nothing was judged twice."""
    await _batch(session, batch_id, actor)
    found = await texts(session, batch_id=batch_id)
    everybody = agreement(found)
    if not everybody.together:
        raise NotYet("No two people have decided on the same text yet.", todo="Look here again later.")
    others = [who for who in everybody.people if who != actor.user_id]
    mine = [
        agreement([pair for one in found if (pair := one.of((actor.user_id, who)))])
        for who in (others if actor.user_id in everybody.people else [])
    ]
    return AgreementCard(
        batch_id=batch_id,
        reader=actor.user_id,
        everybody=everybody,
        with_reader=tuple(one for one in mine if one.together),
        apart=tuple(one for one in found if not one.agreed),
    )


async def send(session: AsyncSession, batch_id: int, actor: Actor, *, now: datetime) -> None:
    """Send the table of the whole project to whoever asks, by direct message. Raises NotFound."""
    batch = await _batch(session, batch_id, actor)
    await send_file(
        session, actor, kind=Say.AGREEMENT_FILE, subject_id=batch.project_id, now=now,
        text="Here is how far you agree, in percent and as Krippendorff's alpha with its 95 % interval.",
    )  # fmt: skip


async def figures(session: AsyncSession, project_id: int, team_id: str) -> tuple[Sequence[str], list[Sequence[str]]]:
    """The table of a project: its columns and rows, everybody first. Takes a second for thousands of texts."""
    names = await people.names(session, team_id)
    lines = table(await texts(session, project_id=project_id))
    return COLUMNS, [row_of(line, names) for line in lines]


async def _batch(session: AsyncSession, batch_id: int, actor: Actor) -> Batch:
    batch = await reviews.batch(session, batch_id)
    if batch is None or batch.team_id != actor.team_id:
        raise NotFound("This batch is gone.")
    await get(session, batch.project_id, actor)
    return batch
