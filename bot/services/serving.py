"""What came of starting, stopping and looking at deployments, written down with what they cost."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.tuned import LOOK_WHILE_RUNNING, LOOK_WHILE_WORKING, REMIND_EVERY, ServingState, cost_so_far
from bot.providers.base import Deployment
from bot.services import project as projects
from bot.services import tuned
from storage import outbox
from storage import tuned as queries
from storage.models import ProjectModel

RETRY = timedelta(minutes=1)


async def started(session: AsyncSession, model: ProjectModel, seen: Deployment, *, owner: str, now: datetime) -> None:
    """How a deployment does that somebody asked for: it answers, it failed, or it is still on its way."""
    values: dict[str, Any] = {"deployment_id": seen.id or model.deployment_id}
    if seen.hourly_usd is not None:
        values["hourly_usd"] = seen.hourly_usd
    # It costs from the moment the provider has it, not from when it answers
    values["running_since"] = model.running_since or now
    wait: timedelta | None = LOOK_WHILE_WORKING
    if seen.problem:
        values |= {"state": ServingState.FAILED, "problem": seen.problem}
        wait = None if not values["deployment_id"] else LOOK_WHILE_RUNNING
    elif seen.ready:
        wait = LOOK_WHILE_RUNNING
    if not await _settle(session, model, owner=owner, wait=wait, now=now, **values):
        return
    fresh = await queries.by_id(session, model.id or 0)
    if fresh is not None and seen.ready and not seen.problem:
        await tuned.answers_as(session, fresh, name=seen.model or fresh.name, by=model.started_by, now=now)
    await _charge(session, model, over=False, now=now)
    await _show(session, model, now=now)


async def stopped(session: AsyncSession, model: ProjectModel, *, owner: str, now: datetime, why: str = "") -> None:
    """A deployment has ended: what it cost is counted."""
    spent = cost_so_far(model.hourly_usd, model.running_since, model.spent_usd, now)
    await _charge(session, model, over=True, now=now)
    values: dict[str, Any] = {
        "state": ServingState.STOPPED,
        "running_since": None,
        "spent_usd": spent if spent is not None else model.spent_usd,
        "problem": why,
        "reminded_at": None,
    }
    if await _settle(session, model, owner=owner, wait=None, now=now, **values):
        await _show(session, model, now=now)


async def still_running(session: AsyncSession, model: ProjectModel, *, owner: str, now: datetime) -> None:
    """A deployment runs on: its cost grows, and once a day whoever started it hears of it."""
    reminded = model.reminded_at or model.running_since or now
    due = now - reminded >= REMIND_EVERY
    if await _settle(
        session, model, owner=owner, wait=LOOK_WHILE_RUNNING, now=now, reminded_at=now if due else model.reminded_at
    ):
        await _charge(session, model, over=False, now=now)
        await _show(session, model, now=now)
        if due:
            await _remind(session, model, now=now)


async def trouble(session: AsyncSession, model: ProjectModel, problem: str, *, owner: str, now: datetime) -> None:
    """The provider could not be asked, or said no: it will be asked again; a start that was refused is over."""
    refused = model.state is ServingState.STARTING and not model.deployment_id
    state = ServingState.FAILED if refused else model.state
    wait = None if refused else RETRY
    if await _settle(session, model, owner=owner, wait=wait, now=now, state=state, problem=problem):
        await _show(session, model, now=now)


async def _settle(
    session: AsyncSession, model: ProjectModel, *, owner: str, wait: timedelta | None, now: datetime, **values: Any
) -> bool:
    kept = await queries.settle(session, model.id or 0, owner=owner, expected=model.state, wait=wait, now=now, **values)
    if not kept:
        await queries.give_back(session, model.id or 0, owner=owner)
    return kept


async def _charge(session: AsyncSession, model: ProjectModel, *, over: bool, now: datetime) -> None:
    usd = cost_so_far(model.hourly_usd, model.running_since, 0.0, now)
    await queries.charge(session, model, usd=usd, over=over, now=now)


async def _show(session: AsyncSession, model: ProjectModel, *, now: datetime) -> None:
    await outbox.refresh(session, team_id=model.team_id, key=f"job:{model.job_id}", due=now)


async def _remind(session: AsyncSession, model: ProjectModel, *, now: datetime) -> None:
    usd = cost_so_far(model.hourly_usd, model.running_since, model.spent_usd, now)
    cost = f"about ${usd:,.2f} so far" if usd is not None else "at a price I do not know"
    days = (now - (model.running_since or now)).days
    since = f"for {days} {'day' if days == 1 else 'days'}"
    await projects.note(
        session,
        team_id=model.team_id,
        channel=model.started_by,
        text=f"The model {projects.escaped(model.name)} has been running {since}, {cost}. "
        "Stop it while nobody writes with it?",
        key=f"serving:{model.id}:{now:%Y-%m-%d}",
        now=now,
        button="tuned.stop",
        label="Stop it",
        value=str(model.id),
    )
