"""Says what the outbox holds: claimed, rendered from the state of this moment, posted or edited once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import structlog
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.deps import Deps
from bot.domain.message import Home, Message, Upload
from bot.domain.outbox import gives_up, retry_at
from bot.jobs.guard import one_row
from bot.jobs.render import renderers
from bot.slack.door import Refused
from storage import outbox
from storage.engine import reading, transaction
from storage.models import Outbox
from storage.outbox import Lane

log = structlog.get_logger()

# As many as Slack lets through in the burst; more would only queue inside the pacer with a lease running.
BATCH = 12
# Few at a time, so that a busy channel does not keep the others waiting for its next second.
PER_CHANNEL = 3
# How far before the first attempt a lost post is looked for: clocks differ.
LOOK_BACK_SECONDS = 30.0


@dataclass(frozen=True)
class Place:
    """Where it goes. `thread_ts` is empty for a message of its own."""

    channel: str
    thread_ts: str = ""


async def run_once(deps: Deps) -> int:
    """Deliver what is due in both lanes; how many rows were dealt with."""
    return sum(await asyncio.gather(edit_once(deps), post_once(deps)))


async def edit_once(deps: Deps) -> int:
    """Edit messages that stand in Slack, side by side: each is the answer to somebody's click."""
    rows = await _due(deps, Lane.EDITS)
    return sum(await asyncio.gather(*(_deliver(deps, row.id or 0) for row in rows)))


async def post_once(deps: Deps) -> int:
    """Post new messages: in order within a channel, channels side by side."""
    by_channel: dict[str, list[Outbox]] = {}
    for row in await _due(deps, Lane.POSTS):
        by_channel.setdefault(row.channel, []).append(row)
    return sum(await asyncio.gather(*(_in_order(deps, rows[:PER_CHANNEL]) for rows in by_channel.values())))


async def seconds_to_next_edit(deps: Deps) -> float | None:
    """How long until the next edit is due; None when there is none."""
    return await _seconds_to_next(deps, Lane.EDITS)


async def seconds_to_next_post(deps: Deps) -> float | None:
    """How long until the next first post is due; None when there is none."""
    return await _seconds_to_next(deps, Lane.POSTS)


async def _seconds_to_next(deps: Deps, lane: Lane) -> float | None:
    async with reading(deps.db) as session:
        when = await outbox.next_due(session, lane)
    return None if when is None else max(0.0, (when - deps.now()).total_seconds())


async def _due(deps: Deps, lane: Lane) -> Sequence[Outbox]:
    async with reading(deps.db) as session:
        return await outbox.due(session, lane, now=deps.now(), limit=BATCH)


async def _in_order(deps: Deps, rows: Sequence[Outbox]) -> int:
    return sum([await _deliver(deps, row.id or 0) for row in rows])


async def _deliver(deps: Deps, row_id: int) -> bool:
    async with transaction(deps.db) as session:
        row = await outbox.claim(session, row_id, owner=deps.owner, now=deps.now())
    if row is None:
        return False
    async with one_row(row.trace_id, "delivery_failed", broke=partial(_broke, deps, row), outbox=row.key):
        try:
            await _say(deps, row)
        except Refused as refusal:
            await _refused(deps, row, refusal)
    return True


async def _broke(deps: Deps, row: Outbox, error: Exception) -> None:
    await _put_off(deps, row, f"{type(error).__name__}: {error}")


async def _say(deps: Deps, row: Outbox) -> None:
    async with reading(deps.db) as session:
        rendered = await renderers()[row.kind](deps, session, row)
        place = await _place(session, row)
    if rendered is None:
        await _done(deps, row, ts=row.ts, posted_in=row.posted_in)
    elif place is None:
        await _put_off(deps, row, "its thread is not there yet")
    elif isinstance(rendered, Home):
        await deps.slack.publish_home(rendered.user_id, rendered.view)
        await _done(deps, row, ts="", posted_in="")
    elif isinstance(rendered, Upload):
        await _upload(deps, row, rendered, place)
    else:
        await _message(deps, row, rendered, place)


