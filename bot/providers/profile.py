"""What there is to know of a vendor's dialect: the type whose values stand in `profiles.py`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from bot.domain.tuning_state import JobState

MEGABYTE = 1_000_000
GIGABYTE = 1_000 * MEGABYTE


class Wire(StrEnum):
    """Whose calls a provider answers. All but OpenAI's are thin adapters."""

    OPENAI = "openai"
    TOGETHER = "together"
    FIREWORKS = "fireworks"


class Rate(StrEnum):
    """What a provider's learning rate means."""

    MULTIPLIER = "multiplier"
    ABSOLUTE = "absolute"


class Place(StrEnum):
    """Where hyperparameters go in the request."""

    METHOD = "method"
    TOP_LEVEL = "top_level"


class Serving(StrEnum):
    """What it takes until a tuned model answers. A dedicated endpoint is billed by the hour and needs a yes."""

    AT_ONCE = "at_once"
    DEPLOY_CALL = "deploy_call"
    DEDICATED = "dedicated"
    BY_HAND = "by_hand"


@dataclass(frozen=True, slots=True)
class Suffix:
    """How long a model's suffix may be and which characters it keeps."""

    longest: int = 64
    extra: str = "-_."
    allowed: bool = True

    def fitted(self, wanted: str | None) -> str | None:
        """The suffix as this provider takes it; None if nothing is left."""
        if not wanted or not self.allowed:
            return None
        kept = "".join(c if (c.isascii() and c.isalnum()) or c in self.extra else "-" for c in wanted)
        return kept[: self.longest].strip("-_.") or None


@dataclass(frozen=True, slots=True)
class Profile:
    """How one vendor's dialect differs. `hyperparameters` maps our names to the vendor's.

    `hourly`: serving a tuned model is billed by the hour. `quotes`: it tells a price once the files are there.
    `deletes_models`: there is a call that deletes a tuned model; files can be deleted everywhere.
    `chat_path`: where its models answer, at the same host, if not under `base_url`.
    """

    name: str
    title: str
    base_url: str | None
    states: Mapping[str, JobState]
    hyperparameters: Mapping[str, str]
    wire: Wire = Wire.OPENAI
    defaults: Mapping[str, Any] = field(default_factory=dict)
    learning_rate: Rate = Rate.MULTIPLIER
    place: Place = Place.METHOD
    methods: tuple[str, ...] = ("supervised",)
    extra_body: Mapping[str, Any] = field(default_factory=dict)
    suffix: Suffix = Suffix()
    min_examples: int = 10
    max_file_bytes: int = 512 * MEGABYTE
    formats: tuple[str, ...] = ("chat",)
    serving: Serving = Serving.AT_ONCE
    hourly: bool = False
    deploy_path: str | None = None
    serving_note: str = ""
    chat_path: str | None = None
    deletes_models: bool = True
    quotes: bool = False
    has_events: bool = True
    has_checkpoints: bool = True
    has_result_file: bool = True
    serves_checkpoints: bool = False
    has_batches: bool = False
    has_limit_headers: bool = True
    max_tokens_field: str = "max_tokens"
    concurrency: int | None = None
    seen: str = "documents"
    notice: str = ""

    def state(self, raw: object) -> JobState:
        """The normalised state for the vendor's word; whatever is not in the table is `unknown`."""
        if not isinstance(raw, str):
            return JobState.UNKNOWN
        return self.states.get(raw.strip().lower(), JobState.UNKNOWN)
