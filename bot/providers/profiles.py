"""What differs between vendors, as data. Adding a vendor that speaks OpenAI's format is adding a `Profile` here.

Taken from the vendors' documents; `seen` says whether somebody ran it ("documents" means nobody here could).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from bot.domain.tuning_state import JobState
from bot.errors import BotError

MEGABYTE = 1_000_000
GIGABYTE = 1_000 * MEGABYTE

OPENAI_STATES: Mapping[str, JobState] = MappingProxyType(
    {
        "validating_files": JobState.VALIDATING,
        "queued": JobState.QUEUED,
        "running": JobState.RUNNING,
        "pausing": JobState.RUNNING,
        "paused": JobState.PAUSED,
        "succeeded": JobState.SUCCEEDED,
        "failed": JobState.FAILED,
        "cancelled": JobState.CANCELLED,
    }
)
AZURE_STATES: Mapping[str, JobState] = MappingProxyType(
    {
        **OPENAI_STATES,
        "pending": JobState.PENDING,
        "notrunning": JobState.PENDING,
        "resuming": JobState.QUEUED,
        "canceled": JobState.CANCELLED,
    }
)
# Words that servers of this kind use; a word that is not here is `unknown`, never guessed.
COMPATIBLE_STATES: Mapping[str, JobState] = MappingProxyType(
    {
        **AZURE_STATES,
        "created": JobState.PENDING,
        "validating": JobState.VALIDATING,
        "in_progress": JobState.RUNNING,
        "training": JobState.RUNNING,
        "uploading": JobState.FINISHING,
        "compressing": JobState.FINISHING,
        "saving": JobState.FINISHING,
        "finalizing": JobState.FINISHING,
        "completed": JobState.SUCCEEDED,
        "error": JobState.FAILED,
        "cancelling": JobState.RUNNING,
        "cancel_requested": JobState.RUNNING,
    }
)


class Rate(StrEnum):
    """What a provider's learning rate means."""

    MULTIPLIER = "multiplier"
    ABSOLUTE = "absolute"


class Place(StrEnum):
    """Where hyperparameters go in the request."""

    METHOD = "method"
    TOP_LEVEL = "top_level"


class Serving(StrEnum):
    """What it takes until a tuned model answers."""

    AT_ONCE = "at_once"
    DEPLOY_CALL = "deploy_call"
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
    """How one vendor's dialect of the wire format differs. `hyperparameters` maps our names to the vendor's."""

    name: str
    title: str
    base_url: str | None
    states: Mapping[str, JobState]
    hyperparameters: Mapping[str, str]
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
    deploy_path: str | None = None
    serving_note: str = ""
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


CLASSIC = MappingProxyType(
    {"epochs": "n_epochs", "batch_size": "batch_size", "learning_rate": "learning_rate_multiplier", "beta": "beta"}
)
OPENAI = Profile(
    name="openai",
    title="OpenAI",
    base_url="https://api.openai.com/v1",
    states=OPENAI_STATES,
    hyperparameters=CLASSIC,
    defaults=MappingProxyType({"epochs": "auto", "batch_size": "auto", "learning_rate": "auto"}),
    methods=("supervised", "dpo"),
    formats=("chat", "preference"),
    serves_checkpoints=True,
    has_batches=True,
    max_tokens_field="max_completion_tokens",
    notice=(
        "OpenAI takes no new fine-tuning jobs after 2027-01-06, and its tuned models end with their base models: "
        "gpt-4o and gpt-4.1 on 2027-01-14."
    ),
)
AZURE = Profile(
    name="azure",
    title="Azure OpenAI (Microsoft Foundry)",
    base_url=None,
    states=AZURE_STATES,
    hyperparameters=CLASSIC,
    defaults=MappingProxyType({"epochs": "auto", "batch_size": "auto", "learning_rate": "auto"}),
    methods=("supervised", "dpo"),
    formats=("chat", "preference"),
    extra_body=MappingProxyType({"trainingType": "GlobalStandard"}),
    suffix=Suffix(longest=18, extra="-_"),
    serving=Serving.BY_HAND,
    serving_note=(
        "Deploy the model in the Foundry portal (hosting is billed by the hour) and use the deployment's name."
    ),
    has_batches=True,
    max_tokens_field="max_completion_tokens",
    notice="Fine-tuned gpt-4.1 deployments are served until 2027-10-14.",
)
NEBIUS = Profile(
    name="nebius",
    title="Nebius Token Factory",
    base_url="https://api.tokenfactory.nebius.com/v1",
    states=OPENAI_STATES,
    hyperparameters=MappingProxyType(
        {
            "epochs": "n_epochs",
            "batch_size": "batch_size",
            "learning_rate": "learning_rate",
            "warmup_ratio": "warmup_ratio",
            "weight_decay": "weight_decay",
            "packing": "packing",
            "max_grad_norm": "max_grad_norm",
            "context_length": "context_length",
            "lora": "lora",
            "lora_r": "lora_r",
            "lora_alpha": "lora_alpha",
            "lora_dropout": "lora_dropout",
        }
    ),
    # Without `lora` the whole model is trained, which is dearer and cannot be served by the call below.
    defaults=MappingProxyType({"epochs": 3, "batch_size": 8, "learning_rate": 1e-5, "lora": True}),
    learning_rate=Rate.ABSOLUTE,
    formats=("chat", "completion"),
    max_file_bytes=5 * GIGABYTE,
    serving=Serving.DEPLOY_CALL,
    deploy_path="/v0/models",
    serving_note="Served after one more call; adapters of some base models only.",
)
CRUSOE = Profile(
    name="crusoe",
    title="Crusoe Serverless Fine-Tuning",
    base_url="https://api.intelligence.crusoecloud.com/v1",
    states=COMPATIBLE_STATES,
    hyperparameters=MappingProxyType(
        {"epochs": "n_epochs", "batch_size": "batch_size", "learning_rate": "learning_rate"}
    ),
    defaults=MappingProxyType({"epochs": 3}),
    learning_rate=Rate.ABSOLUTE,
    place=Place.TOP_LEVEL,
    max_file_bytes=3 * GIGABYTE,
    serving=Serving.BY_HAND,
    serving_note="Deploy the checkpoint as a self-serve deployment (reserved capacity) and use its name.",
)
ENGINE = Profile(
    name="tunesmith-engine",
    title="Tunesmith's own engine",
    base_url=None,
    states=OPENAI_STATES,
    hyperparameters=CLASSIC,
    defaults=MappingProxyType({"epochs": "auto", "batch_size": "auto", "learning_rate": "auto"}),
    serves_checkpoints=True,
    has_limit_headers=False,
    # A small model on the processor answers one batch at a time; more requests would only wait there.
    concurrency=4,
    seen="run",
    notice="Learning model: invents facts. Never publish.",
)
COMPATIBLE = Profile(
    name="compatible",
    title="OpenAI-compatible server",
    base_url=None,
    states=COMPATIBLE_STATES,
    hyperparameters=CLASSIC,
    formats=("chat", "preference", "completion"),
)

PROFILES: Mapping[str, Profile] = MappingProxyType(
    {profile.name: profile for profile in (OPENAI, AZURE, NEBIUS, CRUSOE, ENGINE, COMPATIBLE)}
)


class UnknownProfile(BotError):
    """Settings name a profile that does not exist."""


def profile_named(name: str) -> Profile:
    """Raises UnknownProfile with the names there are."""
    found = PROFILES.get(name.strip().lower())
    if found is None:
        known = ", ".join(PROFILES)
        raise UnknownProfile(f"There is no provider profile '{name}'.", todo=f"Use one of: {known}.")
    return found
