"""Fine-tuning at Together, over the `openai` client's plain calls. Written from Together's documents, not run.

Files, jobs and endpoints have paths of their own; a job has no metadata, so its tag goes into the model's suffix.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import openai

from bot.providers import errors, tuning_wire
from bot.providers.account import Account
from bot.providers.base import (
    Checkpoint,
    Deployment,
    JobFailure,
    MetricPoint,
    ModelInfo,
    TuningEvent,
    TuningJob,
    TuningOrder,
    newest_first,
)
from bot.providers.tuning_wire import Page
from bot.providers.wire_client import WireClient, in_path
from bot.providers.wire_values import mapping, moment, number, text, whole

JOBS = "/fine-tunes"
ENDPOINTS = "/endpoints"
METHODS = {"supervised": "sft", "dpo": "dpo"}
LORA = ("lora_r", "lora_alpha")
READY, BROKEN, GONE = frozenset({"STARTED"}), frozenset({"ERROR", "FAILED"}), frozenset({"STOPPED", "STOPPING"})
# An endpoint that nobody asks for so many minutes stops by itself.
IDLE_MINUTES = 60
MINUTES, CENTS = 60, 100


class TogetherTuner:
    """Fine-tuning jobs at one account. Nothing is ever sent twice by itself."""

    def __init__(self, account: Account, client: openai.AsyncOpenAI | None = None) -> None:
        self.account = account
        self._wire = WireClient(account, client)

    async def upload(self, content: bytes | Path, filename: str) -> str:
        await self._wire.require_fits(content, filename)
        fields = {"purpose": "fine-tune", "file_name": filename, "file_type": "jsonl"}
        return self._wire.file_id_in(await self._wire.send_file("/files/upload", content, filename, fields))

    async def create(self, order: TuningOrder) -> TuningJob:
        return self._job(await self._wire.post(JOBS, job_body(order, self.account), model=order.model))

    async def price(self, order: TuningOrder) -> float | None:
        body = job_body(order, self.account)
        asked = {name: body[name] for name in PRICED if name in body}
        try:
            answer = await self._wire.post(f"{JOBS}/estimate-price", asked)
        except (errors.NotThere, errors.BadRequest, errors.WrongAddress):
            return None
        return number(answer.get("estimated_total_price"))

    async def find_by_tag(self, tag: str, *, training_file: str | None = None) -> TuningJob | None:
        mark = mark_of(tag)
        async for raw in self._wire.pages(JOBS, most=1, params={}):
            names = f"{raw.get('suffix') or ''} {raw.get('model_output_name') or ''} {raw.get('output_name') or ''}"
            if mark in names:
                return self._job(raw)
        return None

    async def get(self, job_id: str) -> TuningJob:
        return self._job(await self._wire.get(f"{JOBS}/{in_path(job_id)}"))

    async def jobs(self, *, limit: int = 100) -> list[TuningJob]:
        found = [self._job(raw) async for raw in self._wire.pages(JOBS, most=1, params={})]
        return newest_first(found)[:limit]

    async def events(self, job_id: str, *, after: str | None = None) -> list[TuningEvent]:
        raw = self._wire.pages(f"{JOBS}/{in_path(job_id)}/events", most=1, params={})
        found = [read_event(event) async for event in raw]
        return tuning_wire.newer_than(after, tuning_wire.oldest_first(found))

    async def checkpoints(self, job_id: str) -> list[Checkpoint]:
        """Those there are; none can be asked before it has an endpoint of its own."""
        try:
            raw = [one async for one in self._wire.pages(f"{JOBS}/{in_path(job_id)}/checkpoints", most=1, params={})]
        except (errors.NotThere, errors.WrongAddress):
            return []
        return sorted((read_checkpoint(one) for one in raw), key=lambda checkpoint: checkpoint.step or 0)

    async def metrics(self, job: TuningJob) -> list[MetricPoint]:
        """There is no result file."""
        return []

    async def cancel(self, job_id: str) -> TuningJob:
        return await self._wire.cancelled(f"{JOBS}/{in_path(job_id)}/cancel", lambda: self.get(job_id))

    async def deploy(self, job: TuningJob, *, agreed: bool = False) -> Deployment:
        """An endpoint on the cheapest hardware that takes the model. A lost answer is found again by its name."""
        model = job.tuned_model or ""
        known = await self._endpoint_named(display_name(job))
        if known is not None:
            return known
        hardware, hourly = await self._hardware(model)
        if not agreed:
            return Deployment(model, ready=False, raw_status="not_deployed", needs_yes=True, hourly_usd=hourly)
        body = {
            "display_name": display_name(job),
            "model": model,
            "hardware": hardware,
            "autoscaling": {"min_replicas": 1, "max_replicas": 1},
            "inactive_timeout": IDLE_MINUTES,
        }
        return read_endpoint(await self._wire.post(ENDPOINTS, body), hourly)

    async def deployment(self, deployment_id: str) -> Deployment | None:
        try:
            return read_endpoint(await self._wire.get(f"{ENDPOINTS}/{in_path(deployment_id)}"))
        except errors.NotThere:
            return None

    async def undeploy(self, deployment_id: str) -> None:
        await self._wire.delete(f"{ENDPOINTS}/{in_path(deployment_id)}")

    async def delete_file(self, file_id: str) -> bool:
        return await self._wire.deleted(f"/files/{in_path(file_id)}")

    async def delete_model(self, name: str) -> bool:
        """Tuned models are deleted in the console only."""
        return False

    async def models(self) -> list[ModelInfo]:
        return [tuning_wire.read_model(raw) async for raw in self._wire.pages("/models", most=1, params={}, read=_bare)]

    async def model(self, name: str) -> ModelInfo | None:
        return next((model for model in await self.models() if model.id == name), None)

    async def aclose(self) -> None:
        await self._wire.aclose()

    async def _endpoint_named(self, name: str) -> Deployment | None:
        async for raw in self._wire.pages(ENDPOINTS, most=1, params={"type": "dedicated"}):
            if raw.get("display_name") == name and str(raw.get("state")).upper() not in GONE:
                return read_endpoint(raw)
        return None

    async def _hardware(self, model: str) -> tuple[str, float | None]:
        """The cheapest hardware for a model that is free, and dollars an hour. Raises BadRequest where none is."""
        found = [raw async for raw in self._wire.pages("/hardware", most=1, params={"model": model})]
        free = [raw for raw in found if mapping(raw.get("availability")).get("status") in (None, "available")]
        if not free:
            raise errors.BadRequest(f"{self.account.title} has no hardware free for this model.", todo="Try later.")
        cheapest = min(free, key=lambda raw: hourly_usd(raw) or float("inf"))
        return text(cheapest.get("id")) or text(cheapest.get("name")) or "", hourly_usd(cheapest)

    def _job(self, raw: Mapping[str, Any]) -> TuningJob:
        return read_job(raw, self.account)


PRICED = ("training_file", "validation_file", "model", "n_epochs", "n_evals", "training_method", "training_type")


def job_body(order: TuningOrder, account: Account) -> dict[str, Any]:
    """The JSON of a job's creation. Raises BadRequest for what Together does not know."""
    profile = account.profile
    tuning_wire.require_method(order, profile)
    chosen = tuning_wire.vendor_hyperparameters(order.hyperparameters, profile)
    lora = {name: chosen.pop(name) for name in LORA if name in chosen}
    suffix = profile.suffix.fitted(order.suffix) or "tunesmith"
    body: dict[str, Any] = {
        "model": order.model,
        "training_file": order.training_file,
        "suffix": f"{suffix[: profile.suffix.longest - MARK_LENGTH - 1]}-{mark_of(order.tag)}",
        "training_method": {"method": METHODS[order.method]},
        "training_type": {"type": "Lora", **lora},
        **chosen,
    }
    if order.validation_file:
        body |= {"validation_file": order.validation_file, "n_evals": 5}
    return body


