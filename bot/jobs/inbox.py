"""Deals with the events that the inbox holds, one transaction each, in the order in which they came."""

from __future__ import annotations

from functools import partial

from bot.deps import Deps
from bot.domain.people import Actor
from bot.errors import BotError
from bot.jobs.guard import one_row
from bot.jobs.people import actor_for
from bot.services import events
from bot.slack.door import Refused
from storage import inbox
from storage.engine import reading, transaction
from storage.models import Inbox

BATCH = 50


async def run_once(deps: Deps) -> int:
    """Deal with what is open; how many events were done."""
    async with reading(deps.db) as session:
        rows = await inbox.open_events(session, limit=BATCH)
    done = 0
    for row in rows:
        done += await _deal_with(deps, row)
    return done


async def _deal_with(deps: Deps, row: Inbox) -> int:
    done = 0
    async with one_row(
        row.trace_id, "event_failed", broke=partial(_failed, deps, row), kind=row.kind, attempts=row.attempts
    ):
        done += await _handle(deps, row)
    return done


async def _handle(deps: Deps, row: Inbox) -> int:
    actor = await _actor(deps, row)
    async with transaction(deps.db) as session:
        if await inbox.finish(session, row.id or 0, now=deps.now()):
            await events.handle(session, row, actor, now=deps.now())
    return 1


async def _failed(deps: Deps, row: Inbox, error: Exception) -> None:
    """It comes again, unless it was refused for a reason."""
    async with transaction(deps.db) as session:
        await inbox.failed(session, row.id or 0)
        if isinstance(error, BotError):
            await inbox.finish(session, row.id or 0, now=deps.now())


async def _actor(deps: Deps, row: Inbox) -> Actor | None:
    user = str(row.ids.get("user") or "")
    if not user:
        return None
    try:
        return await actor_for(deps, row.team_id, user)
    except Refused:
        return None
