"""Asks base and tuned model for the same product; each text is shown as soon as it is there."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import structlog

from bot.deps import Deps
from bot.domain.completion import WritingState
from bot.domain.dataset import Example, chat_messages
from bot.domain.evaluation import TRIAL_PATIENCE, TRIAL_RETRY
from bot.domain.few_shot import Shelf
from bot.errors import BotError
from bot.jobs.asking import ask
from bot.providers.base import ChatRequest
from bot.providers.errors import ProviderError
from bot.services import dataset as datasets
from bot.services import evaluation
from bot.services.project import settings_of
from storage import evaluation as queries
from storage import project as projects
from storage import tuning as jobs
from storage.engine import reading, transaction
from storage.models import Project, Prompt, Trial
from storage.spending import Purpose

log = structlog.get_logger()

BATCH = 4


async def run_once(deps: Deps) -> int:
    """Write what people want to compare; how many trials that were."""
    async with reading(deps.db) as session:
        due = await queries.due(session, now=deps.now(), limit=BATCH)
    return sum(await asyncio.gather(*(_compare(deps, trial_id) for trial_id in due)))


async def _compare(deps: Deps, trial_id: int) -> int:
    async with transaction(deps.db) as session:
        trial = await queries.claim(session, trial_id, owner=deps.owner, now=deps.now())
    if trial is None:
        return 0
    with structlog.contextvars.bound_contextvars(trace_id=trial.trace_id, trial=trial_id):
        try:
            await _write_both(deps, trial)
        except BotError as error:
            await _failed(deps, trial, error)
    return 1


async def _write_both(deps: Deps, trial: Trial) -> None:
    """The base model's text first, then the other one; a text that is there already is not bought again."""
    async with reading(deps.db) as session:
        source = await jobs.prompt_and_product(session, trial.prompt_id)
        project = await projects.by_id(session, trial.project_id)
        job = await jobs.by_id(session, trial.job_id) if trial.job_id else None
        shelf = await datasets.shelf(session, project) if project and not trial.tuned_model else Shelf(())
    if source is None or project is None:
        return
    provider = job.provider if job else deps.models.info(trial.base_model).provider
    if not trial.base_text:
        text = await _asked(deps, trial, project, source[0], trial.base_model, provider, ())
        await _keep(deps, trial, project, base_text=text)
    if not trial.tuned_text:
        examples = shelf.choose(source[0].text, product=source[1].name)
        model = trial.tuned_model or trial.base_model
        text = await _asked(deps, trial, project, source[0], model, provider, examples)
        await _keep(deps, trial, project, tuned_text=text, state=WritingState.WRITTEN, lease_owner="", lease_until=None)


async def _asked(
    deps: Deps,
    trial: Trial,
    project: Project,
    prompt: Prompt,
    model: str,
    provider: str,
    shown: tuple[Example, ...],
) -> str:
    settings = settings_of(project)
    request = ChatRequest(
        messages=chat_messages(prompt.system, prompt.text, shown),
        model=model,
        temperature=settings.temperature,
        max_tokens=deps.models.info(model).longest(settings.max_tokens),
    )
    side = "tuned" if trial.tuned_model == model else "examples" if shown else "base"
    purpose = Purpose(trial.team_id, trial.project_id, trial.asked_by, f"trial:{trial.id}:{side}", model)
    return (await ask(deps, provider, request, replace(purpose, job_id=trial.job_id))).text.strip()


async def _keep(deps: Deps, trial: Trial, project: Project, **values: object) -> None:
    async with transaction(deps.db) as session:
        if await queries.change(session, trial.id or 0, owner=deps.owner, **values):
            await evaluation.show_trial(session, trial, project, now=deps.now())


async def _failed(deps: Deps, trial: Trial, error: BotError) -> None:
    """Try again for some minutes where that may help; then say what was in the way."""
    log.info("trial_failed", error=str(error))
    async with transaction(deps.db) as session:
        project = await projects.by_id(session, trial.project_id)
        patient = deps.now() - trial.created_at < TRIAL_PATIENCE
        if isinstance(error, ProviderError) and error.retryable and patient:
            again = {"state": WritingState.WANTED, "lease_until": deps.now() + TRIAL_RETRY}
            await queries.change(session, trial.id or 0, owner=deps.owner, **again)
            return
        over = {"state": WritingState.FAILED, "problem": str(error), "lease_owner": "", "lease_until": None}
        if await queries.change(session, trial.id or 0, owner=deps.owner, **over) and project is not None:
            await evaluation.show_trial(session, trial, project, now=deps.now())
