"""One text from a model for a waiting person: within its model's pace and the budget, and in the ledger before."""

from __future__ import annotations

from dataclasses import replace

from bot.deps import Deps
from bot.domain.models import ModelInfo
from bot.domain.money import estimate_prompt_tokens
from bot.domain.pacing import Turn
from bot.providers.base import ChatAnswer, ChatRequest
from bot.providers.errors import ProviderError, RateLimited
from bot.services.completion_price import price_of
from bot.services.generation_types import UNBOUNDED_ANSWER, most_usd
from bot.services.spending import within_budget
from storage import project as projects
from storage import spending
from storage.engine import transaction
from storage.spending import Purpose


async def ask(deps: Deps, provider: str, request: ChatRequest, purpose: Purpose) -> ChatAnswer:
    """Ask once, when it is this model's turn. Raises ProviderError, and BudgetReached before anything is sent."""
    info = replace(deps.models.info(request.model), provider=provider)
    pacer = deps.pacers.of(info)
    sent_at = await pacer.turn(_tokens(request), Turn.PERSON)
    await _reserve(deps, info, request, purpose)
    try:
        answer = await deps.providers.chat(provider).complete(request)
    except ProviderError as error:
        if isinstance(error, RateLimited):
            pacer.refused(sent_at, error.retry_after)
        async with transaction(deps.db) as session:
            await spending.fail(session, purpose, may_have_cost=error.sent)
        raise
    pacer.answered(answer.limits)
    usd = price_of(info).of(answer.usage) if answer.usage else most_usd(request, price_of(info))
    async with transaction(deps.db) as session:
        await spending.settle(session, purpose, usd=usd, usage=answer.usage)
    return answer


def _tokens(request: ChatRequest) -> int:
    """What the provider will probably count against its limit."""
    return estimate_prompt_tokens(request.messages) + (request.max_tokens or UNBOUNDED_ANSWER)


async def _reserve(deps: Deps, info: ModelInfo, request: ChatRequest, purpose: Purpose) -> None:
    """Write the most it can cost into the ledger, if the budget allows that. Raises BudgetReached.

    The budget is asked again for each request: what was ordered minutes ago may not be what is left."""
    most, now = most_usd(request, price_of(info)), deps.now()
    async with transaction(deps.db) as session:
        project = await projects.by_id(session, purpose.project_id)
        if project is not None:
            await within_budget(session, project, most, limits=deps.limits, now=now)
        await spending.begin(session, purpose, most_usd=most, now=now)
