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
from bot.domain.money import Price, Usage, estimate_prompt_tokens, estimate_run, most_prompt_tokens
from bot.errors import BudgetReached, NotYet
from bot.services import prompt as prompts
from bot.services.dataset import examples
from bot.services.project import settings_of, style_of
from storage import completion as queries
from storage import money
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


async def cap_for(
    session: AsyncSession, project: Project, model: ModelInfo, count: int, *, month_usd: float | None, now: datetime
) -> float | None:
    """The most that a run of `count` texts may spend; None where the price is unknown and nobody set a budget.

    Raises BudgetReached where what is left of a budget will not do, or cannot be kept because the price is unknown."""
    left = await _left(session, project, month_usd=month_usd, now=now)
    cost = await cost_of_one(session, project, model)
    if cost.likely_usd is None or cost.most_usd is None:
        if left is not None:
            raise BudgetReached(
                f"Nobody told me what {model.name} costs, so the budget cannot be kept.",
                kept="Nothing was started.",
                todo="Set its prices in tunesmith.toml, or take the budget away.",
            )
        return None
    likely, most = count * cost.likely_usd, count * cost.most_usd * CAP_MARGIN
    if left is not None and likely > left:
        raise BudgetReached(
            f"This costs about ${likely:,.2f}, and ${max(left, 0):,.2f} of the budget is left.",
            kept="Nothing was started.",
            todo="Order fewer texts, or raise the budget.",
        )
    return most if left is None else min(most, left)


async def _left(session: AsyncSession, project: Project, *, month_usd: float | None, now: datetime) -> float | None:
    """What the tighter of the project's and the month's budget still allows; None where there is none."""
    lefts = []
    budget = settings_of(project).budget_usd
    if budget is not None:
        lefts.append(budget - await money.spent_usd(session, project_id=project.id))
    if month_usd is not None:
        month = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        lefts.append(month_usd - await money.spent_usd(session, team_id=project.team_id, since=month))
    return min(lefts, default=None)


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
