"""Together and Fireworks for tests, in this process: their documented paths and shapes, and what a test breaks.

Handlers for `httpx2.MockTransport`. Nobody here could run the real ones; the shapes are those of their documents.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx2

from tests.support.tuning_server import found_or_not, json_answer, not_found

Handler = Callable[..., httpx2.Response]
NOW = "2026-11-22T10:00:00.123Z"


@dataclass
class VendorServer:
    """Routes, what was asked, and answers that a test puts before the real ones."""

    requests: list[httpx2.Request] = field(default_factory=list)
    next_answers: list[httpx2.Response | Exception] = field(default_factory=list)
    loses_create_answers: int = 0

    @property
    def transport(self) -> httpx2.MockTransport:
        return httpx2.MockTransport(self.answer)

    def routes(self) -> list[tuple[str, str, Handler]]:
        raise NotImplementedError

    def answer(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        if self.next_answers:
            scripted = self.next_answers.pop(0)
            if isinstance(scripted, Exception):
                raise scripted
            scripted.request = request
            return scripted
        for method, pattern, handler in self.routes():
            match = re.fullmatch(pattern, request.url.path)
            if request.method == method and match:
                return handler(request, *match.groups())
        return not_found()

    def sent(self, method: str, path_end: str) -> list[dict[str, Any]]:
        """JSON bodies of the requests to paths with this end."""
        found = [r for r in self.requests if r.method == method and r.url.path.endswith(path_end)]
        return [json.loads(r.content or b"{}") for r in found]

    def _made(self, body: dict[str, Any]) -> httpx2.Response:
        """The answer to a creation, which a test may have lost on the way."""
        if self.loses_create_answers:
            self.loses_create_answers -= 1
            raise httpx2.RemoteProtocolError("Server disconnected without sending a response.")
        return json_answer(body)


@dataclass
class TogetherServer(VendorServer):
    """`/fine-tunes`, `/files/upload`, `/endpoints`, `/hardware`."""

    jobs: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    endpoints: list[dict[str, Any]] = field(default_factory=list)
    hardware: list[dict[str, Any]] = field(default_factory=list)
    price: dict[str, Any] | None = None

    def routes(self) -> list[tuple[str, str, Handler]]:
        jobs = "/v1/fine-tunes"
        return [
            ("POST", "/v1/files/upload", self._upload),
            ("POST", jobs, self._create),
            ("POST", f"{jobs}/estimate-price", lambda _: found_or_not(self.price)),
            ("GET", jobs, lambda _: json_answer({"data": self.jobs})),
            ("GET", f"{jobs}/([^/]+)/events", lambda _, __: json_answer({"data": self.events})),
            ("GET", f"{jobs}/([^/]+)/checkpoints", lambda _, __: not_found()),
            ("POST", f"{jobs}/([^/]+)/cancel", self._cancel),
            ("GET", f"{jobs}/([^/]+)", lambda _, job_id: found_or_not(self._job(job_id))),
            ("GET", "/v1/hardware", lambda _: json_answer({"object": "list", "data": self.hardware})),
            ("GET", "/v1/endpoints", lambda _: json_answer({"object": "list", "data": self.endpoints})),
            ("POST", "/v1/endpoints", self._deploy),
            ("GET", "/v1/endpoints/([^/]+)", lambda _, name: found_or_not(self._endpoint(name))),
            ("DELETE", "/v1/endpoints/([^/]+)", self._undeploy),
            ("GET", "/v1/models", lambda _: json_answer([{"id": "meta-llama/small", "organization": "Meta"}])),
        ]

    def _upload(self, request: httpx2.Request) -> httpx2.Response:
        return json_answer({"id": "file-1", "object": "file", "purpose": "fine-tune", "bytes": len(request.content)})

    def _create(self, request: httpx2.Request) -> httpx2.Response:
        body = json.loads(request.content)
        job = {
            **{name: body[name] for name in ("model", "training_file", "n_epochs", "learning_rate") if name in body},
            "id": f"ft-{len(self.jobs) + 1}",
            "status": "pending",
            "created_at": NOW,
            "updated_at": NOW,
            "model_output_name": f"acme/small-{body['suffix']}-1a2b3c4d",
            "token_count": 0,
            "total_price": 0,
        }
        self.jobs.insert(0, job)
        return self._made(job)

    def _job(self, job_id: str) -> dict[str, Any] | None:
        return next((job for job in self.jobs if job["id"] == job_id), None)

    def _cancel(self, _: httpx2.Request, job_id: str) -> httpx2.Response:
        job = self._job(job_id)
        if job and job["status"] in ("completed", "error", "cancelled"):
            return json_answer({"error": {"message": "Job is not running", "type": "invalid_request"}}, status=400)
        if job:
            job["status"] = "cancel_requested"
        return found_or_not(job)

    def _deploy(self, request: httpx2.Request) -> httpx2.Response:
        body = json.loads(request.content)
        number = len(self.endpoints) + 1
        made = {**body, "object": "endpoint", "id": f"endpoint-{number}", "name": f"acme/{number}", "state": "PENDING"}
        self.endpoints.append(made)
        return self._made(made)

    def _endpoint(self, name: str) -> dict[str, Any] | None:
        return next((one for one in self.endpoints if one["id"] == name), None)

    def _undeploy(self, _: httpx2.Request, name: str) -> httpx2.Response:
        if self._endpoint(name) is None:
            return not_found()
        self.endpoints = [one for one in self.endpoints if one["id"] != name]
        return httpx2.Response(204)


@dataclass
class FireworksServer(VendorServer):
    """Everything under `/v1/accounts/acme`. `endless` hands out a new page for ever."""

    jobs: dict[str, dict[str, Any]] = field(default_factory=dict)
    datasets: dict[str, dict[str, Any]] = field(default_factory=dict)
    deployments: dict[str, dict[str, Any]] = field(default_factory=dict)
    uploads: dict[str, bytes] = field(default_factory=dict)
    endless: bool = False

    def routes(self) -> list[tuple[str, str, Handler]]:
        home = "/v1/accounts/acme"
        jobs = f"{home}/supervisedFineTuningJobs"
        return [
            ("POST", f"{home}/datasets", self._dataset),
            ("GET", f"{home}/datasets/([^/]+)", lambda _, name: found_or_not(self.datasets.get(name))),
            ("POST", f"{home}/datasets/([^/]+):upload", self._upload),
            ("POST", jobs, self._create),
            ("GET", jobs, self._list),
            ("POST", f"{jobs}/([^/]+):cancel", self._cancel),
            ("GET", f"{jobs}/([^/]+)", lambda _, name: found_or_not(self.jobs.get(name))),
            ("POST", f"{home}/deployments", self._deploy),
            ("GET", f"{home}/deployments/([^/]+)", lambda _, name: found_or_not(self.deployments.get(name))),
            ("DELETE", f"{home}/deployments/([^/]+)", self._undeploy),
        ]

    def _dataset(self, request: httpx2.Request) -> httpx2.Response:
        body = json.loads(request.content)
        name = body["datasetId"]
        if name in self.datasets:
            return json_answer({"error": {"message": f"dataset {name} already exists", "code": 6}}, status=409)
        self.datasets[name] = {**body["dataset"], "name": f"accounts/acme/datasets/{name}", "state": "UPLOADING"}
        return json_answer(self.datasets[name])

    def _upload(self, request: httpx2.Request, name: str) -> httpx2.Response:
        self.uploads[name] = request.content
        self.datasets[name]["state"] = "READY"
        return json_answer({"id": "", "object": "file", "bytes": len(request.content)})

    def _create(self, request: httpx2.Request) -> httpx2.Response:
        name = request.url.params["supervisedFineTuningJobId"]
        if name in self.jobs:
            return json_answer({"error": {"message": "job already exists", "code": 6}}, status=409)
        full = f"accounts/acme/supervisedFineTuningJobs/{name}"
        self.jobs[name] = {
            **json.loads(request.content),
            "name": full,
            "createTime": NOW,
            "state": "JOB_STATE_CREATING",
            "status": {"code": "OK", "message": ""},
        }
        return self._made(self.jobs[name])

    def _list(self, request: httpx2.Request) -> httpx2.Response:
        page = int(request.url.params.get("pageToken") or 0)
        if self.endless:
            job = {"name": f"accounts/acme/supervisedFineTuningJobs/j{page}", "state": "JOB_STATE_RUNNING"}
            return json_answer({"supervisedFineTuningJobs": [job], "nextPageToken": str(page + 1)})
        return json_answer({"supervisedFineTuningJobs": list(self.jobs.values()), "nextPageToken": ""})

    def _cancel(self, _: httpx2.Request, name: str) -> httpx2.Response:
        job = self.jobs.get(name)
        if job is None:
            return not_found()
        if job["state"] in ("JOB_STATE_COMPLETED", "JOB_STATE_FAILED", "JOB_STATE_CANCELLED"):
            return json_answer({"error": {"message": "job is over", "code": 9}}, status=400)
        job["state"] = "JOB_STATE_CANCELLED"
        return json_answer({})

    def _deploy(self, request: httpx2.Request) -> httpx2.Response:
        name = request.url.params["deploymentId"]
        full = f"accounts/acme/deployments/{name}"
        self.deployments[name] = {**json.loads(request.content), "name": full, "state": "CREATING"}
        return self._made(self.deployments[name])

    def _undeploy(self, _: httpx2.Request, name: str) -> httpx2.Response:
        return json_answer({}) if self.deployments.pop(name, None) else not_found()