MARK_LENGTH = 10


def mark_of(tag: str) -> str:
    """A run's tag, short enough for a model's name: the same for the same tag."""
    return "ts" + hashlib.sha256(tag.encode()).hexdigest()[: MARK_LENGTH - 2]


def read_job(raw: Mapping[str, Any], account: Account) -> TuningJob:
    """A job out of JSON. Raises WrongAddress if it has no id."""
    job_id = text(raw.get("id"))
    if job_id is None:
        raise errors.WrongAddress(f"{account.title} answered without a job id.", todo="Check base_url and the profile.")
    status = raw.get("status")
    state = account.profile.state(status)
    failed = text(raw.get("error")) or text(mapping(raw.get("error")).get("message")) or _last_error(raw)
    return TuningJob(
        id=job_id,
        state=state,
        raw_status="(none)" if status is None else str(status),
        model=text(raw.get("model")),
        tuned_model=text(raw.get("model_output_name")) or text(raw.get("output_name")),
        training_file=text(raw.get("training_file")),
        validation_file=text(raw.get("validation_file")),
        created_at=moment(raw.get("created_at")),
        finished_at=moment(raw.get("updated_at")) if state.is_final else None,
        trained_tokens=whole(raw.get("token_count")),
        total_steps=whole(raw.get("total_steps")),
        failure=JobFailure(failed) if failed else None,
        hyperparameters={name: raw[name] for name in ("n_epochs", "batch_size", "learning_rate") if name in raw},
    )


