"""A language model as the house sees it: name, provider, prices, limits."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """Prices are US dollars per million tokens; None is unknown; `hourly_usd` is what
    serving a tuned one costs an hour. `notice` stands beside every text of the model.

    `max_output` is the longest text, in tokens, that is ever asked of it; None is no limit of ours."""

    name: str
    provider: str
    provider_label: str
    input_usd: float | None = None
    output_usd: float | None = None
    training_usd: float | None = None
    hourly_usd: float | None = None
    rpm: int | None = None
    tpm: int | None = None
    max_output: int | None = None
    notice: str = ""

    def longest(self, wanted: int) -> int:
        """The length to ask for, in tokens: what the project wants, as far as the model may go."""
        return min(wanted, self.max_output) if self.max_output else wanted
