"""What the messages about writing show: five to try with what comes next, and a run's progress."""

from __future__ import annotations

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.completion import Offer, RunCard, RunState, TryCard, TryText, WritingState, choices
from bot.domain.models import ModelInfo
from bot.domain.review import facts_of, minutes_for
from bot.errors import BotError, NotFound
from bot.services import prompt as prompts
from bot.services.completion import texts_left
from bot.services.completion_price import cost_of_one
from storage import completion as queries
from storage import project as projects
from storage.models import Completion, Product, Project, Prompt, Run


async def try_card(session: AsyncSession, run_id: int, *, model: ModelInfo) -> TryCard:
    """Five texts, and once they are there the offers of more. Raises NotFound."""
    run, project = await _run_and_project(session, run_id)
    texts = tuple(_try_text(*row) for row in await queries.texts_of(session, run_id))
    usd, unpriced = await queries.usd_of(session, run_id)
    done = run.state == RunState.DONE and any(text.text for text in texts)
    return TryCard(
        run_id=run_id,
        project_id=run.project_id,
        state=run.state,
        texts=texts,
        model=run.model,
        usd=None if unpriced else usd,
        offers=await offers(session, project, model) if done else (),
        existing=await _existing_left(session, project) if run.state.is_final else 0,
        problem=run.problem,
        notice=model.notice,
    )


async def offers(session: AsyncSession, project: Project, model: ModelInfo) -> tuple[Offer, ...]:
    """How many more can be ordered, with price and minutes; nothing where the prompts do not hold any more."""
    try:
        if not await prompts.is_signed_off(session, project):
            return ()
        left = await texts_left(session, project)
        one = (await cost_of_one(session, project, model)).likely_usd
    except BotError:
        return ()
    return tuple(
        Offer(count, None if one is None else one * count, minutes_for(count), is_all=count == left)
        for count in choices(left)
    )


async def run_card(session: AsyncSession, run_id: int, *, now: datetime) -> RunCard:
    """A run's progress. Raises NotFound."""
    run, _ = await _run_and_project(session, run_id)
    counts = await queries.counts(session, run_id)
    usd, unpriced = await queries.usd_of(session, run_id)
    return RunCard(
        id=run_id,
        project_id=run.project_id,
        kind=run.kind,
        state=run.state,
        wanted=run.wanted,
        written=counts.get(WritingState.WRITTEN, 0),
        failed=counts.get(WritingState.FAILED, 0),
        seconds=((run.finished_at or now) - run.created_at).total_seconds(),
        usd=None if unpriced else usd,
        started_by=run.started_by,
        model=run.model,
        problem=run.problem,
        batch_id=await queries.batch_of(session, run_id),
        cap_usd=run.cap_usd,
    )


async def _run_and_project(session: AsyncSession, run_id: int) -> tuple[Run, Project]:
    run = await queries.run(session, run_id)
    project = await projects.by_id(session, run.project_id) if run else None
    if run is None or project is None:
        raise NotFound("This run is gone.")
    return run, project


def _try_text(text: Completion, prompt: Prompt, product: Product) -> TryText:
    return TryText(product=product.name, facts=facts_of(prompt.values, {}), text=text.text, problem=text.problem)


async def _existing_left(session: AsyncSession, project: Project) -> int:
    taken = await queries.products_with_existing(session, project.id or 0)
    return max(0, await prompts.existing_count(session, project) - len(taken))
