"""Approve the rest: one yes for many texts, after a look at what nobody has read; taken back as one."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.audit import Audited
from bot.domain.bulk import LISTED, MOST_AT_ONCE, BulkCard, Rest, Unread
from bot.domain.outbox import Say
from bot.domain.people import Actor
from bot.domain.review import Surface, VerdictKind
from bot.domain.votes import Quorum, Vote
from bot.errors import NotAllowed, NotFound, NotYet, Stale
from bot.services import rules
from bot.services.project import as_reviewer
from bot.services.quorum import quorum_of
from bot.services.review_cards import say_batch, top_up
from bot.services.votes import result
from storage import audit, outbox, queue
from storage import bulk as queries
from storage import project as projects
from storage import review as reviews
from storage import votes as stored
from storage.models import Batch, Bulk, Completion, Project

# A text and the version in which it was read.
TextAsRead = tuple[int, int]


async def rest(session: AsyncSession, batch_id: int, actor: Actor) -> Rest:
    """What approving the rest of a batch would do. Raises NotAllowed, NotFound, NotYet where nothing is left."""
    batch, project = await _batch(session, batch_id, actor)
    found = await queries.open_texts(session, batch_id, actor.user_id, limit=MOST_AT_ONCE + 1)
    if not found:
        raise NotYet("Nothing is left for you to approve here.", todo="What is open waits for your colleagues.")
    texts, left = found[:MOST_AT_ONCE], len(found) > MOST_AT_ONCE
    blameless = await _free(session, texts)
    doubtful = await rules.doubtful(session, project, [text.id or 0 for text in blameless])
    free = [text for text in blameless if text.id not in doubtful]
    unseen = await _unseen(session, free)
    names = await audit.products(session, [text.id or 0 for text in unseen[:LISTED]])
    counts = await reviews.counts(session, batch_id=batch.id)
    return Rest(
        batch_id=batch_id,
        last_id=texts[-1].id or 0,
        count=len(free),
        unseen=len(unseen),
        listed=tuple(Unread(names[text.id or 0], text.text) for text in unseen[:LISTED]),
        held_back=len(texts) - len(blameless),
        doubtful=len(doubtful),
        doubtful_unseen=len(doubtful - await queue.seen(session, sorted(doubtful))),
        left=counts.open - len(texts) if left else 0,
        votes=quorum_of(project).votes,
    )


async def sound(session: AsyncSession, batch_id: int, last_id: int, actor: Actor) -> frozenset[TextAsRead]:
    """Open texts up to `last_id` that say nothing that no cell says. Asked before the transaction that approves them.

    Raises NotAllowed, NotFound."""
    _, project = await _batch(session, batch_id, actor)
    texts = await queries.open_texts(session, batch_id, actor.user_id, limit=MOST_AT_ONCE, last_id=last_id)
    doubtful = await rules.doubtful(session, project, [text.id or 0 for text in texts])
    return frozenset((text.id or 0, text.version) for text in texts if text.id not in doubtful)


async def approve_rest(
    session: AsyncSession, batch_id: int, last_id: int, actor: Actor, *, now: datetime,
    only: Collection[TextAsRead] | None = None,
) -> BulkCard:  # fmt: skip
    """Say yes to every open text up to `last_id` that breaks no rule, `only` to these where they are named.

    Raises NotAllowed, NotFound, NotYet."""
    batch, project = await _batch(session, batch_id, actor)
    found = await queries.open_texts(session, batch_id, actor.user_id, limit=MOST_AT_ONCE, last_id=last_id, lock=True)
    chosen = found if only is None else [text for text in found if (text.id or 0, text.version) in only]
    texts = await _free(session, chosen)
    if not texts:
        raise NotYet("Nothing is left to approve here.", kept="Your colleagues were faster, or the texts break a rule.")
    unseen = await _unseen(session, texts)
    bulk = await queries.add(session, batch, who=actor.user_id, count=len(texts), unseen=len(unseen), now=now)
    said = await stored.standing_on(session, [text.id or 0 for text in texts])
    await queries.vote_for_all(session, texts, bulk)
    await _audit(session, bulk, texts, unseen)
    mine = {text.id: Vote(actor.user_id, VerdictKind.APPROVED, text.version, now, Surface.BULK) for text in texts}
    await _settle(session, texts, {text.id or 0: [*said.get(text.id or 0, []), mine[text.id]] for text in texts},
                  quorum_of(project))  # fmt: skip
    await _say(session, bulk, batch, project, texts, now=now)
    return _card(bulk)


async def undo(session: AsyncSession, bulk_id: int, actor: Actor, *, now: datetime) -> int:
    """Take one's own approval of many back as one; how many texts that were. Raises NotAllowed, NotFound, Stale."""
    bulk = await queries.by_id(session, bulk_id, lock=True)
    if bulk is None or bulk.team_id != actor.team_id:
        raise NotFound("This approval is gone.")
    batch, project = await _batch(session, bulk.batch_id, actor)
    if bulk.who != actor.user_id:
        raise NotAllowed(f"<@{bulk.who}> approved these.", todo="Open single texts and press Object.")
    texts = await queries.still_approved(session, bulk_id)
    if not await queries.undone(session, bulk_id, count=len(texts), now=now):
        raise Stale("This was taken back already.")
    ids = [text.id or 0 for text in texts]
    await queries.take_back(session, bulk_id, ids, who=actor.user_id, now=now)
    undone = [(text, text.text, text.version) for text in texts]
    await audit.note_texts(session, undone, bulk.who, Audited.UNDONE, now=now, surface=Surface.BULK)
    said = await stored.standing_on(session, ids)
    await _settle(session, texts, {i: said.get(i, []) for i in ids}, quorum_of(project))
    await _say(session, bulk, batch, project, texts, now=now)
    return len(texts)


