"""Queries of fine-tuning jobs: which are due, who works on them, and what their provider said."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, or_
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.dataset import Split
from bot.domain.tuning import POLL_LEASE
from bot.domain.tuning_state import JobState
from storage.insert import insert_once
from storage.models import Completion, Dataset, Job, JobEvent, JobWatcher, Ledger, Pair, Product, Prompt
from storage.money import RELEASED, RESERVED, SETTLED

# A job that ended longer ago gets no chart any more; so many are looked at.
CHART_WITHIN = timedelta(hours=1)
JOBS_DRAWN = 20
FINAL = [state for state in JobState if state.is_final]


async def by_id(session: AsyncSession, job_id: int) -> Job | None:
    found = select(Job).where(Job.id == job_id).execution_options(populate_existing=True)
    return (await session.exec(found)).first()


async def add(session: AsyncSession, *, team_id: str, tag: str, **values: Any) -> Job | None:
    """A new job, or None where this confirmation made one already."""
    job_id = await insert_once(session, Job, team_id=team_id, tag=tag, **values)
    return None if job_id is None else await by_id(session, job_id)


async def by_tag(session: AsyncSession, team_id: str, tag: str) -> Job | None:
    return (await session.exec(select(Job).where(Job.team_id == team_id, Job.tag == tag))).first()


async def open_job(session: AsyncSession, project_id: int) -> Job | None:
    """The project's job that is not over."""
    found = select(Job).where(Job.project_id == project_id, col(Job.state).not_in(FINAL))
    return (await session.exec(found.order_by(col(Job.id).desc()))).first()


async def of_project(session: AsyncSession, project_id: int, *, limit: int) -> Sequence[Job]:
    """The newest jobs first."""
    found = select(Job).where(Job.project_id == project_id).order_by(col(Job.id).desc()).limit(limit)
    return (await session.exec(found)).all()


async def of_model(session: AsyncSession, project_id: int, model: str) -> Job | None:
    """The job that made a model."""
    found = select(Job).where(Job.project_id == project_id, Job.tuned_model == model)
    return (await session.exec(found.order_by(col(Job.id).desc()))).first()


async def finished_like(session: AsyncSession, *, provider: str, base_model: str) -> tuple[Job, Dataset] | None:
    """The last job of the same model that succeeded, with its dataset: how long such a job takes."""
    found = (
        select(Job, Dataset)
        .join(Dataset, col(Dataset.id) == Job.dataset_id)
        .where(Job.provider == provider, Job.base_model == base_model, Job.state == JobState.SUCCEEDED)
        .order_by(col(Job.id).desc())
    )
    row = (await session.exec(found)).first()
    return (row[0], row[1]) if row else None


async def due(session: AsyncSession, *, now: datetime, limit: int) -> Sequence[int]:
    """Jobs to be sent or asked about that nobody is working on."""
    found = select(Job.id).where(_waiting(now)).order_by(col(Job.next_poll_at)).limit(limit)
    return [job_id for job_id in (await session.exec(found)).all() if job_id is not None]


async def next_due(session: AsyncSession) -> datetime | None:
    """When the next job wants to be asked about, as far as nobody holds it."""
    found = select(func.min(Job.next_poll_at)).where(col(Job.state).not_in(FINAL), col(Job.lease_until).is_(None))
    return (await session.exec(found)).one()


def _waiting(now: datetime) -> Any:
    free = or_(col(Job.lease_until).is_(None), col(Job.lease_until) < now)
    when = or_(col(Job.next_poll_at).is_(None), col(Job.next_poll_at) <= now)
    return col(Job.state).not_in(FINAL) & free & when


async def claim(session: AsyncSession, job_id: int, *, owner: str, now: datetime) -> Job | None:
    """Take a due job for the length of a lease. None: somebody else did."""
    mine = update(Job).where(col(Job.id) == job_id, _waiting(now))
    won = (await session.exec(mine.values(lease_owner=owner, lease_until=now + POLL_LEASE))).rowcount == 1
    return await by_id(session, job_id) if won else None


async def change(session: AsyncSession, job_id: int, *, owner: str, now: datetime, **values: Any) -> bool:
    """Record something of a job that one holds, and hold it on. False: the lease was lost, or the job is over."""
    mine = update(Job).where(col(Job.id) == job_id, col(Job.lease_owner) == owner, col(Job.state).not_in(FINAL))
    return (await session.exec(mine.values(**{"lease_until": now + POLL_LEASE} | values))).rowcount == 1


async def put_off(session: AsyncSession, job_id: int, *, owner: str, until: datetime) -> None:
    """Give a job back until later."""
    mine = update(Job).where(col(Job.id) == job_id, col(Job.lease_owner) == owner)
    await session.exec(mine.values(next_poll_at=until, lease_owner="", lease_until=None))


