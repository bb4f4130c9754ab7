"""After a failure: the same order with what mends it, or the same texts somewhere else."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.dataset import Line, Split, digest
from bot.domain.deletion import require_whole
from bot.domain.people import Actor
from bot.domain.tuning import TrainForm
from bot.domain.tuning_failure import Fix
from bot.domain.tuning_terms import Retry
from bot.errors import NotFound, Stale
from bot.log import current_trace
from bot.services import dataset as datasets
from bot.services import project as projects
from bot.services import tuned
from bot.services import tuning as service
from storage import dataset as rows
from storage import dataset_check as checks
from storage.models import Dataset, Job

# A batch that was too large is halved; one that the provider chose is not known, so a small one is tried.
SMALL_BATCH = 4
SLOWER = 0.5


@dataclass(frozen=True, slots=True)
class Refill:
    """What the window opens with."""

    dataset_id: int
    form: TrainForm
    retry: Retry
    other_model: bool = False


async def refill(session: AsyncSession, job_id: int, fix: Fix, actor: Actor) -> Refill:
    """The order of a failed job with what mends it. Raises NotAllowed, NotFound."""
    job = await _owned(session, job_id, actor)
    form, change = mended(form_of(job), fix)
    return Refill(job.dataset_id, form, Retry(job.error, change), other_model=fix is Fix.OTHER_MODEL)


async def elsewhere(session: AsyncSession, model_id: int, actor: Actor) -> tuple[Refill, str]:
    """The same frozen texts for another model; also the provider that it should not be. Raises NotFound, NotAllowed."""
    model, _ = await tuned.need(session, model_id, actor)
    retry = Retry(f"{model.name} will not be served for ever.", "the same frozen texts, another model")
    return Refill(model.dataset_id, TrainForm(), retry, other_model=True), model.provider


def form_of(job: Job) -> TrainForm:
    """What was chosen for a job."""
    chosen: dict[str, Any] = dict(job.params.get("hyperparameters") or {})
    return TrainForm(
        epochs=chosen.get("epochs"),
        learning_rate=chosen.get("learning_rate"),
        batch_size=chosen.get("batch_size"),
        suffix=job.suffix,
        model=job.base_model,
    )


def mended(form: TrainForm, fix: Fix) -> tuple[TrainForm, str]:
    """The form with the fix in it, and what changed, in words."""
    if fix is Fix.SMALLER_BATCH:
        size = max(1, form.batch_size // 2) if form.batch_size else SMALL_BATCH
        return replace(form, batch_size=size), f"{size} texts at a time"
    if fix is Fix.SLOWER:
        rate = (form.learning_rate or 1.0) * SLOWER
        return replace(form, learning_rate=rate), f"a learning speed of {rate:g}"
    if fix is Fix.OTHER_MODEL:
        return replace(form, model=""), "another model"
    return form, "nothing: the same order once more"


async def without_line(session: AsyncSession, job_id: int, line: int, actor: Actor, *, now: datetime) -> int:
    """A new version of a failed job's texts without one line of its training file, counted from 1; its id.

    Raises NotAllowed, NotFound, Stale."""
    job = await _owned(session, job_id, actor)
    dataset = await datasets.need(session, job.dataset_id)
    require_whole(dataset.number, dataset.erased_pairs)
    lines = await rows.lines(session, job.dataset_id)
    taught = [each for each in lines if each.split is Split.TRAIN]
    if not 1 <= line <= len(taught):
        raise NotFound(
            f"The training file has {len(taught)} lines, so there is no line {line}.",
            kept="The training set is as it was.",
            todo="Look at it with /tune dataset.",
        )
    kept = tuple(each for each in lines if each is not taught[line - 1])
    return await _frozen(session, dataset, kept, actor, dropped=taught[line - 1], now=now)


async def _frozen(
    session: AsyncSession, dataset: Dataset, lines: tuple[Line, ...], actor: Actor, *, dropped: Line, now: datetime
) -> int:
    sha256 = digest(lines)
    known = await rows.same(session, dataset.project_id, sha256)
    if known is not None:
        return known.id or 0
    aside = sum(line.split is Split.VALIDATION for line in lines)
    dataset_id = await rows.add(
        session,
        lines=lines,
        team_id=dataset.team_id,
        project_id=dataset.project_id,
        number=await rows.next_number(session, dataset.project_id),
        sha256=sha256,
        seed=dataset.seed,
        pairs=len(lines),
        train_pairs=len(lines) - aside,
        validation_pairs=aside,
        undecided=dataset.undecided,
        settings={
            **dataset.settings,
            "before": dataset.number,
            "diff": "1 removed",
            "dropped": {"from": dataset.number, "completion": dropped.completion_id},
        },
        created_by=actor.user_id,
        created_at=now,
        trace_id=current_trace(),
    )
    if dataset_id is None:
        raise Stale("A colleague froze the texts at the same moment.", todo="Look at their version below.")
    await checks.leave_out(session, dataset.team_id, dataset.project_id, dropped, who=actor.user_id, now=now)
    project = await projects.get(session, dataset.project_id, actor)
    await datasets.show(session, await datasets.need(session, dataset_id), project, now=now)
    return dataset_id


async def _owned(session: AsyncSession, job_id: int, actor: Actor) -> Job:
    job = await service.need(session, job_id, actor)
    await projects.as_owner(session, job.project_id, actor)
    return job
