"""Fine-tuning objects to and from JSON: pure, tolerant in reading, exact in writing."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.providers import errors
from bot.providers.base import (
    RUN_TAG,
    Checkpoint,
    Deployment,
    JobFailure,
    ModelInfo,
    TuningEvent,
    TuningJob,
    TuningOrder,
)
from bot.providers.profiles import Place, Profile
from bot.providers.wire_values import mapping, moment, number, text, texts, whole

AUTO = "auto"
ACTIVE = frozenset({"active", "ready", "succeeded", "deployed"})
BROKEN = frozenset({"error", "failed"})


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list; `next` is the token of the next one where a vendor hands out tokens."""

    items: list[Mapping[str, Any]]
    has_more: bool
    next: str = ""


def job_body(order: TuningOrder, profile: Profile) -> dict[str, Any]:
    """The JSON of a job's creation in this vendor's dialect. Raises BadRequest for what the vendor does not know."""
    require_method(order, profile)
    hyperparameters = vendor_hyperparameters(order.hyperparameters, profile)
    optional = {
        "validation_file": order.validation_file,
        "suffix": profile.suffix.fitted(order.suffix),
        "seed": order.seed,
    }
    return {
        "model": order.model,
        "training_file": order.training_file,
        "metadata": {RUN_TAG: order.tag},
        **{name: value for name, value in optional.items() if value is not None},
        **_placed(hyperparameters, order.method, profile),
        **profile.extra_body,
    }


def require_method(order: TuningOrder, profile: Profile) -> None:
    """Raises BadRequest for a way of training that the vendor does not offer."""
    if order.method not in profile.methods:
        raise _unknown(f"{profile.title} does not train by “{order.method}”", profile.methods)


def vendor_hyperparameters(ours: Mapping[str, Any], profile: Profile) -> dict[str, Any]:
    """Our names, over the profile's defaults, as the vendor's; “auto” happens by itself, so it is left out."""
    unknown = sorted(set(ours) - set(profile.hyperparameters))
    if unknown:
        raise _unknown(f"{profile.title} does not know “{unknown[0]}”", tuple(profile.hyperparameters))
    chosen = {**profile.defaults, **ours}
    return {profile.hyperparameters[name]: value for name, value in chosen.items() if value not in (None, AUTO)}


def read_job(raw: Mapping[str, Any], profile: Profile, provider: str) -> TuningJob:
    """A job out of JSON; some servers wrap it in `data` or `job`. Raises WrongAddress if it has no id."""
    raw = _unwrapped(raw)
    job_id = text(raw.get("id"))
    if job_id is None:
        raise errors.WrongAddress(f"{provider} answered without a job id.", todo="Check base_url and the profile.")
    status = raw.get("status")
    return TuningJob(
        id=job_id,
        state=profile.state(status),
        raw_status="(none)" if status is None else str(status),
        model=text(raw.get("model")),
        tuned_model=text(raw.get("fine_tuned_model")),
        training_file=next(iter(texts(raw.get("training_file"))), None),
        validation_file=next(iter(texts(raw.get("validation_file"))), None),
        result_files=texts(raw.get("result_files")),
        created_at=moment(raw.get("created_at")),
        finished_at=moment(raw.get("finished_at")),
        estimated_finish=moment(raw.get("estimated_finish")),
        trained_tokens=whole(raw.get("trained_tokens")),
        trained_steps=whole(raw.get("trained_steps")),
        total_steps=whole(raw.get("total_steps")),
        failure=read_failure(raw.get("error")),
        metadata={str(name): str(value) for name, value in mapping(raw.get("metadata")).items()},
        hyperparameters=_read_hyperparameters(raw),
    )


def read_failure(raw: object) -> JobFailure | None:
    """The job's error. OpenAI sends an empty object for jobs that are well; others a bare string."""
    if text(raw):
        return JobFailure(str(raw))
    error = mapping(raw)
    message, code = text(error.get("message")), text(error.get("code"))
    if message is None and code is None:
        return None
    return JobFailure(message or str(code), code, text(error.get("param")))


