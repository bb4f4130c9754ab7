"""Sending requests of many runs under limits that they share."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from bot.deps import Deps
from bot.errors import BudgetReached
from bot.services import spending
from bot.services.spending import NoRoom
from storage import project as projects
from storage.engine import reading

# A request under way ends within this time, and then gives back what it was promised too much.
PATIENCE = 20.0
LOOK_AGAIN = 0.1


async def when_there_is_room(
    deps: Deps, project_id: int, send: Callable[[], Awaitable[None]], stop: asyncio.Event
) -> None:
    """Promise money as soon as the limits allow it: requests under way may give some back. Raises BudgetReached."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return await send()
        except NoRoom as refusal:
            ended = await _ended(deps, project_id)
            if ended is not None or stop.is_set() or time.monotonic() > until:
                raise (ended or refusal) from refusal
        await asyncio.sleep(LOOK_AGAIN)


async def _ended(deps: Deps, project_id: int) -> BudgetReached | None:
    """What to say where nothing can be given back any more."""
    async with reading(deps.db) as session:
        project = await projects.by_id(session, project_id)
        if project is None or await spending.may_change(session, project):
            return None
        return await spending.has_ended(session, project, limits=deps.limits, now=deps.now())
