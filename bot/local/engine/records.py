"""Fine-tuning jobs as they are kept on disk and as clients read them."""

from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from . import names, store
from .hyper import Hyperparameters, Plan, shown
from .jobdir import JobDir
from .wire import Json

Status = Literal["validating_files", "queued", "running", "succeeded", "failed", "cancelled"]
FINAL: frozenset[Status] = frozenset({"succeeded", "failed", "cancelled"})


@dataclass(frozen=True)
class Job:
    """A fine-tuning job. `crashes` counts trainers that died since the checkpoint at `crashed_behind`."""

    id: str
    created_at: float
    model: str
    training_file: str
    validation_file: str | None
    suffix: str | None
    seed: int
    metadata: dict[str, str] | None
    asked: Hyperparameters
    plan: Plan | None = None
    status: Status = "validating_files"
    finished_at: int | None = None
    trained_tokens: int | None = None
    result_files: list[str] = field(default_factory=list)
    error: dict[str, str | None] | None = None
    crashes: int = 0
    crashed_behind: int = 0

    @property
    def tuned_name(self) -> str:
        """What the job's model is called, or will be."""
        return names.tuned_name(self.model, self.suffix, self.id)

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.status in FINAL


def job_from(value: Json) -> Job:
    """A job as it was kept."""
    plan = value["plan"]
    return Job(**{**value, "asked": Hyperparameters(**value["asked"]), "plan": Plan(**plan) if plan else None})


@dataclass(frozen=True)
class JobStore:
    """Jobs on disk, a directory each."""

    root: Path

    def dir(self, job_id: str) -> JobDir:
        """A job's directory."""
        return JobDir(self.root / job_id)

    def all(self) -> list[Job]:
        """All jobs, newest first."""
        jobs = [job_from(value) for path in self.root.glob("ftjob-*/job.json") if (value := store.read_json(path))]
        return sorted(jobs, key=lambda job: (job.created_at, job.id), reverse=True)

    def find(self, job_id: str) -> Job | None:
        """A job by its id."""
        if not job_id.replace("-", "").isalnum():
            return None
        value = store.read_json(self.dir(job_id).record)
        return job_from(value) if value else None

    def save(self, job: Job) -> Job:
        """Keep a job as it is now."""
        store.write_json(self.dir(job.id).record, asdict(job))
        return job

    def change(self, job_id: str, **changes: Any) -> Job:
        """Change some of a job that exists. One that is over stays as it is."""
        job = self.find(job_id)
        if job is None:
            raise LookupError(job_id)
        return job if job.is_over else self.save(replace(job, **changes))

    def shown(self, job: Job) -> Json:
        """A job as clients read it, with how far its training is."""
        progress = self.dir(job.id).progress()
        running = job.status == "running"
        hyperparameters = shown(job.asked, job.plan)
        return {
            "object": "fine_tuning.job",
            "id": job.id,
            "created_at": int(job.created_at),
            "model": job.model,
            "status": job.status,
            "training_file": job.training_file,
            "validation_file": job.validation_file,
            "hyperparameters": hyperparameters,
            "method": {"type": "supervised", "supervised": {"hyperparameters": hyperparameters}},
            "suffix": job.suffix,
            "user_provided_suffix": job.suffix,
            "seed": job.seed,
            "metadata": job.metadata,
            "fine_tuned_model": job.tuned_name if job.status == "succeeded" else None,
            "finished_at": job.finished_at,
            "estimated_finish": progress.get("estimated_finish") if running else None,
            "trained_tokens": progress.get("trained_tokens") if running else job.trained_tokens,
            "trained_steps": progress.get("trained_steps"),
            "total_steps": progress.get("total_steps"),
            "result_files": job.result_files,
            "error": job.error,
            "organization_id": "local",
            "integrations": [],
        }

    def checkpoints(self, job: Job) -> list[Json]:
        """A job's checkpoints as clients read them, newest first."""
        return [
            {
                "object": "fine_tuning.job.checkpoint",
                "id": f"ftckpt-{job.id[-8:]}-{checkpoint['step']}",
                "created_at": checkpoint["created_at"],
                "fine_tuned_model_checkpoint": names.checkpoint_name(job.tuned_name, checkpoint["step"]),
                "fine_tuning_job_id": job.id,
                "step_number": checkpoint["step"],
                "metrics": checkpoint["metrics"],
            }
            for checkpoint in reversed(self.dir(job.id).checkpoints())
        ]
