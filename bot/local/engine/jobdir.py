"""The directory of one job: what the server writes, what the trainer reads and reports. Nothing here needs a model.

The server alone writes `job.json`; a trainer writes `progress.json`, `checkpoints.jsonl`, adapters and `outcome.json`;
both append to `events.jsonl`. So each can be killed at any moment and the other still knows what happened.
"""

import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from . import store
from .wire import Json

Level = Literal["info", "warn", "error"]
TRAINER_MODULE = "bot.local.engine.trainer"


@dataclass(frozen=True)
class Spec:
    """All that a trainer must know. Paths of files are within the job's directory."""

    model: str
    n_epochs: int
    batch_size: int
    learning_rate: float
    seed: int
    validation: bool


@dataclass(frozen=True)
class Measure:
    """What was measured at a step. Accuracy is the share of the answer's tokens that the model would have written."""

    step: int
    train_loss: float | None = None
    train_mean_token_accuracy: float | None = None
    valid_loss: float | None = None
    valid_mean_token_accuracy: float | None = None
    full_valid_loss: float | None = None
    full_valid_mean_token_accuracy: float | None = None


@dataclass(frozen=True)
class JobDir:
    """Names and contents of a job's directory."""

    root: Path

    @property
    def id(self) -> str:
        """The job's id."""
        return self.root.name

    @property
    def record(self) -> Path:
        """The job as the server knows it."""
        return self.root / "job.json"

    @property
    def training(self) -> Path:
        """The job's own copy of the training file."""
        return self.root / "training.jsonl"

    @property
    def validation(self) -> Path:
        """The job's own copy of the validation file."""
        return self.root / "validation.jsonl"

    @property
    def resumable(self) -> Path:
        """Where the trainer keeps what it needs to carry on."""
        return self.root / "resume"

    @property
    def log(self) -> Path:
        """What the trainer printed."""
        return self.root / "trainer.log"

    @property
    def lock(self) -> Path:
        """Held by the one trainer that works here."""
        return self.root / "trainer.lock"

    @property
    def process(self) -> Path:
        """Which process that trainer is."""
        return self.root / "trainer.json"

    @property
    def _events(self) -> Path:
        return self.root / "events.jsonl"

    def adapter(self, step: int | None = None) -> Path:
        """The weights after a step, or the final ones."""
        return self.root / "adapters" / ("final" if step is None else f"step-{step}")

    def write_spec(self, spec: Spec) -> None:
        """Tell the trainer what to do."""
        store.write_json(self.root / "spec.json", asdict(spec))

    def read_spec(self) -> Spec:
        """What the trainer is to do."""
        return Spec(**store.read_json(self.root / "spec.json") or {})

    def say(self, message: str, level: Level = "info") -> None:
        """Tell what happened."""
        self._append("message", message, level, {})

    def measured(self, measure: Measure, total_steps: int) -> None:
        """Tell the numbers of one step."""
        parts = [f"Step {measure.step}/{total_steps}: training loss={measure.train_loss:.2f}"]
        if measure.full_valid_loss is not None:
            parts.append(f"full validation loss={measure.full_valid_loss:.2f}")
        numbers = {name: value for name, value in asdict(measure).items() if value is not None}
        self._append("metrics", ", ".join(parts), "info", {**numbers, "total_steps": total_steps})

    def _append(self, kind: str, message: str, level: Level, data: Json) -> None:
        event = {"created_at": int(time.time()), "level": level, "message": message, "type": kind, "data": data}
        store.append_line(self._events, event)

    def events(self) -> list[Json]:
        """All events as clients read them, oldest first."""
        head = {"object": "fine_tuning.job.event"}
        return [{**head, "id": f"ftevent-{self.id[-8:]}-{at}", **event} for at, event in store.read_lines(self._events)]

    def measures(self) -> list[Json]:
        """The numbers of every step so far."""
        return [event["data"] for event in self.events() if event["type"] == "metrics"]

    def publish(self, measure: Measure) -> None:
        """Make the adapter of a step, already in its place, one that is served."""
        checkpoint = {"created_at": int(time.time()), "metrics": asdict(measure)}
        store.append_line(self.root / "checkpoints.jsonl", {**checkpoint, "step": measure.step})

    def checkpoints(self) -> list[Json]:
        """Published steps with their numbers, oldest first. A killed trainer may say one twice."""
        lines = store.read_lines(self.root / "checkpoints.jsonl")
        return list({value["step"]: value for _, value in lines if self.adapter(value["step"]).is_dir()}.values())

    def write_progress(self, *, step: int, total_steps: int, estimated_finish: int | None, trained_tokens: int) -> None:
        """How far the training is."""
        progress = {"trained_steps": step, "total_steps": total_steps, "trained_tokens": trained_tokens}
        store.write_json(self.root / "progress.json", {**progress, "estimated_finish": estimated_finish})

    def progress(self) -> Json:
        """How far the training is; empty before its first step."""
        return store.read_json(self.root / "progress.json") or {}

    def finish(self, problem: str | None = None) -> None:
        """The trainer's last word: it trained to the end, or it could not and says why."""
        store.write_json(self.root / "outcome.json", {"problem": problem})

    def outcome(self) -> Json | None:
        """The trainer's last word, None while it has none."""
        return store.read_json(self.root / "outcome.json")


def csv_of(measures: Iterable[Json]) -> bytes:
    """The result file: one line a step, under the column names of OpenAI's."""
    columns = {
        "step": "step",
        "train_loss": "train_loss",
        "train_accuracy": "train_mean_token_accuracy",
        "valid_loss": "valid_loss",
        "valid_mean_token_accuracy": "valid_mean_token_accuracy",
    }
    lines = [",".join(columns), *(",".join(str(m.get(key, "")) for key in columns.values()) for m in measures)]
    return ("\n".join(lines) + "\n").encode()
