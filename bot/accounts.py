"""From settings to a provider's account, for the bot and the command line alike."""

from __future__ import annotations

from bot.config import DEFAULT_PROVIDER, Settings
from bot.providers.account import Account
from bot.providers.profiles import profile_named


def account_of(settings: Settings, name: str = DEFAULT_PROVIDER) -> Account:
    """Where the named provider is and how to get in. Raises BotError where it is not set up."""
    chosen = settings.provider(name)
    return Account(
        name=chosen.name or name,
        base_url=chosen.base_url,
        api_key=settings.provider_key(name),
        profile=profile_named(chosen.profile),
    )
