"""Texts for prompts: how they come to be and what a run of them is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Origin(StrEnum):
    """Where a text or a table came from. Exports can leave out what came from Slack."""

    MODEL = "model"
    EXISTING = "existing"
    SLACK_FILE = "slack_file"
    SLACK_EDIT = "slack_edit"
    EXTERNAL = "external"


class WritingState(StrEnum):
    """A completion before it has a text: wanted, claimed by a worker, then written or failed for good."""

    WANTED = "wanted"
    CLAIMED = "claimed"
    WRITTEN = "written"
    FAILED = "failed"


class RunKind(StrEnum):
    """Why texts are written: five to try, a batch for review, one again, the rest of the catalog."""

    TRY = "try"
    WRITE = "write"
    EXISTING = "existing"
    AGAIN = "again"
    FINISH = "finish"
    CARRIED = "carried"  # texts of changed products that went back to review: nothing is written
    IMPORTED = "imported"  # pairs out of a file: nothing is written


class RunState(StrEnum):
    RUNNING = "running"
    STOPPING = "stopping"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"

    @property
    def is_final(self) -> bool:
        return self in (RunState.DONE, RunState.STOPPED, RunState.FAILED)


# A run's worker renews its lease while it lives, however long its requests take; after a kill somebody else goes on
# once the lease is over. Results are fenced by it, so that a worker that slept through its lease records nothing.
WRITING_LEASE = timedelta(seconds=30)
RENEW_EVERY = timedelta(seconds=8)
TRY_SIZE = 5
# What the fine-tuning guide asks for before a run is worth its money.
PROMPTS_WANTED = 200
# How many more texts can be ordered at a time, beside "all".
MORE_CHOICES = (10, 60, 200)
# Rows that one transaction writes at most.
CHUNK = 500
# A run stops before it costs this many times what its sampled prompts may cost at most: prompts differ in length.
CAP_MARGIN = 1.5
# Who goes first when several runs are due: people who wait for one text, then for five, then batches.
RUN_ORDER = (RunKind.AGAIN, RunKind.TRY, RunKind.EXISTING, RunKind.WRITE, RunKind.FINISH)
# Kinds of which a project has one at a time, and those whose progress has a message of its own.
ONE_AT_A_TIME = (RunKind.WRITE, RunKind.EXISTING, RunKind.FINISH)
WITH_PROGRESS = (RunKind.WRITE, RunKind.FINISH)


@dataclass(frozen=True, slots=True)
class Offer:
    """So many more texts: what they will probably cost (None: price unknown) and how long people will need for them."""

    count: int
    usd: float | None
    minutes: int
    is_all: bool = False


@dataclass(frozen=True, slots=True)
class TryText:
    """One of the five: empty while it is being written, `problem` where it could not be."""

    product: str
    facts: tuple[tuple[str, str], ...]
    text: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class TryCard:
    """Five texts of different products, and what can be ordered next. `existing`: texts that people already have."""

    run_id: int
    project_id: int
    state: RunState
    texts: tuple[TryText, ...]
    model: str
    usd: float | None = None
    offers: tuple[Offer, ...] = ()
    existing: int = 0
    problem: str = ""
    notice: str = ""

    @property
    def written(self) -> int:
        return sum(bool(text.text) for text in self.texts)


@dataclass(frozen=True, slots=True)
class RunCard:
    """A run's progress. `seconds` since it was ordered; `usd` is None where the price is unknown."""

    id: int
    project_id: int
    kind: RunKind
    state: RunState
    wanted: int
    written: int
    failed: int
    seconds: float
    usd: float | None
    started_by: str
    model: str = ""
    problem: str = ""
    batch_id: int | None = None
    cap_usd: float | None = None  # the most it may cost

    @property
    def per_minute(self) -> float:
        return self.written / self.seconds * 60 if self.seconds > 0 else 0.0

    @property
    def seconds_left(self) -> int | None:
        """None before the first text, when nobody can tell."""
        left = self.wanted - self.written - self.failed
        return round(left * self.seconds / self.written) if self.written else None


def choices(left: int) -> tuple[int, ...]:
    """The numbers of texts that can be ordered: the usual ones below what is left, then all of it."""
    return (*(count for count in MORE_CHOICES if count < left), left) if left > 0 else ()


def asks_again(messages: tuple[Mapping[str, str], ...], earlier: str, hint: str) -> tuple[Mapping[str, str], ...]:
    """The conversation that has a text written again.

    A hint is what a user says after the first text, never an instruction of the house."""
    if not hint:
        return messages
    return (*messages, {"role": "assistant", "content": earlier}, {"role": "user", "content": hint})
