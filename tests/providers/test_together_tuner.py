"""Fine-tuning at Together, against the shapes of its documents."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest

from bot.domain.tuning_state import JobState
from bot.providers.account import Account
from bot.providers.base import TuningOrder
from bot.providers.create_once import create_once
from bot.providers.errors import AnswerLost, BadRequest, ModelGone, NoQuota, NotThere, ServerTrouble, WrongAddress
from bot.providers.openai_wire import open_client
from bot.providers.profiles import TOGETHER
from bot.providers.together_tuner import TogetherTuner
from bot.providers.tuners import open_tuner
from tests.support.tuning_server import json_answer
from tests.support.vendor_servers import TogetherServer

ORDER = TuningOrder(
    model="meta-llama/small",
    training_file="file-1",
    tag="ts-7-abc",
    suffix="Pond & Pine",
    hyperparameters={"epochs": 2, "learning_rate": 2e-5},
)
A100 = {"id": "1x_a100", "pricing": {"cents_per_minute": 5.5}, "availability": {"status": "available"}}
H100 = {"id": "1x_h100", "pricing": {"cents_per_minute": 9}, "availability": {"status": "available"}}
BUSY = {"id": "1x_l40", "pricing": {"cents_per_minute": 1}, "availability": {"status": "unavailable"}}


@pytest.fixture
def server() -> TogetherServer:
    return TogetherServer(hardware=[H100, A100, BUSY])


@pytest.fixture
async def tuner(server: TogetherServer) -> AsyncIterator[TogetherTuner]:
    account = Account("together", "https://api.together.ai/v1", "key-1", TOGETHER)
    opened = open_tuner(account, open_client(account, transport=server.transport))
    assert isinstance(opened, TogetherTuner)
    yield opened
    await opened.aclose()


async def test_a_file_goes_to_its_own_path_with_its_name_and_purpose(
    tuner: TogetherTuner, server: TogetherServer, tmp_path: Path
) -> None:
    (tmp_path / "pairs.jsonl").write_bytes(b'{"messages": []}\n')

    assert await tuner.upload(tmp_path / "pairs.jsonl", "pairs.jsonl") == "file-1"

    [request] = server.requests
    assert request.url.path == "/v1/files/upload" and request.headers["authorization"] == "Bearer key-1"
    body = request.content
    assert b'name="purpose"' in body and b"fine-tune" in body and b'name="file_name"' in body
    assert b'filename="pairs.jsonl"' in body and b'{"messages": []}\n' in body


async def test_an_order_is_flat_an_adapter_and_carries_its_tag_in_the_suffix(
    tuner: TogetherTuner, server: TogetherServer
) -> None:
    job = await tuner.create(ORDER)

    [body] = server.sent("POST", "/fine-tunes")
    suffix = body.pop("suffix")
    assert suffix.startswith("Pond---Pine-ts") and len(suffix) <= 40
    assert body == {
        "model": "meta-llama/small",
        "training_file": "file-1",
        "n_epochs": 2,
        "learning_rate": 2e-5,
        "batch_size": "max",
        "training_type": {"type": "Lora", "lora_r": 8, "lora_alpha": 16},
        "training_method": {"method": "sft"},
    }
    assert (job.id, job.state, job.raw_status) == ("ft-1", JobState.PENDING, "pending")
    assert job.created_at == datetime(2026, 11, 22, 10, 0, 0, 123_000, UTC)


async def test_a_lost_answer_is_found_again_by_its_tag_and_never_asked_twice(
    tuner: TogetherTuner, server: TogetherServer
) -> None:
    await tuner.create(TuningOrder("meta-llama/small", "file-1", tag="another run"))
    server.loses_create_answers = 1

    job = await create_once(tuner, ORDER, looks=(0.0,))

    assert job.id == "ft-2" and len(server.sent("POST", "/fine-tunes")) == 2


async def test_a_lost_answer_that_made_nothing_is_not_taken_for_an_older_job_with_the_same_file(
    tuner: TogetherTuner, server: TogetherServer
) -> None:
    await tuner.create(TuningOrder("meta-llama/small", "file-1", tag="another run"))
    server.next_answers = [httpx2.RemoteProtocolError("gone")]

    with pytest.raises(AnswerLost):
        await create_once(tuner, ORDER, looks=(0.0,))


@pytest.mark.parametrize("word", sorted(TOGETHER.states))
async def test_every_documented_state_comes_through(tuner: TogetherTuner, server: TogetherServer, word: str) -> None:
    await tuner.create(ORDER)
    server.jobs[0]["status"] = word

    job = await tuner.get("ft-1")

    assert job.state is TOGETHER.states[word] and (job.finished_at is not None) is job.state.is_final


async def test_a_failure_says_why_from_wherever_it_stands(tuner: TogetherTuner, server: TogetherServer) -> None:
    await tuner.create(ORDER)
    server.jobs[0] |= {"status": "error", "events": [{"type": "job_error", "message": "line 3 is not JSON"}]}

    job = await tuner.get("ft-1")

    assert job.failure is not None and job.failure.message == "line 3 is not JSON"


async def test_events_without_ids_or_levels_are_told_once_and_in_order(
    tuner: TogetherTuner, server: TogetherServer
) -> None:
    first = {"type": "job_pending", "created_at": "2026-11-22T10:00:00Z", "message": "Job created", "level": None}
    second = {"type": "epoch_complete", "created_at": "2026-11-22T10:05:00Z", "message": "Epoch 1", "step": 4,
              "total_steps": 8, "hash": "h2"}  # fmt: skip
    server.events = [first]
    [known] = await tuner.events("ft-1")
    server.events = [first, second]

    [fresh] = await tuner.events("ft-1", after=known.id)

    assert fresh.message == "Epoch 1" and fresh.data == {"step": 4.0, "total_steps": 8.0} and fresh.level == "info"


async def test_it_tells_a_price_once_the_files_are_there(tuner: TogetherTuner, server: TogetherServer) -> None:
    server.price = {"estimated_total_price": 4.25, "allowed_to_proceed": True}

    assert await tuner.price(ORDER) == 4.25
    server.price = None
    assert await tuner.price(ORDER) is None


async def test_nothing_that_costs_by_the_hour_starts_without_a_yes(
    tuner: TogetherTuner, server: TogetherServer
) -> None:
    job = await tuner.create(ORDER)

    offer = await tuner.deploy(job)

    assert offer.needs_yes and not offer.ready and offer.hourly_usd == pytest.approx(3.30)
    assert server.endpoints == []


async def test_a_yes_starts_one_endpoint_on_the_cheapest_free_hardware_and_asking_again_finds_it(
    tuner: TogetherTuner, server: TogetherServer
) -> None:
    job = await tuner.create(ORDER)
    server.loses_create_answers = 1
    with pytest.raises(AnswerLost):
        await tuner.deploy(job, agreed=True)

    again = await tuner.deploy(job, agreed=True)

    [endpoint] = server.endpoints
    assert endpoint["hardware"] == "1x_a100" and endpoint["inactive_timeout"] == 60
    assert (again.id, again.ready, again.model) == ("endpoint-1", False, "acme/1")
    endpoint["state"] = "STARTED"
    now = await tuner.deployment("endpoint-1")
    assert now is not None and now.ready


async def test_an_endpoint_that_stopped_by_itself_says_so_and_ending_it_twice_is_fine(
    tuner: TogetherTuner, server: TogetherServer
) -> None:
    job = await tuner.create(ORDER)
    await tuner.deploy(job, agreed=True)
    server.endpoints[0]["state"] = "STOPPED"

    seen = await tuner.deployment("endpoint-1")
    await tuner.undeploy("endpoint-1")
    await tuner.undeploy("endpoint-1")

    assert seen is not None and seen.problem == "The endpoint has stopped." and not seen.ready
    assert await tuner.deployment("endpoint-1") is None


async def test_no_free_hardware_is_a_sentence(tuner: TogetherTuner, server: TogetherServer) -> None:
    server.hardware = [BUSY]
    with pytest.raises(BadRequest, match="no hardware free"):
        await tuner.deploy(await tuner.create(ORDER), agreed=True)


async def test_cancelling_what_is_over_is_no_error(tuner: TogetherTuner, server: TogetherServer) -> None:
    await tuner.create(ORDER)
    assert (await tuner.cancel("ft-1")).raw_status == "cancel_requested"
    server.jobs[0]["status"] = "completed"

    assert (await tuner.cancel("ft-1")).state is JobState.SUCCEEDED


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (json_answer({"error": {"message": "no credit", "code": "insufficient_funds"}}, status=402), NoQuota),
        (json_answer({"error": {"message": "model not found"}}, status=404), ModelGone),
        (json_answer({"error": {"message": "boom"}}, status=500), ServerTrouble),
        (httpx2.Response(200, text="<html>"), WrongAddress),
        (json_answer({"status": "pending"}), WrongAddress),
    ],
)
async def test_refusals_are_explained(
    tuner: TogetherTuner, server: TogetherServer, answer: httpx2.Response, kind: type[Exception]
) -> None:
    server.next_answers = [answer]

    with pytest.raises(kind):
        await tuner.create(ORDER)


async def test_what_is_not_there_is_said(tuner: TogetherTuner) -> None:
    with pytest.raises(NotThere):
        await tuner.get("ft-9")
    assert await tuner.checkpoints("ft-9") == []
    assert await tuner.model("nobody/knows") is None
    known = await tuner.model("meta-llama/small")
    assert known is not None


async def test_a_hyperparameter_it_does_not_know_is_refused_before_anything_is_sent(
    tuner: TogetherTuner, server: TogetherServer
) -> None:
    with pytest.raises(BadRequest, match="does not know “packing”"):
        await tuner.create(TuningOrder("m", "f", tag="t", hyperparameters={"packing": True}))
    assert server.requests == []
