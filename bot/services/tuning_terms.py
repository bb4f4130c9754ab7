"""From a provider's profile to the terms of an order."""

from __future__ import annotations

from datetime import date

from bot.domain.models import ModelInfo
from bot.domain.tuning import LONGEST_SUFFIX
from bot.domain.tuning_terms import Terms
from bot.providers.account import Account
from bot.providers.endings import known_ending
from bot.providers.profiles import Rate


def terms_of(account: Account, model: ModelInfo, *, named_end: date | None = None) -> Terms:
    """What ordering this model there means. `named_end`: the end that the provider itself names for it."""
    profile = account.profile
    defaults = profile.defaults
    return Terms(
        processor=account.title,
        host=account.host,
        takes=tuple(profile.hyperparameters),
        rate_is_factor=profile.learning_rate is Rate.MULTIPLIER,
        rate_default=_number(defaults.get("learning_rate")),
        epochs_default=_whole(defaults.get("epochs")),
        batch_default=_whole(defaults.get("batch_size")),
        longest_suffix=min(LONGEST_SUFFIX, profile.suffix.longest),
        min_examples=profile.min_examples,
        hourly=profile.hourly,
        hourly_usd=model.hourly_usd,
        serving_note=profile.serving_note,
        notice=profile.notice,
        unverified=profile.seen != "run" and profile.base_url is not None,
        ending=known_ending(profile.name, model.name).or_sooner(named_end),
    )


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _whole(value: object) -> int | None:
    return int(value) if isinstance(value, int) else None
