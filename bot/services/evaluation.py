"""Is it better? Base and tuned model side by side for one product."""

from __future__ import annotations

import difflib
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.dataset import Split
from bot.domain.evaluation import TrialCard
from bot.domain.models import ModelInfo
from bot.domain.money import NO_LIMITS, SpendingLimits
from bot.domain.outbox import Say
from bot.domain.people import Actor
from bot.errors import BotError, NotFound, NotYet
from bot.log import current_trace
from bot.services import dataset as datasets
from bot.services import project as projects
from bot.services import prompt as prompts
from bot.services import tuned
from bot.services.completion_price import cap_for, cost_of_one
from bot.services.facts import facts_for
from storage import evaluation as queries
from storage import outbox
from storage import tuning as jobs
from storage.engine import wake_after_commit
from storage.models import Job, Project, Prompt, Trial

# Names looked through for one that is like a mistyped one.
NAMES_COMPARED = 5_000
SUGGESTIONS = 3


async def model_job(session: AsyncSession, project: Project) -> Job | None:
    """The job that made the model in use."""
    return await jobs.of_model(session, project.id or 0, project.tuned_model) if project.tuned_model else None


async def require_model(session: AsyncSession, project: Project) -> None:
    """Raises NotYet where there is neither a tuned model nor examples in the prompt, or the model is not running."""
    if not project.tuned_model and not await datasets.examples(session, project):
        raise NotYet(
            "There is no model of yours yet.",
            todo="Freeze the approved texts with /tune dataset, then teach a model, or use them as examples.",
        )
    await tuned.require_answers(session, project)


async def try_model(
    session: AsyncSession,
    project_id: int,
    actor: Actor,
    *,
    base: ModelInfo,
    product: str = "",
    now: datetime,
    limits: SpendingLimits = NO_LIMITS,
) -> Trial:
    """Have base and tuned model write for the same product: the named one, else one that was kept aside.

    Without a tuned model the base model writes plainly and with examples. Raises NotAllowed, NotYet, NotFound,
    BudgetReached."""
    project = await projects.as_owner(session, project_id, actor)
    await require_model(session, project)
    await cap_for(session, project, base, 2, limits=limits, now=now)
    job = await model_job(session, project)
    prompt = await _named(session, project, product) if product.strip() else await _next(session, project, job)
    trial = await queries.add(
        session,
        team_id=project.team_id,
        project_id=project_id,
        job_id=job.id if job else None,
        prompt_id=prompt.id,
        base_model=job.base_model if job else base.name,
        tuned_model=project.tuned_model,
        asked_by=actor.user_id,
        created_at=now,
        trace_id=current_trace(),
    )
    await show_trial(session, trial, project, now=now)
    wake_after_commit(session, "trials")
    return trial


async def trial_usd(session: AsyncSession, project: Project, model: ModelInfo) -> float | None:
    """What writing for one product with both models costs; None where that is not known."""
    try:
        cost = await cost_of_one(session, project, model)
    except BotError:
        return None
    return None if cost.likely_usd is None else 2 * cost.likely_usd


async def _named(session: AsyncSession, project: Project, words: str) -> Prompt:
    """The first prompt of the product called so. Raises NotFound with names that are like it."""
    words = " ".join(words.split())
    found = await queries.named(session, project.catalog_id, words, limit=1)
    if found:
        drawn = await prompts.for_products(session, project, [found[0][0]])
        if drawn:
            return drawn[0]
        raise NotFound(f"The template gives no prompt for {found[0][1]}: a column it needs is empty there.")
    names = await queries.names(session, project.catalog_id, limit=NAMES_COMPARED)
    alike = difflib.get_close_matches(words, names, n=SUGGESTIONS, cutoff=0.4)
    todo = f"Did you mean {' or '.join(alike)}?" if alike else "Leave the name out, and I choose one."
    raise NotFound(f"The catalog has no product called “{words}”.", todo=todo)


async def _next(session: AsyncSession, project: Project, job: Job | None) -> Prompt:
    """A product the model has not learned from, best one of those kept aside, and another one every time."""
    tried = await queries.tried_products(session, project.id or 0)
    if job is not None:
        aside = await queries.products_of(session, job.dataset_id, project.catalog_id, Split.VALIDATION)
        fresh = [product for product in aside if product not in tried]
        if fresh and (found := await prompts.for_products(session, project, fresh[:1])):
            return found[0]
    taught = await _taught(session, project, job)
    for excluded in ({*taught, *tried}, set(taught), set[int]()):
        drawn = await prompts.draw(
            session, project, count=1, seed=len(tried), distinct_products=True, exclude_products=excluded
        )
        if drawn:
            return drawn[0]
    raise NotYet("The template gives no prompt for this catalog.", todo="Change the template: /tune template.")


async def _taught(session: AsyncSession, project: Project, job: Job | None) -> list[int]:
    if job is None:
        return []
    return await queries.products_of(session, job.dataset_id, project.catalog_id, Split.TRAIN)


async def show_trial(session: AsyncSession, trial: Trial, project: Project, *, now: datetime) -> None:
    await outbox.say(
        session,
        team_id=trial.team_id,
        key=f"trial:{trial.id}",
        kind=Say.TRIAL,
        subject_id=trial.id or 0,
        channel=project.channel_id,
        now=now,
        trace_id=trial.trace_id,
    )


async def trial_card(session: AsyncSession, trial_id: int) -> TrialCard:
    """What the side-by-side card shows. Raises NotFound."""
    trial = await queries.by_id(session, trial_id)
    source = await jobs.prompt_and_product(session, trial.prompt_id) if trial else None
    if trial is None or source is None:
        raise NotFound("This comparison is gone.", todo="Start another with /tune try.")
    prompt, product = source
    job = await jobs.by_id(session, trial.job_id) if trial.job_id else None
    return TrialCard(
        id=trial_id,
        project_id=trial.project_id,
        state=trial.state,
        product=product.name,
        facts=await facts_for(session, prompt, product),
        prompt=prompt.text,
        base_model=trial.base_model,
        tuned_model=trial.tuned_model,
        base_text=trial.base_text,
        tuned_text=trial.tuned_text,
        problem=trial.problem,
        taught=job is not None and await queries.is_taught(session, job.dataset_id, prompt.product_id),
    )
