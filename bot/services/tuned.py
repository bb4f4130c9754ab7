"""Tuned models: used, taken back, retired; started and stopped where that costs money. Only a click spends."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.audit import Audited, dollars
from bot.domain.money import NO_LIMITS, SpendingLimits
from bot.domain.people import Actor
from bot.domain.spending import Order
from bot.domain.tuned import ModelsCard, ServingState, TunedCard, cost_so_far, former_of
from bot.errors import BadForm, NotFound, NotYet
from bot.providers.base import Deployment
from bot.services import project as projects
from bot.services.spend_request import seconded
from bot.services.spending import within_budget
from storage import audit, outbox, shutdowns
from storage import dataset as datasets
from storage import tuned as queries
from storage import tuning as jobs
from storage.engine import wake_after_commit
from storage.models import Job, Project, ProjectModel

CAN_START = (ServingState.ASKING, ServingState.STOPPED, ServingState.FAILED)
CAN_STOP = (ServingState.READY, ServingState.STARTING, ServingState.FAILED)
LONGEST_NAME = 200


async def taught(session: AsyncSession, job: Job, served: Deployment | None, *, hourly: bool, now: datetime) -> None:
    """A job has made a model: keep it, and use it where it answers already."""
    state = _state_of(served)
    model = await queries.add(
        session,
        team_id=job.team_id,
        project_id=job.project_id,
        job_id=job.id or 0,
        dataset_id=job.dataset_id,
        provider=job.provider,
        base_model=job.base_model,
        name=job.tuned_model,
        output=job.tuned_model,
        state=state,
        problem=served.problem or "" if served and state is not ServingState.READY else "",
        deployment_id=served.id if served else "",
        hourly=hourly,
        hourly_usd=_hourly(job, served),
        created_at=now,
        trace_id=job.trace_id,
    )
    if model is not None and state is ServingState.READY:
        await _promote(session, model, by=job.started_by, now=now)


def _state_of(served: Deployment | None) -> ServingState:
    if served is None or served.ready:
        return ServingState.READY
    return ServingState.ASKING if served.needs_yes else ServingState.BY_HAND


def _hourly(job: Job, served: Deployment | None) -> float | None:
    quoted = served.hourly_usd if served else None
    kept = job.params.get("hourly_usd")
    return quoted if quoted is not None else kept if isinstance(kept, int | float) else None


async def adopt(session: AsyncSession, project: Project, *, now: datetime) -> None:
    """Give a row to models that were made before there were rows for them."""
    for job in await queries.unknown_jobs(session, project.id or 0):
        in_use = job.tuned_model == project.tuned_model
        await queries.add(
            session, team_id=job.team_id, project_id=job.project_id, job_id=job.id or 0, dataset_id=job.dataset_id,
            provider=job.provider, base_model=job.base_model, name=job.tuned_model, output=job.tuned_model,
            state=ServingState.READY, created_at=job.finished_at or now, trace_id=job.trace_id,
            promoted_at=(job.finished_at or now), promoted_by=job.started_by if in_use else "",
        )  # fmt: skip


async def need(session: AsyncSession, model_id: int, actor: Actor) -> tuple[ProjectModel, Project]:
    """A model of the actor's workspace, for its owner. Raises NotFound, NotAllowed."""
    model = await queries.by_id(session, model_id)
    if model is None or model.team_id != actor.team_id:
        raise NotFound("This model is gone.", todo="/tune models shows those there are.")
    return model, await projects.as_owner(session, model.project_id, actor)


async def promote(session: AsyncSession, model_id: int, actor: Actor, *, now: datetime) -> None:
    """From now on the project writes with this model. Raises NotAllowed, NotFound, NotYet if it does not answer."""
    model, _ = await need(session, model_id, actor)
    if model.retired_at is not None:
        raise NotYet("This model was retired.", todo="Teach another one, or use one of those below.")
    if model.state is not ServingState.READY:
        raise NotYet("This model does not answer yet.", todo="Start it first; the price stands on its button.")
    await _promote(session, model, by=actor.user_id, now=now)


