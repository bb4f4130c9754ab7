"""A fine-tuning provider for tests, in this process: OpenAI's paths with whatever answers a test wants, and its vices.

Either a handler for `httpx2.MockTransport`, `OpenAITuner(account, open_client(account, transport=server.transport))`,
or on a real port: `with on_a_port(server) as base_url`.
"""

from __future__ import annotations

import contextlib
import json
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx2

Answer = httpx2.Response | Exception


@dataclass
class TuningServer:
    """Jobs and files in memory. `vices` are what real servers do wrong."""

    ignores_after: bool = False
    says_has_more: bool = True
    loses_create_answers: int = 0
    drops_metadata: bool = False
    slow_to_list: int = 0
    jobs: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    checkpoints: list[dict[str, Any]] | None = field(default_factory=list)
    models: list[dict[str, Any]] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    deployed: dict[str, dict[str, Any]] = field(default_factory=dict)
    requests: list[httpx2.Request] = field(default_factory=list)
    next_answers: list[Answer] = field(default_factory=list)

    @property
    def transport(self) -> httpx2.MockTransport:
        return httpx2.MockTransport(self.answer)

    def sent(self, method: str, path_end: str) -> list[dict[str, Any]]:
        """JSON bodies of the requests to paths with this end."""
        found = [r for r in self.requests if r.method == method and r.url.path.endswith(path_end)]
        return [json.loads(r.content or b"{}") for r in found]

    def answer(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        if self.next_answers:
            return self._scripted(self.next_answers.pop(0), request)
        for method, pattern, handler in self._routes():
            match = re.fullmatch(pattern, request.url.path)
            if request.method == method and match:
                return handler(request, *match.groups())
        return not_found()

    def _routes(self) -> list[tuple[str, str, Callable[..., httpx2.Response]]]:
        jobs = "/v1/fine_tuning/jobs"
        return [
            ("POST", "/v1/files", self._upload),
            ("GET", "/v1/files/(.+)/content", self._content),
            ("POST", jobs, self._create),
            ("GET", jobs, lambda request: self._job_list(request)),
            ("GET", f"{jobs}/([^/]+)/events", lambda request, _: self._page(request, self.events)),
            ("GET", f"{jobs}/([^/]+)/checkpoints", self._checkpoints),
            ("POST", f"{jobs}/([^/]+)/cancel", self._cancel),
            ("GET", f"{jobs}/([^/]+)", self._get),
            ("GET", "/v1/models", lambda _: json_answer({"object": "list", "data": self.models})),
            ("GET", "/v1/models/(.+)", self._model),
            ("POST", "/v0/models", self._deploy),
            ("GET", "/v0/models/(.+)", lambda _, name: found_or_not(self.deployed.get(name))),
        ]

    def _scripted(self, answer: Answer, request: httpx2.Request) -> httpx2.Response:
        if isinstance(answer, Exception):
            raise answer
        answer.request = request
        return answer

    def _upload(self, request: httpx2.Request) -> httpx2.Response:
        file_id = f"file-{len(self.files) + 1}"
        self.files[file_id] = request.content
        return json_answer({"id": file_id, "object": "file", "purpose": "fine-tune"})

    def _content(self, _: httpx2.Request, file_id: str) -> httpx2.Response:
        return httpx2.Response(200, content=self.files[file_id]) if file_id in self.files else not_found()

    def _create(self, request: httpx2.Request) -> httpx2.Response:
        body = json.loads(request.content)
        job = {**body, "id": f"ftjob-{len(self.jobs) + 1}", "status": "validating_files", "created_at": 1_790_000_000}
        if self.drops_metadata:
            job.pop("metadata", None)
        self.jobs.insert(0, job)
        if self.loses_create_answers:
            self.loses_create_answers -= 1
            raise httpx2.RemoteProtocolError("Server disconnected without sending a response.")
        return json_answer(job)

    def _job_list(self, request: httpx2.Request) -> httpx2.Response:
        if self.slow_to_list:
            self.slow_to_list -= 1
            return json_answer({"object": "list", "data": [], "has_more": False})
        return self._page(request, self.jobs)

    def _page(self, request: httpx2.Request, items: list[dict[str, Any]]) -> httpx2.Response:
        after, limit = request.url.params.get("after"), int(request.url.params.get("limit", 20))
        ids = [item.get("id") for item in items]
        start = ids.index(after) + 1 if after and after in ids and not self.ignores_after else 0
        page: dict[str, Any] = {"object": "list", "data": items[start : start + limit]}
        if self.says_has_more:
            page["has_more"] = self.ignores_after or start + limit < len(items)
        return json_answer(page)

    def _checkpoints(self, request: httpx2.Request, _: str) -> httpx2.Response:
        return not_found() if self.checkpoints is None else self._page(request, self.checkpoints)

    def _cancel(self, _: httpx2.Request, job_id: str) -> httpx2.Response:
        job = self._job(job_id)
        if job and job["status"] in ("succeeded", "failed", "cancelled"):
            return json_answer({"error": {"message": "Job has already ended.", "code": "invalid_state"}}, status=400)
        if job:
            job["status"] = "cancelled"
        return found_or_not(job)

    def _get(self, _: httpx2.Request, job_id: str) -> httpx2.Response:
        return found_or_not(self._job(job_id))

    def _job(self, job_id: str) -> dict[str, Any] | None:
        return next((job for job in self.jobs if job["id"] == job_id), None)

    def _model(self, _: httpx2.Request, name: str) -> httpx2.Response:
        return found_or_not(next((model for model in self.models if model["id"] == name and "/" not in name), None))

    def _deploy(self, request: httpx2.Request) -> httpx2.Response:
        body = json.loads(request.content)
        self.deployed[body["name"]] = {**body, "status": "validating"}
        return json_answer(self.deployed[body["name"]])


def json_answer(body: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> httpx2.Response:
    return httpx2.Response(status, json=body, headers=headers)


def not_found() -> httpx2.Response:
    return json_answer({"error": {"message": "No such object.", "code": "not_found"}}, status=404)


def found_or_not(body: dict[str, Any] | None) -> httpx2.Response:
    return not_found() if body is None else json_answer(body)


@contextlib.contextmanager
def on_a_port(server: TuningServer) -> Iterator[str]:
    """The same server over real connections; a lost answer is a connection that ends. Gives its base URL."""

    class Door(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            content = self.rfile.read(int(self.headers.get("content-length") or 0))
            request = httpx2.Request(self.command, base_url + self.path, headers=dict(self.headers), content=content)
            try:
                response = server.answer(request)
            except httpx2.TransportError:
                self.close_connection = True
                return
            self.send_response(response.status_code)
            self.send_header("content-type", response.headers.get("content-type", "application/octet-stream"))
            self.send_header("content-length", str(len(response.content)))
            self.end_headers()
            self.wfile.write(response.content)

        do_GET = do_POST = answer  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Quiet."""

    http = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    base_url = f"http://127.0.0.1:{http.server_port}"
    thread = threading.Thread(target=http.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"{base_url}/v1"
    finally:
        http.shutdown()
        http.server_close()
        thread.join()
