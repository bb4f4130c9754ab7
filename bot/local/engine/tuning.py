"""Fine-tuning jobs: `/v1/fine_tuning/jobs`."""

import secrets
import time

from aiohttp import web

from . import hyper, names, wire
from .files import PURPOSE, STORE
from .jobs import Queue
from .models import MODELS
from .records import Job, JobStore
from .wire import ApiError, Json, bad_request

JOBS = web.AppKey("jobs", JobStore)
QUEUE = web.AppKey("queue", Queue)
MOST_METADATA, LONGEST_KEY, LONGEST_VALUE = 16, 64, 512  # OpenAI's limits


def routes() -> list[web.RouteDef]:
    """What jobs can do."""
    one = "/v1/fine_tuning/jobs/{id}"
    return [
        web.post("/v1/fine_tuning/jobs", create),
        web.get("/v1/fine_tuning/jobs", listed),
        web.get(one, retrieved),
        web.post(f"{one}/cancel", cancelled),
        web.get(f"{one}/events", events),
        web.get(f"{one}/checkpoints", checkpoints),
    ]


async def create(request: web.Request) -> web.Response:
    """Start a job. Its files are looked at afterwards: a bad one makes the job fail, not this request."""
    job = _job_in(await wire.json_body(request), request)
    await request.app[QUEUE].add(job)
    return web.json_response(request.app[JOBS].shown(job))


def _job_in(body: Json, request: web.Request) -> Job:
    model = wire.required_text(body, "model")
    if model != request.app[MODELS].base:
        raise _untunable(model, request.app[MODELS].base)
    seed = body.get("seed")
    return Job(
        id=names.new_id("ftjob"),
        created_at=time.time(),
        model=model,
        training_file=_file_in(request, wire.required_text(body, "training_file"), "training_file"),
        validation_file=_file_in(request, name, "validation_file") if (name := body.get("validation_file")) else None,
        suffix=_suffix(body),
        seed=secrets.randbelow(2**31) if seed is None else wire.whole(body, "seed", 0, low=0, high=2**31 - 1),
        metadata=_metadata(body),
        asked=hyper.requested(body),
    )


def _untunable(model: str, base: str) -> ApiError:
    if model.startswith(f"ft:{base}:"):
        return bad_request(f"Training starts from '{base}' here, not from a tuned model.", param="model")
    return wire.model_not_found(model)


def _file_in(request: web.Request, file_id: str, param: str) -> str:
    record = request.app[STORE].find(str(file_id))
    if record is None or record.purpose != PURPOSE:
        raise bad_request(f"There is no file '{file_id}' for fine-tuning here.", param=param, code="invalid_file_id")
    return record.id


def _suffix(body: Json) -> str | None:
    suffix = wire.optional(body, "suffix", str)
    if suffix and len(suffix) > names.SUFFIX_LIMIT:
        raise bad_request(f"'suffix' must have at most {names.SUFFIX_LIMIT} characters.", param="suffix")
    return names.clean_suffix(suffix) or None if suffix else None


def _metadata(body: Json) -> dict[str, str] | None:
    metadata: dict[str, str] | None = wire.optional(body, "metadata", dict)
    if metadata is not None and not _is_metadata(metadata):
        limits = f"{MOST_METADATA} texts, names up to {LONGEST_KEY} and values up to {LONGEST_VALUE} characters"
        raise bad_request(f"'metadata' may hold {limits}.", param="metadata")
    return metadata


def _is_metadata(metadata: Json) -> bool:
    fits = all(isinstance(v, str) and len(k) <= LONGEST_KEY and len(v) <= LONGEST_VALUE for k, v in metadata.items())
    return fits and len(metadata) <= MOST_METADATA


async def listed(request: web.Request) -> web.Response:
    """All jobs, newest first."""
    after, limit = wire.page_options(request.query, default_limit=20, most=100)
    jobs = request.app[JOBS]
    return web.json_response(wire.page([jobs.shown(job) for job in jobs.all()], after=after, limit=limit))


def _asked_for(request: web.Request) -> Job:
    job = request.app[JOBS].find(request.match_info["id"])
    if job is None:
        raise wire.not_found("fine-tuning job", request.match_info["id"], code="fine_tune_not_found")
    return job


async def retrieved(request: web.Request) -> web.Response:
    """One job."""
    return web.json_response(request.app[JOBS].shown(_asked_for(request)))


async def cancelled(request: web.Request) -> web.Response:
    """End a job; one that is over can't be cancelled."""
    job = _asked_for(request)
    if job.is_over:
        raise bad_request(f"The job has {job.status} already.", code="invalid_job_state")
    return web.json_response(request.app[JOBS].shown(await request.app[QUEUE].cancel(job)))


async def events(request: web.Request) -> web.Response:
    """What happened in a job, newest first."""
    job = _asked_for(request)
    after, limit = wire.page_options(request.query, default_limit=20, most=1000)
    happened = request.app[JOBS].dir(job.id).events()
    return web.json_response(wire.page(happened[::-1], after=after, limit=limit))


async def checkpoints(request: web.Request) -> web.Response:
    """The job's models after each epoch so far, newest first. Each can be used at once."""
    job = _asked_for(request)
    after, limit = wire.page_options(request.query, default_limit=10, most=100)
    return web.json_response(wire.page(request.app[JOBS].checkpoints(job), after=after, limit=limit))
