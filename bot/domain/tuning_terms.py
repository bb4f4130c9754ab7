"""What a provider takes and gives, as far as whoever orders a fine-tune should know."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from bot.domain.shutdown import NO_END, Ending
from bot.domain.tuning import LONGEST_SUFFIX, MIN_PAIRS


@dataclass(frozen=True, slots=True)
class Terms:
    """`processor` and `host` name who gets the texts and where. `takes`: the hyperparameters it knows, by our names.

    `rate_is_factor`: the learning rate multiplies the provider's own; else it is the rate itself, `rate_default` where
    nobody chooses. `hourly`: a tuned model is served at a price an hour. `ending`: what is known of the model's end."""

    processor: str = ""
    host: str = ""
    takes: tuple[str, ...] = ("epochs", "batch_size", "learning_rate")
    rate_is_factor: bool = True
    rate_default: float | None = None
    epochs_default: int | None = None
    batch_default: int | None = None
    longest_suffix: int = LONGEST_SUFFIX
    min_examples: int = MIN_PAIRS
    hourly: bool = False
    hourly_usd: float | None = None
    serving_note: str = ""
    notice: str = ""
    unverified: bool = False
    ending: Ending = NO_END

    def is_closed(self, today: date) -> bool:
        """Whether the provider takes no more jobs for this model."""
        return any(day is not None and day < today for day in (self.ending.base, self.ending.training))


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """A model that could be taught instead, and where."""

    name: str
    provider_label: str


@dataclass(frozen=True, slots=True)
class Retry:
    """Why the window is open again: what the failed job said, and what is filled in differently."""

    why: str
    change: str
