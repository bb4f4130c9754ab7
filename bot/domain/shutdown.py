"""The day a model ends: when to warn of it, and what to say."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

# Days before the end at which people hear of it, once each.
WARN_AT = (60, 30, 7)


@dataclass(frozen=True, slots=True)
class Ending:
    """What is known of a model's end. `training`: the last day on which it can be tuned; `tuned`: its tuned models'."""

    base: date | None = None
    training: date | None = None
    tuned: date | None = None

    def or_sooner(self, day: date | None) -> Ending:
        """With the day that the provider names for the base model, which its tuned models follow if nothing else is
        known of them."""
        if day is None:
            return self
        return Ending(day, self.training, self.tuned or day)


NO_END = Ending()


def warning_due(end: date, today: date, warned: Collection[int]) -> int | None:
    """The warning that is due now: the closest threshold that has come, unless it was given; None after the end."""
    left = (end - today).days
    reached = [days for days in WARN_AT if left <= days]
    if left < 0 or not reached or min(reached) in warned:
        return None
    return min(reached)


def soonest(days: Iterable[date | None]) -> date | None:
    return min((day for day in days if day is not None), default=None)


def in_words(end: date, today: date) -> str:
    """`ends on 14 January 2027, in 53 days`."""
    left = (end - today).days
    when = f"{end.day} {end:%B %Y}"
    if left < 0:
        return f"ended on {when}"
    return f"ends on {when}, " + ("today" if left == 0 else "tomorrow" if left == 1 else f"in {left} days")
