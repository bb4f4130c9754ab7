"""Deletion: what goes, what stays of it, and the receipt. Texts are blanked; ids, hashes and counts are kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from bot.errors import BadForm, NotYet

# Rows of one transaction, and how long one worker has an erasure: longer than any request to a provider.
CHUNK = 500
ERASURE_LEASE = timedelta(minutes=5)
# Running work is asked to end first; it is looked for this often, and no longer than this.
LOOK_AGAIN = timedelta(seconds=5)
WAIT_FOR_WORK = timedelta(hours=1)
# When a provider that failed to delete is asked again: in a minute, ten, an hour, six. Then the receipt says so.
PROVIDER_RETRIES = (timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6))
# After the app was removed a workspace's data waits this long for it to come back; Slack's rules allow 14 days.
UNINSTALL_GRACE = timedelta(days=7)
# A project that is deleted for its age is announced so long before.
RETENTION_NOTICE = timedelta(days=14)


class ErasureKind(StrEnum):
    PROJECT = "project"
    TEAM = "team"  # everything of a workspace that removed the app


class ErasureState(StrEnum):
    WAITING = "waiting"  # ordered; its time or its work is still to come
    DONE = "done"
    CANCELLED = "cancelled"


class Why(StrEnum):
    """Who or what ordered a deletion."""

    ASKED = "asked"
    AGE = "age"
    UNINSTALLED = "uninstalled"


class ThingKind(StrEnum):
    """What lies at a provider."""

    DEPLOYMENT = "deployment"
    FILE = "file"
    MODEL = "model"


class ThingState(StrEnum):
    OPEN = "open"
    GONE = "gone"
    BY_HAND = "by_hand"  # the provider has no call for it
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Thing:
    """Something at a provider. `job` is the provider's id of the job it belongs to."""

    provider: str
    kind: ThingKind
    id: str
    job: str = ""
    state: ThingState = ThingState.OPEN
    problem: str = ""

    def as_json(self) -> dict[str, str]:
        return {"provider": self.provider, "kind": self.kind.value, "id": self.id, "job": self.job,
                "state": self.state.value, "problem": self.problem}  # fmt: skip

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Thing:
        return cls(raw["provider"], ThingKind(raw["kind"]), raw["id"], raw["job"], ThingState(raw["state"]),
                   raw["problem"])  # fmt: skip


@dataclass(frozen=True, slots=True)
class Contents:
    """What a project holds, in numbers."""

    products: int = 0
    texts: int = 0
    verdicts: int = 0
    prompts: int = 0
    uploads: int = 0  # files that people uploaded
    versions: int = 0  # frozen ones
    pairs: int = 0  # their lines
    provider_files: int = 0
    models: int = 0
    deployments: int = 0  # running ones
    runs: int = 0  # that are writing now
    jobs: int = 0  # that teach now

    @property
    def at_work(self) -> int:
        return self.runs + self.jobs


@dataclass(frozen=True, slots=True)
class Sealed:
    """What is kept of a frozen version: its number, hash and size."""

    number: int
    sha256: str
    pairs: int


@dataclass(frozen=True, slots=True)
class DeletionWindow:
    """What the window asks about."""

    project_id: int
    name: str
    contents: Contents
    providers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ErasureCard:
    """A deletion on its way, or its receipt."""

    id: int
    project_id: int
    name: str
    why: Why
    asked_by: str
    asked_at: datetime
    state: ErasureState
    not_before: datetime
    contents: Contents = field(default_factory=Contents)
    things: tuple[Thing, ...] = ()
    versions: tuple[Sealed, ...] = ()
    erased: int = 0  # rows blanked so far
    files: int = 0  # stored files deleted
    waiting_for_work: bool = False
    finished_at: datetime | None = None

    @property
    def left_over(self) -> tuple[Thing, ...]:
        """What still lies at a provider."""
        return tuple(thing for thing in self.things if thing.state is not ThingState.GONE)


@dataclass(frozen=True, slots=True)
class Verified:
    """A frozen version checked against its hash. `intact` is None where it was frozen before lines had hashes."""

    dataset_id: int
    number: int
    lines: int
    erased: int
    intact: bool | None


def require_name(typed: str, name: str) -> None:
    """Somebody who deletes a project types its name; case and blanks at the ends are forgiven. Raises BadForm."""
    if typed.strip().casefold() != name.strip().casefold():
        raise BadForm({"name": f"Type the project's name exactly: {name}"})


def require_whole(number: int, erased: int) -> None:
    """Raises NotYet for a frozen version that lost lines: what is left is not what people agreed to."""
    if erased:
        lines, were = ("1 text", "was") if erased == 1 else (f"{erased:,} texts", "were")
        raise NotYet(
            f"{lines} of version {number} {were} erased, so it can't be used again.",
            kept="Its hash still proves what it held, and other versions are untouched.",
            todo="Freeze the approved texts again: /tune dataset.",
        )


def retry_at(attempts: int, now: datetime) -> datetime | None:
    """When to ask a provider again after so many rounds; None: give up and say so."""
    return now + PROVIDER_RETRIES[attempts - 1] if attempts <= len(PROVIDER_RETRIES) else None
