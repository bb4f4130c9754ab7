"""Quiet hours, pauses, and how often somebody is reminded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.reminders import (
    MOST_REMINDERS,
    Quiet,
    Reminded,
    digest_day,
    is_quiet,
    is_zone,
    next_monday,
    next_reminder,
    zone_of,
)

BERLIN, NEW_YORK, TOKYO = zone_of("Europe/Berlin"), zone_of("America/New_York"), zone_of("Asia/Tokyo")
# Monday
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("hour", "quiet"), [(0, True), (7, True), (8, False), (12, False), (16, False), (17, True), (23, True)]
)
def test_evenings_and_nights_are_quiet_where_people_live(hour: int, quiet: bool) -> None:
    there = NOW.replace(hour=hour)

    assert is_quiet(there, Quiet(), BERLIN) is quiet


def test_the_same_moment_is_quiet_for_one_and_not_for_another() -> None:
    assert [is_quiet(NOW, Quiet(), zone) for zone in (BERLIN, NEW_YORK, TOKYO)] == [False, True, True]


def test_weekends_are_quiet_unless_the_project_says_otherwise() -> None:
    saturday = NOW - timedelta(days=2)

    assert is_quiet(saturday, Quiet(), BERLIN)
    assert not is_quiet(saturday, Quiet(weekends=False), BERLIN)


def test_hours_by_day_and_no_quiet_hours_at_all() -> None:
    assert is_quiet(NOW, Quiet(9, 12), BERLIN) and not is_quiet(NOW.replace(hour=12), Quiet(9, 12), BERLIN)
    assert not any(is_quiet(NOW.replace(hour=hour), Quiet(9, 9), BERLIN) for hour in range(24))


def test_the_digest_is_due_from_the_morning_on_by_the_local_date() -> None:
    assert digest_day(NOW.replace(hour=7, minute=59), Quiet(), BERLIN) is None
    assert digest_day(NOW.replace(hour=8), Quiet(), BERLIN) == "2026-11-23"
    assert digest_day(datetime(2026, 11, 23, 1, 0, tzinfo=UTC), Quiet(), TOKYO) == "2026-11-23"
    assert digest_day(NOW.replace(hour=3), Quiet(0, 0), BERLIN) is None


@pytest.mark.parametrize("day", range(7))
def test_a_pause_ends_on_monday_morning_also_across_the_change_of_the_clocks(day: int) -> None:
    # The clocks in Berlin go back on Sunday, 25 October 2026
    pressed = datetime(2026, 10, 19, 12, 0, tzinfo=UTC) + timedelta(days=day)

    ends = next_monday(pressed, Quiet(), BERLIN).astimezone(BERLIN)

    assert (ends.weekday(), ends.hour, ends.date().isoformat()) == (0, 9, "2026-10-26")


def known(*reminded: timedelta, idle: timedelta = timedelta(days=9), latest: timedelta | None = None) -> Reminded:
    at = [NOW - ago for ago in reminded]
    return Reminded(at, NOW - latest if latest else max(at, default=None), NOW - idle)


def test_nobody_is_reminded_a_fourth_time_nor_twice_in_two_days_nor_of_two_batches_a_day() -> None:
    day = timedelta(days=1)

    assert next_reminder(known(), NOW) == 1
    assert next_reminder(known(idle=timedelta(hours=23)), NOW) is None
    assert next_reminder(known(1 * day), NOW) is None
    assert next_reminder(known(2 * day), NOW) == 2
    assert next_reminder(known(latest=timedelta(hours=3)), NOW) is None
    assert next_reminder(known(*[n * 3 * day for n in range(1, MOST_REMINDERS + 1)]), NOW) is None


def test_names_that_are_no_time_zone_are_passed_over() -> None:
    assert zone_of("", "Mars/Olympus", "../etc/passwd", "Asia/Tokyo") == TOKYO
    assert zone_of("nonsense").key == "UTC"
    assert is_zone("Europe/Berlin") and not is_zone("Europe/")
