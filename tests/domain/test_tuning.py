"""When a job is asked about, what its events say, and what stays as it ended."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.tuning import (
    Metric,
    Preview,
    TrainForm,
    advanced,
    first_and_latest,
    is_silent,
    merged_losses,
    next_poll_at,
    progress_in,
)
from bot.domain.tuning_state import JobState

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("age", "wait"),
    [(timedelta(0), 3), (timedelta(minutes=2), 6), (timedelta(hours=1), 180), (timedelta(days=1), 600)],
)
def test_it_asks_often_at_first_and_then_less(age: timedelta, wait: int) -> None:
    assert next_poll_at(NOW - age, NOW) - NOW == timedelta(seconds=wait)


@pytest.mark.parametrize("over", [JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED])
def test_what_is_over_stays_so(over: JobState) -> None:
    assert all(advanced(over, state) is over for state in JobState)
    assert advanced(JobState.RUNNING, over) is over


def test_silence_is_told_after_an_hour() -> None:
    assert not is_silent(None, NOW)
    assert not is_silent(NOW - timedelta(minutes=59), NOW)
    assert is_silent(NOW - timedelta(hours=1), NOW)


def test_steps_come_from_data_or_from_words() -> None:
    by_data = progress_in([("", {"step": 3, "total_steps": 9, "train_loss": 1.5, "valid_loss": 2})])
    by_words = progress_in([("Step 4/9: training loss=1.20", {}), ("Checkpoint created.", {})])

    assert (by_data.step, by_data.total_steps, by_data.metrics) == (3, 9, (Metric(3, 1.5, 2.0),))
    assert (by_words.step, by_words.total_steps, by_words.metrics) == (4, 9, ())


def test_nonsense_in_events_is_passed_over() -> None:
    told = progress_in([("Step two of many", {"step": "x", "train_loss": None, "total_steps": True})])

    assert (told.step, told.total_steps, told.metrics) == (None, None, ())


def test_figures_of_the_same_step_are_put_together() -> None:
    known = merged_losses([], [Metric(1, train=2.9), Metric(2, train=1.1)])
    known = merged_losses(known, [Metric(1, validation=3.0), Metric(2, train=1.0)])

    assert known == [[1, 2.9, 3.0], [2, 1.0, None]]
    assert first_and_latest(known) == (2.9, 1.0)
    assert first_and_latest(known[:1]) is None


def test_what_is_left_to_the_provider_is_not_sent() -> None:
    assert TrainForm().hyperparameters() == {}
    assert TrainForm(epochs=3, learning_rate=0.1).hyperparameters() == {"epochs": 3, "learning_rate": 0.1}


def test_a_preview_is_kept_as_plain_values() -> None:
    assert Preview(step=2, model="m", text="t") == Preview(2, "m", "t")