async def roll_back(session: AsyncSession, project_id: int, actor: Actor, *, now: datetime) -> TunedCard:
    """Back to the model that was in use before. Raises NotAllowed, NotYet where there is none, or it does not run."""
    project = await projects.as_owner(session, project_id, actor)
    former = (await models_card(session, project, now=now)).former
    if former is None:
        raise NotYet("There is no earlier model to go back to.")
    await promote(session, former.id, actor, now=now)
    return former


async def retire(session: AsyncSession, model_id: int, actor: Actor, *, now: datetime) -> None:
    """Nobody is to use it again; a deployment that runs is stopped. Raises NotAllowed, NotFound."""
    model, project = await need(session, model_id, actor)
    if model.retired_at is not None:
        return
    if project.tuned_model == model.name:
        await queries.use(session, project.id or 0, name="")
    if model.hourly and model.state in CAN_STOP and model.deployment_id:
        await _stop(session, model, now=now)
    values = {"retired_at": now, "retired_by": actor.user_id}
    await queries.change(session, model_id, history=_entry(model, "retired", actor.user_id, now), **values)
    await audit.note(session, model, actor.user_id, Audited.RETIRED, now=now, detail=model.name)
    await _changed(session, model, now=now)


async def start(
    session: AsyncSession, model_id: int, actor: Actor, *, now: datetime, limits: SpendingLimits = NO_LIMITS
) -> None:
    """Have a deployment started: the yes to its price an hour. Raises NotAllowed, NotFound, NotYet, BudgetReached."""
    model, project = await need(session, model_id, actor)
    if model.retired_at is not None:
        raise NotYet("This model was retired.")
    # What the first hour costs has to fit
    await within_budget(session, project, model.hourly_usd, limits=limits, now=now)
    words = f"run {model.name or model.output}, for each hour until somebody stops it"
    order = Order(f"deploy:{model_id}", words, model.hourly_usd)
    await seconded(session, project, actor, order, limits=limits, now=now)
    values = {"state": ServingState.STARTING, "started_by": actor.user_id, "problem": "", "next_look_at": now}
    if not await queries.move(session, model_id, expected=CAN_START, **values):
        raise NotYet("This model is running or starting already.")
    await queries.change(session, model_id, history=_entry(model, "started", actor.user_id, now))
    detail = f"{model.name}, {dollars(model.hourly_usd)} an hour"
    await audit.note(session, model, actor.user_id, Audited.DEPLOYED, now=now, detail=detail)
    await _changed(session, model, now=now)
    wake_after_commit(session, "serving")


async def stop(session: AsyncSession, model_id: int, actor: Actor, *, now: datetime) -> None:
    """Have a deployment ended, and what it costs. Raises NotAllowed, NotFound, NotYet if it does not run."""
    model, _ = await need(session, model_id, actor)
    if not await _stop(session, model, now=now):
        raise NotYet("This model is not running, so there is nothing to stop.")
    await queries.change(session, model_id, history=_entry(model, "stopped", actor.user_id, now))
    await audit.note(session, model, actor.user_id, Audited.SHUT_DOWN, now=now, detail=model.name)
    await _changed(session, model, now=now)


async def _stop(session: AsyncSession, model: ProjectModel, *, now: datetime) -> bool:
    values = {"state": ServingState.STOPPING, "next_look_at": now}
    moved = model.hourly and await queries.move(session, model.id or 0, expected=CAN_STOP, **values)
    wake_after_commit(session, "serving")
    return moved


async def name_deployment(session: AsyncSession, model_id: int, actor: Actor, name: str, *, now: datetime) -> None:
    """Somebody deployed it at the provider; this is what it is asked by. Raises BadForm, NotAllowed, NotFound."""
    model, _ = await need(session, model_id, actor)
    name = name.strip()
    if not name or len(name) > LONGEST_NAME or any(c.isspace() for c in name):
        raise BadForm({"name": "Type the deployment's name as the provider shows it, without blanks."})
    await answers_as(session, model, name=name, by=actor.user_id, now=now)


