"""Tells people that the rest of their catalog is written, and hands out the table."""

from __future__ import annotations

from bot.deps import Deps
from bot.services import evaluation_finish
from storage import evaluation as queries
from storage.engine import reading, transaction

BATCH = 5


async def run_once(deps: Deps) -> int:
    """Announce the runs that are over; how many those were."""
    async with reading(deps.db) as session:
        over = await queries.finished_unsaid(session, limit=BATCH)
    for run in over:
        async with transaction(deps.db) as session:
            await evaluation_finish.announce(session, run, now=deps.now())
    return len(over)
