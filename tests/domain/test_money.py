"""Prices, estimates and the cap: what is unknown stays unknown, and the cap holds whatever happens."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.money import (
    UNKNOWN_PRICE,
    Price,
    Purse,
    Usage,
    estimate_prompt_tokens,
    estimate_run,
    estimate_tokens,
    most_prompt_tokens,
)

PRICE = Price(input_usd_per_million=0.5, output_usd_per_million=2.0, training_usd_per_million=8.0)


def test_a_text_costs_its_tokens() -> None:
    assert PRICE.of(Usage(1_000_000, 500_000)) == pytest.approx(1.5)
    assert PRICE.of_training(100_000, epochs=3) == pytest.approx(2.4)


@pytest.mark.parametrize("price", [UNKNOWN_PRICE, Price(input_usd_per_million=1.0), Price(output_usd_per_million=1.0)])
def test_an_unknown_price_is_never_taken_for_zero(price: Price) -> None:
    assert not price.is_known
    assert price.of(Usage(10, 10)) is None
    assert price.of_training(10) is None
    assert estimate_run([10], price=price, max_tokens=None).likely_usd is None


def test_a_free_model_has_a_known_price() -> None:
    free = Price(0.0, 0.0)

    assert free.is_known and free.of(Usage(10, 10)) == 0.0


def test_tokens_are_about_a_quarter_of_the_characters_and_more_in_other_scripts() -> None:
    assert estimate_tokens("") == 0
    assert estimate_tokens("a garden hose, green") == 5
    assert estimate_tokens("薬品の説明") > len("薬品の説明") / 4


def test_messages_with_parts_are_counted_by_their_texts() -> None:
    parts = [{"role": "user", "content": [{"type": "text", "text": "a garden hose, green"}]}]

    assert estimate_prompt_tokens(parts) == estimate_prompt_tokens(
        [{"role": "user", "content": "a garden hose, green"}]
    )


@given(st.lists(st.text()))
def test_the_most_that_a_prompt_can_have_is_never_below_its_bytes(texts: list[str]) -> None:
    messages = [{"role": "user", "content": text} for text in texts]

    assert most_prompt_tokens(messages) >= sum(len(text.encode()) for text in texts)
    assert most_prompt_tokens(messages) >= estimate_prompt_tokens(messages)


@given(st.lists(st.integers(0, 10_000)), st.one_of(st.none(), st.integers(1, 4_000)))
def test_an_estimate_is_a_range_around_the_likely_cost(prompts: list[int], max_tokens: int | None) -> None:
    estimate = estimate_run(prompts, price=PRICE, max_tokens=max_tokens)

    assert estimate.requests == len(prompts)
    assert estimate.low_usd is not None and estimate.likely_usd is not None and estimate.high_usd is not None
    assert estimate.low_usd <= estimate.likely_usd <= estimate.high_usd


@given(st.floats(0, 10), st.lists(st.tuples(st.floats(0, 2), st.floats(0, 1))))
def test_a_purse_is_never_overdrawn_when_requests_cost_at_most_what_they_reserved(
    cap: float, requests: list[tuple[float, float]]
) -> None:
    purse = Purse(cap)
    under_way = []

    for number, (most, share) in enumerate(requests):
        if purse.fits(most):
            purse.reserve(most)
            under_way.append((most, most * share))
        if number % 2 and under_way:
            purse.settle(*under_way.pop())

    for most, spent in under_way:
        purse.settle(most, spent)
    assert purse.spent_usd <= cap + 1e-6


def test_a_request_that_fits_exactly_is_let_through_in_spite_of_float_dust() -> None:
    purse = Purse(0.3, spent_usd=0.1 + 0.1)

    assert purse.fits(0.1)
