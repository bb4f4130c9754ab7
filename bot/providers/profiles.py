"""The vendors, as data. Adding one that speaks OpenAI's format is adding a `Profile` here.

Taken from the vendors' documents; `seen` says whether somebody ran it ("documents" means nobody here could).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bot.errors import BotError
from bot.providers.profile import GIGABYTE, MEGABYTE, Place, Profile, Rate, Serving, Suffix, Wire
from bot.providers.states import (
    AZURE_STATES,
    COMPATIBLE_STATES,
    FIREWORKS_STATES,
    OPENAI_STATES,
    TOGETHER_STATES,
)

__all__ = ["PROFILES", "Place", "Profile", "Rate", "Serving", "Suffix", "UnknownProfile", "Wire", "profile_named"]

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
    hourly=True,
    serving_note="Deploy the model in the Foundry portal (billed by the hour), then tell me the deployment's name.",
    has_batches=True,
    max_tokens_field="max_completion_tokens",
    deletes_models=False,
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
    hourly=True,
    serving_note=(
        "Deploy the checkpoint as a self-serve deployment (reserved capacity, billed by the hour), "
        "then tell me its name."
    ),
)
TOGETHER = Profile(
    name="together",
    title="Together AI",
    base_url="https://api.together.ai/v1",
    wire=Wire.TOGETHER,
    states=TOGETHER_STATES,
    hyperparameters=MappingProxyType(
        {
            "epochs": "n_epochs",
            "batch_size": "batch_size",
            "learning_rate": "learning_rate",
            "warmup_ratio": "warmup_ratio",
            "weight_decay": "weight_decay",
            "max_grad_norm": "max_grad_norm",
            "lora_r": "lora_r",
            "lora_alpha": "lora_alpha",
        }
    ),
    defaults=MappingProxyType({"epochs": 3, "batch_size": "max", "learning_rate": 1e-5, "lora_r": 8, "lora_alpha": 16}),
    learning_rate=Rate.ABSOLUTE,
    place=Place.TOP_LEVEL,
    methods=("supervised", "dpo"),
    suffix=Suffix(longest=40, extra="-_"),
    max_file_bytes=25 * GIGABYTE,
    formats=("chat", "preference", "completion"),
    serving=Serving.DEDICATED,
    hourly=True,
    quotes=True,
    deletes_models=False,
    serving_note="Served from a dedicated endpoint, billed by the minute until it is stopped.",
    has_result_file=False,
)
FIREWORKS = Profile(
    name="fireworks",
    title="Fireworks AI",
    # The account's own id comes at the end, so there is no address that fits everybody.
    base_url=None,
    wire=Wire.FIREWORKS,
    states=FIREWORKS_STATES,
    hyperparameters=MappingProxyType(
        {
            "epochs": "epochs",
            "batch_size": "batchSize",
            "learning_rate": "learningRate",
            "lora_r": "loraRank",
            "context_length": "maxContextLength",
        }
    ),
    defaults=MappingProxyType({"epochs": 3, "lora_r": 8}),
    learning_rate=Rate.ABSOLUTE,
    place=Place.TOP_LEVEL,
    suffix=Suffix(longest=40, extra="-"),
    min_examples=3,
    # What one upload call takes; larger files want a signed address.
    max_file_bytes=150 * MEGABYTE,
    serving=Serving.DEDICATED,
    hourly=True,
    serving_note="Served from a deployment of its own, billed by the hour while it runs.",
    chat_path="/inference/v1",
    has_events=False,
    has_checkpoints=False,
    has_result_file=False,
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
    {profile.name: profile for profile in (OPENAI, AZURE, NEBIUS, CRUSOE, TOGETHER, FIREWORKS, ENGINE, COMPATIBLE)}
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
