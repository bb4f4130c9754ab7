"""Fine-tuning in OpenAI's wire format: a `Tuner` for every vendor whose differences fit in a `Profile`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import openai

from bot.providers import errors, tuning_wire
from bot.providers.account import Account
from bot.providers.base import (
    RUN_TAG,
    Checkpoint,
    Deployment,
    MetricPoint,
    ModelInfo,
    TuningEvent,
    TuningJob,
    TuningOrder,
    newest_first,
)
from bot.providers.openai_wire import explained
from bot.providers.profiles import Serving
from bot.providers.result_csv import read_result_csv
from bot.providers.wire_client import MOST_PAGES, PAGE, WireClient, in_path

JOBS = "/fine_tuning/jobs"
# A job that was just made is among the newest ones.
PAGES_TO_SEARCH = 5


class OpenAITuner:
    """Fine-tuning jobs at one account. Nothing is ever sent twice by itself."""

    def __init__(self, account: Account, client: openai.AsyncOpenAI | None = None) -> None:
        self.account = account
        self._wire = WireClient(account, client)

    async def upload(self, content: bytes | Path, filename: str) -> str:
        await self._wire.require_fits(content, filename)
        async with explained(self.account):
            created = await self._wire.sdk.files.create(
                file=(filename, content, "application/jsonl"), purpose="fine-tune", timeout=self.account.answer_seconds
            )
        return self._wire.file_id_in({"id": getattr(created, "id", None)})

    async def create(self, order: TuningOrder) -> TuningJob:
        body = tuning_wire.job_body(order, self.account.profile)
        return self._job(await self._wire.post(JOBS, body, model=order.model))

    async def price(self, order: TuningOrder) -> float | None:
        """The format has no call for it."""
        return None

    async def find_by_tag(self, tag: str, *, training_file: str | None = None) -> TuningJob | None:
        same_file = None
        async for raw in self._wire.pages(JOBS, most=PAGES_TO_SEARCH):
            job = self._job(raw)
            if job.metadata.get(RUN_TAG) == tag:
                return job
            if training_file and job.training_file == training_file and RUN_TAG not in job.metadata:
                same_file = same_file or job
        return same_file

    async def get(self, job_id: str) -> TuningJob:
        return self._job(await self._wire.get(f"{JOBS}/{in_path(job_id)}"))

    async def jobs(self, *, limit: int = 100) -> list[TuningJob]:
        found = [self._job(raw) async for raw in self._wire.pages(JOBS, most=-(-limit // PAGE))]
        return newest_first(found)[:limit]

    async def events(self, job_id: str, *, after: str | None = None) -> list[TuningEvent]:
        if not self.account.profile.has_events:
            return []
        found: list[TuningEvent] = []
        async for raw in self._wire.pages(f"{JOBS}/{in_path(job_id)}/events", most=MOST_PAGES):
            event = tuning_wire.read_event(raw)
            if event.id == after and tuning_wire.are_newest_first(found):
                break
            found.append(event)
        return tuning_wire.newer_than(after, tuning_wire.oldest_first(found))

    async def checkpoints(self, job_id: str) -> list[Checkpoint]:
        if not self.account.profile.has_checkpoints:
            return []
        found = self._wire.pages(f"{JOBS}/{in_path(job_id)}/checkpoints", most=MOST_PAGES)
        try:
            checkpoints = [tuning_wire.read_checkpoint(raw) async for raw in found]
        except (errors.NotThere, errors.WrongAddress):
            return []
        return sorted(checkpoints, key=lambda checkpoint: checkpoint.step or 0)

    async def metrics(self, job: TuningJob) -> list[MetricPoint]:
        if not job.result_files or not self.account.profile.has_result_file:
            return []
        return read_result_csv(await self._wire.content(f"/files/{in_path(job.result_files[0])}/content"))

    async def cancel(self, job_id: str) -> TuningJob:
        """Ask for an end; a job that is already over is simply returned."""
        try:
            return self._job(await self._wire.post(f"{JOBS}/{in_path(job_id)}/cancel", {}))
        except (errors.BadRequest, errors.ServerTrouble):
            job = await self.get(job_id)
            if job.state.is_final:
                return job
            raise

    async def deploy(self, job: TuningJob, *, agreed: bool = False) -> Deployment:
        profile = self.account.profile
        if profile.serving is Serving.AT_ONCE:
            return Deployment(model=job.tuned_model or "", ready=job.tuned_model is not None, raw_status="served")
        if profile.serving is Serving.BY_HAND or profile.deploy_path is None:
            return Deployment(job.tuned_model or "", ready=False, raw_status="by_hand", problem=profile.serving_note)
        return await self._deploy_by_call(job, self.account.beside(profile.deploy_path))

    async def deployment(self, deployment_id: str) -> Deployment | None:
        path = self.account.profile.deploy_path
        if path is None:
            return None
        try:
            raw = await self._wire.get(f"{self.account.beside(path)}/{in_path(deployment_id)}")
        except errors.NotThere:
            return None
        return tuning_wire.read_deployment(raw, deployment_id)

    async def undeploy(self, deployment_id: str) -> None:
        path = self.account.profile.deploy_path
        if path is not None:
            await self._wire.delete(f"{self.account.beside(path)}/{in_path(deployment_id)}")

    async def delete_file(self, file_id: str) -> bool:
        return await self._wire.deleted(f"/files/{in_path(file_id)}")

    async def delete_model(self, name: str) -> bool:
        return self.account.profile.deletes_models and await self._wire.deleted(f"/models/{quote(name, safe='')}")

    async def models(self) -> list[ModelInfo]:
        return [tuning_wire.read_model(raw) async for raw in self._wire.pages("/models", most=1, params={})]

    async def model(self, name: str) -> ModelInfo | None:
        try:
            return tuning_wire.read_model(await self._wire.get(f"/models/{quote(name, safe='')}", model=name))
        except (errors.ModelGone, errors.NotThere, errors.WrongAddress):
            # A name with a slash in it is lost on the way at some servers, so the list has the last word
            return next((model for model in await self.models() if model.id == name), None)

    async def aclose(self) -> None:
        await self._wire.aclose()

    def _job(self, raw: Mapping[str, Any]) -> TuningJob:
        return tuning_wire.read_job(raw, self.account.profile, self.account.title)

    async def _deploy_by_call(self, job: TuningJob, url: str) -> Deployment:
        """Ask for the model's name first: it stands there already if this was called before."""
        name = tuning_wire.served_name(job)
        known = await self.deployment(name)
        if known is not None:
            return known
        checkpoints = await self.checkpoints(job.id)
        source = f"{job.id}:{checkpoints[-1].id}" if checkpoints else job.id
        body = {"name": name, "base_model": job.model, "source": source}
        return tuning_wire.read_deployment(await self._wire.post(url, body), name)
