"""Compares new versions of catalogs with those in use, and brings texts over when one is taken into use."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

import structlog
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.deps import Deps
from bot.services import catalog_carry as carrying
from bot.services import catalog_diff as service
from storage import catalog_diff as queries
from storage import outbox
from storage.engine import reading, transaction
from storage.models import CatalogSwitch

log = structlog.get_logger()

BATCH = 4
Step = Callable[[AsyncSession, CatalogSwitch], Awaitable[int]]


class LeaseLost(Exception):
    """Somebody else brings these texts over by now."""


async def run_once(deps: Deps) -> int:
    """Switch what was ordered, then compare what waits; how many of both."""
    async with reading(deps.db) as session:
        switches = await queries.due_switches(session, now=deps.now(), limit=BATCH)
    done = 0
    for switch_id in switches:
        done += await _switch(deps, switch_id)
    async with reading(deps.db) as session:
        waiting = await queries.to_compare(session, limit=BATCH)
    for new, old in waiting:
        done += await _compare(deps, new, old)
    return done


async def _compare(deps: Deps, new: int, old: int) -> int:
    """Reads both versions whole, a page at a time; only the result is written."""
    async with reading(deps.db) as session:
        diff = await service.compare_waiting(session, new, old)
        team_id = await service.team_of(session, new)
    if diff is None:
        return 0
    async with transaction(deps.db) as session:
        kept = await queries.keep_diff(session, new, against=old, diff=diff.as_json())
        if kept:
            await outbox.refresh(session, team_id=team_id, key=f"catalog:{new}", due=deps.now())
    return int(kept)


async def _switch(deps: Deps, switch_id: int) -> int:
    async with transaction(deps.db) as session:
        switch = await queries.claim_switch(session, switch_id, owner=deps.owner, now=deps.now())
    if switch is None:
        return 0
    with structlog.contextvars.bound_contextvars(trace_id=switch.trace_id, switch=switch_id):
        try:
            await _bring_over(deps, switch)
        except LeaseLost:
            log.warning("lease_lost")
            return 0
    return 1


async def _bring_over(deps: Deps, switch: CatalogSwitch) -> None:
    """Every step is one short transaction that renews the lease and says how far it is; a killed one goes on there."""
    async with reading(deps.db) as session:
        made_of = await carrying.material(session, switch)
    steps: list[Step] = []
    if made_of is not None:
        steps = [partial(carrying.revive, now=deps.now()), partial(carrying.carry, made_of=made_of, now=deps.now())]
    for step in steps:
        while await _one(deps, switch.id or 0, step):
            if deps.stopping.is_set():
                return await _leave(deps, switch.id or 0)
    await _one(deps, switch.id or 0, partial(carrying.finish, now=deps.now()))
    return None


async def _one(deps: Deps, switch_id: int, step: Step) -> int:
    """One step under the lease. Raises LeaseLost."""
    async with transaction(deps.db) as session:
        switch = await queries.renew_switch(session, switch_id, owner=deps.owner, now=deps.now())
        if switch is None:
            raise LeaseLost
        return await step(session, switch)


async def _leave(deps: Deps, switch_id: int) -> None:
    """This process ends in order: the next one goes on at once."""
    async with transaction(deps.db) as session:
        await queries.change_switch(session, switch_id, lease_owner="", lease_until=None)
