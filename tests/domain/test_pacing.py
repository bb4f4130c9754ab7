"""Pacing on an imagined clock: as fast as allowed, never faster, slower after refusals, fast again later."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.pacing import CATCH_UP, Pace, Turn, retry_wait, smaller


def sent_within(pace: Pace, seconds: float, *, tokens: int = 1, start: float = 100.0, late: float = 0.0) -> list[float]:
    """The moments at which a tireless sender gets its turns; each wake-up comes `late` seconds after its time."""
    now, moments = start, []
    while True:
        now += pace.wait(now) + (late if pace.wait(now) else 0.0)
        if now > start + seconds:
            return moments
        pace.spend(tokens, now)
        moments.append(now)


def test_requests_go_out_evenly_at_the_limit() -> None:
    moments = sent_within(Pace(rpm=600), 10)

    assert len(moments) == pytest.approx(100, abs=2)
    assert max(b - a for a, b in pairwise(moments)) == pytest.approx(0.1, abs=0.06)


def test_a_new_pace_starts_without_a_burst() -> None:
    pace, sent = Pace(rpm=6_000), 0
    while pace.wait(100.0) == 0:
        pace.spend(1, 100.0)
        sent += 1

    assert sent == 1


@pytest.mark.parametrize(("left", "made_good"), [(None, 10), (5, 10), (60, 30), (5_000, 50)])
def test_a_standstill_is_made_good_as_far_as_the_provider_shows_room(left: float | None, made_good: int) -> None:
    pace = Pace(rpm=6_000)
    before = len(sent_within(pace, 5))
    pace.learn(6_000, None, requests_left=left)

    after = len(sent_within(pace, 5, start=106))

    assert before + after == pytest.approx(1_000 + made_good, abs=3)


def test_nothing_is_made_good_after_a_pause_that_the_provider_asked_for() -> None:
    pace = Pace(rpm=6_000)
    sent_within(pace, 1)
    pace.refused(101.0, sent_at=100.9, retry_after=3.0, jitter=0.0)

    assert len(sent_within(pace, 0.1, start=104.01)) <= 12


def test_late_wake_ups_do_not_cost_rate() -> None:
    assert len(sent_within(Pace(rpm=6_000), 10, late=0.004)) == pytest.approx(1_000, rel=0.01)


@given(st.integers(60, 60_000), st.floats(0, 5))
def test_no_second_ever_sees_more_than_its_share_and_the_catch_up(rpm: int, sleep: float) -> None:
    pace = Pace(rpm=rpm)
    sent_within(pace, 0.5)

    moments = sent_within(pace, 1.0, start=101 + sleep)

    assert len(moments) <= rpm / 60 * (1 + CATCH_UP) + 2


def test_tokens_hold_back_when_they_are_the_scarcer_limit() -> None:
    moments = sent_within(Pace(rpm=6_000, tpm=60_000), 10, tokens=100)

    assert len(moments) == pytest.approx(100, abs=2)


def test_without_any_limit_nothing_waits() -> None:
    pace = Pace()
    for _ in range(1_000):
        pace.spend(50, 1.0)

    assert pace.wait(1.0) == 0


def test_a_limit_in_the_headers_is_learnt_but_never_raises_the_one_that_was_set() -> None:
    free, set_, low = Pace(), Pace(rpm=60), Pace(rpm=60)

    for pace, header in ((free, 6_000), (set_, 6_000), (low, 30)):
        pace.learn(header, None)

    assert [pace.requests_per_minute for pace in (free, set_, low)] == [6_000, 60, 30]


def test_a_refusal_makes_everyone_wait_as_long_as_the_provider_asks() -> None:
    pace = Pace(rpm=6_000)

    pace.refused(10.0, sent_at=9.9, retry_after=2.0, jitter=0.0)

    assert pace.wait(10.0) == pytest.approx(2.0)
    assert pace.wait(12.1) == 0


def test_refusals_in_a_row_without_advice_wait_longer_each_time() -> None:
    pace = Pace(rpm=600)
    waits = []

    for now in (10.0, 100.0, 200.0):
        pace.refused(now, sent_at=now, retry_after=None, jitter=0.0)
        waits.append(pace.wait(now))

    assert waits == [1.0, 2.0, 4.0]


def test_an_answer_ends_the_row_of_refusals() -> None:
    pace = Pace(rpm=600)
    pace.refused(10.0, sent_at=10.0, retry_after=None, jitter=0.0)
    pace.answered()

    pace.refused(100.0, sent_at=100.0, retry_after=None, jitter=0.0)

    assert pace.wait(100.0) == 1.0


def test_one_refusal_at_a_high_rate_costs_little_and_many_that_were_under_way_halve_the_rate() -> None:
    once, often = Pace(rpm=6_000), Pace(rpm=6_000)
    for pace, refusals in ((once, 1), (often, 300)):
        sent_within(pace, 3)
        for _ in range(refusals):
            pace.refused(103.0, sent_at=102.9, retry_after=0.1, jitter=0.0)

    assert once.share == pytest.approx(0.99, abs=0.005)
    assert often.share == pytest.approx(0.5, abs=0.01)


def test_the_rate_comes_back_after_refusals() -> None:
    pace = Pace(rpm=600)
    for _ in range(50):
        pace.refused(100.0, sent_at=99.9, retry_after=0.5, jitter=0.0)
    slow = pace.share

    sent_within(pace, 120, start=101)

    assert slow < 0.6 and pace.share == 1.0


def test_a_free_pace_that_is_refused_goes_on_at_about_what_it_had_sent() -> None:
    pace = Pace()
    for number in range(100):
        pace.spend(1, 10 + number / 50)

    pace.refused(12.0, sent_at=12.0, retry_after=0.0, jitter=0.0)

    assert 1_000 < (pace.requests_per_minute or 0) < 3_600


def simulated(
    limit_a_second: Callable[[float], float], pace: Pace, seconds: float, *, start: float = 100.0
) -> tuple[int, int]:
    """Admitted and refused requests at a server that refills `limit_a_second` and holds one second's worth."""
    now, level, at, admitted, refused = start, limit_a_second(start), start, 0, 0
    while now < start + seconds:
        now += pace.wait(now)
        level, at = min(limit_a_second(now), level + (now - at) * limit_a_second(now)), now
        pace.spend(1, now)
        if level >= 1:
            level, admitted = level - 1, admitted + 1
            pace.answered()
        else:
            refused += 1
            pace.refused(now, sent_at=now, retry_after=(1 - level) / limit_a_second(now), jitter=0.5)
    return admitted, refused


