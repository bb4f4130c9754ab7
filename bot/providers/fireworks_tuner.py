"""Fine-tuning at Fireworks, over the `openai` client's plain calls. Written from Fireworks' documents, not run.

`base_url` ends in the account: `https://api.fireworks.ai/v1/accounts/ACCOUNT`. Datasets, jobs and deployments get ids
that we choose, so a lost answer is found again by asking for its id.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import openai

from bot.providers import errors, tuning_wire
from bot.providers.account import Account
from bot.providers.base import (
    RUN_TAG,
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
from bot.providers.wire_client import MOST_PAGES, WireClient, in_path
from bot.providers.wire_values import mapping, moment, number, text

JOBS = "/supervisedFineTuningJobs"
DATASETS = "/datasets"
DEPLOYMENTS = "/deployments"
PAGE_SIZE = 100
READY, BROKEN, GONE = frozenset({"READY"}), frozenset({"FAILED"}), frozenset({"DELETING", "DELETED"})
# A deployment that nobody asks for so long costs nothing until it is asked again.
SCALE_TO_ZERO = "3600s"
LONGEST_ID = 60


class FireworksTuner:
    """Fine-tuning jobs at one account. Nothing is ever sent twice by itself."""

    def __init__(self, account: Account, client: openai.AsyncOpenAI | None = None) -> None:
        self.account = account
        self._wire = WireClient(account, client)

    async def upload(self, content: bytes | Path, filename: str) -> str:
        """A dataset named by its content: the same file twice is the same dataset."""
        await self._wire.require_fits(content, filename)
        data = content.read_bytes() if isinstance(content, Path) else content  # noqa: ASYNC240 - at most 150 MB
        dataset_id = f"tunesmith-{hashlib.sha256(data).hexdigest()[:24]}"
        record = {
            "datasetId": dataset_id,
            "dataset": {
                "displayName": filename,
                "exampleCount": str(data.count(b"\n")),
                "userUploaded": {},
                "format": "CHAT",
            },
        }
        if not await self._made(DATASETS, record):
            known = await self._wire.get(f"{DATASETS}/{in_path(dataset_id)}")
            if str(known.get("state")).upper() == "READY":
                return dataset_id
        await self._wire.send_file(f"{DATASETS}/{in_path(dataset_id)}:upload", data, filename, {})
        return dataset_id

    async def create(self, order: TuningOrder) -> TuningJob:
        job_id = id_of(order.tag)
        body = job_body(order, self.account)
        raw = await self._wire.post(JOBS, body, model=order.model, params={"supervisedFineTuningJobId": job_id})
        return self._job(raw)

    async def price(self, order: TuningOrder) -> float | None:
        """It is told with the job, not before."""
        return None

    async def find_by_tag(self, tag: str, *, training_file: str | None = None) -> TuningJob | None:
        try:
            return await self.get(id_of(tag))
        except errors.NotThere:
            return None

    async def get(self, job_id: str) -> TuningJob:
        return self._job(await self._wire.get(f"{JOBS}/{in_path(job_id)}"))

    async def jobs(self, *, limit: int = 100) -> list[TuningJob]:
        pages = self._wire.pages(
            JOBS,
            most=min(-(-limit // PAGE_SIZE), MOST_PAGES),
            params={"pageSize": PAGE_SIZE},
            read=_page_of_jobs,
            cursor="pageToken",
        )
        return newest_first([self._job(raw) async for raw in pages])[:limit]

    async def events(self, job_id: str, *, after: str | None = None) -> list[TuningEvent]:
        """There are none; progress comes with the job."""
        return []

    async def checkpoints(self, job_id: str) -> list[Checkpoint]:
        return []

    async def metrics(self, job: TuningJob) -> list[MetricPoint]:
        """The figures lie at a signed address of another host, where our key must not go."""
        return []

    async def cancel(self, job_id: str) -> TuningJob:
        return await self._wire.cancelled(f"{JOBS}/{in_path(job_id)}:cancel", lambda: self.get(job_id))

    async def deploy(self, job: TuningJob, *, agreed: bool = False) -> Deployment:
        deployment_id = id_of(f"serve-{job.id}")
        known = await self.deployment(deployment_id)
        if known is not None and known.raw_status.upper() not in GONE:
            return known
        model = job.tuned_model or ""
        if not agreed:
            return Deployment(model, ready=False, raw_status="not_deployed", needs_yes=True)
        body = {
            "displayName": deployment_id,
            "baseModel": model,
            "minReplicaCount": 0,
            "maxReplicaCount": 1,
            "autoscalingPolicy": {"scaleToZeroWindow": SCALE_TO_ZERO},
        }
        return read_deployment(await self._wire.post(DEPLOYMENTS, body, params={"deploymentId": deployment_id}))

    async def deployment(self, deployment_id: str) -> Deployment | None:
        try:
            return read_deployment(await self._wire.get(f"{DEPLOYMENTS}/{in_path(deployment_id)}"))
        except errors.NotThere:
            return None

    async def undeploy(self, deployment_id: str) -> None:
        await self._wire.delete(f"{DEPLOYMENTS}/{in_path(deployment_id)}", params={"ignoreChecks": "true"})

    async def delete_file(self, file_id: str) -> bool:
        return await self._wire.deleted(f"{DATASETS}/{in_path(file_id)}")

    async def delete_model(self, name: str) -> bool:
        """By its full name; one that is served has to be undeployed first."""
        if not name.startswith("accounts/"):
            return False
        return await self._wire.deleted(self.account.beside(f"/v1/{name}"))

    async def models(self) -> list[ModelInfo]:
        pages = self._wire.pages(
            "/models", most=MOST_PAGES, params={"pageSize": PAGE_SIZE}, read=_page_of_models, cursor="pageToken"
        )
        return [_model(raw) async for raw in pages]

    async def model(self, name: str) -> ModelInfo | None:
        """Any account's model, by its full name such as `accounts/fireworks/models/llama-v3p1-8b-instruct`."""
        if not name.startswith("accounts/"):
            return None
        try:
            return _model(await self._wire.get(self.account.beside(f"/v1/{name}")))
        except (errors.NotThere, errors.WrongAddress, errors.ModelGone):
            return None

    async def aclose(self) -> None:
        await self._wire.aclose()

    async def _made(self, path: str, body: Mapping[str, Any]) -> bool:
        """False where it is there already, which a lost answer leaves behind."""
        try:
            await self._wire.post(path, body)
        except (errors.BadRequest, errors.ServerTrouble) as error:
            if error.status == CONFLICT or "already exists" in str(error).lower():
                return False
            raise
        return True

    def _job(self, raw: Mapping[str, Any]) -> TuningJob:
        return read_job(raw, self.account)


