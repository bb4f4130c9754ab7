from __future__ import annotations

import pytest

from bot.slack import pace
from bot.slack.pace import METHODS, OTHER_METHODS, Bucket, Pace

# Calls a minute that Slack's tiers allow (docs.slack.dev, apis/web-api/rate-limits): 3, and 4 for what is not named.
TIER_3, TIER_4 = 50, 100


def test_a_burst_goes_at_once_and_the_rest_at_the_rate() -> None:
    bucket = Bucket(per_second=2, burst=3)

    waits = [bucket.take(100.0) for _ in range(5)]

    assert waits == [0, 0, 0, 0.5, 1.0]


def test_time_that_passed_fills_the_bucket_up_to_its_burst() -> None:
    bucket = Bucket(per_second=2, burst=3)
    for _ in range(3):
        bucket.take(100.0)

    assert [bucket.take(200.0) for _ in range(4)] == [0, 0, 0, 0.5]


def test_after_a_refusal_nothing_goes_for_as_long_as_slack_said() -> None:
    bucket = Bucket(per_second=2, burst=3)
    bucket.take(100.0)

    bucket.pause(10, 100.0)

    assert bucket.take(100.0) >= 10


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """For how long the pace made somebody wait, each time."""
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr(pace.asyncio, "sleep", sleep)
    return waits


async def test_edits_wait_for_the_whole_workspace_and_other_methods_do_not(slept: list[float]) -> None:
    kept = Pace(lambda: 100.0)

    for channel in range(8):
        await kept.wait("chat.update", f"C{channel}")
    assert slept == []
    await kept.wait("chat.update", "C9")
    await kept.wait("views.open")

    assert slept == [pytest.approx(60 / 40)]


async def test_a_channel_takes_about_one_post_a_second_and_the_next_channel_does_not_wait(slept: list[float]) -> None:
    kept = Pace(lambda: 100.0)

    for _ in range(6):
        await kept.wait("chat.postMessage", "C1")
    await kept.wait("chat.postMessage", "C2")

    assert slept == [1.0, 2.0]


async def test_what_slack_refused_waits_as_long_as_it_said_and_nothing_else_does(slept: list[float]) -> None:
    kept = Pace(lambda: 100.0)
    kept.refused("chat.update", 30)

    await kept.wait("chat.postMessage", "C1")
    await kept.wait("chat.update")

    assert len(slept) == 1 and slept[0] >= 30


@pytest.mark.parametrize(
    ("rate", "tier"),
    [(METHODS[name], TIER_3) for name in METHODS if name != "chat.postMessage"] + [(OTHER_METHODS, TIER_4)],
)
def test_the_burst_and_a_minutes_calls_together_stay_within_slacks_tier(rate: tuple[float, float], tier: int) -> None:
    per_second, burst = rate

    assert 60 * per_second + burst <= tier
