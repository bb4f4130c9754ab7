"""How a job is trained: what was asked for, and what 'auto' becomes. Pure."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from .wire import Json, bad_request

BASE_LEARNING_RATE = 2e-3  # measured on 36 short texts: a clear voice within three passes
ENOUGH_STEPS = 54  # below about 45 steps a voice is only half learned
FEW_EXAMPLES = 100  # below that, small batches: more steps for the same work
MOST = {"n_epochs": 50, "batch_size": 256, "learning_rate_multiplier": 1000}


@dataclass(frozen=True)
class Hyperparameters:
    """What a client asked for; None is 'auto'."""

    n_epochs: int | None = None
    batch_size: int | None = None
    learning_rate_multiplier: float | None = None


@dataclass(frozen=True)
class Plan:
    """What a job is really trained with."""

    n_epochs: int
    batch_size: int
    learning_rate_multiplier: float

    @property
    def learning_rate(self) -> float:
        """The highest learning rate of the run."""
        return BASE_LEARNING_RATE * self.learning_rate_multiplier


def requested(body: Json) -> Hyperparameters:
    """The hyperparameters of a job request, given at top level or under its method. Raises ApiError."""
    method = body.get("method") or {}
    if not isinstance(method, dict):
        raise bad_request("'method' must be an object.", param="method")
    kind = method.get("type", "supervised")
    if kind != "supervised":
        raise bad_request(
            f"This engine trains by examples only (method 'supervised'); it can't do '{kind}'. "
            "Send the approved texts as chat examples instead.",
            param="method",
            code="unsupported_method",
        )
    given = (method.get("supervised") or {}).get("hyperparameters") or body.get("hyperparameters") or {}
    if not isinstance(given, dict):
        raise bad_request("'hyperparameters' must be an object.", param="hyperparameters")
    return Hyperparameters(
        n_epochs=_whole(given, "n_epochs"),
        batch_size=_whole(given, "batch_size"),
        learning_rate_multiplier=_positive(given, "learning_rate_multiplier"),
    )


def _positive(given: Mapping[str, Any], name: str) -> float | None:
    value = given.get(name, "auto")
    if value in (None, "auto"):
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= MOST[name]:
        raise bad_request(f"'{name}' must be 'auto' or a number above 0 and up to {MOST[name]}.", param=name)
    return float(value)


def _whole(given: Mapping[str, Any], name: str) -> int | None:
    value = _positive(given, name)
    if value is not None and value != int(value):
        raise bad_request(f"'{name}' must be 'auto' or a whole number.", param=name)
    return None if value is None else int(value)


def planned(asked: Hyperparameters, examples: int) -> Plan:
    """Fill in what was left to us: small batches for few examples, and passes until there were enough steps."""
    batch_size = asked.batch_size or (2 if examples < FEW_EXAMPLES else 4)
    steps = math.ceil(examples / batch_size)
    n_epochs = asked.n_epochs or min(max(math.ceil(ENOUGH_STEPS / steps), 2), 10)
    return Plan(n_epochs, batch_size, asked.learning_rate_multiplier or 1.0)


def shown(asked: Hyperparameters, plan: Plan | None) -> Json:
    """The hyperparameters as clients read them."""
    values = asdict(plan) if plan else asdict(asked)
    return {name: "auto" if value is None else value for name, value in values.items()}