async def _audit(session: AsyncSession, bulk: Bulk, texts: Sequence[Completion], unseen: Sequence[Completion]) -> None:
    """One entry a text, which says whether anybody had opened it."""
    unread = {text.id for text in unseen}
    for was_seen, detail in ((True, "looked at"), (False, "nobody had looked at it")):
        alike = [(text, text.text, text.version) for text in texts if (text.id not in unread) == was_seen]
        await audit.note_texts(
            session, alike, bulk.who, Audited.APPROVED, now=bulk.at, surface=Surface.BULK,
            detail=f"one of {bulk.count} at once; {detail}",
        )  # fmt: skip


async def card(session: AsyncSession, bulk_id: int) -> BulkCard:
    """Raises NotFound."""
    bulk = await queries.by_id(session, bulk_id)
    if bulk is None:
        raise NotFound("This approval is gone.")
    return _card(bulk)


def _card(bulk: Bulk) -> BulkCard:
    return BulkCard(bulk.id or 0, bulk.who, bulk.count, bulk.unseen, bulk.undone if bulk.undone_at else None)


async def _batch(session: AsyncSession, batch_id: int, actor: Actor) -> tuple[Batch, Project]:
    batch = await reviews.batch(session, batch_id)
    if batch is None or batch.team_id != actor.team_id:
        raise NotFound("This batch is gone.")
    await as_reviewer(session, batch.project_id, actor)
    project = await projects.by_id(session, batch.project_id)
    if project is None:
        raise NotFound("This project is gone.")
    return batch, project


async def _free(session: AsyncSession, texts: Sequence[Completion]) -> list[Completion]:
    """Those that nothing holds back."""
    blocked = await rules.blocks_bulk(session, [text.id or 0 for text in texts])
    return [text for text in texts if text.id not in blocked]


async def _unseen(session: AsyncSession, texts: Sequence[Completion]) -> list[Completion]:
    seen = await queue.seen(session, [text.id or 0 for text in texts])
    return [text for text in texts if text.id not in seen]


async def _settle(
    session: AsyncSession, texts: Sequence[Completion], votes: Mapping[int, Sequence[Vote]], quorum: Quorum
) -> None:
    """Write what the votes come to, texts of the same fate in one statement."""
    alike: dict[tuple[Any, ...], tuple[list[int], Completion, dict[str, Any]]] = {}
    for text in texts:
        values = result(text, votes[text.id or 0], quorum)
        fate = (text.version, text.review, *values.values())
        alike.setdefault(fate, ([], text, values))[0].append(text.id or 0)
    for ids, text, values in alike.values():
        if await stored.settle_all(session, ids, text.version, text.review, values) != len(ids):
            raise Stale("Texts have changed meanwhile.", kept="Nothing was approved.", todo="Look at them again.")


async def _say(
    session: AsyncSession, bulk: Bulk, batch: Batch, project: Project, texts: Sequence[Completion], *, now: datetime
) -> None:
    keys = [f"sample:{text.id}" for text in texts]
    await outbox.refresh_all(session, team_id=batch.team_id, keys=keys, due=now)
    await outbox.say(
        session, team_id=batch.team_id, key=f"bulk:{bulk.id}", kind=Say.BULK, subject_id=bulk.id or 0,
        channel=project.channel_id, thread_key=f"batch:{batch.id}", now=now,
    )  # fmt: skip
    await say_batch(session, batch, project, now=now)
    await top_up(session, batch.id or 0, now=now)