async def answers_as(session: AsyncSession, model: ProjectModel, *, name: str, by: str, now: datetime) -> None:
    """The model answers under this name; the first time it does, it is used."""
    was_in_use = await queries.in_use(session, model.project_id) == model.name
    await queries.change(
        session, model.id or 0, name=name, state=ServingState.READY, problem="",
        running_since=(model.running_since or now) if model.hourly else None,
    )  # fmt: skip
    await queries.rename_job(session, model.job_id, name=name)
    fresh = await queries.by_id(session, model.id or 0)
    if fresh is not None and fresh.retired_at is None and (was_in_use or fresh.promoted_at is None):
        await _promote(session, fresh, by=by, now=now)
    else:
        await _changed(session, model, now=now)


async def _promote(session: AsyncSession, model: ProjectModel, *, by: str, now: datetime) -> None:
    before = await queries.in_use(session, model.project_id)
    await queries.use(session, model.project_id, name=model.name)
    values = {"promoted_at": now, "promoted_by": by, "history": _entry(model, "used", by, now)}
    await queries.change(session, model.id or 0, **values)
    await audit.note(session, model, by, Audited.PROMOTED, now=now, detail=f"{model.name} after {before or 'none'}")
    former = await queries.named(session, model.project_id, before) if before else None
    for one in (former, model):
        if one is not None:
            await _changed(session, one, now=now)


def _entry(model: ProjectModel, what: str, by: str, now: datetime) -> list[Any]:
    return [*model.history, {"what": what, "by": by, "at": now.isoformat()}]


async def _changed(session: AsyncSession, model: ProjectModel, *, now: datetime) -> None:
    for key in (f"job:{model.job_id}", f"project:{model.project_id}"):
        await outbox.refresh(session, team_id=model.team_id, key=key, due=now)


async def require_answers(session: AsyncSession, project: Project) -> None:
    """Raises NotYet where the model in use has to be started first: its price is said before anything is tried."""
    model = await queries.named(session, project.id or 0, project.tuned_model) if project.tuned_model else None
    if model is None or model.state is ServingState.READY:
        return
    price = f"about ${model.hourly_usd:,.2f} an hour" if model.hourly_usd is not None else "at a price I do not know"
    raise NotYet(
        f"The model in use, {model.name}, is not running.", todo=f"/tune models starts it, {price} while it runs."
    )


async def models_card(session: AsyncSession, project: Project, *, now: datetime) -> ModelsCard:
    """The project's tuned models, the newest first."""
    rows = await queries.of_project(session, project.id or 0)
    cards = tuple([await tuned_card(session, row, in_use=row.name == project.tuned_model, now=now) for row in rows])
    return ModelsCard(project.id or 0, cards, former_of(cards))


async def card_of_job(session: AsyncSession, job: Job, *, now: datetime) -> TunedCard | None:
    """The model that a job made; None where it made none, or before there were rows for them."""
    model = await queries.of_job(session, job.id or 0)
    if model is None:
        return None
    in_use = await queries.in_use(session, model.project_id) == model.name
    return await tuned_card(session, model, in_use=in_use, now=now)


async def tuned_card(session: AsyncSession, model: ProjectModel, *, in_use: bool, now: datetime) -> TunedCard:
    dataset = await datasets.by_id(session, model.dataset_id)
    job = await jobs.by_id(session, model.job_id)
    return TunedCard(
        id=model.id or 0,
        project_id=model.project_id,
        job_id=model.job_id,
        name=model.name,
        base_model=model.base_model,
        provider_label=str((job.params if job else {}).get("provider_label") or model.provider),
        state=model.state,
        dataset=dataset.number if dataset else 0,
        pairs=dataset.train_pairs if dataset else 0,
        created_at=model.created_at,
        in_use=in_use,
        hourly=model.hourly,
        hourly_usd=model.hourly_usd,
        running_since=model.running_since,
        usd_so_far=cost_so_far(model.hourly_usd, model.running_since, model.spent_usd, now),
        started_by=model.started_by,
        problem=model.problem,
        promoted_at=model.promoted_at,
        promoted_by=model.promoted_by,
        retired_at=model.retired_at,
        retired_by=model.retired_by,
        ends=await shutdowns.day(session, provider=model.provider, model=model.name),
    )
