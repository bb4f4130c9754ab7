"""When people hear that a model ends."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.shutdown import NO_END, WARN_AT, Ending, in_words, soonest, warning_due
from bot.providers.endings import known_ending

TODAY = date(2026, 11, 22)


def test_each_threshold_warns_once_and_the_closest_one_counts() -> None:
    end = TODAY + timedelta(days=53)

    assert warning_due(end, TODAY, set()) == 60
    assert warning_due(end, TODAY, {60}) is None
    assert warning_due(end, TODAY + timedelta(days=24), {60}) == 30
    assert warning_due(end, TODAY + timedelta(days=47), set()) == 7


def test_nobody_is_warned_too_early_or_afterwards() -> None:
    assert warning_due(TODAY + timedelta(days=61), TODAY, set()) is None
    assert warning_due(TODAY - timedelta(days=1), TODAY, set()) is None
    assert warning_due(TODAY, TODAY, {60, 30}) == 7


@given(st.integers(0, 90), st.sets(st.integers(0, 90), max_size=90))
def test_checked_on_any_nights_there_are_at_most_three_warnings(lead: int, nights: set[int]) -> None:
    """Also when the bot was off for weeks: nothing is said twice, and never an older threshold after a closer one."""
    end, given_out = TODAY + timedelta(days=lead), []
    for night in sorted(nights):
        due = warning_due(end, TODAY + timedelta(days=night), set(given_out))
        if due is not None:
            given_out += [days for days in WARN_AT if days >= due and days not in given_out]
            assert due == min(given_out)
    assert len(given_out) == len(set(given_out)) <= len(WARN_AT)


def test_openais_tuned_models_end_in_january_and_azures_in_october() -> None:
    tuned = known_ending("openai", "ft:gpt-4.1-mini-2025-04-14:acme::a1")

    assert tuned == Ending(date(2027, 1, 14), date(2027, 1, 6), date(2027, 1, 14))
    assert known_ending("azure", "gpt-4.1-mini-2025-04-14").tuned == date(2027, 10, 14)
    assert known_ending("openai", "some-later-model") == Ending(None, date(2027, 1, 6), None)
    assert known_ending("nebius", "gpt-4.1") is NO_END


def test_the_providers_own_word_wins_and_tuned_models_follow_unless_more_is_known() -> None:
    day = date(2027, 3, 1)

    assert NO_END.or_sooner(day) == Ending(day, None, day)
    assert known_ending("azure", "gpt-4.1").or_sooner(day).tuned == date(2027, 10, 14)
    assert NO_END.or_sooner(None) is NO_END
    assert soonest([None, day, TODAY]) == TODAY and soonest([None]) is None


def test_an_end_is_told_as_people_tell_it() -> None:
    assert in_words(date(2027, 1, 14), TODAY) == "ends on 14 January 2027, in 53 days"
    assert in_words(TODAY, TODAY).endswith("today") and in_words(TODAY + timedelta(1), TODAY).endswith("tomorrow")
    assert in_words(date(2026, 10, 23), TODAY) == "ended on 23 October 2026"
