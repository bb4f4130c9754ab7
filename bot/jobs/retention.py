"""Every night: what has been kept as long as the settings say goes. Once for all replicas."""

from __future__ import annotations

from datetime import timedelta

import structlog

from bot.deps import Deps
from bot.services import deletion
from storage import retention as queries
from storage.engine import reading, transaction
from storage.origins import referenced_files
from storage.shutdowns import take_slot

log = structlog.get_logger()

JOB = "retention"


async def run_once(deps: Deps) -> int:
    """Do tonight's round unless somebody did. Returns 0: there is never more to do at once."""
    now = deps.now()
    async with transaction(deps.db) as session:
        mine = await take_slot(session, job=JOB, slot=f"{now:%Y-%m-%d}", now=now)
    if mine:
        await tidy(deps)
    return 0


async def tidy(deps: Deps) -> None:
    """Uploads, then old projects, then the traces of what was done. 0 days means never."""
    kept = deps.settings.retention
    if kept.raw_uploads_days:
        await _uploads(deps, kept.raw_uploads_days)
    if kept.finished_projects_days:
        await _projects(deps, kept.finished_projects_days)
    if kept.logs_days:
        await _logs(deps, kept.logs_days)


async def _uploads(deps: Deps, days: int) -> None:
    """The files as people uploaded them; what was read from them stays, and their keys as their hashes."""
    before, count = deps.now() - timedelta(days=days), 0
    while True:
        async with transaction(deps.db) as session:
            keys = await queries.let_go_of_uploads(session, before=before, now=deps.now())
        if not keys:
            break
        async with reading(deps.db) as session:
            needed = await referenced_files(session)
        for key in set(keys) - needed:
            await deps.files.delete(key)
        count += len(keys)
    if count:
        log.info("uploads_deleted", count=count, days=days)


async def _projects(deps: Deps, days: int) -> None:
    """Announce those in which nothing happened for so long."""
    async with reading(deps.db) as session:
        idle = await queries.idle_projects(session, before=deps.now() - timedelta(days=days))
    for project in idle:
        async with transaction(deps.db) as session:
            await deletion.order_for_age(session, project, now=deps.now())


async def _logs(deps: Deps, days: int) -> None:
    before = deps.now() - timedelta(days=days)
    while True:
        async with transaction(deps.db) as session:
            if not await queries.forget_old(session, before=before):
                return
