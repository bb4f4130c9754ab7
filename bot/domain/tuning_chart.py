"""What a chart of losses shows, in words; and when a new one is worth drawing."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.tuning import Metric

# Fewer points are no curve.
FEWEST_POINTS = 3
# While it goes on, a chart is drawn at these shares of the way; then once at the end.
MILESTONES = (1 / 3, 2 / 3)
# A loss on texts kept aside that rises by so much from its lowest has turned.
TURNED = 1.02


def losses_in_words(points: Sequence[Metric]) -> str:
    """The same as the picture: where each line begins and ends, and whether the second one has turned."""
    taught = [(point.step, point.train) for point in points if point.train is not None]
    aside = [(point.step, point.validation) for point in points if point.validation is not None]
    said = ["How far off the model is (loss, less is better)."]
    said += [f"On the texts it learns from: {_way(taught)}."] if taught else []
    said += [f"On texts kept aside: {_way(aside)}.{_turn(aside)}"] if aside else []
    return " ".join(said)


def _way(line: Sequence[tuple[int, float]]) -> str:
    (first, start), (last, end) = line[0], line[-1]
    if len(line) == 1:
        return f"{start:.2f} at step {first}"
    verb = "fell" if end < start else "rose" if end > start else "stayed"
    return f"{verb} from {start:.2f} at step {first} to {end:.2f} at step {last}"


def _turn(line: Sequence[tuple[int, float]]) -> str:
    """Learning by heart shows as a rise on the texts kept aside."""
    step, lowest = min(line, key=lambda point: point[1])
    if line[-1][1] <= lowest * TURNED or step == line[-1][0]:
        return ""
    return f" It was lowest at step {step} with {lowest:.2f} and has risen since: more rounds only learn by heart."


def milestone(points: Sequence[Metric], total_steps: int | None, *, is_over: bool) -> int | None:
    """The step at which a chart is due: the last one once it is over, else the last milestone that was passed."""
    if len(points) < FEWEST_POINTS:
        return None
    last = points[-1].step
    if is_over:
        return last
    if not total_steps:
        return None
    passed = [share for share in MILESTONES if last >= share * total_steps]
    return last if passed else None


def is_due(drawn_at: int | None, points: Sequence[Metric], total_steps: int | None, *, is_over: bool) -> bool:
    """Whether a newer chart than the one drawn at a step is due."""
    now = milestone(points, total_steps, is_over=is_over)
    if now is None or (drawn_at is not None and drawn_at >= now):
        return False
    if is_over or drawn_at is None or not total_steps:
        return True
    return _passed(now, total_steps) > _passed(drawn_at, total_steps)


def _passed(step: int, total_steps: int) -> int:
    return sum(step >= share * total_steps for share in MILESTONES)