def read_event(raw: Mapping[str, Any]) -> TuningEvent:
    """An event; its level is null as often as not."""
    figures = {name: number(raw.get(name)) for name in ("step", "total_steps", "train_loss", "valid_loss")}
    return TuningEvent(
        id=text(raw.get("hash")) or tuning_wire.identity(raw),
        at=moment(raw.get("created_at")),
        level=text(raw.get("level")) or ("error" if "error" in str(raw.get("type")) else "info"),
        message=text(raw.get("message")) or "",
        kind=text(raw.get("type")) or "message",
        data={name: value for name, value in figures.items() if value},
    )


def read_checkpoint(raw: Mapping[str, Any]) -> Checkpoint:
    return Checkpoint(tuning_wire.identity(raw), None, whole(raw.get("step")), moment(raw.get("created_at")))


def read_endpoint(raw: Mapping[str, Any], hourly: float | None = None) -> Deployment:
    state = (text(raw.get("state")) or "unknown").upper()
    return Deployment(
        model=text(raw.get("name")) or "",
        ready=state in READY,
        raw_status=state.lower(),
        problem="The endpoint could not be started." if state in BROKEN else _stopped(state),
        id=text(raw.get("id")) or "",
        hourly_usd=hourly,
    )


def hourly_usd(hardware: Mapping[str, Any]) -> float | None:
    cents = number(mapping(hardware.get("pricing")).get("cents_per_minute"))
    return None if cents is None else cents * MINUTES / CENTS


def display_name(job: TuningJob) -> str:
    """The name under which a job's model is deployed: always the same for the same job."""
    return f"tunesmith-{job.id}"


def _stopped(state: str) -> str | None:
    return "The endpoint has stopped." if state in GONE else None


def _last_error(raw: Mapping[str, Any]) -> str | None:
    events = raw.get("events")
    said = [mapping(event) for event in events] if isinstance(events, list) else []
    broken = [text(event.get("message")) for event in said if "error" in str(event.get("type"))]
    return broken[-1] if broken else None


def _bare(body: Mapping[str, Any]) -> Page:
    """`/models` is a bare list, which `read_json` hands over under this name."""
    items = body.get("items") or body.get("data") or []
    return Page([item for item in items if isinstance(item, Mapping)], has_more=False)