async def _place(session: AsyncSession, row: Outbox) -> Place | None:
    """The channel, and the thread where the row belongs into one; None while its parent is not posted."""
    if not row.thread_key:
        return Place(row.channel)
    parent = await outbox.by_key(session, row.team_id, row.thread_key)
    if parent is None or not parent.ts:
        return None
    return Place(parent.posted_in or parent.channel, parent.ts)


async def _message(deps: Deps, row: Outbox, message: Message, place: Place) -> None:
    if row.only_for:
        await deps.slack.whisper(place.channel, row.only_for, message.text, message.blocks)
        await _done(deps, row, ts="", posted_in=place.channel)
        return
    if row.ts:
        await deps.slack.update(row.posted_in, row.ts, message)
        await _done(deps, row, ts=row.ts, posted_in=row.posted_in, version=message.version)
        return
    ts, channel = await _found_again(deps, row, place) or await _post(deps, row, message, place)
    await _done(deps, row, ts=ts, posted_in=channel, version=message.version)


async def _post(deps: Deps, row: Outbox, message: Message, place: Place) -> tuple[str, str]:
    async with transaction(deps.db) as session:
        if not await outbox.about_to_post(session, _id(row), owner=deps.owner, now=deps.now()):
            raise Refused("lease_lost", healable=True)
    return await deps.slack.post(place.channel, message, key=row.key, thread_ts=place.thread_ts)


async def _found_again(deps: Deps, row: Outbox, place: Place) -> tuple[str, str] | None:
    """A post whose answer was lost, found by its key, so that nothing is said twice."""
    if not row.ambiguous or row.first_attempt_at is None:
        return None
    channel = place.channel
    if channel.startswith(("U", "W")):
        channel = await deps.slack.open_dm(channel)
    since = row.first_attempt_at.timestamp() - LOOK_BACK_SECONDS
    ts = await deps.slack.find_post(channel, row.key, since=since, thread_ts=place.thread_ts)
    return (ts, channel) if ts else None


async def _upload(deps: Deps, row: Outbox, upload: Upload, place: Place) -> None:
    file_id = row.file_id
    if not file_id:
        data = await deps.files.get(upload.file_key)
        file_id = await deps.slack.start_upload(upload.filename, data, upload.alt_text)
        async with transaction(deps.db) as session:
            await outbox.remember_file(session, _id(row), owner=deps.owner, file_id=file_id)
    if not row.sent:
        await deps.slack.finish_upload(file_id, title=upload.title, channel=place.channel, thread_ts=place.thread_ts)
    await _done(deps, row, ts="", posted_in=place.channel, file_id=file_id)


async def _done(deps: Deps, row: Outbox, *, ts: str, posted_in: str, version: int = 0, file_id: str = "") -> None:
    async with transaction(deps.db) as session:
        await outbox.delivered(
            session, row, owner=deps.owner, ts=ts, posted_in=posted_in, shown_version=version, file_id=file_id
        )
    deps.wakers.wake("deliver")


async def _refused(deps: Deps, row: Outbox, refusal: Refused) -> None:
    if not refusal.healable or gives_up(row.attempts + 1):
        log.warning("delivery_given_up", error=refusal.code)
        async with transaction(deps.db) as session:
            await outbox.give_up(session, row, owner=deps.owner, problem=refusal.code)
        return
    await _put_off(deps, row, refusal.code, retry_after=refusal.retry_after, sure=not refusal.may_have_arrived)


async def _put_off(
    deps: Deps, row: Outbox, problem: str, *, retry_after: float | None = None, sure: bool = True
) -> None:
    until = retry_at(row.attempts + 1, deps.now(), retry_after)
    async with transaction(deps.db) as session:
        if gives_up(row.attempts + 1):
            await outbox.give_up(session, row, owner=deps.owner, problem=problem)
        else:
            await outbox.put_off(session, row, owner=deps.owner, until=until, problem=problem, sure_it_failed=sure)


def _id(row: Outbox) -> int:
    if row.id is None:
        raise ValueError("an outbox row without an id was never stored")
    return row.id
