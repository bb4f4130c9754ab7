"""The server put together: routes, the token, errors as JSON, and what runs beside the requests."""

import asyncio
import hmac
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from . import chat, files, models, tuning
from .backend import Backend, Runner
from .fetch import Progress
from .files import LARGEST_FILE, FileStore
from .jobs import Queue
from .models import MODELS, Models
from .records import JobStore
from .wire import ApiError

log = logging.getLogger(__name__)

PROGRESS: web.AppKey[Callable[[], Progress]] = web.AppKey("progress")
LARGEST_JSON = 8 * 2**20  # a request that does not upload a file


@dataclass(frozen=True)
class Settings:
    """Where the engine keeps its state, what its base model is called, and who may talk to it (None: anyone)."""

    home: Path
    model: str
    token: str | None
    largest_file: int = LARGEST_FILE


def build_app(
    settings: Settings, backend: Backend, runner: Runner, progress: Callable[[], Progress] | None = None
) -> web.Application:
    """The whole server. `progress` tells how far a model is that still has to be fetched."""
    app = web.Application(client_max_size=LARGEST_JSON, middlewares=[errors_as_json, _token_checked(settings.token)])
    file_store = FileStore(settings.home / "files", settings.largest_file)
    file_store.root.mkdir(parents=True, exist_ok=True)
    job_store = JobStore(settings.home / "jobs")
    job_store.root.mkdir(parents=True, exist_ok=True)
    app[files.STORE], app[tuning.JOBS] = file_store, job_store
    app[MODELS] = Models(settings.model, backend, job_store)
    app[tuning.QUEUE] = Queue(job_store, file_store, app[MODELS], runner)
    app[PROGRESS] = progress or (lambda: Progress("load", 0, "Loading the model."))
    app.add_routes([web.get("/healthz", healthz)])
    for part in (chat, files, models, tuning):
        app.add_routes(part.routes())
    app.cleanup_ctx.append(_beside)
    return app


async def _beside(app: web.Application) -> AsyncIterator[None]:
    app[MODELS].start_loading()
    app[tuning.QUEUE].start()
    yield
    await app[tuning.QUEUE].close()
    await asyncio.to_thread(app[MODELS].backend.close)


async def healthz(request: web.Request) -> web.Response:
    """How the server is; needs no token and always answers 200, because the server itself is well."""
    served = request.app[MODELS]
    state = {"status": served.status, "model": served.base, "problem": served.why_failed()}
    return web.json_response(
        {**state, "progress": asdict(request.app[PROGRESS]()) if served.status == "loading" else None}
    )


@web.middleware
async def errors_as_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Every error in OpenAI's shape, whoever raised it."""
    try:
        return await handler(request)
    except ApiError as problem:
        return web.json_response(problem.body(), status=problem.status)
    except web.HTTPException as problem:
        error = ApiError(problem.status, f"{request.method} {request.path}: {problem.reason}")
        return web.json_response(error.body(), status=problem.status)
    except Exception:
        log.exception("%s %s", request.method, request.path)
        error = ApiError(500, "The engine made a mistake; its log says more.", kind="server_error")
        return web.json_response(error.body(), status=500)


def _token_checked(token: str | None) -> Middleware:
    @web.middleware
    async def checked(request: web.Request, handler: Handler) -> web.StreamResponse:
        given = request.headers.get("Authorization", "")
        if token and request.path != "/healthz" and not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
            raise ApiError(401, "The token is missing or wrong.", code="invalid_api_key")
        return await handler(request)

    return checked


async def serve(app: web.Application, host: str, port: int) -> tuple[web.AppRunner, str]:
    """Listen; returns what to clean up at the end, and the address. A client that hangs up ends its request."""
    runner = web.AppRunner(app, handler_cancellation=True, access_log=None, shutdown_timeout=2)
    await runner.setup()
    site = web.TCPSite(runner, host, port)
    await site.start()
    bound = runner.addresses[0]
    shown = f"[{bound[0]}]" if ":" in bound[0] else bound[0]
    return runner, f"http://{shown}:{bound[1]}"
