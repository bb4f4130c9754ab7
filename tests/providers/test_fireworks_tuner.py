"""Fine-tuning at Fireworks, against the shapes of its documents."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx2
import pytest

from bot.domain.tuning_state import JobState
from bot.providers.account import Account
from bot.providers.base import RUN_TAG, TuningOrder
from bot.providers.create_once import create_once
from bot.providers.errors import AnswerLost, BadRequest, NotThere, WrongAddress, WrongKey
from bot.providers.fireworks_tuner import FireworksTuner, id_of
from bot.providers.openai_wire import open_client
from bot.providers.profiles import FIREWORKS
from bot.providers.tuners import open_tuner
from bot.providers.wire_client import MOST_PAGES
from tests.support.tuning_server import json_answer
from tests.support.vendor_servers import FireworksServer

BASE = "accounts/fireworks/models/llama-v3p1-8b-instruct"
ORDER = TuningOrder(BASE, "tunesmith-a", tag="ts-7-abc", validation_file="tunesmith-b", suffix="tea house",
                    hyperparameters={"epochs": 2, "learning_rate": 1e-4, "batch_size": 4})  # fmt: skip
FILE = b'{"messages": []}\n{"messages": []}\n'


@pytest.fixture
def server() -> FireworksServer:
    return FireworksServer()


@pytest.fixture
async def tuner(server: FireworksServer) -> AsyncIterator[FireworksTuner]:
    account = Account("fireworks", "https://api.fireworks.ai/v1/accounts/acme", "key-1", FIREWORKS)
    opened = open_tuner(account, open_client(account, transport=server.transport))
    assert isinstance(opened, FireworksTuner)
    yield opened
    await opened.aclose()


def test_its_models_answer_beside_its_account_at_the_same_host() -> None:
    account = Account("fireworks", "https://api.fireworks.ai/v1/accounts/acme", "key-1", FIREWORKS)

    assert account.for_chat().base_url == "https://api.fireworks.ai/inference/v1"
    assert account.host == "api.fireworks.ai"


async def test_a_file_is_a_dataset_with_its_number_of_examples(tuner: FireworksTuner, server: FireworksServer) -> None:
    dataset = await tuner.upload(FILE, "train.jsonl")

    [record] = server.sent("POST", "/datasets")
    assert record["dataset"] == {
        "displayName": "train.jsonl", "exampleCount": "2", "userUploaded": {}, "format": "CHAT",
    }  # fmt: skip
    assert record["datasetId"] == dataset and FILE in server.uploads[dataset]


async def test_the_same_file_again_is_the_same_dataset_and_not_sent_again(
    tuner: FireworksTuner, server: FireworksServer
) -> None:
    first = await tuner.upload(FILE, "train.jsonl")

    assert await tuner.upload(FILE, "train.jsonl") == first
    assert sum(request.url.path.endswith(":upload") for request in server.requests) == 1


async def test_a_dataset_whose_upload_was_lost_is_filled_the_next_time(
    tuner: FireworksTuner, server: FireworksServer
) -> None:
    dataset = await tuner.upload(FILE, "train.jsonl")
    server.datasets[dataset]["state"] = "UPLOADING"
    server.uploads.clear()

    await tuner.upload(FILE, "train.jsonl")

    assert FILE in server.uploads[dataset]


async def test_an_order_names_everything_in_full(tuner: FireworksTuner, server: FireworksServer) -> None:
    job = await tuner.create(ORDER)

    [body] = server.sent("POST", "/supervisedFineTuningJobs")
    assert body == {
        "displayName": "ts-7-abc",
        "dataset": "accounts/acme/datasets/tunesmith-a",
        "evaluationDataset": "accounts/acme/datasets/tunesmith-b",
        "baseModel": BASE,
        "outputModel": "accounts/acme/models/tea-house-ts-7-abc",
        "epochs": 2,
        "learningRate": 1e-4,
        "batchSize": 4,
        "loraRank": 8,
    }
    assert (job.id, job.state, job.metadata) == ("ts-7-abc", JobState.PENDING, {RUN_TAG: "ts-7-abc"})
    assert job.training_file == "tunesmith-a"


async def test_a_lost_answer_is_found_again_by_the_id_we_chose(tuner: FireworksTuner, server: FireworksServer) -> None:
    server.loses_create_answers = 1

    job = await create_once(tuner, ORDER, looks=(0.0,))

    assert job.id == "ts-7-abc" and len(server.jobs) == 1


@pytest.mark.parametrize("word", sorted(FIREWORKS.states))
async def test_every_documented_state_comes_through(tuner: FireworksTuner, server: FireworksServer, word: str) -> None:
    await tuner.create(ORDER)
    server.jobs["ts-7-abc"] |= {"state": word.upper(), "completedTime": "2026-11-22T11:00:00Z"}

    job = await tuner.get("ts-7-abc")

    assert job.state is FIREWORKS.states[word] and (job.finished_at is not None) is job.state.is_final


async def test_progress_comes_in_percent_and_a_failure_with_its_words(
    tuner: FireworksTuner, server: FireworksServer
) -> None:
    await tuner.create(ORDER)
    server.jobs["ts-7-abc"] |= {"state": "JOB_STATE_RUNNING", "jobProgress": {"percent": 40}}
    running = await tuner.get("ts-7-abc")
    server.jobs["ts-7-abc"] |= {
        "state": "JOB_STATE_FAILED", "status": {"code": "INVALID_ARGUMENT", "message": "line 17: no assistant turn"},
    }  # fmt: skip
    failed = await tuner.get("ts-7-abc")

    assert (running.percent, running.failure) == (40, None)
    assert failed.failure is not None and failed.failure.message == "line 17: no assistant turn"
    assert failed.failure.code == "INVALID_ARGUMENT"


async def test_pages_that_never_end_are_left_after_a_while(tuner: FireworksTuner, server: FireworksServer) -> None:
    server.endless = True

    found = await tuner.jobs(limit=1_000_000)

    assert len(found) == MOST_PAGES == len(server.requests)


async def test_a_page_token_that_repeats_its_page_ends_the_list(tuner: FireworksTuner, server: FireworksServer) -> None:
    page = {"supervisedFineTuningJobs": [{"name": "accounts/acme/x/j1", "state": "JOB_STATE_RUNNING"}],
            "nextPageToken": "again"}  # fmt: skip
    server.next_answers = [json_answer(page) for _ in range(5)]

    assert len(await tuner.jobs(limit=1000)) == 1 and len(server.requests) == 2


async def test_nothing_that_costs_by_the_hour_starts_without_a_yes(
    tuner: FireworksTuner, server: FireworksServer
) -> None:
    job = await tuner.create(ORDER)

    assert (await tuner.deploy(job)).needs_yes and server.deployments == {}


async def test_a_yes_starts_one_deployment_that_costs_nothing_while_idle(
    tuner: FireworksTuner, server: FireworksServer
) -> None:
    job = await tuner.create(ORDER)
    server.loses_create_answers = 1
    with pytest.raises(AnswerLost):
        await tuner.deploy(job, agreed=True)

    again = await tuner.deploy(job, agreed=True)

    [(name, body)] = server.deployments.items()
    assert body["minReplicaCount"] == 0 and body["autoscalingPolicy"] == {"scaleToZeroWindow": "3600s"}
    assert again.id == name and not again.ready
    body["state"] = "READY"
    served = await tuner.deployment(name)
    assert served is not None and served.ready
    assert served.model == f"accounts/acme/models/tea-house-ts-7-abc#accounts/acme/deployments/{name}"


async def test_a_deployment_ends_once_and_for_all(tuner: FireworksTuner, server: FireworksServer) -> None:
    started = await tuner.deploy(await tuner.create(ORDER), agreed=True)

    await tuner.undeploy(started.id)
    await tuner.undeploy(started.id)

    assert await tuner.deployment(started.id) is None
    deleted = [request for request in server.requests if request.method == "DELETE"]
    assert deleted[0].url.params["ignoreChecks"] == "true"


async def test_cancelling_what_is_over_is_no_error(tuner: FireworksTuner, server: FireworksServer) -> None:
    await tuner.create(ORDER)
    assert (await tuner.cancel("ts-7-abc")).state is JobState.CANCELLED

    assert (await tuner.cancel("ts-7-abc")).state is JobState.CANCELLED


async def test_refusals_are_explained(tuner: FireworksTuner, server: FireworksServer) -> None:
    server.next_answers = [
        json_answer({"error": {"message": "bad key", "code": 16}}, status=401),
        json_answer({"state": "JOB_STATE_RUNNING"}),
        httpx2.Response(200, text="<html>"),
    ]

    with pytest.raises(WrongKey):
        await tuner.create(ORDER)
    with pytest.raises(WrongAddress, match="ends in /accounts/ACCOUNT"):
        await tuner.get("x")
    with pytest.raises(WrongAddress):
        await tuner.get("x")
    with pytest.raises(NotThere):
        await tuner.get("x")
    with pytest.raises(BadRequest, match="does not know “warmup_ratio”"):
        await tuner.create(TuningOrder(BASE, "f", tag="t", hyperparameters={"warmup_ratio": 0.1}))


def test_ids_are_what_fireworks_takes_and_differ_where_names_do() -> None:
    assert id_of("ts-7-abc") == "ts-7-abc"
    assert id_of("Ts_7") != id_of("ts-7") and id_of("é") != id_of("è")
    assert all(len(id_of("x" * length)) <= 60 for length in (1, 60, 61, 300))
