"""Fine-tuning jobs: when to ask, how long to wait, what counts as over."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from bot.domain.tuned import TunedCard
from bot.domain.tuning_failure import Remedy
from bot.domain.tuning_state import JobState

if TYPE_CHECKING:
    from bot.domain.tuning_terms import ModelChoice, Retry, Terms

MIN_POLL = timedelta(seconds=3)
MAX_POLL = timedelta(minutes=10)
# A provider's minimum; where a few examples start to help; what the guide asks for.
MIN_PAIRS = 10
HELPFUL_PAIRS = (50, 100)
GUIDE_PAIRS = 200
SILENT_AFTER = timedelta(hours=1)
POLL_LEASE = timedelta(minutes=3)
# A creation whose answer was lost may still be under way at the provider: look for it only after this long.
SETTLES_WITHIN = timedelta(seconds=15)
# Progress is shown this much later, so that several steps become one edit.
PROGRESS_DELAY = timedelta(seconds=3)
# What providers choose by themselves for small sets, for prices before the job is there.
USUAL_EPOCHS = 3
MOST_EPOCHS = 50
MOST_BATCH = 256
LONGEST_SUFFIX = 18
# Polls of several jobs drift apart by up to this share of their wait.
POLL_JITTER = 0.2
# A provider's own price may be so much over the one that was confirmed.
PRICE_TOLERANCE = 1.25
# A provider that warns over and over is quoted this often in the thread.
MOST_WARNINGS = 3

STEP_IN_WORDS = re.compile(r"\bstep\s+(\d+)\s*(?:/|of)\s*(\d+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class TrainForm:
    """What *More* can change. None leaves it to the provider; `model` is empty for the recommended one."""

    epochs: int | None = None
    learning_rate: float | None = None
    suffix: str = ""
    model: str = ""
    batch_size: int | None = None

    def hyperparameters(self) -> dict[str, float | int | str | bool]:
        """Under our names; what is left to the provider is left out."""
        chosen = {"epochs": self.epochs, "batch_size": self.batch_size, "learning_rate": self.learning_rate}
        return {name: value for name, value in chosen.items() if value is not None}


@dataclass(frozen=True, slots=True)
class TrainOffer:
    """What a person confirms: model, price in dollars and time in seconds, where known, and what leaves the house."""

    project_id: int
    dataset_id: int
    number: int
    train: int
    validation: int
    model: str
    provider_label: str
    usd: float | None
    seconds: int | None
    few: bool
    recommended: bool = True
    terms: Terms | None = None
    choices: tuple[ModelChoice, ...] = ()
    retry: Retry | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """What the model wrote for one held-out product after `step` steps; step 0 is before it was taught."""

    step: int
    model: str
    text: str


@dataclass(frozen=True, slots=True)
class JobCard:
    """All that the status of one job shows. `losses` are the first and the latest figure of how far off it is."""

    id: int
    project_id: int
    state: JobState
    raw_state: str
    sent: bool
    dataset: int
    pairs: int
    base_model: str
    provider_label: str
    started_by: str
    created_at: datetime
    tuned_model: str = ""
    error: str = ""
    step: int | None = None
    total_steps: int | None = None
    estimated_finish: datetime | None = None
    finished_at: datetime | None = None
    usd: float | None = None
    losses: tuple[float, float] | None = None
    preview_product: str = ""
    preview_taught: bool = False  # no product was left that it does not learn from
    previews: tuple[Preview, ...] = ()
    cancel_asked_by: str = ""
    silent_since: datetime | None = None
    watchers: int = 0
    notice: str = ""
    try_usd: float | None = None  # the price of writing for one product with both models
    points: tuple[Metric, ...] = ()
    in_percent: bool = False  # the provider tells no steps, but how much of it is done
    chart_file: str = ""
    remedy: Remedy | None = None
    dataset_id: int = 0
    served: TunedCard | None = None

    @property
    def before(self) -> Preview | None:
        return next((preview for preview in self.previews if preview.step == 0 and preview.text), None)

    @property
    def latest(self) -> Preview | None:
        return next((preview for preview in reversed(self.previews) if preview.step > 0 and preview.text), None)


@dataclass(frozen=True, slots=True)
class Metric:
    """How far off the model was at a step, on the texts it learns from and on those kept aside."""

    step: int
    train: float | None = None
    validation: float | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """What a list of events says of how far a job is."""

    step: int | None = None
    total_steps: int | None = None
    metrics: tuple[Metric, ...] = field(default=())


def next_poll_at(submitted_at: datetime, now: datetime, *, luck: float = 0.0) -> datetime:
    """Poll often at first, then less: a twentieth of the job's age, between 3 s and 10 min.

    `luck` between 0 and 1 makes it up to a fifth later, so that many jobs are not asked about in the same second."""
    wait = max(MIN_POLL, min((now - submitted_at) / 20, MAX_POLL))
    return now + wait * (1 + POLL_JITTER * luck)


def advanced(old: JobState, new: JobState) -> JobState:
    """The state after the provider said `new`: what is over stays as it ended."""
    return old if old.is_final else new


def is_silent(failing_since: datetime | None, now: datetime) -> bool:
    """Whether a provider has not answered for so long that people should know."""
    return failing_since is not None and now - failing_since >= SILENT_AFTER


def progress_in(events: Iterable[tuple[str, Mapping[str, Any]]]) -> Progress:
    """Steps and figures out of events, each with its words and its data. Providers fill in one, the other or both."""
    step = total = None
    metrics: list[Metric] = []
    for message, data in events:
        words = STEP_IN_WORDS.search(message)
        step = _whole(data.get("step")) or (int(words[1]) if words else None) or step
        total = _whole(data.get("total_steps")) or (int(words[2]) if words else None) or total
        train = _figure(data.get("train_loss"))
        validation = _figure(data.get("valid_loss", data.get("full_valid_loss")))
        at = _whole(data.get("step"))
        if at is not None and (train is not None or validation is not None):
            metrics.append(Metric(at, train, validation))
    return Progress(step, total, tuple(metrics))


def merged_losses(known: Iterable[Iterable[Any]], fresh: Iterable[Metric]) -> list[list[Any]]:
    """Figures by step as `[step, train, validation]`; a later word on the same step fills in or replaces."""
    by_step: dict[int, list[Any]] = {int(point[0]): point for point in map(list, known)}
    for metric in fresh:
        old = by_step.get(metric.step, [metric.step, None, None])
        train = old[1] if metric.train is None else metric.train
        by_step[metric.step] = [metric.step, train, old[2] if metric.validation is None else metric.validation]
    return [by_step[step] for step in sorted(by_step)]


def first_and_latest(losses: Iterable[Iterable[Any]]) -> tuple[float, float] | None:
    """The first and the latest training figure, once there are two."""
    known = [float(point[1]) for point in map(list, losses) if point[1] is not None]
    return (known[0], known[-1]) if len(known) > 1 else None


def _whole(value: object) -> int | None:
    figure = _figure(value)
    return None if figure is None else int(figure)


def _figure(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
