"""What a request may cost, did cost, and whether it still fits. An unknown price stays unknown: None, never zero.

Money is US dollars as float: sums of a few million amounts of 1e-6 are exact to far below a cent.
Tokens are estimated from UTF-8 bytes / 4, which is the usual characters / 4 for English and fairer to other scripts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

BYTES_PER_TOKEN = 4
# Role, separators and the priming of the answer, which every chat format adds around the words themselves.
TOKENS_PER_MESSAGE = 4
TOKENS_PER_REQUEST = 3
# What a picture or another part without text is taken for.
TOKENS_PER_OTHER_PART = 1_000
# An answer whose length nobody bounded, for estimates before the first real one.
LIKELY_ANSWER_TOKENS = 250
SHORT_ANSWER_SHARE = 0.3
# The estimate of a prompt's tokens is this far off at most for ordinary text.
PROMPT_DOUBT = 0.25
MILLION = 1_000_000
WARN_AT = 0.8
# A request that no longer fits ends the writing a little before the last cent.
FULL_AT = 0.99
# Below any price of a single token; keeps float dust from refusing a request that fits exactly.
DUST_USD = 1e-9
CENT = 0.01


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens that a provider says it has read and written."""

    prompt_tokens: int
    completion_tokens: int

    def __add__(self, other: Usage) -> Usage:
        return Usage(self.prompt_tokens + other.prompt_tokens, self.completion_tokens + other.completion_tokens)


@dataclass(frozen=True, slots=True)
class Price:
    """Dollars per million tokens; None where nobody told us."""

    input_usd_per_million: float | None = None
    output_usd_per_million: float | None = None
    training_usd_per_million: float | None = None

    @property
    def is_known(self) -> bool:
        return self.input_usd_per_million is not None and self.output_usd_per_million is not None

    def of(self, usage: Usage) -> float | None:
        """Dollars for these tokens, or None if either price is unknown."""
        if self.input_usd_per_million is None or self.output_usd_per_million is None:
            return None
        read = usage.prompt_tokens * self.input_usd_per_million
        written = usage.completion_tokens * self.output_usd_per_million
        return (read + written) / MILLION

    def of_training(self, tokens: int, *, epochs: int = 1) -> float | None:
        """Dollars for training on `tokens` tokens `epochs` times, or None if the price is unknown."""
        if self.training_usd_per_million is None:
            return None
        return tokens * epochs * self.training_usd_per_million / MILLION


UNKNOWN_PRICE = Price()


@dataclass(frozen=True, slots=True)
class SpendingLimits:
    """What the settings say of money, for all projects together. None: no such limit. Nobody in Slack can raise them.

    `second_above_usd`: an order that is likely to cost more than this takes a second person's yes."""

    month_usd: float | None = None
    second_above_usd: float | None = None


NO_LIMITS = SpendingLimits()


def in_words(usd: float) -> str:
    """`$12`, `$0.42`, or `under 1 cent`: as exact as a person wants it."""
    if 0 < usd < CENT:
        return "under 1 cent"
    return f"${usd:,.0f}" if usd == round(usd) else f"${usd:,.2f}"


def about(usd: float) -> str:
    """An estimate in words: `about $12`, and what needs no "about" without it."""
    return in_words(usd) if usd < CENT else f"about {in_words(usd)}"


def month_of(now: datetime) -> datetime:
    """When the month began that the month's cap counts, in UTC."""
    return now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a run will probably cost. The three figures are None together, when the price is unknown."""

    requests: int
    prompt_tokens: int
    low_usd: float | None
    likely_usd: float | None
    high_usd: float | None

    @property
    def is_known(self) -> bool:
        return self.likely_usd is not None


def estimate_tokens(text: str) -> int:
    """About how many tokens a text has: a token for four bytes, at least one for a text that is not empty."""
    return -(-len(text.encode("utf-8", "surrogatepass")) // BYTES_PER_TOKEN)


def estimate_prompt_tokens(messages: Iterable[Mapping[str, Any]]) -> int:
    """About how many tokens a provider reads for these chat messages."""
    return TOKENS_PER_REQUEST + sum(TOKENS_PER_MESSAGE + _content(m.get("content"), estimate_tokens) for m in messages)


def most_prompt_tokens(messages: Iterable[Mapping[str, Any]]) -> int:
    """More tokens than these messages can have: byte-level vocabularies never use more than one for a byte."""
    return 2 * TOKENS_PER_REQUEST + sum(
        2 * TOKENS_PER_MESSAGE + _content(m.get("content"), _bytes_in) for m in messages
    )


def estimate_run(prompt_tokens: Sequence[int], *, price: Price, max_tokens: int | None) -> Estimate:
    """The cost of one answer to each prompt: low for short answers, high for answers as long as allowed."""
    most = max_tokens or LIKELY_ANSWER_TOKENS * 2
    likely = min(LIKELY_ANSWER_TOKENS, most)
    read, count = sum(prompt_tokens), len(prompt_tokens)
    return Estimate(
        requests=count,
        prompt_tokens=read,
        low_usd=price.of(Usage(int(read * (1 - PROMPT_DOUBT)), int(count * likely * SHORT_ANSWER_SHARE))),
        likely_usd=price.of(Usage(read, count * likely)),
        high_usd=price.of(Usage(int(read * (1 + PROMPT_DOUBT)), count * most)),
    )


@dataclass(slots=True)
class Purse:
    """A cap in dollars, what is gone, and what is promised to requests under way."""

    cap_usd: float
    spent_usd: float = 0.0
    reserved_usd: float = 0.0

    def fits(self, usd: float) -> bool:
        """Whether the cap holds even if everything promised, and this, is spent in full."""
        return self.spent_usd + self.reserved_usd + usd <= self.cap_usd + DUST_USD

    def could_fit_later(self, usd: float) -> bool:
        """Whether this fits if every request under way turns out to cost nothing."""
        return self.spent_usd + usd <= self.cap_usd + DUST_USD

    def reserve(self, usd: float) -> None:
        self.reserved_usd += usd

    def settle(self, reserved_usd: float, spent_usd: float) -> None:
        """A request is over: give back what was promised to it and take what it cost."""
        self.reserved_usd = max(0.0, self.reserved_usd - reserved_usd)
        self.spent_usd += spent_usd


def _content(content: object, count: Any) -> int:
    """Tokens of a message's content: a string, or a list of parts of which some have text."""
    if isinstance(content, str):
        return int(count(content))
    if isinstance(content, Sequence):
        return sum(_content(p.get("text"), count) if "text" in p else TOKENS_PER_OTHER_PART for p in content)
    return 0


def _bytes_in(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))
