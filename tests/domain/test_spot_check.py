"""Draws for spot checks, and what they say."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.spot_check import SpotReport, Suspect, by_lot, estimate_in_words, found_in_words, prepare

TEXTS = [Suspect(n, "tea" if n % 4 else "cup", 1 if n % 50 == 0 else 0, "odd" * (n % 50 == 0)) for n in range(400)]


@given(st.integers(0, 10_000), st.integers(1, 60))
def test_every_beginning_of_the_lot_is_spread_over_the_kinds_by_their_size(seed: int, size: int) -> None:
    drawn = by_lot(TEXTS, seed)

    kinds = Counter(text.kind for text in drawn[:size])
    assert abs(kinds["cup"] - size / 4) <= 1.01
    assert sorted(text.completion_id for text in drawn) == list(range(400))


def test_every_text_is_as_likely_to_be_drawn() -> None:
    first = Counter(text.completion_id for seed in range(600) for text in by_lot(TEXTS[:40], seed)[:10])

    assert min(first.values()) > 100 and max(first.values()) < 200  # 150 each, give or take


def test_odd_texts_are_prepared_beside_the_lot_each_once() -> None:
    prepared = prepare(TEXTS, seed=3)

    assert len({one.completion_id for one in prepared}) == len(prepared)
    assert {one.completion_id for one in prepared if one.suspicion} == {n for n in range(400) if n % 50 == 0}
    assert sorted(one.lot_place for one in prepared if one.lot_place is not None) == list(range(200))


def test_the_estimate_names_the_range_in_words() -> None:
    report = SpotReport(texts=1043, good=17, edited=2, rejected=1, lot=10, lot_wrong=1)

    assert found_in_words(report) == "Of 20 looked at, 17 were fine, 2 edited, 1 rejected."
    assert estimate_in_words(report) == (
        "Of the 10 drawn by lot, 1 needed a change: between 2% and 40% of all 1,043 new texts probably need one."
    )
    clean = SpotReport(texts=1043, good=10, lot=10)
    assert "none needed a change: at most 28% of all" in estimate_in_words(clean)
    assert estimate_in_words(SpotReport(texts=5)) == ""