async def ask_cancel(session: AsyncSession, job_id: int, *, who: str, now: datetime) -> bool:
    """Note that somebody wants it to end, and have the provider told at once. False: it is over."""
    wish = update(Job).where(col(Job.id) == job_id, col(Job.state).not_in(FINAL), col(Job.cancel_requested_by) == "")
    return (await session.exec(wish.values(cancel_requested_by=who, next_poll_at=now))).rowcount == 1


async def add_event(session: AsyncSession, job_id: int, **values: Any) -> int | None:
    """Keep an event of the provider once; its id, or None where we have it."""
    return await insert_once(session, JobEvent, job_id=job_id, **values)


async def event(session: AsyncSession, event_id: int) -> JobEvent | None:
    return (await session.exec(select(JobEvent).where(JobEvent.id == event_id))).first()


async def warnings(session: AsyncSession, job_id: int) -> int:
    """How many warnings of the provider there are."""
    found = select(func.count()).where(JobEvent.job_id == job_id, col(JobEvent.level).in_(["warn", "warning"]))
    return int((await session.exec(found)).one())


async def last_event_id(session: AsyncSession, job_id: int) -> str | None:
    """The provider's id of the newest event that we have."""
    found = select(JobEvent.provider_event_id).where(JobEvent.job_id == job_id).order_by(col(JobEvent.id).desc())
    return (await session.exec(found)).first()


async def with_losses(session: AsyncSession, *, now: datetime) -> Sequence[Job]:
    """Jobs that go on or have just ended, and have figures to draw."""
    recent = or_(col(Job.state).not_in(FINAL), col(Job.finished_at) > now - CHART_WITHIN)
    found = select(Job).where(recent, col(Job.step).is_not(None)).order_by(col(Job.id).desc()).limit(JOBS_DRAWN)
    return (await session.exec(found.execution_options(populate_existing=True))).all()


async def keep_chart(session: AsyncSession, job_id: int, *, step: int, file_id: str) -> bool:
    """Note the chart of a step; an empty file keeps the one that is shown. False: a newer one is there."""
    older = or_(col(Job.chart_step).is_(None), col(Job.chart_step) < step)
    values = {"chart_step": step} | ({"chart_file": file_id} if file_id else {})
    return (await session.exec(update(Job).where(col(Job.id) == job_id, older).values(**values))).rowcount == 1


async def add_watcher(session: AsyncSession, job_id: int, user_id: str) -> bool:
    """Note who wants to hear of the end. False: they were noted already."""
    return await insert_once(session, JobWatcher, job_id=job_id, user_id=user_id) is not None


async def watchers(session: AsyncSession, job_id: int) -> list[str]:
    found = select(JobWatcher.user_id).where(JobWatcher.job_id == job_id).order_by(col(JobWatcher.id))
    return list((await session.exec(found)).all())


async def preview_prompt(session: AsyncSession, project_id: int, dataset_id: int) -> int | None:
    """A prompt to watch the model by: of a product kept aside, else of one that is not taught, else any that is."""
    pairs = select(Completion.prompt_id).join(Pair, col(Pair.completion_id) == Completion.id)
    taught = pairs.where(Pair.dataset_id == dataset_id).order_by(col(Pair.position))
    aside = (await session.exec(taught.where(Pair.split == Split.VALIDATION))).first()
    return aside or await _untaught_prompt(session, project_id, dataset_id) or (await session.exec(taught)).first()


async def _untaught_prompt(session: AsyncSession, project_id: int, dataset_id: int) -> int | None:
    products = select(Pair.product_id).where(Pair.dataset_id == dataset_id)
    found = select(Prompt.id).where(Prompt.project_id == project_id, col(Prompt.product_id).not_in(products))
    return (await session.exec(found.order_by(col(Prompt.id).desc()))).first()


async def prompt_and_product(session: AsyncSession, prompt_id: int) -> tuple[Prompt, Product] | None:
    found = select(Prompt, Product).join(Product, col(Product.id) == Prompt.product_id).where(Prompt.id == prompt_id)
    row = (await session.exec(found)).first()
    return (row[0], row[1]) if row else None


async def promise(session: AsyncSession, job: Job, *, usd: float | None, now: datetime) -> None:
    """Set aside what a job will probably cost."""
    row = Ledger(
        team_id=job.team_id,
        project_id=job.project_id,
        user_id=job.started_by,
        job_id=job.id,
        attempt=job.tag,
        model=job.base_model,
        state=RESERVED,
        usd=usd,
        at=now,
    )
    session.add(row)
    await session.flush()


async def settle_promise(session: AsyncSession, job: Job, *, usd: float | None) -> None:
    """Count what a job cost; one that never reached its provider cost nothing."""
    mine = update(Ledger).where(col(Ledger.job_id) == job.id, col(Ledger.attempt) == job.tag)
    sent = bool(job.provider_job_id)
    await session.exec(mine.values(state=SETTLED if sent else RELEASED, usd=usd if sent else 0.0))
