"""What the picture of the losses says in words, and when a new one is drawn."""

from __future__ import annotations

from bot.domain.tuning import Metric
from bot.domain.tuning_chart import is_due, losses_in_words

FALLING = [Metric(1, 2.9), Metric(20, 1.9, 2.4), Metric(40, 1.1, 1.8)]


def test_both_lines_are_told_from_where_to_where() -> None:
    assert losses_in_words(FALLING) == (
        "How far off the model is (loss, less is better). "
        "On the texts it learns from: fell from 2.90 at step 1 to 1.10 at step 40. "
        "On texts kept aside: fell from 2.40 at step 20 to 1.80 at step 40."
    )


def test_learning_by_heart_is_named() -> None:
    turned = [*FALLING, Metric(60, 0.4, 2.2)]

    assert "It was lowest at step 40 with 1.80 and has risen since" in losses_in_words(turned)
    assert "risen since" not in losses_in_words(FALLING)


def test_a_single_figure_is_no_way() -> None:
    assert "On texts kept aside: 2.40 at step 20." in losses_in_words(FALLING[:2])


def test_a_chart_is_drawn_twice_on_the_way_and_once_at_the_end() -> None:
    drawn: list[int] = []
    points: list[Metric] = []
    for step in range(1, 91):
        points.append(Metric(step, 3 / step))
        if is_due(drawn[-1] if drawn else None, points, 90, is_over=step == 90):
            drawn.append(step)

    assert drawn == [30, 60, 90]
    assert not is_due(90, points, 90, is_over=True)


def test_two_points_or_an_unknown_length_wait_for_the_end() -> None:
    assert not is_due(None, FALLING[:2], 3, is_over=True)
    assert not is_due(None, FALLING, None, is_over=False)
    assert is_due(None, FALLING, None, is_over=True)
