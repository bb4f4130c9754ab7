"""Ordering texts: five to try, more once an owner says they are good, those that people already have, one again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.audit import Audited, ordered
from bot.domain.completion import ONE_AT_A_TIME, TRY_SIZE, WITH_PROGRESS, Origin, RunKind, RunState, WritingState
from bot.domain.models import ModelInfo
from bot.domain.money import NO_LIMITS, SpendingLimits
from bot.domain.outbox import Say
from bot.domain.people import Actor
from bot.domain.spending import Order
from bot.errors import NotFound, NotYet, Stale
from bot.log import current_trace
from bot.services import prompt as prompts
from bot.services.completion_price import cap_for, quote
from bot.services.project import as_owner, settings_of
from bot.services.review import refuse_late
from bot.services.review_cards import card_changed
from bot.services.spend_request import seconded
from storage import audit, outbox
from storage import completion as queries
from storage import review as reviews
from storage.engine import wake_after_commit
from storage.models import Completion, Project, Prompt, Run

JOB = "generate"


async def start_try(
    session: AsyncSession,
    project_id: int,
    actor: Actor,
    *,
    model: ModelInfo,
    now: datetime,
    limits: SpendingLimits = NO_LIMITS,
) -> int:
    """Order five texts of different products; the run's id. Pressing twice orders once.

    Raises NotAllowed, NotYet, BudgetReached."""
    project = await as_owner(session, project_id, actor)
    await prompts.require_signed_off(session, project)
    await queries.lock_project(session, project_id)
    live = await queries.live_run(session, project_id, (RunKind.TRY,))
    if live is not None:
        return live.id or 0
    cap = await cap_for(session, project, model, TRY_SIZE, limits=limits, now=now)
    run = await _add_run(session, project, actor, RunKind.TRY, model, wanted=TRY_SIZE, cap=cap, now=now)
    drawn = await prompts.draw(
        session,
        project,
        count=TRY_SIZE,
        seed=run.id or 0,
        distinct_products=True,
        skip=await queries.used_positions(session, project, project.signed_off),
    )
    if not drawn:
        raise NotYet("Every prompt has a text already.", todo="Review them, or change the template.")
    await queries.set_wanted(session, run.id or 0, len(drawn))
    await queries.add_texts(session, [wanted_text(run, prompt, now=now) for prompt in drawn])
    await _say(session, project, run, f"try:{run.id}", Say.TRY, now=now)
    return run.id or 0


async def start_write(
    session: AsyncSession,
    project_id: int,
    actor: Actor,
    *,
    count: int | None,
    model: ModelInfo,
    now: datetime,
    limits: SpendingLimits = NO_LIMITS,
) -> int:
    """Order `count` more texts, or all that are left; the run's id. Its texts are planned and written by the job.

    Raises NotAllowed, NotYet (nothing tried, nothing left, or writing already), BudgetReached, NeedsSecond."""
    project = await as_owner(session, project_id, actor)
    await prompts.require_signed_off(session, project)
    await queries.lock_project(session, project_id)
    await _require_idle(session, project_id)
    await _require_tried(session, project)
    left = await texts_left(session, project)
    if left <= 0:
        raise NotYet("Every prompt has a text already.", todo="Review them, or change the template.")
    wanted = left if count is None else min(count, left)
    price = await quote(session, project, model, wanted, limits=limits, now=now)
    order = Order("write", f"write {wanted:,} texts", price.likely_usd)
    await seconded(session, project, actor, order, limits=limits, now=now)
    run = await _add_run(session, project, actor, RunKind.WRITE, model, wanted=wanted, cap=price.cap_usd, now=now)
    await _say(session, project, run, f"run:{run.id}", Say.RUN, now=now)
    return run.id or 0


async def start_existing(
    session: AsyncSession, project_id: int, actor: Actor, *, model: ModelInfo, now: datetime
) -> int:
    """Take the texts that people already have as completions to review; costs nothing. Raises NotAllowed, NotYet."""
    project = await as_owner(session, project_id, actor)
    fingerprint = prompts.fingerprint(project, await prompts.catalog_of(session, project))
    await queries.lock_project(session, project_id)
    await _require_idle(session, project_id)
    taken = await queries.products_with_existing(session, project_id)
    wanted = await prompts.existing_count(session, project) - len(taken)
    if wanted <= 0:
        where = "is under review already" if taken else "has no text of its own"
        raise NotYet(f"Every product {where}.", todo="Name the column that holds them with *Fix columns*.")
    run = await _add_run(session, project, actor, RunKind.EXISTING, model, wanted=wanted, cap=0.0, now=now)
    run.fingerprint = fingerprint
    await session.flush()
    return run.id or 0


async def again(
    session: AsyncSession,
    completion_id: int,
    version: int,
    actor: Actor,
    hint: str,
    *,
    model: ModelInfo,
    now: datetime,
    limits: SpendingLimits = NO_LIMITS,
) -> int:
    """Have an open text written again, with a hint; the new text's id. It takes the old one's place in the batch.

    Raises NotAllowed, AlreadyDecided, Stale, BudgetReached."""
    old = await _reviewed_text(session, completion_id)
    project = await as_owner(session, old.project_id, actor)
    if not await reviews.replace(session, completion_id, version=version, who=actor.user_id, now=now):
        await refuse_late(session, completion_id)
    await audit.note_text(
        session, old, actor.user_id, Audited.AGAIN, words=old.text, version=version, now=now, detail=hint.strip()
    )
    cap = await cap_for(session, project, model, 1, limits=limits, now=now)
    run = await _add_run(session, project, actor, RunKind.AGAIN, model, wanted=1, cap=cap, now=now)
    new = await queries.add_text(session, **_text_again(old, run, hint.strip(), now=now))
    await card_changed(session, old, now=now)
    return new.id or 0


async def stop_run(session: AsyncSession, run_id: int, actor: Actor, *, now: datetime) -> None:
    """End a run early; what is written stays. Raises NotFound, NotAllowed, Stale."""
    run = await queries.run(session, run_id)
    if run is None or run.team_id != actor.team_id:
        raise NotFound("This run is gone.")
    project = await as_owner(session, run.project_id, actor)
    if run.state.is_final:
        raise Stale("This run is over already.", kept="Its texts are kept.")
    await queries.ask_to_stop(session, run_id)
    await audit.note(session, run, actor.user_id, Audited.STOPPED, now=now)
    if run.kind in WITH_PROGRESS:
        await _say(session, project, run, f"run:{run_id}", Say.RUN, now=now)
    wake_after_commit(session, JOB)


async def stop_all(session: AsyncSession, project: Project, actor: Actor, *, now: datetime) -> int:
    """Stop whatever the project is writing; how many runs. Raises NotAllowed, NotYet."""
    stopped = 0
    while run := await queries.live_run(session, project.id or 0, list(RunKind)):
        if run.state == RunState.STOPPING:
            break
        await stop_run(session, run.id or 0, actor, now=now)
        stopped += 1
    if not stopped:
        raise NotYet("Nothing is being written.", todo="`/tune write` starts something.")
    return stopped


async def texts_left(session: AsyncSession, project: Project) -> int:
    """Prompts that an owner said yes to and that have no text and will get none."""
    used = await queries.used_positions(session, project, project.signed_off)
    return await prompts.count(session, project) - len(used)


def wanted_text(run: Run, prompt: Prompt, *, now: datetime) -> dict[str, Any]:
    """The row of a text that is to be written."""
    return {
        "team_id": run.team_id,
        "project_id": run.project_id,
        "run_id": run.id,
        "prompt_id": prompt.id,
        "product_id": prompt.product_id,
        "state": WritingState.WANTED,
        "origin": Origin.MODEL,
        "model": run.model,
        "created_at": now,
        "trace_id": run.trace_id,
    }


def _text_again(old: Completion, run: Run, hint: str, *, now: datetime) -> dict[str, Any]:
    """The row that takes an old text's place."""
    return {
        "team_id": run.team_id,
        "project_id": run.project_id,
        "run_id": run.id,
        "batch_id": old.batch_id,
        "number": old.number,
        "prompt_id": old.prompt_id,
        "product_id": old.product_id,
        "parent_id": old.id,
        "state": WritingState.WANTED,
        "origin": Origin.MODEL,
        "model": run.model,
        "hint": hint,
        "created_at": now,
        "trace_id": run.trace_id,
    }


