"""The queue: files are validated as they come, jobs are trained one after the other, and a kill loses neither."""

import asyncio
import logging
import shutil
import time
from contextlib import suppress
from typing import Any

from .backend import Backend, Runner
from .files import RESULTS, FileStore
from .hyper import Plan, planned
from .jobdir import JobDir, Spec, csv_of
from .models import Models
from .records import Job, JobStore
from .validate import Example, InvalidFile, read_examples
from .wire import ApiError

log = logging.getLogger(__name__)

LOOK_EVERY = 0.2  # seconds between two looks at whether the trainer lives
MOST_CRASHES = 2  # deaths of the trainer without a new checkpoint between them


class Queue:
    """Moves jobs through `validating_files`, `queued`, `running` to their end. Everything it knows is on disk."""

    def __init__(self, jobs: JobStore, files: FileStore, models: Models, runner: Runner) -> None:
        self._jobs = jobs
        self._files = files
        self._models = models
        self._runner = runner
        self._wake = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Carry on with all that is open."""
        for job in self._jobs.all():
            if job.status == "validating_files":
                self._begin(self._validate(job))
        self._begin(self._train_forever())

    async def close(self) -> None:
        """Stop. A trainer at work is ended; the next start carries on from its last checkpoint."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for job in self._jobs.all():
            if job.status == "running":
                await asyncio.to_thread(self._runner.stop, self._jobs.dir(job.id).root)

    def _begin(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def add(self, job: Job) -> Job:
        """Take a new job: it gets its own copy of its files, and is validated at once."""
        await asyncio.to_thread(self._keep, job)
        self._begin(self._validate(job))
        return job

    def _keep(self, job: Job) -> None:
        folder = self._jobs.dir(job.id)
        folder.root.mkdir(parents=True)
        shutil.copyfile(self._files.content_path(job.training_file), folder.training)
        if job.validation_file:
            shutil.copyfile(self._files.content_path(job.validation_file), folder.validation)
        self._jobs.save(job)
        folder.say(f"Created fine-tuning job: {job.id}")
        folder.say(f"Validating training file: {job.training_file}")

    async def cancel(self, job: Job) -> Job:
        """End a job now. Checkpoints of finished epochs stay."""
        cancelled = self._end(job, "cancelled", "The job was cancelled.", level="warn")
        await asyncio.to_thread(self._runner.stop, self._jobs.dir(job.id).root)
        self._clean(job)
        return cancelled

    async def _validate(self, job: Job) -> None:
        try:
            backend = await self._models.ready()
            plan = await asyncio.to_thread(self._checked, job, backend)
        except InvalidFile as problem:
            self._fail(job, problem.code, problem.message, problem.param)
        except ApiError as problem:
            self._fail(job, problem.code or "server_error", problem.message, None)
        else:
            if not self._jobs.change(job.id, status="queued", plan=plan).is_over:
                self._jobs.dir(job.id).say("Files validated, moving job to queued state.")
        self._wake.set()

    def _checked(self, job: Job, backend: Backend) -> Plan:
        """Read the job's files as the trainer will. Raises InvalidFile."""

        def tokens(example: Example) -> int:
            return backend.count_tokens(example, answered=True)

        folder, limit = self._jobs.dir(job.id), backend.context_length
        with folder.training.open("rb") as file:
            examples = read_examples(file, count_tokens=tokens, token_limit=limit)
        if job.validation_file:
            try:
                with folder.validation.open("rb") as file:
                    read_examples(file, count_tokens=tokens, token_limit=limit, least=1)
            except InvalidFile as problem:
                problem.param = "validation_file"
                raise
        return planned(job.asked, len(examples))

    async def _train_forever(self) -> None:
        await self._stop_cancelled()
        while True:
            self._wake.clear()
            job = self._next()
            if job is None:
                await self._wake.wait()
                continue
            try:
                await self._train(job)
            except Exception as problem:  # a job that can't be handled must not hold up the others
                log.exception("job %s", job.id)
                self._fail(job, "server_error", f"The engine could not handle this job: {problem}", None)

    async def _stop_cancelled(self) -> None:
        """A server that was killed while it cancelled may have left the trainer at work."""
        for job in self._jobs.all():
            folder = self._jobs.dir(job.id).root
            if job.is_over and self._runner.is_running(folder):
                await asyncio.to_thread(self._runner.stop, folder)

    def _next(self) -> Job | None:
        """What is running, else what has waited longest."""
        waiting = [job for job in self._jobs.all() if job.status in ("running", "queued")]
        return min(waiting, key=lambda job: (job.status != "running", job.created_at), default=None)

    async def _train(self, job: Job) -> None:
        folder = self._jobs.dir(job.id)
        if not self._runner.is_running(folder.root) and folder.outcome() is None:
            self._start(job, folder)
        while self._runner.is_running(folder.root):  # noqa: ASYNC110 - another process's end sets no event here
            await asyncio.sleep(LOOK_EVERY)
        self._conclude(self._jobs.find(job.id) or job, folder)

    def _start(self, job: Job, folder: JobDir) -> None:
        again = job.status == "running"
        if job.plan is None:
            raise RuntimeError("a job without a plan was queued")
        plan = job.plan
        folder.write_spec(
            Spec(
                model=str(self._models.backend.source),
                n_epochs=plan.n_epochs,
                batch_size=plan.batch_size,
                learning_rate=plan.learning_rate,
                seed=job.seed,
                validation=job.validation_file is not None,
            )
        )
        if not self._jobs.change(job.id, status="running").is_over:
            if again:
                folder.say("The trainer had stopped; it is started again.", "warn")
            else:
                folder.say("Fine-tuning job started.")
            self._runner.start(folder.root)

    def _conclude(self, job: Job, folder: JobDir) -> None:
        """The trainer is gone: because it was done, because the job was cancelled, or because it died."""
        outcome = folder.outcome()
        if job.is_over:
            return
        if outcome is None:
            self._count_crash(job, folder)
        elif outcome["problem"]:
            self._fail(job, "training_failed", outcome["problem"], None)
        else:
            self._succeed(job, folder)

    def _count_crash(self, job: Job, folder: JobDir) -> None:
        behind = max((checkpoint["step"] for checkpoint in folder.checkpoints()), default=0)
        crashes = job.crashes + 1 if behind == job.crashed_behind else 1
        self._jobs.change(job.id, crashes=crashes, crashed_behind=behind)
        if crashes >= MOST_CRASHES:
            said = _last_line(folder)
            message = f"The trainer stopped {crashes} times without getting further. Its last words: {said}"
            self._fail(job, "trainer_crashed", message, None)

    def _succeed(self, job: Job, folder: JobDir) -> None:
        result = self._files.add(
            f"file-{job.id.removeprefix('ftjob-')}", "step_metrics.csv", csv_of(folder.measures()), RESULTS
        )
        tokens = folder.progress().get("trained_tokens")
        folder.say(f"New fine-tuned model created: {job.tuned_name}")
        self._end(
            job, "succeeded", "The job has successfully completed.", result_files=[result.id], trained_tokens=tokens
        )
        self._clean(job)

    def _fail(self, job: Job, code: str, message: str, param: str | None) -> None:
        self._end(job, "failed", message, level="error", error={"code": code, "message": message, "param": param})
        self._clean(job)

    def _end(self, job: Job, status: str, message: str, *, level: Any = "info", **changes: Any) -> Job:
        ended = self._jobs.change(job.id, status=status, finished_at=int(time.time()), **changes)
        if ended.status == status:
            self._jobs.dir(job.id).say(message, level)
        return ended

    def _clean(self, job: Job) -> None:
        """What only a running job needs; above all the copies of its files, which their owner may have deleted."""
        folder = self._jobs.dir(job.id)
        for path in (folder.training, folder.validation):
            path.unlink(missing_ok=True)
        shutil.rmtree(folder.resumable, ignore_errors=True)


def _last_line(folder: JobDir) -> str:
    with suppress(OSError):
        lines = folder.log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return lines[-1][:500] if lines else "none"
    return "none"
