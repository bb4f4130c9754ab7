"""Fine-tuning jobs: one confirmation is one job, whatever gets lost, and everybody who asked hears of its end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.audit import Audited, dollars
from bot.domain.dataset import Line, Split, chat_messages
from bot.domain.deletion import require_whole
from bot.domain.models import ModelInfo
from bot.domain.money import NO_LIMITS, Price, SpendingLimits, estimate_prompt_tokens
from bot.domain.outbox import Say
from bot.domain.people import Actor
from bot.domain.spending import Order
from bot.domain.tuning import (
    HELPFUL_PAIRS,
    MIN_PAIRS,
    PROGRESS_DELAY,
    USUAL_EPOCHS,
    JobCard,
    Metric,
    Preview,
    TrainForm,
    TrainOffer,
    first_and_latest,
    is_silent,
)
from bot.domain.tuning_failure import Remedy, remedy
from bot.domain.tuning_state import JobState
from bot.domain.tuning_terms import ModelChoice, Retry, Terms
from bot.errors import NotFound, NotYet
from bot.log import current_trace
from bot.services import dataset as datasets
from bot.services import project as projects
from bot.services import tuned, tuning_news
from bot.services.spend_request import seconded
from bot.services.spending import within_budget
from storage import audit, outbox
from storage import dataset as dataset_rows
from storage import project as project_rows
from storage import tuning as jobs
from storage.engine import wake_after_commit
from storage.evaluation import is_taught
from storage.models import Dataset, Job, Project

JOBS_SHOWN = 10


async def offer(
    session: AsyncSession,
    dataset_id: int,
    actor: Actor,
    model: ModelInfo,
    form: TrainForm,
    *,
    terms: Terms | None = None,
    choices: tuple[ModelChoice, ...] = (),
    retry: Retry | None = None,
) -> TrainOffer:
    """What a person is asked to confirm: model, price, time, and what leaves.

    Raises NotAllowed, NotFound, NotYet with too few texts or with a job under way."""
    dataset = await datasets.need(session, dataset_id)
    await projects.as_owner(session, dataset.project_id, actor)
    await _may_begin(session, dataset, terms)
    lines = await dataset_rows.lines(session, dataset_id)
    return TrainOffer(
        project_id=dataset.project_id,
        dataset_id=dataset_id,
        number=dataset.number,
        train=dataset.train_pairs,
        validation=dataset.validation_pairs,
        model=model.name,
        provider_label=model.provider_label,
        usd=estimated_usd(lines, model, form.epochs),
        seconds=await _estimated_seconds(session, dataset, model),
        few=dataset.train_pairs < HELPFUL_PAIRS[0],
        recommended=not form.model,
        terms=terms,
        choices=choices,
        retry=retry,
    )


async def latest_dataset(session: AsyncSession, project_id: int, actor: Actor) -> int:
    """The version that training starts from. Raises NotYet where nothing is frozen."""
    await projects.as_owner(session, project_id, actor)
    dataset = await dataset_rows.latest(session, project_id)
    if dataset is None:
        raise NotYet("There is no training set yet.", todo="Freeze the approved texts first: /tune dataset.")
    return dataset.id or 0


async def _may_begin(session: AsyncSession, dataset: Dataset, terms: Terms | None) -> None:
    require_whole(dataset.number, dataset.erased_pairs)
    least = terms.min_examples if terms else MIN_PAIRS
    if dataset.train_pairs < least:
        raise NotYet(
            f"This set has {dataset.train_pairs} texts to teach with; a provider takes at least {least}.",
            todo="Approve more and freeze again, or use these as examples now.",
        )
    running = await jobs.open_job(session, dataset.project_id)
    if running is not None:
        raise NotYet(
            f"A model is being taught already, started by <@{running.started_by}>.",
            todo="Wait for it, or cancel it first: /tune cancel.",
        )


def estimated_usd(lines: Sequence[Line], model: ModelInfo, epochs: int | None) -> float | None:
    """Dollars for teaching these lines, or None where the price is unknown."""
    answers = [
        (*chat_messages(line.system, line.prompt), {"role": "assistant", "content": line.text})
        for line in lines
        if line.split is Split.TRAIN
    ]
    tokens = sum(estimate_prompt_tokens(messages) for messages in answers)
    return Price(training_usd_per_million=model.training_usd).of_training(tokens, epochs=epochs or USUAL_EPOCHS)


async def _estimated_seconds(session: AsyncSession, dataset: Dataset, model: ModelInfo) -> int | None:
    """As long as the last job of this model took, by the number of texts; None where there was none."""
    before = await jobs.finished_like(session, provider=model.provider, base_model=model.name)
    if before is None or not before[0].submitted_at or not before[0].finished_at or not before[1].train_pairs:
        return None
    took = (before[0].finished_at - before[0].submitted_at).total_seconds()
    return max(1, round(took * dataset.train_pairs / before[1].train_pairs))


async def start(
    session: AsyncSession,
    dataset_id: int,
    actor: Actor,
    *,
    form: TrainForm,
    model: ModelInfo,
    confirmation: str,
    now: datetime,
    limits: SpendingLimits = NO_LIMITS,
    terms: Terms | None = None,
) -> Job:
    """Order one job. The same `confirmation` a second time is the same job.

    Raises NotAllowed, NotFound, NotYet (also where the provider takes no more jobs), BudgetReached."""
    dataset = await datasets.need(session, dataset_id)
    project = await projects.as_owner(session, dataset.project_id, actor)
    tag = f"ts-{dataset_id}-{confirmation}"
    known = await jobs.by_tag(session, project.team_id, tag)
    if known is not None:
        return known
    await _may_begin(session, dataset, terms)
    require_open(terms, model, now)
    usd = estimated_usd(await dataset_rows.lines(session, dataset_id), model, form.epochs)
    await within_budget(session, project, usd, limits=limits, now=now)
    order = Order(f"train:{dataset_id}", f"teach {model.name} with {dataset.train_pairs:,} texts", usd)
    await seconded(session, project, actor, order, limits=limits, now=now)
    values = await _ordered(session, project, dataset, form, model, terms or Terms())
    job = await jobs.add(
        session, tag=tag, usd_estimate=usd, started_by=actor.user_id, created_at=now, next_poll_at=now, **values
    )
    if job is None:
        raise NotYet("This was just confirmed.", todo="Its card is on its way.")
    await jobs.promise(session, job, usd=usd, now=now)
    detail = f"{model.name} at {model.provider_label}, estimated {dollars(usd)}"
    await audit.note(session, job, actor.user_id, Audited.TRAIN, now=now, detail=detail)
    await show(session, job, project, now=now)
    await _project_changed(session, project, now=now)
    wake_after_commit(session, "tuning")
    return job


def require_open(terms: Terms | None, model: ModelInfo, now: datetime) -> None:
    """Raises NotYet where it is known that the provider takes no more jobs for this model."""
    if terms is not None and terms.is_closed(now.date()):
        raise NotYet(
            f"{model.provider_label} no longer teaches {model.name}.",
            kept="Nothing was sent, and your training set is kept.",
            todo="Choose another model under More; the same texts can be taught anywhere.",
        )


async def _ordered(
    session: AsyncSession, project: Project, dataset: Dataset, form: TrainForm, model: ModelInfo, terms: Terms
) -> dict[str, Any]:
    """What a new job's row holds of project, dataset, form and model."""
    return {
        "team_id": project.team_id,
        "project_id": project.id,
        "dataset_id": dataset.id,
        "provider": model.provider,
        "base_model": model.name,
        "suffix": datasets.slug(form.suffix or project.name)[: terms.longest_suffix].strip("-"),
        "params": {
            "hyperparameters": form.hyperparameters(),
            "provider_label": model.provider_label,
            "notice": model.notice,
            "training_usd": model.training_usd,
            "hourly": terms.hourly,
            "hourly_usd": model.hourly_usd,
        },
        "seconds_estimate": await _estimated_seconds(session, dataset, model),
        "preview_prompt_id": await jobs.preview_prompt(session, project.id or 0, dataset.id or 0),
        "trace_id": current_trace(),
    }


