"""Fine-tuning in OpenAI's wire format: a `Tuner` for every vendor whose differences fit in a `Profile`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2
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
from bot.providers.openai_wire import explained, open_client, read_json
from bot.providers.profiles import Serving
from bot.providers.result_csv import read_result_csv
from bot.providers.wire_values import text

JOBS = "/fine_tuning/jobs"
PAGE = 100
# Servers that ignore `after` would otherwise be asked forever.
MOST_PAGES = 50
# A job that was just made is among the newest ones.
PAGES_TO_SEARCH = 5


class OpenAITuner:
    """Fine-tuning jobs at one account. Nothing is ever sent twice by itself."""

    def __init__(self, account: Account, client: openai.AsyncOpenAI | None = None) -> None:
        self.account = account
        self._client = client or open_client(account)

    async def upload(self, content: bytes | Path, filename: str) -> str:
        size = await asyncio.to_thread(_size, content)
        if size > self.account.profile.max_file_bytes:
            raise _too_large(self.account, filename, size)
        async with explained(self.account):
            created = await self._client.files.create(
                file=(filename, content, "application/jsonl"), purpose="fine-tune", timeout=self.account.answer_seconds
            )
        file_id = text(getattr(created, "id", None))
        if file_id is None:
            raise errors.WrongAddress(f"{self.account.title} took the file, but gave it no id.")
        return file_id

    async def create(self, order: TuningOrder) -> TuningJob:
        body = tuning_wire.job_body(order, self.account.profile)
        return self._job(await self._post(JOBS, body, model=order.model))

    async def find_by_tag(self, tag: str, *, training_file: str | None = None) -> TuningJob | None:
        same_file = None
        async for raw in self._pages(JOBS, most=PAGES_TO_SEARCH):
            job = self._job(raw)
            if job.metadata.get(RUN_TAG) == tag:
                return job
            if training_file and job.training_file == training_file and RUN_TAG not in job.metadata:
                same_file = same_file or job
        return same_file

    async def get(self, job_id: str) -> TuningJob:
        return self._job(await self._get(f"{JOBS}/{_in_path(job_id)}"))

    async def jobs(self, *, limit: int = 100) -> list[TuningJob]:
        found: list[TuningJob] = []
        async for raw in self._pages(JOBS, most=-(-limit // PAGE)):
            found.append(self._job(raw))
        return newest_first(found)[:limit]

    async def events(self, job_id: str, *, after: str | None = None) -> list[TuningEvent]:
        if not self.account.profile.has_events:
            return []
        found: list[TuningEvent] = []
        async for raw in self._pages(f"{JOBS}/{_in_path(job_id)}/events", most=MOST_PAGES):
            event = tuning_wire.read_event(raw)
            if event.id == after and tuning_wire.are_newest_first(found):
                break
            found.append(event)
        return tuning_wire.newer_than(after, tuning_wire.oldest_first(found))

    async def checkpoints(self, job_id: str) -> list[Checkpoint]:
        if not self.account.profile.has_checkpoints:
            return []
        found = self._pages(f"{JOBS}/{_in_path(job_id)}/checkpoints", most=MOST_PAGES)
        try:
            checkpoints = [tuning_wire.read_checkpoint(raw) async for raw in found]
        except (errors.NotThere, errors.WrongAddress):
            return []
        return sorted(checkpoints, key=lambda checkpoint: checkpoint.step or 0)

    async def metrics(self, job: TuningJob) -> list[MetricPoint]:
        if not job.result_files or not self.account.profile.has_result_file:
            return []
        async with explained(self.account):
            path = f"/files/{_in_path(job.result_files[0])}/content"
            options: Any = {"follow_redirects": True}
            response = await self._client.get(path, cast_to=httpx2.Response, options=options)
        return read_result_csv(response.content)

    async def cancel(self, job_id: str) -> TuningJob:
        """Ask for an end; a job that is already over is simply returned."""
        try:
            return self._job(await self._post(f"{JOBS}/{_in_path(job_id)}/cancel", {}))
        except (errors.BadRequest, errors.ServerTrouble):
            job = await self.get(job_id)
            if job.state.is_final:
                return job
            raise

    async def deploy(self, job: TuningJob) -> Deployment:
        profile = self.account.profile
        if profile.serving is Serving.AT_ONCE:
            return Deployment(model=job.tuned_model or "", ready=job.tuned_model is not None, raw_status="served")
        if profile.serving is Serving.BY_HAND or profile.deploy_path is None:
            return Deployment(job.tuned_model or "", ready=False, raw_status="by_hand", problem=profile.serving_note)
        return await self._deploy_by_call(job, self._beside_v1(profile.deploy_path))

    async def models(self) -> list[ModelInfo]:
        found = self._pages("/models", most=1, params={})
        return [tuning_wire.read_model(raw) async for raw in found]

    async def model(self, name: str) -> ModelInfo | None:
        try:
            return tuning_wire.read_model(await self._get(f"/models/{quote(name, safe='')}", model=name))
        except (errors.ModelGone, errors.NotThere, errors.WrongAddress):
            # A name with a slash in it is lost on the way at some servers, so the list has the last word
            return next((model for model in await self.models() if model.id == name), None)

    async def aclose(self) -> None:
        await self._client.close()

    def _job(self, raw: Mapping[str, Any]) -> TuningJob:
        return tuning_wire.read_job(raw, self.account.profile, self.account.title)

    async def _deploy_by_call(self, job: TuningJob, url: str) -> Deployment:
        """Ask for the model's name first: it stands there already if this was called before."""
        name = tuning_wire.served_name(job)
        try:
            return tuning_wire.read_deployment(await self._get(f"{url}/{_in_path(name)}"), name)
        except errors.NotThere:
            checkpoints = await self.checkpoints(job.id)
        source = f"{job.id}:{checkpoints[-1].id}" if checkpoints else job.id
        body = {"name": name, "base_model": job.model, "source": source}
        return tuning_wire.read_deployment(await self._post(url, body), name)

    def _beside_v1(self, path: str) -> str:
        """A path beside the API's own, at the same host: the key must never meet another one."""
        return str(httpx2.URL(self.account.base_url).copy_with(raw_path=path.encode()))

    async def _get(self, path: str, *, model: str | None = None) -> Mapping[str, Any]:
        async with explained(self.account, model=model):
            response = await self._client.get(path, cast_to=httpx2.Response)
        return read_json(response, self.account)

    async def _post(self, path: str, body: Mapping[str, Any], *, model: str | None = None) -> Mapping[str, Any]:
        async with explained(self.account, model=model):
            response = await self._client.post(path, cast_to=httpx2.Response, body=dict(body))
        return read_json(response, self.account)

    async def _pages(
        self, path: str, *, most: int, params: Mapping[str, Any] | None = None
    ) -> AsyncIterator[Mapping[str, Any]]:
        """Every object of a list once. Ends at the last page, a repeated id, an empty page, or after `most` pages."""
        seen: set[str] = set()
        query: dict[str, Any] = {"limit": PAGE} if params is None else dict(params)
        for _ in range(most):
            page = await self._page(path, query)
            fresh = [raw for raw in page.items if tuning_wire.identity(raw) not in seen]
            for raw in fresh:
                seen.add(tuning_wire.identity(raw))
                yield raw
            if not page.has_more or len(fresh) < len(page.items) or not fresh:
                return
            query["after"] = tuning_wire.identity(fresh[-1])

    async def _page(self, path: str, query: Mapping[str, Any]) -> tuning_wire.Page:
        async with explained(self.account):
            response = await self._client.get(path, cast_to=httpx2.Response, options={"params": query})
        return tuning_wire.read_page(read_json(response, self.account))


def _size(content: bytes | Path) -> int:
    return content.stat().st_size if isinstance(content, Path) else len(content)


def _in_path(name: str) -> str:
    return quote(name, safe=":")


def _too_large(account: Account, filename: str, size: int) -> errors.ProviderError:
    megabytes, most = size / 1e6, account.profile.max_file_bytes / 1e6
    return errors.BadRequest(
        f"{filename} has {megabytes:,.0f} MB; {account.title} takes at most {most:,.0f} MB.",
        kept="Nothing was sent.",
        todo="Leave out some pairs.",
    )
