"""The values that writing takes and gives."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.money import (
    LIKELY_ANSWER_TOKENS,
    Price,
    Usage,
    estimate_prompt_tokens,
    most_prompt_tokens,
)
from bot.domain.pacing import Turn
from bot.providers.base import ChatAnswer, ChatRequest
from bot.providers.errors import Interrupted, ProviderError

# How fast the gauge believes what it sees, and how far off an estimate may be taken to be.
BELIEF = 0.1
LOWEST_RATIO, HIGHEST_RATIO = 0.5, 4.0
# An answer whose length nobody limits is reserved with this many tokens.
UNBOUNDED_ANSWER = 4_096
NOTHING = Usage(0, 0)


@dataclass(frozen=True, slots=True)
class WorkItem:
    """One text that is wanted. `id` is the caller's own; whoever waits for it as a person goes first."""

    id: str
    request: ChatRequest
    turn: Turn = Turn.WORK


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one item: a text if `error` is None. An answer beside an error is one in which the model declined.

    `usd` is what its answer cost, None if the price or the usage is unknown. `spent_unknown` counts requests that went
    out and were never answered: each may have cost up to its share of `spent_unknown_usd`.
    """

    item: WorkItem
    answer: ChatAnswer | None
    error: ProviderError | None
    usd: float | None
    attempts: int
    spent_unknown: int = 0
    spent_unknown_usd: float | None = 0.0
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        return self.error is None


class Stopped(StrEnum):
    """Why a run ended before its items did."""

    BUDGET = "budget"
    INTERRUPTED = "interrupted"


@dataclass(slots=True)
class RunSummary:
    """A run in numbers. Items without a result were never written, and can simply be given to the next run.

    `problem`: what ended the run for all items (a wrong key, say); one item's error is in its `Result`.
    `usd` is what is known to be spent: None while the price is unknown.
    """

    requested: int = 0
    completed: int = 0
    failed: int = 0
    requests: int = 0
    retries: int = 0
    refusals: int = 0
    seconds: float = 0.0
    usd: float | None = 0.0
    usage: Usage = NOTHING
    spent_unknown: int = 0
    spent_unknown_usd: float | None = 0.0
    stopped: Stopped | None = None
    problem: ProviderError | None = None

    @property
    def texts_per_minute(self) -> float:
        return self.completed / self.seconds * 60 if self.seconds else 0.0

    def count(self, result: Result) -> None:
        """Take one result into the numbers."""
        if result.ok:
            self.completed += 1
        elif not isinstance(result.error, Interrupted):
            self.failed += 1
        if result.answer is not None:
            self.usd = plus(self.usd, result.usd)
            self.usage += result.answer.usage or NOTHING
        self.spent_unknown += result.spent_unknown
        self.spent_unknown_usd = plus(self.spent_unknown_usd, result.spent_unknown_usd)


class TokenGauge:
    """Learns from answers how far the estimates of tokens are off."""

    def __init__(self) -> None:
        self._ratio = 1.0
        self._answer = float(LIKELY_ANSWER_TOKENS)

    def tokens(self, request: ChatRequest) -> int:
        """What a provider will probably count against its limit of tokens a minute: prompt and longest answer."""
        return int(estimate_prompt_tokens(request.messages) * self._ratio + (request.max_tokens or self._answer))

    def learn(self, request: ChatRequest, usage: Usage | None) -> None:
        if usage is None or usage.prompt_tokens <= 0:
            return
        seen = usage.prompt_tokens / estimate_prompt_tokens(request.messages)
        self._ratio += BELIEF * (min(max(seen, LOWEST_RATIO), HIGHEST_RATIO) - self._ratio)
        self._answer += BELIEF * (usage.completion_tokens - self._answer)


def most_usd(request: ChatRequest, price: Price) -> float | None:
    """The most that one request can cost; None if the price is unknown."""
    return price.of(Usage(most_prompt_tokens(request.messages), request.max_tokens or UNBOUNDED_ANSWER))


def total_most(items: Iterable[WorkItem], price: Price) -> float | None:
    """The most that these requests can cost together; None if the price is unknown."""
    return sum((most_usd(item.request, price) or 0.0) for item in items) if price.is_known else None


def plus(one: float | None, other: float | None) -> float | None:
    """A sum that is unknown if any part of it is."""
    return None if one is None or other is None else one + other