def read_event(raw: Mapping[str, Any]) -> TuningEvent:
    return TuningEvent(
        id=identity(raw),
        at=moment(raw.get("created_at")),
        level=text(raw.get("level")) or "info",
        message=text(raw.get("message")) or "",
        kind=text(raw.get("type")) or "message",
        data=mapping(raw.get("data")),
    )


def read_checkpoint(raw: Mapping[str, Any]) -> Checkpoint:
    metrics = {str(name): number(value) for name, value in mapping(raw.get("metrics")).items()}
    return Checkpoint(
        id=identity(raw),
        model=text(raw.get("fine_tuned_model_checkpoint")),
        step=whole(raw.get("step_number")),
        at=moment(raw.get("created_at")),
        metrics={name: value for name, value in metrics.items() if value is not None},
    )


def read_model(raw: Mapping[str, Any]) -> ModelInfo:
    raw = _unwrapped(raw)
    return ModelInfo(
        id=text(raw.get("id")) or "",
        owner=text(raw.get("owned_by")),
        created_at=moment(raw.get("created")),
        shutdown_date=moment(raw.get("shutdown_date")),
    )


def read_deployment(raw: Mapping[str, Any], name: str) -> Deployment:
    status = (text(raw.get("status")) or "unknown").lower()
    problem = text(raw.get("status_reason")) or text(mapping(raw.get("error")).get("message"))
    return Deployment(
        model=text(raw.get("name")) or name,
        ready=status in ACTIVE,
        raw_status=status,
        problem=(problem or "The provider could not serve the model.") if status in BROKEN else None,
        id=text(raw.get("name")) or name,
    )


def read_page(body: Mapping[str, Any]) -> Page:
    """One page of a list. A server that does not say `has_more` is asked again until nothing new comes."""
    data = body.get("data")
    items = [item for item in data if isinstance(item, Mapping)] if isinstance(data, list) else []
    has_more = body.get("has_more")
    return Page(items, has_more is not False)


def identity(raw: Mapping[str, Any]) -> str:
    """An object's id; for one without, a name that stays the same as long as its content does."""
    found = text(raw.get("id"))
    return found or "made-" + hashlib.sha256(repr(sorted(raw.items(), key=str)).encode()).hexdigest()[:16]


def served_name(job: TuningJob) -> str:
    """The name under which a job's model is deployed: always the same for the same job."""
    return (job.tuned_model or f"tunesmith-{job.id}").replace("/", "-").replace(":", "-")


def are_newest_first(events: Sequence[TuningEvent]) -> bool:
    """Whether a list comes as OpenAI sends it. One or no event, or events without times, count as such."""
    times = [event.at for event in events if event.at]
    return not times or times[0] >= times[-1]


def oldest_first(events: Sequence[TuningEvent]) -> list[TuningEvent]:
    """By time; events of the same second keep the order in which the server keeps them."""
    forward = list(reversed(events)) if are_newest_first(events) else list(events)
    return sorted(forward, key=lambda event: event.at.timestamp() if event.at else 0.0)


def newer_than(event_id: str | None, events: list[TuningEvent]) -> list[TuningEvent]:
    ids = [event.id for event in events]
    return events[ids.index(event_id) + 1 :] if event_id in ids else events


def _placed(hyperparameters: dict[str, Any], method: str, profile: Profile) -> dict[str, Any]:
    if profile.place is Place.TOP_LEVEL:
        return {"hyperparameters": hyperparameters} if hyperparameters else {}
    return {"method": {"type": method, method: {"hyperparameters": hyperparameters}}}


def _read_hyperparameters(raw: Mapping[str, Any]) -> dict[str, Any]:
    method = mapping(raw.get("method"))
    inside = mapping(mapping(method.get(str(method.get("type")))).get("hyperparameters"))
    return {**mapping(raw.get("hyperparameters")), **inside}


def _unwrapped(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    if "id" in raw:
        return raw
    return next((mapping(raw[name]) for name in ("data", "job") if isinstance(raw.get(name), Mapping)), raw)


def _unknown(what: str, known: Sequence[str]) -> errors.ProviderError:
    return errors.BadRequest(f"{what}.", kept="Nothing was sent.", todo=f"It knows: {', '.join(known)}.")
