"""What a provider says of a job, written down; and who hears of its end."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.money import Price
from bot.domain.outbox import Say
from bot.domain.tuning import (
    MOST_WARNINGS,
    PROGRESS_DELAY,
    SETTLES_WITHIN,
    Metric,
    Preview,
    advanced,
    is_silent,
    merged_losses,
    next_poll_at,
    progress_in,
)
from bot.domain.tuning_state import JobState
from bot.errors import BotError
from bot.providers.base import Deployment, MetricPoint, TuningEvent, TuningJob
from bot.services import tuned
from storage import outbox, people
from storage import project as project_rows
from storage import tuning as jobs
from storage.engine import wake_after_commit
from storage.models import Job

# A provider that says "done" without naming a model is asked again for this long; then the job has failed.
NO_MODEL = "The provider says that it is done, but names no model."
# Levels of events that people hear of while it goes on; a failed job's last word comes with its end.
WORTH_A_WORD = frozenset({"warn", "warning"})
# The columns of a job whose change is worth an edit of its card.
SHOWN = (
    "state", "raw_state", "step", "total_steps", "estimated_finish", "tuned_model", "error", "previews", "losses",
    "chart_file",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Report:
    """One answer of the provider about a job; `deployment` only once it is taught."""

    job: TuningJob
    deployment: Deployment | None = None


async def learn(
    session: AsyncSession,
    job: Job,
    events: Sequence[TuningEvent],
    *,
    owner: str,
    now: datetime,
    metrics: Sequence[MetricPoint] = (),
) -> bool:
    """Keep events once, with the progress they tell of; at most 500 at a time. False: the lease was lost."""
    for event in events:
        event_id = await jobs.add_event(
            session,
            job.id or 0,
            provider_event_id=event.id,
            at=event.at or now,
            level=event.level,
            message=event.message,
            data=dict(event.data),
        )
        if event_id is not None and event.level in WORTH_A_WORD:
            await _tell_of_event(session, job, event_id, now=now)
    told = progress_in([(event.message, event.data) for event in events])
    from_file = [Metric(point.step, point.train_loss, point.valid_loss or point.full_valid_loss) for point in metrics]
    values = {
        "step": told.step or job.step,
        "total_steps": told.total_steps or job.total_steps,
        "losses": merged_losses(job.losses, [*told.metrics, *from_file]),
    }
    return await _change(session, job, owner=owner, now=now, values=values)


async def keep_preview(session: AsyncSession, job: Job, preview: Preview, *, owner: str, now: datetime) -> bool:
    """Keep what the model writes at a step; an empty text: it could not be asked. False: the lease was lost."""
    return await _change(session, job, owner=owner, now=now, values={"previews": [*job.previews, asdict(preview)]})


async def record(session: AsyncSession, job: Job, report: Report, *, owner: str, now: datetime) -> bool:
    """Write down how the job stands, give it back, and tell people where it is over. False: the lease was lost."""
    state, error = _outcome(report, now)
    state = advanced(job.state, state)
    said = report.job
    in_percent = said.percent is not None and not said.total_steps
    step = round(said.percent or 0) if in_percent else said.trained_steps or job.step
    total = 100 if in_percent else said.total_steps or job.total_steps
    values: dict[str, Any] = {
        "provider_job_id": said.id,
        "state": state,
        "raw_state": said.raw_status,
        "error": error,
        "tuned_model": (report.deployment.model if report.deployment else said.tuned_model) or job.tuned_model,
        "trained_tokens": said.trained_tokens or job.trained_tokens,
        "step": step,
        "total_steps": total,
        "estimated_finish": said.estimated_finish or _extrapolated(job, step, total, now),
        "submitted_at": job.submitted_at or now,
        "failing_since": None,
        "next_poll_at": _next_poll(job, now),
        "params": {**job.params, **_kept_words(said, in_percent)},
        **_given_back(),
    }
    if state.is_final:
        values["finished_at"] = said.finished_at or now
    return await _change(session, job, owner=owner, now=now, values=values, served=report.deployment)


def _kept_words(said: TuningJob, in_percent: bool) -> dict[str, Any]:
    """What has no column of its own: a failure's code, and that progress comes in percent."""
    code = said.failure.code if said.failure else None
    return ({"failure_code": code} if code else {}) | ({"in_percent": True} if in_percent else {})


def _next_poll(job: Job, now: datetime) -> datetime:
    return next_poll_at(job.submitted_at or job.created_at, now, luck=random.random())  # noqa: S311 - spreads the load


def _outcome(report: Report, now: datetime) -> tuple[JobState, str]:
    """The state as people should see it, with what is wrong or left to do."""
    said = report.job
    if said.state is JobState.FAILED:
        return JobState.FAILED, said.failure.message if said.failure else "The provider gave no reason."
    if said.state is not JobState.SUCCEEDED:
        return said.state, ""
    served = report.deployment
    if served is not None and served.model and (served.ready or served.problem or served.needs_yes):
        return JobState.SUCCEEDED, served.problem or ""
    if is_silent(said.finished_at, now):
        return JobState.FAILED, (served.problem if served else "") or NO_MODEL
    return JobState.FINISHING, ""


