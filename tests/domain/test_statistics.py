"""The statistics of a blind comparison against published figures and plain truths."""

from __future__ import annotations

from itertools import product

import pytest

from bot.domain.statistics import critical_losses, sign_power, sign_test, votes_needed, wilson_interval


# R. G. Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17 (1998), table I,
# method 3 (the score interval of Wilson).
@pytest.mark.parametrize(
    ("wins", "total", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_the_interval_is_that_of_newcombes_table(wins: int, total: int, low: float, high: float) -> None:
    assert wilson_interval(wins, total) == pytest.approx((low, high), abs=5e-5)


def test_an_interval_of_nothing_is_everything_and_of_a_draw_lies_around_a_half() -> None:
    low, high = wilson_interval(6, 12)

    assert wilson_interval(0, 0) == (0.0, 1.0)
    assert low + high == pytest.approx(1.0) and 0.25 < low < high < 0.75
    assert wilson_interval(8.5, 12)[0] > low  # a tie is half a win


# J. H. Zar, Biostatistical Analysis (1999): in 8 of 10 deer the left hind leg is longer than the foreleg, p = 0.109.
# W. J. Conover, Practical Nonparametric Statistics (1999), chapter 3.4: 8 of 9 prefer item B, one-sided p = 0.0195.
@pytest.mark.parametrize(("wins", "losses", "p"), [(8, 2, 0.109375), (8, 1, 2 * 0.01953125), (5, 5, 1.0), (0, 0, 1.0)])
def test_the_sign_test_is_that_of_the_textbooks(wins: int, losses: int, p: float) -> None:
    assert sign_test(wins, losses) == sign_test(losses, wins) == pytest.approx(p)


@pytest.mark.parametrize("total", [1, 5, 6, 11, 14])
def test_the_sign_test_counts_every_way_that_votes_can_fall(total: int) -> None:
    """Of all equally likely ways, the share that is at least as far apart."""
    ways = [sum(way) for way in product((0, 1), repeat=total)]
    for wins in range(total + 1):
        as_far = sum(abs(2 * heads - total) >= abs(2 * wins - total) for heads in ways)
        assert sign_test(wins, total - wins) == pytest.approx(as_far / 2**total)


def test_six_votes_are_the_fewest_that_can_be_clear() -> None:
    assert [critical_losses(total) for total in (5, 6, 9, 12, 24)] == [-1, 0, 1, 2, 6]
    assert sign_power(5, 0.99) == 0.0
    assert sign_power(24, 0.5) < 0.05 < 0.8 < sign_power(24, 0.85)


# G. E. Noether, "Sample size determination for some common nonparametric tests", JASA 82 (1987): the normal
# approximation asks for (1.96 + 0.84)^2 / (4 (share - 0.5)^2) votes; the exact test for a few more, as it is coarser.
@pytest.mark.parametrize("share", [0.65, 0.7, 0.75, 0.8])
def test_the_votes_it_takes_are_about_what_noether_estimates(share: float) -> None:
    estimate = 7.849 / (4 * (share - 0.5) ** 2)
    needed = votes_needed(share)

    assert needed is not None and estimate <= needed <= 1.25 * estimate + 2
    assert all(sign_power(total, share) >= 0.8 for total in range(needed, needed + 30))


def test_a_preference_that_nobody_could_show_needs_more_votes_than_there_are() -> None:
    assert votes_needed(0.52) is None
