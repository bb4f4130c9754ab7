"""Tuned models of a project: what serving them takes, which one is in use, and what a running one costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum


class ServingState(StrEnum):
    """Whether a tuned model answers. Only somebody's yes leads to STARTING."""

    READY = "ready"
    ASKING = "asking"  # it would be billed by the hour, and nobody has said yes yet
    BY_HAND = "by_hand"  # somebody deploys it at the provider and tells its name
    STARTING = "starting"
    STOPPING = "stopping"
    STOPPED = "stopped"
    FAILED = "failed"


SERVING_LEASE = timedelta(minutes=3)
# A deployment takes minutes to start, and one that runs may stop by itself.
LOOK_WHILE_WORKING = timedelta(seconds=15)
LOOK_WHILE_RUNNING = timedelta(minutes=15)
# One that runs on is mentioned to whoever started it this often.
REMIND_EVERY = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class TunedCard:
    """All that is shown of one tuned model. `usd_so_far` is what its deployment has cost, where the price is known."""

    id: int
    project_id: int
    job_id: int
    name: str
    base_model: str
    provider_label: str
    state: ServingState
    dataset: int
    pairs: int
    created_at: datetime
    in_use: bool = False
    hourly: bool = False
    hourly_usd: float | None = None
    running_since: datetime | None = None
    usd_so_far: float | None = None
    started_by: str = ""
    problem: str = ""
    promoted_at: datetime | None = None
    promoted_by: str = ""
    retired_at: datetime | None = None
    retired_by: str = ""
    ends: date | None = None

    @property
    def answers(self) -> bool:
        return self.state is ServingState.READY and self.retired_at is None


@dataclass(frozen=True, slots=True)
class ModelsCard:
    """The tuned models of a project, the newest first; `former` is what *Go back* leads to."""

    project_id: int
    models: tuple[TunedCard, ...]
    former: TunedCard | None = None


def former_of(models: Sequence[TunedCard]) -> TunedCard | None:
    """The model used before the one in use: the last promoted of those that could be used again."""
    others = [model for model in models if model.promoted_at and not model.in_use and model.retired_at is None]
    return max(others, key=lambda model: model.promoted_at or model.created_at, default=None)


def cost_so_far(
    hourly_usd: float | None, running_since: datetime | None, spent_usd: float, now: datetime
) -> float | None:
    """Dollars of all runs, the present one included; None where the price an hour is unknown."""
    if hourly_usd is None:
        return None
    running = max(timedelta(), now - running_since) if running_since else timedelta()
    return spent_usd + hourly_usd * running / timedelta(hours=1)
