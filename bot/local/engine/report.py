"""What a training run tells the server while it runs: numbers, progress, and adapters that can be used at once."""

import math
import shutil
import time
from pathlib import Path
from typing import Any

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from .jobdir import JobDir, Measure

SAVE_EVERY = 60.0  # seconds; a kill loses no more work than that
WHOLE = "whole"  # marks a checkpoint that was written to its end
ADAPTER_FILES = ("adapter_config.json", "adapter_model.safetensors")


class Reporter(TrainerCallback):  # type: ignore[misc, unused-ignore]
    """Writes into the job's directory what the trainer does."""

    def __init__(self, job: JobDir, *, steps_per_epoch: int, tokens_per_epoch: int, validated: bool) -> None:
        self._job = job
        self._steps_per_epoch = steps_per_epoch
        self._tokens_per_epoch = tokens_per_epoch
        self._validated = validated
        self._told = max((measure["step"] for measure in job.measures()), default=0)
        self._latest = Measure(0)
        self._first_step = 0
        self._began = self._saved = time.monotonic()

    def on_train_begin(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """Say from where it goes on, and remember it: the time left is reckoned from here."""
        self._first_step = state.global_step
        self._began = self._saved = time.monotonic()
        if state.global_step:
            self._job.say(f"Training carries on from step {state.global_step}.", "warn")
        else:
            self._job.say("Training started.")

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """Tell the progress, and save now and then within long epochs."""
        done = state.global_step - self._first_step
        left = (time.monotonic() - self._began) / done * (state.max_steps - state.global_step)
        self._job.write_progress(
            step=state.global_step,
            total_steps=state.max_steps,
            estimated_finish=math.ceil(time.time() + left),
            trained_tokens=round(self._tokens_per_epoch * state.global_step / self._steps_per_epoch),
        )
        if time.monotonic() - self._saved > SAVE_EVERY:
            control.should_save = True

    def on_log(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, logs: dict[str, float], **_: Any
    ) -> None:
        """A step's numbers; those of an epoch's last step wait for the validation that follows."""
        if "loss" not in logs:
            return
        self._latest = Measure(state.global_step, round(logs["loss"], 5), round(logs["accuracy"], 5))
        if not (self._validated and self._ends_epoch(state)):
            self._tell(state)

    def on_evaluate(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, metrics: dict[str, float], **_: Any
    ) -> None:
        """The numbers of the validation after an epoch."""
        loss, accuracy = round(metrics["eval_loss"], 5), round(metrics["eval_accuracy"], 5)
        latest = self._latest
        self._latest = Measure(
            state.global_step, latest.train_loss, latest.train_mean_token_accuracy, loss, accuracy, loss, accuracy
        )
        self._tell(state)

    def on_save(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        """A checkpoint is whole now; after an epoch its adapter is served."""
        saved = self._job.resumable / f"checkpoint-{state.global_step}"
        (saved / WHOLE).touch()
        self._saved = time.monotonic()
        if self._ends_epoch(state):
            copy_adapter(saved, self._job.adapter(state.global_step))
            self._job.publish(self._latest)
            self._job.say(f"Checkpoint created at step {state.global_step}.")

    def _tell(self, state: TrainerState) -> None:
        """After a kill some steps are trained again; their numbers have been told."""
        if state.global_step > self._told:
            self._told = state.global_step
            self._job.measured(self._latest, state.max_steps)

    def _ends_epoch(self, state: TrainerState) -> bool:
        return bool(state.global_step % self._steps_per_epoch == 0)


def copy_adapter(saved: Path, place: Path) -> None:
    """Copy an adapter's files so that the place has all of them or does not exist."""
    fresh = place.with_name(f".{place.name}")
    for path in (fresh, place):
        shutil.rmtree(path, ignore_errors=True)
    fresh.mkdir(parents=True)
    for name in ADAPTER_FILES:
        shutil.copyfile(saved / name, fresh / name)
    fresh.rename(place)


def last_whole_checkpoint(job: JobDir) -> Path | None:
    """From where to carry on. What a kill left half-written is removed."""
    whole: dict[int, Path] = {}
    for path in job.resumable.glob("checkpoint-*"):
        if (path / WHOLE).exists():
            whole[int(path.name.rpartition("-")[2])] = path
        else:
            shutil.rmtree(path)
    return whole[max(whole)] if whole else None
