"""Which models are served: `/v1/models`, and what stands behind each name."""

import asyncio
import logging
import shutil
import threading
import time
from contextlib import suppress
from pathlib import Path

from aiohttp import web

from . import names, wire
from .backend import Backend
from .records import JobStore
from .wire import ApiError, Json

log = logging.getLogger(__name__)

PATIENCE = 60.0  # seconds a chat request waits for a model that is still loading


class Models:
    """The base model, which loads in the background, and the tuned ones, which are what the jobs have made."""

    def __init__(self, base: str, backend: Backend, jobs: JobStore) -> None:
        self.base = base
        self.backend = backend
        self._jobs = jobs
        self._started = int(time.time())
        self._loading: asyncio.Future[None] | None = None

    def start_loading(self) -> None:
        """Load the model in a thread of its own, which may take minutes and does not hold up the end of the server."""
        loop = asyncio.get_running_loop()
        self._loading = loop.create_future()
        threading.Thread(target=self._load, args=(loop, self._loading), name="loader", daemon=True).start()

    def _load(self, loop: asyncio.AbstractEventLoop, loaded: asyncio.Future[None]) -> None:
        problem: Exception | None = None
        try:
            self.backend.load()
        except Exception as caught:  # whatever a model's libraries raise is told to who asks for it
            log.exception("loading the model")
            problem = caught
        with suppress(RuntimeError):  # the server has ended meanwhile
            loop.call_soon_threadsafe(_settle, loaded, problem)

    @property
    def status(self) -> str:
        """`loading`, `ready` or `failed`."""
        if self._loading is None or not self._loading.done():
            return "loading"
        return "failed" if self._loading.exception() else "ready"

    def why_failed(self) -> str | None:
        """What went wrong with loading, if something did."""
        failed = self._loading is not None and self._loading.done() and self._loading.exception()
        return f"The model could not be loaded: {failed}" if failed else None

    async def ready(self, timeout: float | None = None) -> Backend:
        """The loaded backend, waiting for it up to `timeout` seconds. Raises ApiError (503) when it does not come."""
        if self._loading is None:
            raise ApiError(503, "The model is not being loaded.", code="model_loading", kind="server_error")
        await asyncio.wait([self._loading], timeout=timeout)
        if not self._loading.done():
            raise ApiError(503, "The model is still loading; ask again.", code="model_loading", kind="server_error")
        if problem := self.why_failed():
            raise ApiError(503, problem, code="model_failed", kind="server_error")
        return self.backend

    def adapter_of(self, name: str) -> Path | None:
        """The weights behind a name; None is the base model. Raises ApiError (404) for a name nobody knows."""
        if name == self.base:
            return None
        tuned, step = names.split_checkpoint(name)
        job = next((job for job in self._jobs.all() if job.tuned_name == tuned), None)
        if job is None or (step is None and job.status != "succeeded"):
            raise wire.model_not_found(name)
        adapter = self._jobs.dir(job.id).adapter(step)
        if not adapter.is_dir():
            raise wire.model_not_found(name)
        return adapter

    def all(self) -> list[Json]:
        """Every model that answers now: the base first, then what was tuned, newest first."""
        tuned = [
            wire.model_object(name, created=created, owner="local")
            for job in self._jobs.all()
            for name, created in self._served(job.id, job.tuned_name, job.finished_at)
        ]
        return [wire.model_object(self.base, created=self._started, owner="tunesmith"), *tuned]

    def _served(self, job_id: str, tuned: str, finished_at: int | None) -> list[tuple[str, int]]:
        folder = self._jobs.dir(job_id)
        final = [(tuned, finished_at)] if finished_at and folder.adapter().is_dir() else []
        steps = [(names.checkpoint_name(tuned, c["step"]), c["created_at"]) for c in folder.checkpoints()]
        return [*final, *reversed(steps)]

    def delete(self, name: str) -> None:
        """Delete a tuned model; with the final one go its checkpoints. Raises ApiError for other names."""
        if name == self.base:
            raise ApiError(403, "The base model can't be deleted.", code="not_deletable", param="model")
        adapter = self.adapter_of(name)
        if adapter is None:
            return
        gone = [adapter] if names.split_checkpoint(name)[1] is not None else list(adapter.parent.iterdir())
        for path in gone:
            self.backend.forget(path)
            shutil.rmtree(path, ignore_errors=True)


def _settle(loaded: asyncio.Future[None], problem: Exception | None) -> None:
    if problem is None:
        loaded.set_result(None)
    else:
        loaded.set_exception(problem)
        loaded.exception()  # it is asked for later, or never


MODELS = web.AppKey("models", Models)


def routes() -> list[web.RouteDef]:
    """What `/v1/models` can do. Names may hold a slash."""
    return [
        web.get("/v1/models", listed),
        web.get("/v1/models/{name:.+}", retrieved),
        web.delete("/v1/models/{name:.+}", removed),
    ]


async def listed(request: web.Request) -> web.Response:
    """All models."""
    return web.json_response({"object": "list", "data": request.app[MODELS].all()})


async def retrieved(request: web.Request) -> web.Response:
    """One model."""
    name = request.match_info["name"]
    found = next((model for model in request.app[MODELS].all() if model["id"] == name), None)
    if found is None:
        raise wire.model_not_found(name)
    return web.json_response(found)


async def removed(request: web.Request) -> web.Response:
    """Delete a tuned model."""
    name = request.match_info["name"]
    request.app[MODELS].delete(name)
    return web.json_response(wire.deleted(name, "model"))
