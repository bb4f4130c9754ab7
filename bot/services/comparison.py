"""Blind comparisons: what one costs, ordering it, and how it is going."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.audit import Audited
from bot.domain.comparison import (
    FEWEST,
    PROGRESS_DELAY,
    SIZES,
    USUAL_SIZE,
    contenders,
    minutes_for,
    pairings,
)
from bot.domain.comparison_cards import CompareOffer, ComparisonCard
from bot.domain.completion import CAP_MARGIN, WritingState
from bot.domain.dataset import MOST_EXAMPLES
from bot.domain.money import NO_LIMITS, SpendingLimits
from bot.domain.outbox import Say
from bot.domain.people import Actor
from bot.domain.spending import Order
from bot.errors import NotFound, NotYet, Stale
from bot.log import current_trace
from bot.services import evaluation, tuned
from bot.services import project as projects
from bot.services import prompt as prompts
from bot.services.comparison_plan import Cost, Item, Models, Plan, cost_of, plan, stored
from bot.services.spend_request import seconded
from bot.services.spending import within_budget
from storage import audit, outbox
from storage import comparison as queries
from storage import project as project_rows
from storage import tuned as tuned_rows
from storage.completion import lock_project
from storage.engine import wake_after_commit
from storage.models import Comparison, Project

JOB = "comparison"


async def offer(
    session: AsyncSession, project_id: int, actor: Actor, models: Models, *, size: int | None = None
) -> CompareOffer:
    """What a comparison means: products, price, minutes of people. Raises NotAllowed, NotYet."""
    project = await projects.as_owner(session, project_id, actor)
    await tuned.require_answers(session, project)
    found = await plan(session, project, most=SIZES[-1])
    _enough(found.available, len(found.taught))
    chosen = min(size or USUAL_SIZE, found.available)
    cost = cost_of(found.items(chosen), found.taught, models, projects.settings_of(project).max_tokens)
    has_tuned = models.tuned is not None
    meets = chosen * len(pairings(tuned=has_tuned))
    return CompareOffer(
        project_id=project_id,
        products=chosen,
        sizes=tuple(sorted({min(one, found.available) for one in SIZES})),
        held_out=min(len(found.held_out), chosen),
        texts=chosen * len(contenders(tuned=has_tuned)),
        meetings=meets,
        minutes=minutes_for(meets),
        base_model=models.base.name,
        tuned_model=models.tuned.name if models.tuned else "",
        provider_label=models.base.provider_label,
        usd=cost.likely_usd,
        leave=tuple((await prompts.columns_sent(session, project))[0]),
        examples=min(MOST_EXAMPLES, len(found.taught)),
        rounds=len(await queries.ended_of(session, project_id)),
        notice=(models.tuned or models.base).notice,
    )


def _enough(available: int, taught: int) -> None:
    if not taught:
        raise NotYet("The training set holds no text to take examples from.", todo="Approve some: /tune review.")
    if available < FEWEST:
        raise NotYet(
            f"Only {available} products are left that the model was not taught with; {FEWEST} are the least that tell.",
            todo="Add products to the catalog: /tune catalog. Meanwhile /tune try shows one at a time.",
        )


async def start(
    session: AsyncSession,
    project_id: int,
    actor: Actor,
    *,
    models: Models,
    size: int,
    now: datetime,
    limits: SpendingLimits = NO_LIMITS,
) -> Comparison:
    """Order the texts. Pressing twice orders once. Raises NotAllowed, NotYet, BudgetReached."""
    project = await projects.as_owner(session, project_id, actor)
    await lock_project(session, project_id)
    live = await queries.live(session, project_id)
    if live is not None:
        return live
    await tuned.require_answers(session, project)
    found = await plan(session, project, most=size)
    _enough(found.available, len(found.taught))
    items = await stored(session, project, found, size=size)
    cost = cost_of(items, found.taught, models, projects.settings_of(project).max_tokens)
    left = await within_budget(session, project, cost.likely_usd, limits=limits, now=now)
    order = Order("compare", f"compare models on {len(items):,} products", cost.likely_usd)
    await seconded(session, project, actor, order, limits=limits, now=now)
    row = await _add(session, project, actor, found, models, cost=cost, left=left, now=now)
    await _add_texts(session, row, items)
    await audit.note(session, row, actor.user_id, Audited.COMPARED, now=now, detail=f"{len(items)} products")
    await show(session, row, project, now=now)
    wake_after_commit(session, JOB)
    return row


async def _add(
    session: AsyncSession,
    project: Project,
    actor: Actor,
    found: Plan,
    models: Models,
    *,
    cost: Cost,
    left: float | None,
    now: datetime,
) -> Comparison:
    settings = projects.settings_of(project)
    job = await evaluation.model_job(session, project) if models.tuned else None
    most = None if cost.most_usd is None else cost.most_usd * CAP_MARGIN
    return await queries.add(
        session,
        team_id=project.team_id,
        project_id=project.id,
        dataset_id=found.dataset.id,
        job_id=job.id if job else None,
        base_model=models.base.name,
        base_provider=models.base.provider,
        tuned_model=models.tuned.name if models.tuned else "",
        tuned_provider=models.tuned.provider if models.tuned else "",
        temperature=settings.temperature,
        max_tokens=settings.max_tokens,
        seed=found.dataset.seed + await queries.count(session, project.id or 0),
        cap_usd=most if most is None or left is None else min(most, left),
        usd_estimate=cost.likely_usd,
        started_by=actor.user_id,
        created_at=now,
        trace_id=current_trace(),
    )


async def _add_texts(session: AsyncSession, row: Comparison, items: Sequence[Item]) -> None:
    rows = [
        {
            "comparison_id": row.id,
            "contender": contender,
            "prompt_id": item.prompt_id,
            "position": position,
            "state": WritingState.WANTED,
            "reference": item.reference,
        }
        for position, item in enumerate(items)
        for contender in contenders(tuned=bool(row.tuned_model))
    ]
    await queries.add_texts(session, rows)


async def retry(session: AsyncSession, comparison_id: int, actor: Actor, *, now: datetime) -> None:
    """Write what is missing. Raises NotFound, NotAllowed, Stale."""
    row = await need(session, comparison_id, actor)
    project = await projects.as_owner(session, row.project_id, actor)
    if not await queries.retry(session, comparison_id):
        raise Stale("This was started again already.")
    await show(session, row, project, now=now)
    wake_after_commit(session, JOB)


async def use_examples(session: AsyncSession, comparison_id: int, actor: Actor, *, now: datetime) -> None:
    """From now on the project writes with examples; its tuned model is put aside. Raises NotFound, NotAllowed."""
    row = await need(session, comparison_id, actor)
    project = await projects.as_owner(session, row.project_id, actor)
    job = await evaluation.model_job(session, project)
    await tuned_rows.use(session, row.project_id, name="")
    await project_rows.change(session, row.project_id, few_shot=True)
    keys = [f"comparison_result:{row.id}", f"project:{row.project_id}", *([f"job:{job.id}"] if job else [])]
    for key in keys:
        await outbox.refresh(session, team_id=row.team_id, key=key, due=now)


async def need(session: AsyncSession, comparison_id: int, actor: Actor) -> Comparison:
    """A comparison of the actor's workspace. Raises NotFound."""
    row = await queries.by_id(session, comparison_id)
    if row is None or row.team_id != actor.team_id:
        raise NotFound("This comparison is gone.", todo="Start another with /tune compare.")
    return row


