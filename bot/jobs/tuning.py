"""Sends confirmed jobs to their provider, asks how they do, and writes down what it says. Provider calls are outside
transactions; what is written is fenced by a lease, so a killed bot's job is carried on by the next one."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime

import structlog

from bot.deps import Deps
from bot.domain.dataset import chat_messages
from bot.domain.tuning import PRICE_TOLERANCE, SETTLES_WITHIN, Preview, is_silent
from bot.domain.tuning_state import JobState
from bot.errors import BotError, BudgetReached
from bot.jobs.asking import ask
from bot.jobs.dataset_files import file_key
from bot.providers.base import ChatRequest, Checkpoint, Deployment, Tuner, TuningJob, TuningOrder
from bot.providers.errors import BadRequest, NotThere, ProviderError
from bot.services import dataset as datasets
from bot.services import tuning_news as news
from bot.services.project import settings_of
from bot.services.tuning_news import Report
from storage import project as projects
from storage import tuning as queries
from storage.engine import reading, transaction
from storage.models import Dataset, Job
from storage.spending import Purpose

log = structlog.get_logger()

# As many jobs as are asked about side by side.
BATCH = 4
# Events written in one transaction.
EVENTS_AT_ONCE = 400
# What the model writes for people to watch: long enough to know a voice by.
PREVIEW_TOKENS = 200


class LeaseLostError(Exception):
    """Somebody else carries on with this job, or it is over."""


async def run_once(deps: Deps) -> int:
    """Send and ask about what is due; how many jobs that were."""
    async with reading(deps.db) as session:
        due = await queries.due(session, now=deps.now(), limit=BATCH)
    return sum(await asyncio.gather(*(_work_on(deps, job_id) for job_id in due)))


async def seconds_to_next(deps: Deps) -> float | None:
    """How long until a job is due; None where none is open."""
    async with reading(deps.db) as session:
        when = await queries.next_due(session)
    return None if when is None else max(0.0, (when - deps.now()).total_seconds())


async def _work_on(deps: Deps, job_id: int) -> int:
    async with transaction(deps.db) as session:
        job = await queries.claim(session, job_id, owner=deps.owner, now=deps.now())
    if job is None:
        return 0
    with structlog.contextvars.bound_contextvars(trace_id=job.trace_id, tuning_job=job_id):
        try:
            await (_ask(deps, job) if job.provider_job_id else _send(deps, job))
        except LeaseLostError:
            log.info("job_left_to_another")
        except BotError as error:
            await _not_now(deps, job_id, error)
    return 1


async def _send(deps: Deps, job: Job) -> None:
    """Bring a job to its provider: once, even if an earlier attempt ended half way."""
    found = await _sent_before(deps, job)
    if found is not None:
        await _report(deps, job, found)
    elif _may_still_arrive(job, deps.now()):
        await _look_again_later(deps, job)
    elif job.cancel_requested_by:
        await _end(deps, job, JobState.CANCELLED, "")
    else:
        job = await _agreed_price(deps, await _with_files(deps, job))
        job = await _with_preview(deps, job, Preview(0, job.base_model, ""))
        await _create(deps, job)


async def _sent_before(deps: Deps, job: Job) -> TuningJob | None:
    """The job that an attempt whose answer we never saw has left at the provider."""
    if job.submitted_at is None:
        return None
    tuner = deps.providers.tuner(job.provider)
    return await tuner.find_by_tag(job.tag, training_file=job.training_file or None)


def _may_still_arrive(job: Job, now: datetime) -> bool:
    return job.submitted_at is not None and now < job.submitted_at + SETTLES_WITHIN


async def _look_again_later(deps: Deps, job: Job) -> None:
    async with transaction(deps.db) as session:
        until = (job.submitted_at or deps.now()) + SETTLES_WITHIN
        await queries.put_off(session, job.id or 0, owner=deps.owner, until=until)


async def _create(deps: Deps, job: Job) -> None:
    """Note the attempt first: whatever happens afterwards, the next one looks for its job before making another."""
    job = await _keep(deps, job, submitted_at=deps.now())
    try:
        created = await deps.providers.tuner(job.provider).create(_order(job))
    except ProviderError as error:
        if error.retryable:
            raise
        await _end(deps, job, JobState.FAILED, str(error))
        return
    log.info("job_created", provider_job=created.id)
    await _report(deps, job, created)


def _order(job: Job) -> TuningOrder:
    return TuningOrder(
        model=job.base_model,
        training_file=job.training_file,
        tag=job.tag,
        validation_file=job.validation_file or None,
        suffix=job.suffix or None,
        hyperparameters=dict(job.params.get("hyperparameters") or {}),
    )


async def _agreed_price(deps: Deps, job: Job) -> Job:
    """What the provider itself asks, now that it has the files; much more than what was confirmed ends the job.

    Raises LeaseLostError once it has."""
    usd = await deps.providers.tuner(job.provider).price(_order(job))
    if usd is None or usd == job.usd_estimate:
        return job
    if job.usd_estimate is not None and usd > job.usd_estimate * PRICE_TOLERANCE:
        why = (
            f"The provider asks ${usd:,.2f} for this, and ${job.usd_estimate:,.2f} was confirmed. Nothing was started."
        )
        await _end(deps, job, JobState.FAILED, why)
        raise LeaseLostError
    return await _keep(deps, job, usd_estimate=usd)


async def _with_files(deps: Deps, job: Job) -> Job:
    """Upload what is not there yet; each id is kept at once."""
    async with reading(deps.db) as session:
        dataset = await datasets.need(session, job.dataset_id)
    if not job.training_file:
        file_id = await _uploaded(deps, job, dataset, datasets.train_file(dataset.number))
        job = await _keep(deps, job, training_file=file_id)
    if dataset.validation_pairs and not job.validation_file:
        file_id = await _uploaded(deps, job, dataset, datasets.check_file(dataset.number))
        job = await _keep(deps, job, validation_file=file_id)
    return job


async def _uploaded(deps: Deps, job: Job, dataset: Dataset, name: str) -> str:
    content = await deps.files.get(await file_key(deps, dataset.id or 0, name))
    return await deps.providers.tuner(job.provider).upload(content, name)


async def _ask(deps: Deps, job: Job) -> None:
    """How is it doing? With events, checkpoints, and what it writes now."""
    tuner = deps.providers.tuner(job.provider)
    said = await (_cancelled(tuner, job) if job.cancel_requested_by else tuner.get(job.provider_job_id))
    job = await _with_events(deps, job, said)
    deployment = None
    if said.state is JobState.SUCCEEDED:
        deployment = await tuner.deploy(said)
    job = await _watched(deps, job, said, deployment)
    await _report(deps, job, said, deployment)


async def _cancelled(tuner: Tuner, job: Job) -> TuningJob:
    """Ask for the end, again at every look; some states have to pass before a provider agrees."""
    try:
        return await tuner.cancel(job.provider_job_id)
    except BadRequest:
        return await tuner.get(job.provider_job_id)


async def _with_events(deps: Deps, job: Job, said: TuningJob) -> Job:
    """Keep what happened since last time, and the figures of the result file at the end."""
    tuner = deps.providers.tuner(job.provider)
    async with reading(deps.db) as session:
        after = await queries.last_event_id(session, job.id or 0)
    events = await tuner.events(said.id, after=after)
    metrics = await tuner.metrics(said) if said.state is JobState.SUCCEEDED else []
    for start in range(0, max(len(events), 1), EVENTS_AT_ONCE):
        part = events[start : start + EVENTS_AT_ONCE]
        if part or metrics:
            async with transaction(deps.db) as session:
                held = await news.learn(session, job, part, owner=deps.owner, now=deps.now(), metrics=metrics)
            job = await _reread(deps, job, held)
    return job


async def _watched(deps: Deps, job: Job, said: TuningJob, deployment: Deployment | None) -> Job:
    """What the newest checkpoint, or the finished model, writes for the product that everybody watches."""
    if deployment is not None and deployment.ready:
        return await _with_preview(deps, job, Preview(job.total_steps or job.step or 1, deployment.model, ""))
    if said.state.is_final:
        return job
    newest = _newest(await deps.providers.tuner(job.provider).checkpoints(said.id))
    return job if newest is None else await _with_preview(deps, job, newest)


def _newest(checkpoints: list[Checkpoint]) -> Preview | None:
    served = [checkpoint for checkpoint in checkpoints if checkpoint.model and checkpoint.step]
    return Preview(served[-1].step or 0, served[-1].model or "", "") if served else None


async def _with_preview(deps: Deps, job: Job, wanted: Preview) -> Job:
    """Ask a model once. That it cannot be asked never harms the job: an empty text is kept for it."""
    if job.preview_prompt_id is None or any(known["model"] == wanted.model for known in job.previews):
        return job
    try:
        text = await _written(deps, job, wanted)
    except (ProviderError, BudgetReached) as error:
        log.info("preview_failed", model=wanted.model, error=str(error))
        text = ""
    async with transaction(deps.db) as session:
        shown = replace(wanted, text=text)
        held = await news.keep_preview(session, job, shown, owner=deps.owner, now=deps.now())
    return await _reread(deps, job, held)


async def _written(deps: Deps, job: Job, wanted: Preview) -> str:
    """A text for the product that everybody watches. It costs what any text does."""
    async with reading(deps.db) as session:
        source = await queries.prompt_and_product(session, job.preview_prompt_id or 0)
        project = await projects.by_id(session, job.project_id)
    if source is None or project is None:
        return ""
    request = ChatRequest(
        messages=chat_messages(source[0].system, source[0].text),
        model=wanted.model,
        temperature=settings_of(project).temperature,
        max_tokens=deps.models.info(wanted.model).longest(PREVIEW_TOKENS),
    )
    attempt = f"{job.tag}:preview:{wanted.step}"
    purpose = Purpose(job.team_id, job.project_id, job.started_by, attempt, wanted.model, job_id=job.id)
    return (await ask(deps, job.provider, request, purpose)).text.strip()


async def _report(deps: Deps, job: Job, said: TuningJob, deployment: Deployment | None = None) -> None:
    async with transaction(deps.db) as session:
        held = await news.record(session, job, Report(said, deployment), owner=deps.owner, now=deps.now())
    if not held:
        raise LeaseLostError


async def _end(deps: Deps, job: Job, state: JobState, why: str) -> None:
    async with transaction(deps.db) as session:
        await news.end(session, job, state, why, owner=deps.owner, now=deps.now())


async def _not_now(deps: Deps, job_id: int, error: BotError) -> None:
    """A refusal before anything was sent ends the job; after that it is asked about again, however long it takes."""
    async with transaction(deps.db) as session:
        job = await queries.by_id(session, job_id)
        if job is None:
            return
        log.warning("provider_trouble", error=str(error), since=job.failing_since)
        if _is_the_end(job, error, deps.now()):
            await news.end(session, job, JobState.FAILED, str(error), owner=deps.owner, now=deps.now())
        else:
            wait = error.retry_after if isinstance(error, ProviderError) else None
            await news.trouble(session, job, error, owner=deps.owner, wait=wait, now=deps.now())


def _is_the_end(job: Job, error: BotError, now: datetime) -> bool:
    if isinstance(error, NotThere):
        return not job.submitted_at or is_silent(job.failing_since, now)
    return job.submitted_at is None and not (isinstance(error, ProviderError) and error.retryable)


async def _keep(deps: Deps, job: Job, **values: object) -> Job:
    """Write down a step of the submission. Raises LeaseLostError."""
    async with transaction(deps.db) as session:
        held = await queries.change(session, job.id or 0, owner=deps.owner, now=deps.now(), **values)
    return await _reread(deps, job, held)


async def _reread(deps: Deps, job: Job, held: bool) -> Job:
    async with reading(deps.db) as session:
        fresh = await queries.by_id(session, job.id or 0)
    if not held or fresh is None:
        raise LeaseLostError
    return fresh