CONFLICT = 409


def job_body(order: TuningOrder, account: Account) -> dict[str, Any]:
    """The JSON of a job's creation. Raises BadRequest for what Fireworks does not know."""
    tuning_wire.require_method(order, account.profile)
    suffix = account.profile.suffix.fitted(order.suffix) or "tuned"
    body: dict[str, Any] = {
        "displayName": order.tag,
        "dataset": full_name(account, "datasets", order.training_file),
        "baseModel": order.model,
        "outputModel": full_name(account, "models", id_of(f"{suffix}-{order.tag}")),
        **tuning_wire.vendor_hyperparameters(order.hyperparameters, account.profile),
    }
    if order.validation_file:
        body["evaluationDataset"] = full_name(account, "datasets", order.validation_file)
    return body


def full_name(account: Account, kind: str, short: str) -> str:
    """`accounts/ACCOUNT/datasets/x`; a name that is full already stays as it is."""
    owner = account.base_url.rstrip("/").rpartition("/accounts/")[2]
    return short if short.startswith("accounts/") else f"accounts/{owner}/{kind}/{short}"


def id_of(name: str) -> str:
    """An id as Fireworks takes them: small letters, digits and dashes, the same for the same name."""
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    if len(plain) <= LONGEST_ID and plain == name:
        return plain
    return f"{plain[: LONGEST_ID - 9].strip('-')}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def read_job(raw: Mapping[str, Any], account: Account) -> TuningJob:
    """A job out of JSON; its id is the end of its name. Raises WrongAddress if it has none."""
    name = text(raw.get("name"))
    if name is None:
        raise errors.WrongAddress(
            f"{account.title} answered without a job name.", todo="Check base_url: it ends in /accounts/ACCOUNT."
        )
    status = raw.get("state")
    state = account.profile.state(status)
    said = mapping(raw.get("status"))
    code, message = text(said.get("code")), text(said.get("message"))
    tag = text(raw.get("displayName"))
    return TuningJob(
        id=name.rpartition("/")[2],
        state=state,
        raw_status="(none)" if status is None else str(status),
        model=text(raw.get("baseModel")),
        tuned_model=text(raw.get("outputModel")),
        training_file=_short(text(raw.get("dataset"))),
        validation_file=_short(text(raw.get("evaluationDataset"))),
        created_at=moment(raw.get("createTime")),
        finished_at=moment(raw.get("completedTime")) if state.is_final else None,
        percent=number(mapping(raw.get("jobProgress")).get("percent")),
        failure=JobFailure(message, code) if message and code not in (None, "OK") else None,
        metadata={RUN_TAG: tag} if tag else {},
        hyperparameters={key: raw[key] for key in ("epochs", "batchSize", "learningRate", "loraRank") if raw.get(key)},
    )


def read_deployment(raw: Mapping[str, Any]) -> Deployment:
    """A deployment. It is asked as `MODEL#DEPLOYMENT`."""
    name, model = text(raw.get("name")) or "", text(raw.get("baseModel")) or ""
    state = (text(raw.get("state")) or "unknown").upper()
    reason = text(mapping(raw.get("status")).get("message"))
    problem = reason or "The deployment could not be started."
    return Deployment(
        model=f"{model}#{name}" if model and name else model,
        ready=state in READY,
        raw_status=state.lower(),
        problem=problem if state in BROKEN else "The deployment was deleted." if state in GONE else None,
        id=name.rpartition("/")[2],
    )


def _model(raw: Mapping[str, Any]) -> ModelInfo:
    return ModelInfo(
        id=text(raw.get("name")) or "",
        created_at=moment(raw.get("createTime")),
        shutdown_date=moment(raw.get("deprecationDate")),
    )


def _page_of_jobs(body: Mapping[str, Any]) -> Page:
    return _page(body, "supervisedFineTuningJobs")


def _page_of_models(body: Mapping[str, Any]) -> Page:
    return _page(body, "models")


def _page(body: Mapping[str, Any], key: str) -> Page:
    """A list under its own name, with the next page's token."""
    found = body.get(key)
    items: list[Mapping[str, Any]] = [
        {"id": item.get("name"), **item} for item in found or [] if isinstance(item, Mapping)
    ]
    token = text(body.get("nextPageToken")) or ""
    return Page(items, has_more=bool(token), next=token)


def _short(name: str | None) -> str | None:
    return name.rpartition("/")[2] if name else None