def test_a_limit_that_was_set_too_high_is_found_with_few_refusals() -> None:
    admitted, refused = simulated(lambda _: 50.0, Pace(rpm=6_000), 120)

    assert admitted > 0.93 * 50 * 120
    assert refused < 0.06 * admitted


def test_a_limit_that_rises_again_is_found_again() -> None:
    pace = Pace(rpm=6_000)
    simulated(lambda _: 20.0, pace, 30)
    slow = pace.share

    admitted, _ = simulated(lambda _: 100.0, pace, 180, start=140)

    assert slow < 0.35 and admitted > 0.7 * 100 * 180


@given(st.integers(1, 30), st.floats(0, 1))
def test_waits_before_another_try_grow_and_stay_bounded(trouble: int, jitter: float) -> None:
    assert 0.1 < retry_wait(trouble, jitter) <= 20
    assert retry_wait(trouble, 0) <= retry_wait(trouble + 1, 0)


def test_a_person_goes_before_a_second_try_and_that_before_new_work() -> None:
    assert sorted([Turn.WORK, Turn.PERSON, Turn.AGAIN]) == [Turn.PERSON, Turn.AGAIN, Turn.WORK]


def test_the_smaller_of_two_limits_counts_and_an_unknown_one_does_not() -> None:
    assert smaller(None, 5) == 5 and smaller(3, 5) == 3 and smaller(None, None) is None and smaller(4, 0) == 4
