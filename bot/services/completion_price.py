"""What texts will cost, from prompts like theirs, and whether the budget allows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import fmean

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.completion import CAP_MARGIN
from bot.domain.dataset import chat_messages
from bot.domain.models import ModelInfo
from bot.domain.money import Price, SpendingLimits, Usage, estimate_prompt_tokens, estimate_run, most_prompt_tokens
from bot.errors import NotYet
from bot.services import prompt as prompts
from bot.services.dataset import examples
from bot.services.project import settings_of, style_of
from bot.services.spending import within_budget
from storage import completion as queries
from storage.models import Project

# So many prompts stand for all of them in an estimate.
SAMPLE = 20
SAMPLE_SEED = 1


@dataclass(frozen=True, slots=True)
class Cost:
    """One text of a project: what it will probably cost, and the most it can. None: price unknown."""

    likely_usd: float | None
    most_usd: float | None


def price_of(model: ModelInfo) -> Price:
    return Price(model.input_usd, model.output_usd, model.training_usd)


async def cost_of_one(session: AsyncSession, project: Project, model: ModelInfo) -> Cost:
    """From what the last five to try cost where that is known, else from prompts like these."""
    price = price_of(model)
    if not price.is_known:
        return Cost(None, None)
    read, most = await _prompt_tokens(session, project)
    longest = model.longest(settings_of(project).max_tokens)
    measured = await _measured(session, project, model)
    likely = estimate_run([read], price=price, max_tokens=longest).likely_usd
    return Cost(likely if measured is None else measured, price.of(Usage(most, longest)))


@dataclass(frozen=True, slots=True)
class Quote:
    """What an order will probably cost, and the most it may. None: price unknown."""

    likely_usd: float | None
    cap_usd: float | None


async def quote(
    session: AsyncSession, project: Project, model: ModelInfo, count: int, *, limits: SpendingLimits, now: datetime
) -> Quote:
    """What a run of `count` texts will cost, and the most it may spend.

    Raises BudgetReached where what is left of a budget will not do, or cannot be kept as the price is unknown."""
    cost = await cost_of_one(session, project, model)
    likely = None if cost.likely_usd is None else count * cost.likely_usd
    left = await within_budget(session, project, likely, limits=limits, now=now)
    if cost.most_usd is None:
        return Quote(likely, None)
    most = count * cost.most_usd * CAP_MARGIN
    return Quote(likely, most if left is None else min(most, left))


async def cap_for(
    session: AsyncSession, project: Project, model: ModelInfo, count: int, *, limits: SpendingLimits, now: datetime
) -> float | None:
    """The most that a run of `count` texts may spend; None where the price is unknown. Raises BudgetReached."""
    return (await quote(session, project, model, count, limits=limits, now=now)).cap_usd


async def _prompt_tokens(session: AsyncSession, project: Project) -> tuple[int, int]:
    """How many tokens a request of this project probably has, and at most. Raises NotYet where there are no prompts."""
    drawn = await prompts.choose(session, project, count=SAMPLE, seed=SAMPLE_SEED)
    if not drawn:
        raise NotYet("The template gives no prompts on this catalog.", todo="Change the template.")
    system, shown = style_of(project).system_prompt(), await examples(session, project)
    asked = [chat_messages(system, prompt.text, shown) for prompt in drawn]
    return _mean([estimate_prompt_tokens(one) for one in asked]), max(most_prompt_tokens(one) for one in asked)


async def _measured(session: AsyncSession, project: Project, model: ModelInfo) -> float | None:
    """What one of the five to try cost on average; None where that is not known of this model."""
    tried = await queries.last_try(session, project.id or 0)
    if tried is None or tried.model != model.name:
        return None
    usd, unpriced = await queries.usd_of(session, tried.id or 0)
    written = await queries.written(session, tried.id or 0)
    return usd / written if written and not unpriced else None


def _mean(numbers: Sequence[int]) -> int:
    return round(fmean(numbers))
