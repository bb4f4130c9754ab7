"""Orders and progress: what is offered, how far a run is, and what a hint is."""

from __future__ import annotations

import pytest

from bot.domain.completion import RunCard, RunKind, RunState, asks_again, choices


@pytest.mark.parametrize(
    ("left", "offered"),
    [(0, ()), (-3, ()), (4, (4,)), (10, (10,)), (11, (10, 11)), (200, (10, 60, 200)), (4000, (10, 60, 200, 4000))],
)
def test_the_usual_numbers_below_what_is_left_and_then_all(left: int, offered: tuple[int, ...]) -> None:
    assert choices(left) == offered


def card(written: int, seconds: float, *, failed: int = 0) -> RunCard:
    return RunCard(1, 1, RunKind.WRITE, RunState.RUNNING, 60, written, failed, seconds, None, "UANA")


def test_speed_and_time_left_come_from_what_was_written() -> None:
    assert (card(20, 30).per_minute, card(20, 30).seconds_left) == (40.0, 60)
    assert card(20, 30, failed=10).seconds_left == 45


def test_before_the_first_text_nobody_knows_how_long_it_takes() -> None:
    assert card(0, 5).seconds_left is None
    assert card(0, 0).per_minute == 0.0


def test_a_hint_is_what_a_user_says_after_the_earlier_text() -> None:
    asked = ({"role": "system", "content": "house"}, {"role": "user", "content": "write"})

    assert asks_again(asked, "earlier", "shorter")[2:] == (
        {"role": "assistant", "content": "earlier"},
        {"role": "user", "content": "shorter"},
    )
    assert asks_again(asked, "earlier", "") == asked