def _extrapolated(job: Job, step: int | None, total: int | None, now: datetime) -> datetime | None:
    """When it is over if it goes on as so far; None where that cannot be said."""
    if not step or not total or job.submitted_at is None or step > total:
        return None
    return now + (now - job.submitted_at) * (total - step) / step


async def trouble(
    session: AsyncSession, job: Job, error: BotError, *, owner: str, wait: float | None, now: datetime
) -> bool:
    """The provider could not be asked: it will be again. After an hour the card says so."""
    since = job.failing_since or now
    later = _next_poll(job, now)
    if job.submitted_at is not None and not job.provider_job_id:
        later = max(later, job.submitted_at + SETTLES_WITHIN)
    values: dict[str, Any] = {"failing_since": since, "next_poll_at": later, **_given_back()}
    if wait is not None:
        values["next_poll_at"] = max(later, now + timedelta(seconds=wait))
    if is_silent(since, now):
        values["error"] = str(error)
    return await _change(session, job, owner=owner, now=now, values=values)


async def end(session: AsyncSession, job: Job, state: JobState, why: str, *, owner: str, now: datetime) -> bool:
    """A job that ended without its provider saying so: it refused it, or it was cancelled before it was sent."""
    values = {"state": state, "error": why, "finished_at": now, **_given_back()}
    return await _change(session, job, owner=owner, now=now, values=values)


def _given_back() -> dict[str, Any]:
    return {"lease_owner": "", "lease_until": None}


async def _change(
    session: AsyncSession,
    job: Job,
    *,
    owner: str,
    now: datetime,
    values: dict[str, Any],
    served: Deployment | None = None,
) -> bool:
    """Change the row where it is still ours and open, and say what of it is news."""
    before = {name: getattr(job, name) for name in SHOWN}
    if not await jobs.change(session, job.id or 0, owner=owner, now=now, **values):
        return False
    changed = {name for name in SHOWN if name in values and values[name] != before[name]}
    fresh = await jobs.by_id(session, job.id or 0)
    if fresh is not None and changed:
        await _say(session, fresh, at_once="state" in changed, now=now)
        wake_after_commit(session, "charts")
        if fresh.state.is_final:
            await _over(session, fresh, served, now=now)
    return True


async def _say(session: AsyncSession, job: Job, *, at_once: bool, now: datetime) -> None:
    due = now if at_once else now + PROGRESS_DELAY
    await outbox.refresh(session, team_id=job.team_id, key=f"job:{job.id}", due=due)


async def _over(session: AsyncSession, job: Job, served: Deployment | None, *, now: datetime) -> None:
    """The end: a model that answers is used, the money is counted, and everybody who asked is told, once."""
    if job.state is JobState.SUCCEEDED and job.tuned_model:
        await tuned.taught(session, job, served, hourly=bool(job.params.get("hourly")), now=now)
    await jobs.settle_promise(session, job, usd=_cost(job))
    await outbox.refresh(session, team_id=job.team_id, key=f"project:{job.project_id}", due=now)
    await _tell_thread(session, job, now=now)
    starter = await people.person(session, job.team_id, job.started_by)
    listeners = [job.started_by] if starter is None or starter.tell == "dm" else []
    for user in [*listeners, *await jobs.watchers(session, job.id or 0)]:
        await tell_person(session, job, user, now=now)


def _cost(job: Job) -> float | None:
    """Dollars by what the provider counted, else what was estimated."""
    price = Price(training_usd_per_million=job.params.get("training_usd"))
    return price.of_training(job.trained_tokens) if job.trained_tokens else job.usd_estimate


async def _tell_thread(session: AsyncSession, job: Job, *, now: datetime) -> None:
    project = await project_rows.by_id(session, job.project_id)
    if project is None:
        return
    await outbox.say(
        session,
        team_id=job.team_id,
        key=f"job:{job.id}:thread",
        kind=Say.JOB_DONE_THREAD,
        subject_id=job.id or 0,
        channel=project.channel_id,
        thread_key=f"job:{job.id}",
        now=now,
        trace_id=job.trace_id,
    )


async def _tell_of_event(session: AsyncSession, job: Job, event_id: int, *, now: datetime) -> None:
    """A warning of the provider, in the thread; the first few only."""
    if await jobs.warnings(session, job.id or 0) > MOST_WARNINGS:
        return
    project = await project_rows.by_id(session, job.project_id)
    if project is not None:
        await outbox.say(
            session, team_id=job.team_id, key=f"job:{job.id}:event:{event_id}", kind=Say.JOB_EVENT,
            subject_id=event_id, channel=project.channel_id, thread_key=f"job:{job.id}", now=now,
            trace_id=job.trace_id,
        )  # fmt: skip


async def tell_person(session: AsyncSession, job: Job, user: str, *, now: datetime) -> None:
    """A direct message about the end of a job; said once a person."""
    key = f"job:{job.id}:dm:{user}"
    if await outbox.by_key(session, job.team_id, key) is None:
        await outbox.say(
            session,
            team_id=job.team_id,
            key=key,
            kind=Say.JOB_DONE,
            subject_id=job.id or 0,
            channel=user,
            now=now,
            trace_id=job.trace_id,
        )
