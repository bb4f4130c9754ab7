"""Queries of the review: who settled which text first, which cards stand in the thread, and what thumbs say."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, func
from sqlalchemy.orm import aliased
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.completion import Origin, WritingState
from bot.domain.review import (
    PAIR_STATES,
    SETTLED_AS,
    ReviewCounts,
    ReviewState,
    Surface,
    ThumbSeen,
    VerdictKind,
    padded_ts,
)
from storage.insert import insert_once
from storage.models import Batch, Completion, Pair, Product, Prompt, Thumb, Verdict

SETTLED = tuple(SETTLED_AS.values())
COMING = (WritingState.WANTED, WritingState.CLAIMED)


@dataclass(frozen=True)
class Sources:
    """A text with what it was made of."""

    completion: Completion
    prompt: Prompt
    product: Product


async def completion(session: AsyncSession, completion_id: int) -> Completion | None:
    """The row as it is now, whatever this session has seen of it."""
    found = select(Completion).where(Completion.id == completion_id).execution_options(populate_existing=True)
    return (await session.exec(found)).first()


async def sources(session: AsyncSession, completion_id: int) -> Sources | None:
    found = _sources().where(Completion.id == completion_id).execution_options(populate_existing=True)
    row = (await session.exec(found)).first()
    return Sources(*row) if row else None


async def sources_of(session: AsyncSession, completion_ids: Collection[int]) -> list[Sources]:
    """The same for many texts."""
    found = _sources().where(col(Completion.id).in_(completion_ids)).execution_options(populate_existing=True)
    return [Sources(*row) for row in (await session.exec(found)).all()]


async def settled(session: AsyncSession, project_id: int) -> Sequence[Sources]:
    """Every text that people agreed to, in the order in which it was written."""
    found = _sources().where(
        Completion.project_id == project_id,
        col(Completion.review).in_(PAIR_STATES),
        col(Completion.outdated).is_(False),
    )
    return [Sources(*row) for row in (await session.exec(found.order_by(col(Completion.id)))).all()]


def _sources() -> Any:
    return (
        select(Completion, Prompt, Product)
        .join(Prompt, col(Prompt.id) == Completion.prompt_id)
        .join(Product, col(Product.id) == Completion.product_id)
    )


async def settle(
    session: AsyncSession,
    completion_id: int,
    *,
    version: int,
    state: ReviewState,
    who: str,
    surface: Surface,
    now: datetime,
    text: str | None = None,
) -> bool:
    """Close one version's review, with a new text where there is one. False means somebody else got there first."""
    values: dict[str, Any] = {"review": state, "decided_by": who, "decided_at": now, "decided_on": surface}
    if text is not None:
        values |= {"text": text, "version": version + 1, "origin": Origin.SLACK_EDIT}
    open_ = _this(completion_id, version).where(
        col(Completion.review) == ReviewState.OPEN, col(Completion.state) == WritingState.WRITTEN
    )
    return bool((await session.exec(open_.values(**values))).rowcount == 1)


async def replace(session: AsyncSession, completion_id: int, *, version: int, who: str, now: datetime) -> bool:
    """Close an open text because it is written again. False: it is not open any more."""
    return await settle(
        session, completion_id, version=version, state=ReviewState.REPLACED, who=who, surface=Surface.BUTTON, now=now
    )


async def bring_back(session: AsyncSession, completion_id: int) -> bool:
    """Open a replaced text again, because writing it again failed."""
    back = update(Completion).where(col(Completion.id) == completion_id, col(Completion.review) == ReviewState.REPLACED)
    values = {"review": ReviewState.OPEN, "decided_by": "", "decided_at": None, "decided_on": None}
    return (await session.exec(back.values(**values))).rowcount == 1


def _this(completion_id: int, version: int) -> Any:
    return update(Completion).where(col(Completion.id) == completion_id, col(Completion.version) == version)


async def add_verdict(
    session: AsyncSession,
    text: Completion,
    *,
    who: str,
    kind: VerdictKind,
    surface: Surface,
    now: datetime,
    new_text: str = "",
    reason: str = "",
) -> None:
    session.add(
        Verdict(
            team_id=text.team_id,
            completion_id=text.id or 0,
            version=text.version,
            reviewer=who,
            kind=kind,
            text=new_text,
            reason=reason,
            surface=surface,
            at=now,
        )
    )
    await session.flush()


async def verdicts(session: AsyncSession, completion_id: int) -> Sequence[Verdict]:
    """Everything that was said of a text, oldest first; what was taken back carries `undone_at`."""
    found = select(Verdict).where(Verdict.completion_id == completion_id).order_by(col(Verdict.id))
    return (await session.exec(found.execution_options(populate_existing=True))).all()


async def is_frozen(session: AsyncSession, completion_id: int) -> bool:
    """Whether some dataset holds this text."""
    return (await session.exec(select(Pair.id).where(Pair.completion_id == completion_id).limit(1))).first() is not None


# batches and their window


async def batch(session: AsyncSession, batch_id: int, *, lock: bool = False) -> Batch | None:
    """`lock` keeps others (on PostgreSQL) from filling the same window at the same time."""
    found = select(Batch).where(Batch.id == batch_id)
    return (await session.exec(found.with_for_update() if lock else found)).first()


