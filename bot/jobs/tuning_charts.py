"""Draws the losses of jobs: twice on the way and once at the end, since a picture in Slack cannot be edited.

The picture is uploaded without being shared and shown inside the job's card, which replaces the one before."""

from __future__ import annotations

import asyncio

import structlog

from bot.charts import Series, line_chart
from bot.deps import Deps
from bot.domain.tuning import Metric
from bot.domain.tuning_chart import is_due, losses_in_words
from bot.errors import SlackTrouble
from storage import outbox
from storage import tuning as queries
from storage.engine import reading, transaction
from storage.models import Job

log = structlog.get_logger()

# Slack looks at an upload before it lets a message show it.
LOOKS, BETWEEN_LOOKS = 20, 0.5
# What getUploadURLExternal takes as alternative text.
LONGEST_ALT = 1000


async def run_once(deps: Deps) -> int:
    """Draw what is due; how many charts that were."""
    async with reading(deps.db) as session:
        jobs = await queries.with_losses(session, now=deps.now())
    due = [job for job in jobs if is_due(job.chart_step, points_of(job), job.total_steps, is_over=job.state.is_final)]
    for job in due:
        await _draw(deps, job)
    return len(due)


def points_of(job: Job) -> list[Metric]:
    return [Metric(int(step), train, validation) for step, train, validation in job.losses]


async def _draw(deps: Deps, job: Job) -> None:
    """A chart that cannot be shown is let go: the words beside it say the same."""
    points = points_of(job)
    try:
        file_id = await _uploaded(deps, job, points)
    except SlackTrouble as error:
        log.warning("chart_not_uploaded", tuning_job=job.id, error=str(error))
        file_id = ""
    async with transaction(deps.db) as session:
        mine = await queries.keep_chart(session, job.id or 0, step=points[-1].step, file_id=file_id)
        if mine and file_id:
            await outbox.refresh(session, team_id=job.team_id, key=f"job:{job.id}", due=deps.now())
    if mine and file_id and job.chart_file:
        await _forget(deps, job.chart_file)


async def _uploaded(deps: Deps, job: Job, points: list[Metric]) -> str:
    """The id of the picture, once Slack shows it; nothing if that takes too long."""
    data = await asyncio.to_thread(drawn, points)
    alt = losses_in_words(points)[:LONGEST_ALT]
    file_id = await deps.slack.start_upload(f"losses-{job.id}-{points[-1].step}.png", data, alt)
    await deps.slack.finish_upload(file_id, title="How well it learns")
    for _ in range(LOOKS):
        if (await deps.slack.file_info(file_id)).get("mimetype"):
            return file_id
        await asyncio.sleep(BETWEEN_LOOKS)
    return ""


def drawn(points: list[Metric]) -> bytes:
    taught = tuple((float(point.step), point.train) for point in points if point.train is not None)
    aside = tuple((float(point.step), point.validation) for point in points if point.validation is not None)
    lines = [Series("on the texts it learns from", taught), Series("on texts kept aside", aside, dashed=True)]
    return line_chart([line for line in lines if line.points], x_label="step", y_label="how far off it is (loss)")


async def _forget(deps: Deps, file_id: str) -> None:
    """The picture before this one: no message shows it any more."""
    try:
        await deps.slack.delete_file(file_id)
    except SlackTrouble as error:
        log.info("old_chart_not_deleted", error=str(error))
