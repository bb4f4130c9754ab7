"""From settings and flags to a provider that can be asked."""

from __future__ import annotations

from dataclasses import dataclass

from bot.accounts import account_of
from bot.config import Settings
from bot.domain.money import Price
from bot.providers.account import Account


@dataclass(frozen=True, slots=True)
class Reach:
    """How to reach a model and what it costs: limits a minute and prices are None where nobody knows them."""

    account: Account
    price: Price
    rpm: float | None
    tpm: float | None


def reach(model: str, provider: str | None, *, rpm: float | None = None, tpm: float | None = None) -> Reach:
    """The model at its provider; flags win over settings. Raises BotError."""
    settings = Settings()
    known = settings.model(model)
    return Reach(
        account=account_of(settings, provider or known.provider),
        price=Price(known.input_usd, known.output_usd, known.training_usd),
        rpm=rpm or known.rpm,
        tpm=tpm or known.tpm,
    )