async def show(session: AsyncSession, job: Job, project: Project, *, now: datetime, soon: bool = False) -> None:
    """Say, or say anew, how the job is doing. `soon`: a little later, so that several steps become one edit."""
    await outbox.say(
        session,
        team_id=job.team_id,
        key=f"job:{job.id}",
        kind=Say.JOB,
        subject_id=job.id or 0,
        channel=project.channel_id,
        now=now,
        not_before=now + PROGRESS_DELAY if soon else now,
        trace_id=job.trace_id,
    )


async def _project_changed(session: AsyncSession, project: Project, *, now: datetime) -> None:
    await outbox.refresh(session, team_id=project.team_id, key=f"project:{project.id}", due=now)


async def need(session: AsyncSession, job_id: int, actor: Actor) -> Job:
    """A job of the actor's workspace. Raises NotFound."""
    job = await jobs.by_id(session, job_id)
    if job is None or job.team_id != actor.team_id:
        raise NotFound("This job is gone.", todo="/tune jobs shows those there are.")
    return job


async def cancel(session: AsyncSession, job_id: int, actor: Actor, *, now: datetime) -> None:
    """Ask for the end of a job; its provider is told at once. Raises NotAllowed, NotFound, NotYet if it is over."""
    job = await need(session, job_id, actor)
    project = await projects.as_owner(session, job.project_id, actor)
    if job.cancel_requested_by and not job.state.is_final:
        return
    if not await jobs.ask_cancel(session, job_id, who=actor.user_id, now=now):
        raise NotYet("This job is over already, so there is nothing to cancel.")
    await audit.note(session, job, actor.user_id, Audited.TRAIN_CANCELLED, now=now)
    await show(session, job, project, now=now)
    wake_after_commit(session, "tuning")


