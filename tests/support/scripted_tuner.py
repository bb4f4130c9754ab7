"""A provider for tests, in this process: a `Tuner` and a `ChatModel` whose jobs go on only when a test says so."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from bot.deps import Providers
from bot.domain.money import Usage
from bot.domain.tuning_state import JobState
from bot.providers.base import (
    RUN_TAG,
    ChatAnswer,
    ChatRequest,
    Checkpoint,
    Deployment,
    JobFailure,
    MetricPoint,
    ModelInfo,
    TuningEvent,
    TuningJob,
    TuningOrder,
)
from bot.providers.errors import AnswerLost, NotThere, ProviderError


@dataclass
class ScriptedTuner:
    """Jobs in memory. `next_errors` are raised by the next calls; `loses_answers` creations happen unheard."""

    known: list[TuningJob] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    orders: list[TuningOrder] = field(default_factory=list)
    said: list[TuningEvent] = field(default_factory=list)
    saved: list[Checkpoint] = field(default_factory=list)
    points: list[MetricPoint] = field(default_factory=list)
    offer: Deployment | None = None  # what `deploy` says where nobody has agreed to a price yet
    running: Deployment | None = None  # the deployment that somebody agreed to
    asks_usd: float | None = None
    offered: list[ModelInfo] = field(default_factory=list)
    next_errors: list[ProviderError] = field(default_factory=list)
    loses_answers: int = 0
    deletes_models: bool = True
    deleted_models: list[str] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)

    def _called(self, name: str) -> None:
        self.calls.append(name)
        if self.next_errors:
            raise self.next_errors.pop(0)

    async def upload(self, content: bytes | Path, filename: str) -> str:
        self._called("upload")
        file_id = f"file-{len(self.files) + 1}"
        assert isinstance(content, bytes)
        self.files[file_id] = content
        return file_id

    async def create(self, order: TuningOrder) -> TuningJob:
        self._called("create")
        self.orders.append(order)
        made = TuningJob(
            id=f"ftjob-{len(self.known) + 1}",
            state=JobState.QUEUED,
            raw_status="queued",
            model=order.model,
            training_file=order.training_file,
            metadata={RUN_TAG: order.tag},
        )
        self.known.append(made)
        if self.loses_answers:
            self.loses_answers -= 1
            raise AnswerLost("The provider did not answer in time.")
        return made

    async def find_by_tag(self, tag: str, *, training_file: str | None = None) -> TuningJob | None:
        self._called("find_by_tag")
        return next((job for job in self.known if job.metadata.get(RUN_TAG) == tag), None)

    async def get(self, job_id: str) -> TuningJob:
        self._called("get")
        return self._job(job_id)

    async def jobs(self, *, limit: int = 100) -> list[TuningJob]:
        return self.known[:limit]

    async def events(self, job_id: str, *, after: str | None = None) -> list[TuningEvent]:
        ids = [event.id for event in self.said]
        return self.said[ids.index(after) + 1 :] if after in ids else list(self.said)

    async def checkpoints(self, job_id: str) -> list[Checkpoint]:
        return list(self.saved)

    async def metrics(self, job: TuningJob) -> list[MetricPoint]:
        return list(self.points)

    async def cancel(self, job_id: str) -> TuningJob:
        self._called("cancel")
        return self.goes_on(state=JobState.CANCELLED, raw_status="cancelled")

    async def deploy(self, job: TuningJob, *, agreed: bool = False) -> Deployment:
        self._called("deploy agreed" if agreed else "deploy")
        if agreed:
            self.running = self.running or Deployment(f"{job.tuned_model}#1", False, "creating", id="dep-1")
            return self.running
        served = Deployment(job.tuned_model or "", ready=job.tuned_model is not None, raw_status="served")
        return self.offer or served

    async def deployment(self, deployment_id: str) -> Deployment | None:
        self._called("deployment")
        return self.running

    async def undeploy(self, deployment_id: str) -> None:
        self._called("undeploy")
        self.running = None

    async def delete_file(self, file_id: str) -> bool:
        self._called("delete_file")
        self.files.pop(file_id, None)
        return True

    async def delete_model(self, name: str) -> bool:
        self._called("delete_model")
        self.offered = [model for model in self.offered if model.id != name]
        self.deleted_models.append(name)
        return self.deletes_models

    async def price(self, order: TuningOrder) -> float | None:
        return self.asks_usd

    async def models(self) -> list[ModelInfo]:
        return list(self.offered)

    async def model(self, name: str) -> ModelInfo | None:
        self._called("model")
        return next((model for model in self.offered if model.id == name), None)

    async def aclose(self) -> None: ...

    def _job(self, job_id: str) -> TuningJob:
        found = next((job for job in self.known if job.id == job_id), None)
        if found is None:
            raise NotThere("The provider does not know this job.")
        return found

    def goes_on(self, **changes: object) -> TuningJob:
        """The newest job is now like this."""
        self.known[-1] = replace(self.known[-1], **changes)  # type: ignore[arg-type]
        return self.known[-1]

    def step(self, step: int, total: int, loss: float, at: datetime, *, checkpoint: str = "") -> None:
        """The newest job has done a step, and perhaps left a checkpoint."""
        self.goes_on(state=JobState.RUNNING, raw_status="running")
        data = {"step": step, "total_steps": total, "train_loss": loss}
        self.said.append(TuningEvent(f"ev-{step}", at, "info", f"Step {step}/{total}", "metrics", data))
        if checkpoint:
            self.saved.append(Checkpoint(f"ckpt-{step}", checkpoint, step, at))

    def succeeds(self, model: str) -> None:
        self.goes_on(state=JobState.SUCCEEDED, raw_status="succeeded", tuned_model=model)

    def fails(self, message: str) -> None:
        self.goes_on(state=JobState.FAILED, raw_status="failed", failure=JobFailure(message))


@dataclass
class ScriptedChat:
    """Answers `MODEL says: the prompt's end`. `next_errors` are for the next requests; None lets one through."""

    asked: list[ChatRequest] = field(default_factory=list)
    next_errors: list[ProviderError | None] = field(default_factory=list)

    async def complete(self, request: ChatRequest) -> ChatAnswer:
        self.asked.append(request)
        error = self.next_errors.pop(0) if self.next_errors else None
        if error is not None:
            raise error
        text = f"{request.model} says: {request.messages[-1]['content']}"
        return ChatAnswer(text, "stop", Usage(100, 50), request.model)

    async def aclose(self) -> None: ...


def scripted_providers(tuner: ScriptedTuner, chat: ScriptedChat) -> Providers:
    """Both under every provider's name."""

    async def close() -> None: ...

    return Providers(chat=lambda name: chat, tuner=lambda name: tuner, close=close)
