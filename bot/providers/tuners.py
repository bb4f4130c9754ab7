"""Opens the right `Tuner` for an account's wire format."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import openai

from bot.providers.account import Account
from bot.providers.base import Tuner
from bot.providers.fireworks_tuner import FireworksTuner
from bot.providers.openai_tuner import OpenAITuner
from bot.providers.profiles import Wire
from bot.providers.together_tuner import TogetherTuner

TUNERS: Mapping[Wire, Callable[[Account, openai.AsyncOpenAI | None], Tuner]] = MappingProxyType(
    {Wire.OPENAI: OpenAITuner, Wire.TOGETHER: TogetherTuner, Wire.FIREWORKS: FireworksTuner}
)


def open_tuner(account: Account, client: openai.AsyncOpenAI | None = None) -> Tuner:
    """Whoever speaks the account's wire format. `client` is for tests."""
    return TUNERS[account.profile.wire](account, client)
