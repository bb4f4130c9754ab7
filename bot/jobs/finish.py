"""Tells people that the rest of their catalog is written, and hands out the table."""

from __future__ import annotations

from bot.deps import Deps
from bot.services import evaluation_finish, spot_check
from storage import evaluation as queries
from storage.engine import reading, transaction

BATCH = 5


async def run_once(deps: Deps) -> int:
    """Announce the runs that are over, with texts picked out that somebody should look at; how many those were."""
    async with reading(deps.db) as session:
        over = await queries.finished_unsaid(session, limit=BATCH)
    for run in over:
        async with reading(deps.db) as session:
            found = await spot_check.find_suspects(session, run)
        async with transaction(deps.db) as session:
            await spot_check.keep_suspects(session, run, found)
            await evaluation_finish.announce(session, run, now=deps.now())
    return len(over)