async def _add_run(
    session: AsyncSession,
    project: Project,
    actor: Actor,
    kind: RunKind,
    model: ModelInfo,
    *,
    wanted: int,
    cap: float | None,
    now: datetime,
) -> Run:
    settings = settings_of(project)
    wake_after_commit(session, JOB)
    run = await queries.add_run(
        session,
        team_id=project.team_id,
        project_id=project.id,
        kind=kind,
        wanted=wanted,
        provider=model.provider,
        model=model.name,
        temperature=settings.temperature,
        max_tokens=model.longest(settings.max_tokens),
        cap_usd=cap,
        fingerprint=project.signed_off,
        started_by=actor.user_id,
        created_at=now,
        trace_id=current_trace(),
    )
    detail = ordered(run.kind.value, run.wanted, run.model, run.cap_usd)
    await audit.note(session, run, actor.user_id, Audited.WRITE, now=now, detail=detail)
    return run


async def _say(
    session: AsyncSession,
    project: Project,
    run: Run,
    key: str,
    kind: Say,
    *,
    now: datetime,
) -> None:
    await outbox.say(
        session,
        team_id=project.team_id,
        key=key,
        kind=kind,
        subject_id=run.id or 0,
        channel=project.channel_id,
        now=now,
        trace_id=run.trace_id,
    )


async def _require_idle(session: AsyncSession, project_id: int) -> None:
    live = await queries.live_run(session, project_id, ONE_AT_A_TIME)
    if live is not None:
        raise NotYet(f"I am writing {live.wanted} texts already.", todo="Wait for them, or stop with /tune stop.")


async def _require_tried(session: AsyncSession, project: Project) -> None:
    """Nothing more is bought before somebody has seen five as the prompts are today."""
    if not await queries.was_tried(session, project):
        raise NotYet("Nobody has seen five texts of these prompts yet.", todo="Press *Try five* first: /tune write.")


async def _reviewed_text(session: AsyncSession, completion_id: int) -> Completion:
    text = await reviews.completion(session, completion_id)
    if text is None or text.batch_id is None:
        raise NotFound("This text is gone.")
    return text