async def show(session: AsyncSession, row: Comparison, project: Project, *, now: datetime, soon: bool = False) -> None:
    """Say, or say anew, how it is going. `soon`: a little later, so that several steps become one edit."""
    await outbox.say(
        session,
        team_id=row.team_id,
        key=f"comparison:{row.id}",
        kind=Say.COMPARISON,
        subject_id=row.id or 0,
        channel=project.channel_id,
        now=now,
        not_before=now + PROGRESS_DELAY if soon else now,
        trace_id=row.trace_id,
    )


async def card(session: AsyncSession, comparison_id: int) -> ComparisonCard:
    """How it is going, without a word on who is ahead. Raises NotFound."""
    row = await queries.by_id(session, comparison_id)
    project = await project_rows.by_id(session, row.project_id) if row else None
    if row is None or project is None:
        raise NotFound("This comparison is gone.")
    counts = await queries.counts(session, comparison_id)
    open_ = [one.id for one in await queries.matchups(session, comparison_id) if not one.same_text]
    votes = await queries.votes(session, comparison_id)
    judged = len({vote.matchup_id for vote in votes})
    made = ComparisonCard(
        id=comparison_id,
        project_id=row.project_id,
        state=row.state,
        products=sum(counts.values()) // len(contenders(tuned=bool(row.tuned_model))),
        texts=sum(counts.values()),
        written=counts.get(WritingState.WRITTEN, 0),
        failed=counts.get(WritingState.FAILED, 0),
        meetings=len(open_),
        judged=judged,
        voters=len({vote.user_id for vote in votes}),
        minutes_left=minutes_for(len(open_) - judged),
        started_by=row.started_by,
        has_tuned=bool(row.tuned_model),
        problem=row.problem,
        ended_by=row.ended_by,
    )
    return replace(made, usd=await queries.spent_usd(session, row.team_id, comparison_id) if row.cap_usd else None)
