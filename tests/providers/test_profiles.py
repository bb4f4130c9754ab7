"""The table of vendors: every state in exactly one place, every dialect as the documents have it."""

from __future__ import annotations

import pytest

from bot.domain.tuning_state import JobState
from bot.providers.base import TuningOrder
from bot.providers.errors import BadRequest
from bot.providers.profiles import (
    AZURE,
    COMPATIBLE,
    CRUSOE,
    ENGINE,
    FIREWORKS,
    NEBIUS,
    OPENAI,
    PROFILES,
    TOGETHER,
    Profile,
    Rate,
    Serving,
    UnknownProfile,
    Wire,
    profile_named,
)
from bot.providers.tuning_wire import job_body

OPENAI_DOCUMENTED = {
    "validating_files": JobState.VALIDATING,
    "queued": JobState.QUEUED,
    "running": JobState.RUNNING,
    "pausing": JobState.RUNNING,
    "paused": JobState.PAUSED,
    "succeeded": JobState.SUCCEEDED,
    "failed": JobState.FAILED,
    "cancelled": JobState.CANCELLED,
}
ORDER = TuningOrder(model="base", training_file="file-1", tag="run-7")
every_profile = pytest.mark.parametrize("profile", PROFILES.values(), ids=lambda profile: profile.name)


# As their own documents list them, none left out.
TOGETHER_DOCUMENTED = {
    "pending": JobState.PENDING,
    "queued": JobState.QUEUED,
    "running": JobState.RUNNING,
    "compressing": JobState.FINISHING,
    "uploading": JobState.FINISHING,
    "cancel_requested": JobState.RUNNING,
    "cancelled": JobState.CANCELLED,
    "error": JobState.FAILED,
    "completed": JobState.SUCCEEDED,
}
FIREWORKS_DOCUMENTED = {
    "JOB_STATE_CREATING": JobState.PENDING,
    "JOB_STATE_PENDING": JobState.PENDING,
    "JOB_STATE_CREATING_INPUT_DATASET": JobState.VALIDATING,
    "JOB_STATE_VALIDATING": JobState.VALIDATING,
    "JOB_STATE_IDLE": JobState.QUEUED,
    "JOB_STATE_RE_QUEUEING": JobState.QUEUED,
    "JOB_STATE_RUNNING": JobState.RUNNING,
    "JOB_STATE_CANCELLING": JobState.RUNNING,
    "JOB_STATE_PAUSED": JobState.PAUSED,
    "JOB_STATE_WRITING_RESULTS": JobState.FINISHING,
    "JOB_STATE_COMPLETED": JobState.SUCCEEDED,
    "JOB_STATE_EARLY_STOPPED": JobState.SUCCEEDED,
    "JOB_STATE_FAILED": JobState.FAILED,
    "JOB_STATE_EXPIRED": JobState.FAILED,
    "JOB_STATE_CANCELLED": JobState.CANCELLED,
    "JOB_STATE_DELETING": JobState.CANCELLED,
    "JOB_STATE_DELETING_CLEANING_UP": JobState.CANCELLED,
}


@pytest.mark.parametrize(("word", "state"), OPENAI_DOCUMENTED.items())
@pytest.mark.parametrize(
    "profile", [one for one in PROFILES.values() if one.wire is Wire.OPENAI], ids=lambda profile: profile.name
)
def test_whoever_speaks_openais_format_understands_its_documented_states(
    profile: Profile, word: str, state: JobState
) -> None:
    assert profile.state(word) is state


@pytest.mark.parametrize(
    ("profile", "documented"), [(TOGETHER, TOGETHER_DOCUMENTED), (FIREWORKS, FIREWORKS_DOCUMENTED)]
)
def test_the_others_tables_are_exactly_what_they_document(profile: Profile, documented: dict[str, JobState]) -> None:
    assert {word: profile.state(word) for word in documented} == documented
    assert len(profile.states) == len(documented)


@every_profile
def test_a_profile_says_everything_that_an_order_needs_to_know(profile: Profile) -> None:
    assert {"epochs", "batch_size", "learning_rate"} <= set(profile.hyperparameters)
    assert profile.title and profile.seen in ("run", "documents")
    assert profile.min_examples >= 1 and profile.max_file_bytes >= 100_000_000 and "chat" in profile.formats
    assert set(profile.defaults) <= set(profile.hyperparameters)
    if profile.learning_rate is Rate.MULTIPLIER:
        assert not isinstance(profile.defaults.get("learning_rate"), float)


