"""Every night: on which day do the models end that projects depend on? Once for all replicas."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import date

import structlog

from bot.accounts import account_of
from bot.deps import Deps
from bot.errors import BotError
from bot.providers.endings import known_ending
from bot.services import shutdowns as service
from bot.services.project import settings_of
from bot.services.shutdowns import Watched
from storage import shutdowns as queries
from storage.engine import reading, transaction
from storage.models import Project

log = structlog.get_logger()

JOB = "shutdowns"
ASK_SECONDS = 20.0


async def run_once(deps: Deps) -> int:
    """Do tonight's check unless somebody did. Returns 0: there is never more to do at once."""
    now = deps.now()
    async with transaction(deps.db) as session:
        mine = await queries.take_slot(session, job=JOB, slot=f"{now:%Y-%m-%d}", now=now)
    if mine:
        await check(deps)
    return 0


async def check(deps: Deps) -> None:
    """Ask the providers, then warn the projects."""
    async with reading(deps.db) as session:
        projects = await queries.active_projects(session)
    watched = {project.id or 0: await _watched(deps, project) for project in projects}
    await _ask_all(deps, {one for all_of_one in watched.values() for one in all_of_one})
    for project in projects:
        for one in watched[project.id or 0]:
            known = known_ending(one.profile, one.base)
            async with transaction(deps.db) as session:
                end = await service.warn_of(session, project, one, known, now=deps.now())
                await queries.remember(session, provider=one.provider, model=one.name, ends=end, now=deps.now())


async def _watched(deps: Deps, project: Project) -> list[Watched]:
    """The models a project depends on: what it writes with, what it would tune, and its tuned ones."""
    found: list[Watched] = []
    for choose in (deps.models.generate, deps.models.tune):
        try:
            info = choose(settings_of(project))
            found.append(Watched(info.provider, _profile(deps, info.provider), info.name, info.name))
        except BotError:
            continue
    async with reading(deps.db) as session:
        tuned = await queries.living_models(session, project.id or 0)
    found += [service.of_tuned(model, _profile(deps, model.provider)) for model in tuned]
    return list({one.name: one for one in found}.values())


def _profile(deps: Deps, provider: str) -> str:
    try:
        return account_of(deps.settings, provider).profile.name
    except BotError:
        return ""


async def _ask_all(deps: Deps, watched: Iterable[Watched]) -> None:
    """What the providers say today. One that does not answer keeps its last word."""
    wanted = {(one.provider, name) for one in watched for name in (one.name, one.base)}
    for provider, model in sorted(wanted):
        try:
            day = await shutdown_of(deps, provider, model)
        except (BotError, TimeoutError) as error:
            log.info("shutdown_not_asked", provider=provider, model=model, error=str(error))
            continue
        async with transaction(deps.db) as session:
            await queries.remember(session, provider=provider, model=model, ends=day, now=deps.now())


async def shutdown_of(deps: Deps, provider: str, model: str) -> date | None:
    """The day the provider names. Raises BotError, TimeoutError."""
    async with asyncio.timeout(ASK_SECONDS):
        info = await deps.providers.tuner(provider).model(model)
    return info.shutdown_date.date() if info and info.shutdown_date else None
