"""What money went for, when people are warned, and orders that take a second person's yes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from bot.domain.money import FULL_AT, WARN_AT

# A request that nobody answers, and a yes that nobody uses, are worth nothing after this.
YES_HOLDS = timedelta(hours=24)
# A price that grew by less than this since the yes is still what was said yes to.
TOLERANCE = 1.05
# So many days are shown one by one.
DAYS_SHOWN = 14


class For(StrEnum):
    """What a request or an hour was paid for."""

    WRITING = "writing"
    TRYING = "trying"
    COMPARING = "comparing"
    TRAINING = "training"
    SERVING = "serving"


class RequestState(StrEnum):
    """An order that waits for a second person. A yes is used once."""

    OPEN = "open"
    APPROVED = "approved"
    REFUSED = "refused"
    USED = "used"
    EXPIRED = "expired"
    REPLACED = "replaced"  # its asker orders something dearer by now


@dataclass(frozen=True, slots=True)
class Order:
    """What somebody is about to buy. `what` names it for good, `words` say it after "asks for about $12 to"."""

    what: str
    words: str
    usd: float | None


@dataclass(frozen=True, slots=True)
class Sums:
    """Dollars spent or promised, as far as prices are known."""

    total: float
    month: float
    today: float


@dataclass(frozen=True, slots=True)
class Doubt:
    """Requests without a known price, which no sum has; and those whose answer was lost, counted at their highest."""

    unpriced: int = 0
    lost: int = 0
    lost_usd: float = 0.0


@dataclass(frozen=True, slots=True)
class Running:
    """A deployment that is billed by the hour and runs now. None where the price an hour is unknown."""

    name: str
    hourly_usd: float | None
    since: datetime | None
    usd_so_far: float | None


@dataclass(frozen=True, slots=True)
class MoneyCard:
    """What one project spent, and what is left. Budgets are None where nobody set one."""

    project_id: int
    name: str
    sums: Sums
    people: tuple[tuple[str, float], ...]
    days: tuple[tuple[date, float], ...]
    purposes: tuple[tuple[For, float], ...]
    doubt: Doubt = Doubt()
    budget_usd: float | None = None
    month_cap_usd: float | None = None
    month_all_usd: float = 0.0
    running: tuple[Running, ...] = ()
    second_above_usd: float | None = None

    @property
    def budget_left(self) -> float | None:
        return None if self.budget_usd is None else max(0.0, self.budget_usd - self.sums.total)

    @property
    def month_left(self) -> float | None:
        return None if self.month_cap_usd is None else max(0.0, self.month_cap_usd - self.month_all_usd)


@dataclass(frozen=True, slots=True)
class SpendCard:
    """A request for money as the channel sees it."""

    id: int
    project_id: int
    asked_by: str
    words: str
    usd: float | None
    state: RequestState
    decided_by: str = ""


def warning_due(spent_usd: float, limit_usd: float) -> int | None:
    """The highest mark that was passed, in percent: 80, 100, or None below both."""
    if limit_usd <= 0:
        return None
    part = spent_usd / limit_usd
    return 100 if part >= FULL_AT else 80 if part >= WARN_AT else None


def takes_second(usd: float | None, above_usd: float | None) -> bool:
    """Whether an order takes a second yes. A price that nobody knows may be above any threshold."""
    return above_usd is not None and (usd is None or usd > above_usd)


def covers(approved_usd: float | None, usd: float | None) -> bool:
    """Whether a yes to one price is a yes to another."""
    if approved_usd is None or usd is None:
        return approved_usd is None and usd is None
    return usd <= approved_usd * TOLERANCE


def last_days(today: date, count: int = DAYS_SHOWN) -> Sequence[date]:
    """So many days up to today, the earliest first."""
    return [today - timedelta(days=back) for back in reversed(range(count))]
