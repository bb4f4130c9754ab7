"""Tells people what the day brought and what waits for them: by the calendar, once for all replicas."""

from __future__ import annotations

from bot.deps import Deps
from bot.services import reminders as service
from storage import reminders as queries
from storage.engine import reading, transaction
from storage.models import Project
from storage.shutdowns import active_projects, take_slot

JOB = "remind"


async def run_once(deps: Deps) -> int:
    """Look at every project. Returns 0: there is never more to do at once."""
    async with reading(deps.db) as session:
        projects = await active_projects(session)
    for project in projects:
        await _look_at(deps, project)
    return 0


async def _look_at(deps: Deps, project: Project) -> None:
    if project.paused_until is not None:
        async with transaction(deps.db) as session:
            await service.end_pause(session, project, now=deps.now())
        return
    await _digest(deps, project)
    await _remind(deps, project)


async def _digest(deps: Deps, project: Project) -> None:
    """The project's morning: what happened since the last one, each batch in its thread."""
    async with reading(deps.db) as session:
        day = await service.day_due(session, project, now=deps.now())
        slot = f"digest:{project.id}:{day}"
        if day is None or await queries.is_taken(session, job=JOB, slot=slot):
            return
    async with transaction(deps.db) as session:
        if not await take_slot(session, job=JOB, slot=slot, now=deps.now()):
            return
        await queries.forget_slots(session, job=JOB, now=deps.now())
        for batch in await queries.batches(session, project.id or 0):
            await service.say_digest(session, batch, day, now=deps.now())


async def _remind(deps: Deps, project: Project) -> None:
    """Once an hour: people live in different time zones, so there is no one morning."""
    slot = f"remind:{project.id}:{deps.now():%Y-%m-%dT%H}"
    async with reading(deps.db) as session:
        if await queries.is_taken(session, job=JOB, slot=slot):
            return
    async with transaction(deps.db) as session:
        if await take_slot(session, job=JOB, slot=slot, now=deps.now()):
            await service.remind(session, project, now=deps.now())