async def counts(session: AsyncSession, *, project_id: int | None = None, batch_id: int | None = None) -> ReviewCounts:
    """How many written texts of a project's batches, or of one batch, are in which state."""
    begun = func.sum(case((col(Completion.votes_in) > 0, 1), else_=0))
    found = select(Completion.review, func.count(), begun).where(
        Completion.state == WritingState.WRITTEN,
        col(Completion.batch_id).is_not(None),
        col(Completion.outdated).is_(False),
    )
    found = found.where(Completion.project_id == project_id) if project_id is not None else found
    found = found.where(Completion.batch_id == batch_id) if batch_id is not None else found
    rows = (await session.exec(found.group_by(col(Completion.review)))).all()
    by_state = {state: int(n) for state, n, _ in rows}
    second = sum(int(n) for state, _, n in rows if state == ReviewState.OPEN)
    return ReviewCounts(
        open=by_state.get(ReviewState.OPEN, 0),
        approved=by_state.get(ReviewState.APPROVED, 0),
        edited=by_state.get(ReviewState.EDITED, 0),
        rejected=by_state.get(ReviewState.REJECTED, 0),
        disputed=by_state.get(ReviewState.DISPUTED, 0),
        second=second,
    )


async def coming(session: AsyncSession, batch_id: int) -> int:
    """Texts of a batch that are still being written."""
    found = select(func.count()).where(Completion.batch_id == batch_id, col(Completion.state).in_(COMING))
    return int((await session.exec(found)).one())


async def shown_open(session: AsyncSession, batch_id: int, *, touched: bool = False) -> int:
    """Cards in the thread that nobody has voted on; or those that have a vote and wait for another one."""
    found = select(func.count()).where(*_open_in(batch_id, touched=touched), col(Completion.shown))
    return int((await session.exec(found)).one())


async def next_hidden(session: AsyncSession, batch_id: int, *, limit: int, touched: bool = False) -> Sequence[int]:
    """The next undecided texts without a card, evenly mixed where they have been put in order."""
    found = select(Completion.id).where(*_open_in(batch_id, touched=touched), col(Completion.shown).is_(False))
    found = found.order_by(*mixed()).limit(limit)
    return [int(i) for i in (await session.exec(found)).all() if i is not None]


async def mark_shown(session: AsyncSession, completion_id: int) -> bool:
    mark = update(Completion).where(col(Completion.id) == completion_id, col(Completion.shown).is_(False))
    return (await session.exec(mark.values(shown=True))).rowcount == 1


async def untouched(session: AsyncSession, batch_id: int) -> Sequence[int]:
    """The cards that `shown_open` counts."""
    found = select(Completion.id).where(*_open_in(batch_id, touched=False), col(Completion.shown))
    return [int(i) for i in (await session.exec(found)).all() if i is not None]


def mixed() -> tuple[Any, ...]:
    """The order in which people see texts: those that nearly repeat a decided one last, else one of each kind in turn.

    Texts that nobody has put in order yet come as they were written."""
    other = aliased(Completion)
    repeats = select(other.id).where(col(other.id) == Completion.like_id, col(other.review).in_(SETTLED)).exists()
    late = case((col(Completion.like_id).is_(None), 0), (repeats, 1), else_=0)
    turn = func.coalesce(col(Completion.turn), col(Completion.number))
    return (late, turn, col(Completion.number), col(Completion.id))


def _open_in(batch_id: int, *, touched: bool) -> tuple[Any, ...]:
    """Open texts of a batch, with a vote or without."""
    return (
        col(Completion.votes_in) > 0 if touched else Completion.votes_in == 0,
        Completion.batch_id == batch_id,
        Completion.state == WritingState.WRITTEN,
        Completion.review == ReviewState.OPEN,
        col(Completion.outdated).is_(False),
    )


# thumbs


async def note_thumb(
    session: AsyncSession,
    *,
    team_id: str,
    channel: str,
    ts: str,
    user_id: str,
    emoji: str,
    present: bool,
    event_ts: str,
) -> bool:
    """Remember what an event says of a thumb. False: we know something newer, or this very event, already."""
    key = {"team_id": team_id, "channel": channel, "ts": ts, "user_id": user_id, "emoji": emoji}
    said = {"present": present, "event_ts": padded_ts(event_ts)}
    if await insert_once(session, Thumb, **key, **said) is not None:
        return True
    older = update(Thumb).where(*(col(getattr(Thumb, name)) == value for name, value in key.items()))
    older = older.where(col(Thumb.event_ts) < said["event_ts"])
    return (await session.exec(older.values(**said))).rowcount == 1


async def thumbs(session: AsyncSession, *, team_id: str, channel: str, ts: str, user_id: str) -> Iterable[ThumbSeen]:
    """All we know of one person's emoji on one message."""
    found = select(Thumb).where(*_theirs(team_id, channel, ts, user_id)).execution_options(populate_existing=True)
    return [ThumbSeen(row.emoji, row.present, row.event_ts) for row in (await session.exec(found)).all()]


async def spend_thumbs(session: AsyncSession, *, team_id: str, channel: str, ts: str, user_id: str) -> None:
    """Somebody undid a decision by hand: their thumbs on that card no longer count until they are put there anew."""
    await session.exec(update(Thumb).where(*_theirs(team_id, channel, ts, user_id)).values(present=False))


def _theirs(team_id: str, channel: str, ts: str, user_id: str) -> tuple[Any, ...]:
    return (
        col(Thumb.team_id) == team_id,
        col(Thumb.channel) == channel,
        col(Thumb.ts) == ts,
        col(Thumb.user_id) == user_id,
    )
