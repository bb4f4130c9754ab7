"""One text from a model, with a row in the ledger before it is asked and its price afterwards."""

from __future__ import annotations

from bot.deps import Deps
from bot.domain.money import Price, Usage, estimate_prompt_tokens
from bot.providers.base import ChatAnswer, ChatRequest
from bot.providers.errors import ProviderError
from storage import spending
from storage.engine import transaction
from storage.spending import Purpose


async def ask(deps: Deps, provider: str, request: ChatRequest, purpose: Purpose) -> ChatAnswer:
    """Ask once. Raises ProviderError."""
    info = deps.models.info(request.model)
    price = Price(info.input_usd, info.output_usd)
    most = price.of(Usage(estimate_prompt_tokens(request.messages), request.max_tokens or 0))
    async with transaction(deps.db) as session:
        await spending.begin(session, purpose, most_usd=most, now=deps.now())
    try:
        answer = await deps.providers.chat(provider).complete(request)
    except ProviderError as error:
        async with transaction(deps.db) as session:
            await spending.fail(session, purpose, may_have_cost=error.sent)
        raise
    usd = price.of(answer.usage) if answer.usage else most
    async with transaction(deps.db) as session:
        await spending.settle(session, purpose, usd=usd, usage=answer.usage)
    return answer
