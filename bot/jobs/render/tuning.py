"""Renders what is said of fine-tuning jobs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.deps import Deps
from bot.domain.message import Message
from bot.domain.outbox import Say
from bot.domain.tuning import JobCard
from bot.domain.tuning_state import JobState
from bot.jobs.render import Renderer
from bot.jobs.render.prices import try_usd
from bot.services import tuning as service
from bot.views import tuning as views
from storage import project as projects
from storage import tuning as queries
from storage.models import Outbox


async def job(deps: Deps, session: AsyncSession, row: Outbox) -> Message:
    return views.job_card(await _card(deps, session, row), deps.now())


async def _card(deps: Deps, session: AsyncSession, row: Outbox) -> JobCard:
    """The job's card, with the price of using the model once there is one."""
    card = await service.card(session, row.subject_id, now=deps.now())
    if card.state is not JobState.SUCCEEDED:
        return card
    return replace(card, try_usd=await try_usd(deps, session, card.project_id))


async def job_done(deps: Deps, session: AsyncSession, row: Outbox) -> Message:
    card = await _card(deps, session, row)
    project = await projects.by_id(session, card.project_id)
    return views.job_done(card, channel=project.channel_id if project else "")


async def job_done_thread(deps: Deps, session: AsyncSession, row: Outbox) -> Message:
    return views.job_done_thread(await service.card(session, row.subject_id, now=deps.now()))


async def job_event(deps: Deps, session: AsyncSession, row: Outbox) -> Message | None:
    event = await queries.event(session, row.subject_id)
    job = await queries.by_id(session, event.job_id) if event else None
    if event is None or job is None:
        return None
    return views.job_event(event.message, str(job.params.get("provider_label") or job.provider))


RENDERERS: Mapping[Say, Renderer] = {
    Say.JOB: job,
    Say.JOB_DONE: job_done,
    Say.JOB_DONE_THREAD: job_done_thread,
    Say.JOB_EVENT: job_event,
}