async def cancel_open(session: AsyncSession, project_id: int, actor: Actor, *, now: datetime) -> None:
    """Cancel what is being taught now. Raises NotYet where nothing is."""
    job = await jobs.open_job(session, project_id)
    if job is None:
        raise NotYet("No model is being taught now, so there is nothing to cancel.")
    await cancel(session, job.id or 0, actor, now=now)


async def tell_me_too(session: AsyncSession, job_id: int, actor: Actor, *, now: datetime) -> bool:
    """Have somebody hear of the end as well; at once where it is over. False: they will anyway."""
    job = await need(session, job_id, actor)
    if actor.user_id == job.started_by or not await jobs.add_watcher(session, job_id, actor.user_id):
        return False
    if job.state.is_final:
        await tuning_news.tell_person(session, job, actor.user_id, now=now)
    elif (project := await project_rows.by_id(session, job.project_id)) is not None:
        await show(session, job, project, now=now)
    return True


async def recent(session: AsyncSession, project_id: int, *, now: datetime) -> list[JobCard]:
    """The project's jobs, the newest first."""
    return [await _card(session, job, now) for job in await jobs.of_project(session, project_id, limit=JOBS_SHOWN)]


async def card(session: AsyncSession, job_id: int, *, now: datetime) -> JobCard:
    """What the status of a job shows. Raises NotFound."""
    job = await jobs.by_id(session, job_id)
    if job is None:
        raise NotFound("This job is gone.")
    return await _card(session, job, now)


async def _card(session: AsyncSession, job: Job, now: datetime) -> JobCard:
    dataset = await datasets.need(session, job.dataset_id)
    source = await jobs.prompt_and_product(session, job.preview_prompt_id) if job.preview_prompt_id else None
    return JobCard(
        id=job.id or 0,
        project_id=job.project_id,
        state=job.state,
        raw_state=job.raw_state,
        sent=bool(job.provider_job_id),
        dataset=dataset.number,
        pairs=dataset.train_pairs,
        base_model=job.base_model,
        provider_label=str(job.params.get("provider_label") or job.provider),
        started_by=job.started_by,
        created_at=job.created_at,
        tuned_model=job.tuned_model,
        error=job.error,
        step=job.step,
        total_steps=job.total_steps,
        estimated_finish=job.estimated_finish,
        finished_at=job.finished_at,
        usd=job.usd_estimate,
        losses=first_and_latest(job.losses),
        preview_product=source[1].name if source else "",
        preview_taught=source is not None and await is_taught(session, job.dataset_id, source[0].product_id),
        previews=tuple(Preview(**preview) for preview in job.previews),
        cancel_asked_by=job.cancel_requested_by,
        silent_since=job.failing_since if is_silent(job.failing_since, now) else None,
        watchers=len(await jobs.watchers(session, job.id or 0)),
        notice=str(job.params.get("notice") or ""),
        points=tuple(Metric(int(step), train, validation) for step, train, validation in job.losses),
        in_percent=bool(job.params.get("in_percent")),
        chart_file=job.chart_file,
        remedy=_remedy(job),
        dataset_id=job.dataset_id,
        served=await tuned.card_of_job(session, job, now=now),
    )


def _remedy(job: Job) -> Remedy | None:
    """What mends a failed job."""
    return remedy(job.error, str(job.params.get("failure_code") or "")) if job.state is JobState.FAILED else None
