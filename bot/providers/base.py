"""What the rest of the house knows of model providers: two Protocols and the frozen values they speak in.

Nothing of a vendor's own words leaves this floor: states are `JobState`, times are aware UTC, unknown is None.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from bot.domain.money import Usage
from bot.domain.tuning_state import JobState

Message = Mapping[str, Any]
# The metadata key by which a job is found again when the answer to its creation was lost.
RUN_TAG = "tunesmith_run"


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """One request for one text. None means: whatever the provider does by itself."""

    messages: tuple[Message, ...]
    model: str
    temperature: float | None = None
    max_tokens: int | None = None
    top_p: float | None = None
    seed: int | None = None
    stop: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Limits:
    """What the provider's headers say of its limits: per minute, as far as they were there."""

    requests: float | None = None
    requests_left: float | None = None
    tokens: float | None = None
    tokens_left: float | None = None


NO_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class ChatAnswer:
    """A text and what is known of how it came to be. `refusal` is set when the model declined."""

    text: str
    finish_reason: str | None
    usage: Usage | None
    model: str
    request_id: str | None = None
    limits: Limits = NO_LIMITS
    refusal: str | None = None


class ChatModel(Protocol):
    """Anything that answers chat messages with a text."""

    async def complete(self, request: ChatRequest) -> ChatAnswer:
        """One answer, one request on the wire, never repeated here. Raises a `ProviderError`."""
        ...

    async def aclose(self) -> None: ...


@dataclass(frozen=True, slots=True)
class TuningOrder:
    """Everything that decides a fine-tuning job.

    `hyperparameters` go by our names (`epochs`, `batch_size`, `learning_rate`); a profile turns them into a vendor's.
    `tag` is our own id of this run, unique forever: with it one confirmation is one job.
    """

    model: str
    training_file: str
    tag: str
    validation_file: str | None = None
    suffix: str | None = None
    seed: int | None = None
    method: str = "supervised"
    hyperparameters: Mapping[str, float | int | str | bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class JobFailure:
    message: str
    code: str | None = None
    param: str | None = None


@dataclass(frozen=True, slots=True)
class TuningJob:
    """A fine-tuning job as the provider tells it. `raw_status` is the provider's own word, for people and for logs."""

    id: str
    state: JobState
    raw_status: str
    model: str | None = None
    tuned_model: str | None = None
    training_file: str | None = None
    validation_file: str | None = None
    result_files: tuple[str, ...] = ()
    created_at: datetime | None = None
    finished_at: datetime | None = None
    estimated_finish: datetime | None = None
    trained_tokens: int | None = None
    trained_steps: int | None = None
    total_steps: int | None = None
    percent: float | None = None
    failure: JobFailure | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    hyperparameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TuningEvent:
    """Something that happened to a job. `data` has the figures of a `metrics` event: step, train_loss and the like."""

    id: str
    at: datetime | None
    level: str
    message: str
    kind: str = "message"
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A model in the middle of its training; `model` can be asked like any other where the provider serves it."""

    id: str
    model: str | None
    step: int | None
    at: datetime | None
    metrics: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MetricPoint:
    """One line of a result file; what the provider left out is None."""

    step: int
    train_loss: float | None = None
    train_accuracy: float | None = None
    valid_loss: float | None = None
    valid_accuracy: float | None = None
    full_valid_loss: float | None = None
    full_valid_accuracy: float | None = None


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A model that the provider offers. `shutdown_date` is the day it ends, where the provider says so."""

    id: str
    owner: str | None = None
    created_at: datetime | None = None
    shutdown_date: datetime | None = None


@dataclass(frozen=True, slots=True)
class Deployment:
    """A tuned model on its way to being served; `ready` says whether `model` can be asked now.

    `needs_yes`: it would be billed by the hour, so somebody has to say yes first. `id` is what ends it again.
    """

    model: str
    ready: bool
    raw_status: str
    problem: str | None = None
    id: str = ""
    needs_yes: bool = False
    hourly_usd: float | None = None


class Tuner(Protocol):
    """A provider that fine-tunes. Every call is one attempt: repeating is decided by whoever owns the database."""

    async def upload(self, content: bytes | Path, filename: str) -> str:
        """Send a training file; its id at the provider."""
        ...

    async def create(self, order: TuningOrder) -> TuningJob:
        """Start a job. Raises `AnswerLost` if it may have started: then ask `find_by_tag` before trying again."""
        ...

    async def find_by_tag(self, tag: str, *, training_file: str | None = None) -> TuningJob | None:
        """The job made with this tag, or (where a provider drops metadata) from this freshly uploaded file."""
        ...

    async def get(self, job_id: str) -> TuningJob: ...

    async def jobs(self, *, limit: int = 100) -> list[TuningJob]:
        """The newest jobs, newest first."""
        ...

    async def events(self, job_id: str, *, after: str | None = None) -> list[TuningEvent]:
        """What happened since the event with the id `after`, oldest first."""
        ...

    async def checkpoints(self, job_id: str) -> list[Checkpoint]:
        """By step, first to last; empty where the provider has none."""
        ...

    async def metrics(self, job: TuningJob) -> list[MetricPoint]:
        """The result file's lines; empty while there is none."""
        ...

    async def cancel(self, job_id: str) -> TuningJob: ...

    async def deploy(self, job: TuningJob, *, agreed: bool = False) -> Deployment:
        """Make the tuned model answer; harmless to repeat, and ready at once where nothing is needed.

        What is billed by the hour starts only when `agreed`; without it the answer has `needs_yes` and the price.
        """
        ...

    async def deployment(self, deployment_id: str) -> Deployment | None:
        """How a deployment does; never starts one. None if the provider has none of this id."""
        ...

    async def undeploy(self, deployment_id: str) -> None:
        """End a deployment, and what it costs; harmless to repeat."""
        ...

    async def delete_file(self, file_id: str) -> bool:
        """Delete an uploaded file; what is not there counts as deleted. False: this provider has no call for it."""
        ...

    async def delete_model(self, name: str) -> bool:
        """Delete a tuned model or a checkpoint of one; the same."""
        ...

    async def price(self, order: TuningOrder) -> float | None:
        """Dollars that the provider asks for this order, its files being there; None where it does not say."""
        ...

    async def models(self) -> list[ModelInfo]: ...

    async def model(self, name: str) -> ModelInfo | None:
        """None if the provider does not know it."""
        ...

    async def aclose(self) -> None: ...


def newest_first(jobs: Sequence[TuningJob]) -> list[TuningJob]:
    """Jobs whose time is unknown come last."""
    return sorted(jobs, key=lambda job: job.created_at.timestamp() if job.created_at else 0.0, reverse=True)