@every_profile
def test_whatever_costs_by_the_hour_is_never_started_by_itself(profile: Profile) -> None:
    assert profile.hourly is (profile.serving in (Serving.DEDICATED, Serving.BY_HAND))


@every_profile
def test_only_what_somebody_ran_counts_as_seen(profile: Profile) -> None:
    assert (profile.seen == "run") is (profile is ENGINE)


@every_profile
def test_every_vendor_can_end_a_job_in_each_of_the_three_ways(profile: Profile) -> None:
    assert {state for state in profile.states.values() if state.is_final} == {
        JobState.SUCCEEDED,
        JobState.FAILED,
        JobState.CANCELLED,
    }


@every_profile
def test_state_tables_are_lower_case_and_never_name_unknown(profile: Profile) -> None:
    assert all(word == word.strip().lower() for word in profile.states)
    assert JobState.UNKNOWN not in profile.states.values()


@pytest.mark.parametrize("word", ["exploded", "", "SUCCEEDED!", None, 7, ["running"]])
@every_profile
def test_a_state_nobody_told_us_of_is_unknown_and_not_over(profile: Profile, word: object) -> None:
    assert profile.state(word) is JobState.UNKNOWN
    assert not profile.state(word).is_final


def test_openai_never_takes_another_vendors_word_for_success() -> None:
    assert OPENAI.state("completed") is JobState.UNKNOWN
    assert COMPATIBLE.state("completed") is JobState.SUCCEEDED


def test_states_are_understood_whatever_their_case() -> None:
    assert AZURE.state("NotRunning") is JobState.PENDING
    assert CRUSOE.state(" Succeeded ") is JobState.SUCCEEDED


def test_openai_gets_hyperparameters_inside_the_method_and_a_multiplier() -> None:
    order = TuningOrder(
        "base", "file-1", "run-7", suffix="pond & pine", seed=3, hyperparameters={"epochs": 4, "learning_rate": 0.5}
    )

    assert job_body(order, OPENAI) == {
        "model": "base",
        "training_file": "file-1",
        "suffix": "pond---pine",
        "seed": 3,
        "metadata": {"tunesmith_run": "run-7"},
        "method": {
            "type": "supervised",
            "supervised": {"hyperparameters": {"n_epochs": 4, "learning_rate_multiplier": 0.5}},
        },
    }


def test_nebius_gets_an_absolute_learning_rate_and_never_a_full_fine_tune_by_accident() -> None:
    hyperparameters = job_body(ORDER, NEBIUS)["method"]["supervised"]["hyperparameters"]

    assert hyperparameters == {"n_epochs": 3, "batch_size": 8, "learning_rate": 1e-5, "lora": True}


def test_crusoe_gets_hyperparameters_at_the_top() -> None:
    body = job_body(ORDER, CRUSOE)

    assert body["hyperparameters"] == {"n_epochs": 3} and "method" not in body


def test_azure_gets_its_kind_of_training_and_a_short_suffix_without_dots() -> None:
    order = TuningOrder("base", "file-1", "run-7", suffix="spring.catalogue-2027-final")

    body = job_body(order, AZURE)

    assert body["trainingType"] == "GlobalStandard"
    assert body["suffix"] == "spring-catalogue-2"


def test_a_hyperparameter_that_a_vendor_does_not_know_is_refused_before_anything_is_sent() -> None:
    order = TuningOrder("base", "file-1", "run-7", hyperparameters={"lora_r": 8})

    with pytest.raises(BadRequest, match=r"OpenAI does not know “lora_r”.*epochs, batch_size"):
        job_body(order, OPENAI)


def test_a_method_that_a_vendor_does_not_offer_is_refused() -> None:
    with pytest.raises(BadRequest, match="does not train by “dpo”"):
        job_body(TuningOrder("base", "file-1", "run-7", method="dpo"), NEBIUS)


def test_auto_is_left_to_the_vendor() -> None:
    order = TuningOrder("base", "file-1", "run-7", hyperparameters={"epochs": "auto"})

    assert job_body(order, ENGINE)["method"]["supervised"]["hyperparameters"] == {}


@every_profile
def test_whoever_does_not_serve_at_once_says_what_it_takes(profile: Profile) -> None:
    if profile.serving is Serving.AT_ONCE:
        return
    assert profile.serving_note
    assert profile.deploy_path or profile.serving is not Serving.DEPLOY_CALL


def test_an_unknown_profile_names_those_there_are() -> None:
    assert profile_named(" OpenAI ") is OPENAI
    with pytest.raises(
        UnknownProfile, match="openai, azure, nebius, crusoe, together, fireworks, tunesmith-engine, compatible"
    ):
        profile_named("mistral")
