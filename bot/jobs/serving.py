"""Starts and stops deployments that somebody said yes to, and looks at those that run: they cost by the hour."""

from __future__ import annotations

import structlog

from bot.deps import Deps
from bot.domain.tuned import ServingState
from bot.errors import BotError
from bot.providers.base import Tuner
from bot.services import serving
from storage import tuned as queries
from storage import tuning as jobs
from storage.engine import reading, transaction
from storage.models import ProjectModel

log = structlog.get_logger()

BATCH = 4


async def run_once(deps: Deps) -> int:
    """Deal with the models that are due; how many those were."""
    async with reading(deps.db) as session:
        due = await queries.due(session, now=deps.now(), limit=BATCH)
    return sum([await _work_on(deps, model_id) for model_id in due])


async def _work_on(deps: Deps, model_id: int) -> int:
    async with transaction(deps.db) as session:
        model = await queries.claim(session, model_id, owner=deps.owner, now=deps.now())
    if model is None:
        return 0
    with structlog.contextvars.bound_contextvars(trace_id=model.trace_id, tuned_model=model_id):
        try:
            await _deal_with(deps, model)
        except BotError as error:
            log.warning("serving_trouble", error=str(error))
            async with transaction(deps.db) as session:
                await serving.trouble(session, model, str(error), owner=deps.owner, now=deps.now())
    return 1


async def _deal_with(deps: Deps, model: ProjectModel) -> None:
    tuner = deps.providers.tuner(model.provider)
    if model.state is ServingState.STARTING:
        await _start(deps, tuner, model)
    elif model.state is ServingState.STOPPING:
        await tuner.undeploy(model.deployment_id)
        async with transaction(deps.db) as session:
            await serving.stopped(session, model, owner=deps.owner, now=deps.now())
    else:
        await _look_at(deps, tuner, model)


async def _start(deps: Deps, tuner: Tuner, model: ProjectModel) -> None:
    """Ask for the deployment; asked again, the same one is found again, so that there is never a second."""
    known = await tuner.deployment(model.deployment_id) if model.deployment_id else None
    if known is None or known.problem:
        async with reading(deps.db) as session:
            job = await jobs.by_id(session, model.job_id)
        if job is None:
            return
        known = await tuner.deploy(await tuner.get(job.provider_job_id), agreed=True)
    async with transaction(deps.db) as session:
        await serving.started(session, model, known, owner=deps.owner, now=deps.now())


async def _look_at(deps: Deps, tuner: Tuner, model: ProjectModel) -> None:
    """Whether one that ran still does: providers stop idle ones by themselves, and people do in the portal."""
    seen = await tuner.deployment(model.deployment_id) if model.deployment_id else None
    async with transaction(deps.db) as session:
        if seen is None:
            await serving.stopped(session, model, owner=deps.owner, now=deps.now(), why="It was stopped elsewhere.")
        elif seen.problem and not seen.ready:
            await serving.stopped(session, model, owner=deps.owner, now=deps.now(), why=seen.problem)
        else:
            await serving.still_running(session, model, owner=deps.owner, now=deps.now())
