"""When people are told that texts wait: quiet hours, pauses, a digest a day, and few, gentle reminders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.domain.project import ProjectSettings

# A fourth would be nagging.
MOST_REMINDERS = 3
# Somebody who was here yesterday knows.
IDLE = timedelta(days=1)
BETWEEN = timedelta(days=2)
# Whatever waits in however many projects: one message a day.
ONE_A_DAY = timedelta(hours=20)
# Where no quiet hours end in the morning, the digest still comes then.
MORNING = 9
SATURDAY = 5
MONDAY = 0


@dataclass(frozen=True, slots=True)
class Quiet:
    """Hours in which nobody is reminded: from `start` until `end`, over midnight where that comes earlier."""

    start: int = 18
    end: int = 9
    weekends: bool = True

    @property
    def day_begins(self) -> int:
        return self.end if self.start > self.end else MORNING


def quiet_of(settings: ProjectSettings) -> Quiet:
    return Quiet(settings.quiet_from, settings.quiet_to, settings.quiet_weekends)


def zone_of(*names: str) -> ZoneInfo:
    """The first of these that is a time zone; else UTC."""
    for name in names:
        if is_zone(name):
            return ZoneInfo(name)
    return ZoneInfo("UTC")


def is_zone(name: str) -> bool:
    try:
        return bool(name) and bool(ZoneInfo(name).key)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False


def is_quiet(now: datetime, quiet: Quiet, zone: ZoneInfo) -> bool:
    """Whether nobody there is to be reminded now."""
    local = now.astimezone(zone)
    if quiet.weekends and local.weekday() >= SATURDAY:
        return True
    if quiet.start <= quiet.end:
        return quiet.start <= local.hour < quiet.end
    return local.hour >= quiet.start or local.hour < quiet.end


def digest_day(now: datetime, quiet: Quiet, zone: ZoneInfo) -> str | None:
    """The day whose digest is due, as its date there; None before its morning and in quiet hours."""
    local = now.astimezone(zone)
    if is_quiet(now, quiet, zone) or local.hour < quiet.day_begins:
        return None
    return local.date().isoformat()


def next_monday(now: datetime, quiet: Quiet, zone: ZoneInfo) -> datetime:
    """The beginning of the next Monday's work there, in UTC; on a Monday, that of the week after."""
    local = now.astimezone(zone)
    days = (MONDAY - local.weekday() - 1) % 7 + 1
    begins = datetime.combine(local.date() + timedelta(days=days), time(quiet.day_begins), zone)
    return begins.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Reminded:
    """What is known of one person and one batch: when they were reminded of it, and when of anything at all;
    `active_at`: when they last decided something, or when the batch began."""

    of_batch: Sequence[datetime]
    latest: datetime | None
    active_at: datetime


def next_reminder(known: Reminded, now: datetime) -> int | None:
    """The number of the reminder that is due, from 1; None where none is."""
    if len(known.of_batch) >= MOST_REMINDERS or now - known.active_at < IDLE:
        return None
    if known.latest is not None and now - known.latest < ONE_A_DAY:
        return None
    if known.of_batch and now - max(known.of_batch) < BETWEEN:
        return None
    return len(known.of_batch) + 1


@dataclass(frozen=True, slots=True)
class Day:
    """What happened in a batch since its last digest, and what is left. `people` had a part in it."""

    approved: int = 0
    edited: int = 0
    rejected: int = 0
    people: int = 0
    open: int = 0
    second: int = 0
    disputed: int = 0

    @property
    def decided(self) -> int:
        return self.approved + self.edited + self.rejected

    @property
    def is_news(self) -> bool:
        return bool(self.decided or self.people)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class DigestCard:
    """A day's digest. `since`: when the last one was; None for a batch's first."""

    batch_id: int
    project_id: int
    title: str
    day: Day
    since: datetime | None
    minutes: int
    paused_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class ReminderCard:
    """A direct message about texts that wait. `number` of three; `stopped`: this person wants no more of them."""

    id: int
    project_id: int
    project: str
    title: str
    waiting: int
    minutes: int
    number: int
    stopped: bool = False
