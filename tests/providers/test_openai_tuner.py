"""Fine-tuning over the wire, at servers that are well behaved and at servers that are not."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest

from bot.domain.tuning_state import JobState
from bot.providers.account import Account
from bot.providers.base import MetricPoint, TuningOrder
from bot.providers.create_once import create_once
from bot.providers.errors import AnswerLost, BadRequest, ModelGone, WrongAddress
from bot.providers.openai_tuner import OpenAITuner
from bot.providers.openai_wire import open_client
from bot.providers.profiles import AZURE, COMPATIBLE, ENGINE, NEBIUS, Profile
from tests.support.tuning_server import TuningServer, json_answer

ORDER = TuningOrder(model="base", training_file="file-9", tag="run-7")
AT_ONCE = (0.0, 0.0, 0.0)


@pytest.fixture
def server() -> TuningServer:
    return TuningServer()


@pytest.fixture
async def tuner(server: TuningServer) -> AsyncIterator[OpenAITuner]:
    opened = tuner_at(server)
    yield opened
    await opened.aclose()


def tuner_at(server: TuningServer, profile: Profile = COMPATIBLE) -> OpenAITuner:
    account = Account("Testtuner", "http://tuner.test/v1", "key-1", profile)
    return OpenAITuner(account, open_client(account, transport=server.transport))


async def test_a_file_is_uploaded_as_it_is_and_a_job_made_with_our_tag(
    tuner: OpenAITuner, server: TuningServer, tmp_path: Path
) -> None:
    training = tmp_path / "pairs.jsonl"
    training.write_bytes(b'{"messages": []}\n')

    file_id = await tuner.upload(training, training.name)
    job = await tuner.create(TuningOrder(model="base", training_file=file_id, tag="run-7"))

    assert b'{"messages": []}\n' in server.files[file_id] and b"fine-tune" in server.files[file_id]
    assert (job.id, job.state, job.raw_status) == ("ftjob-1", JobState.VALIDATING, "validating_files")
    assert server.sent("POST", "/jobs")[0]["metadata"] == {"tunesmith_run": "run-7"}


async def test_a_file_over_the_vendors_limit_is_never_sent(server: TuningServer, tmp_path: Path) -> None:
    too_large = tmp_path / "pairs.jsonl"
    with too_large.open("wb") as file:
        file.truncate(AZURE.max_file_bytes + 1)

    with pytest.raises(BadRequest, match=r"512 MB; Azure OpenAI \(Microsoft Foundry\) takes at most 512 MB"):
        await tuner_at(server, AZURE).upload(too_large, too_large.name)

    assert server.requests == []


async def test_a_lost_answer_to_create_is_not_followed_by_a_second_job(
    tuner: OpenAITuner, server: TuningServer
) -> None:
    server.loses_create_answers = 1

    job = await create_once(tuner, ORDER, looks=AT_ONCE)

    assert job.metadata == {"tunesmith_run": "run-7"}
    assert len(server.jobs) == 1 and len(server.sent("POST", "/jobs")) == 1


async def test_a_job_that_is_slow_to_be_listed_is_found_all_the_same(tuner: OpenAITuner, server: TuningServer) -> None:
    server.loses_create_answers, server.slow_to_list = 1, 2

    assert (await create_once(tuner, ORDER, looks=AT_ONCE)).id == "ftjob-1"


async def test_a_vendor_that_drops_metadata_is_asked_for_the_job_with_our_file(
    tuner: OpenAITuner, server: TuningServer
) -> None:
    server.jobs = [{"id": "other", "status": "running", "training_file": "file-1"}]
    server.loses_create_answers, server.drops_metadata = 1, True

    assert (await create_once(tuner, ORDER, looks=AT_ONCE)).id == "ftjob-2"


async def test_a_job_that_never_started_is_said_to_be_missing_and_not_made_again(
    tuner: OpenAITuner, server: TuningServer
) -> None:
    server.next_answers = [httpx2.ReadError("cut")]

    with pytest.raises(AnswerLost, match="the provider lists no such job"):
        await create_once(tuner, ORDER, looks=AT_ONCE)

    assert server.jobs == [] and len(server.sent("POST", "/jobs")) == 1


async def test_another_runs_job_with_the_same_file_is_not_taken_for_ours(
    tuner: OpenAITuner, server: TuningServer
) -> None:
    server.jobs = [
        {"id": "theirs", "status": "running", "training_file": "file-9", "metadata": {"tunesmith_run": "run-6"}}
    ]

    assert await tuner.find_by_tag("run-7", training_file="file-9") is None


async def test_a_job_is_read_whatever_the_types_of_its_fields(tuner: OpenAITuner, server: TuningServer) -> None:
    server.jobs = [
        {
            "id": "ftjob-1",
            "status": "Running",
            "created_at": "2026-11-22T10:00:00Z",
            "finished_at": None,
            "estimated_finish": 1_790_000_000,
            "training_file": {"id": "file-3"},
            "result_files": "file-4",
            "trained_tokens": "1200",
            "trained_steps": 10,
            "total_steps": 40,
            "error": {},
            "metadata": None,
            "hyperparameters": {"n_epochs": "auto"},
            "method": {"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": 3}}},
        }
    ]

    job = await tuner.get("ftjob-1")

    assert job.state is JobState.RUNNING and job.raw_status == "Running"
    assert job.created_at == datetime(2026, 11, 22, 10, tzinfo=UTC) and job.finished_at is None
    assert job.estimated_finish == datetime.fromtimestamp(1_790_000_000, UTC)
    assert (job.training_file, job.result_files, job.trained_tokens) == ("file-3", ("file-4",), 1200)
    assert (job.trained_steps, job.total_steps) == (10, 40)
    assert job.failure is None and job.metadata == {} and job.hyperparameters == {"n_epochs": 3}


async def test_an_unknown_state_is_kept_as_the_vendor_said_it_and_the_job_is_not_over(
    tuner: OpenAITuner, server: TuningServer
) -> None:
    server.jobs = [{"id": "ftjob-1", "status": "hibernating"}, {"id": "ftjob-2"}]

    odd, silent = await tuner.get("ftjob-1"), await tuner.get("ftjob-2")

    assert (odd.state, odd.raw_status) == (JobState.UNKNOWN, "hibernating")
    assert (silent.state, silent.raw_status) == (JobState.UNKNOWN, "(none)")


@pytest.mark.parametrize(
    "error", [{"message": "Line 17 is bad.", "code": "invalid_file", "param": "x"}, "Line 17 is bad."]
)
async def test_a_failed_jobs_reason_is_read(tuner: OpenAITuner, server: TuningServer, error: object) -> None:
    server.jobs = [{"id": "ftjob-1", "status": "failed", "error": error}]

    job = await tuner.get("ftjob-1")

    assert job.state is JobState.FAILED and job.failure is not None and job.failure.message == "Line 17 is bad."


async def test_an_answer_without_an_id_is_no_job(tuner: OpenAITuner, server: TuningServer) -> None:
    server.next_answers = [json_answer({"hello": "world"})]

    with pytest.raises(WrongAddress, match="without a job id"):
        await tuner.get("ftjob-1")


def events(count: int, *, first: int = 0) -> list[dict[str, object]]:
    """Newest first, as OpenAI lists them; three share each second."""
    return [
        {
            "id": f"e{n}",
            "created_at": 1_790_000_000 + n // 3,
            "level": "info",
            "message": f"step {n}",
            "type": "metrics",
        }
        for n in reversed(range(first, first + count))
    ]


async def test_events_come_oldest_first_over_all_pages(tuner: OpenAITuner, server: TuningServer) -> None:
    server.events = events(250)

    assert [event.message for event in await tuner.events("ftjob-1")] == [f"step {n}" for n in range(250)]


async def test_only_events_after_the_last_one_seen_are_fetched(tuner: OpenAITuner, server: TuningServer) -> None:
    server.events = events(250)

    fresh = await tuner.events("ftjob-1", after="e247")

    assert [event.id for event in fresh] == ["e248", "e249"]
    assert len(server.requests) == 1


async def test_events_of_a_server_that_lists_them_oldest_first_come_in_the_same_order(
    tuner: OpenAITuner, server: TuningServer
) -> None:
    server.events = list(reversed(events(250)))

    assert [event.id for event in await tuner.events("ftjob-1", after="e246")] == ["e247", "e248", "e249"]


@pytest.mark.parametrize("says_has_more", [True, False])
async def test_a_server_that_ignores_after_is_not_asked_forever(
    tuner: OpenAITuner, server: TuningServer, says_has_more: bool
) -> None:
    server.events, server.ignores_after, server.says_has_more = events(130), True, says_has_more

    assert len(await tuner.events("ftjob-1")) == 100
    assert len(server.requests) == 2


async def test_a_server_that_always_has_a_new_page_is_given_up(tuner: OpenAITuner, server: TuningServer) -> None:
    server.events = events(9_000)

    assert len(await tuner.events("ftjob-1")) == 5_000
    assert len(server.requests) == 50


async def test_events_without_ids_are_the_same_ones_next_time(tuner: OpenAITuner, server: TuningServer) -> None:
    server.events = [{"message": "started", "created_at": "2026-11-22T10:00:00+02:00"}]

    [first], [second] = await tuner.events("ftjob-1"), await tuner.events("ftjob-1")

    assert first.id == second.id and first.at == datetime(2026, 11, 22, 8, tzinfo=UTC)
    assert await tuner.events("ftjob-1", after=first.id) == []


async def test_checkpoints_come_by_step_and_a_vendor_without_them_has_none(
    tuner: OpenAITuner, server: TuningServer
) -> None:
    server.checkpoints = [
        {"id": "c2", "step_number": 20, "fine_tuned_model_checkpoint": "ft:m:20", "metrics": {"train_loss": 0.4}},
        {"id": "c1", "step_number": 10, "fine_tuned_model_checkpoint": "ft:m:10", "metrics": {"train_loss": None}},
    ]
    first, last = await tuner.checkpoints("ftjob-1")
    server.checkpoints = None

    assert (first.step, last.step) == (10, 20)
    assert (first.metrics, last.metrics) == ({}, {"train_loss": 0.4})
    assert await tuner.checkpoints("ftjob-1") == []


CSV = "step,train_loss,valid_loss,validation_mean_token_accuracy,extra\n2,0.5,,0.9,x\n1,1.5,1.2,0.7,x\n,9,9,9,x\n"


@pytest.mark.parametrize("content", [CSV.encode(), b"\xef\xbb\xbf" + CSV.encode(), base64.b64encode(CSV.encode())])
async def test_a_result_file_is_read_plain_or_in_base64(
    tuner: OpenAITuner, server: TuningServer, content: bytes
) -> None:
    server.files["file-5"] = content
    server.jobs = [{"id": "ftjob-1", "status": "succeeded", "result_files": ["file-5"]}]

    assert await tuner.metrics(await tuner.get("ftjob-1")) == [
        MetricPoint(step=1, train_loss=1.5, valid_loss=1.2, valid_accuracy=0.7),
        MetricPoint(step=2, train_loss=0.5, valid_loss=None, valid_accuracy=0.9),
    ]


async def test_a_job_without_a_result_file_has_no_metrics_yet(tuner: OpenAITuner, server: TuningServer) -> None:
    server.jobs = [{"id": "ftjob-1", "status": "running", "result_files": []}]

    assert await tuner.metrics(await tuner.get("ftjob-1")) == []


async def test_cancelling_twice_does_no_harm(tuner: OpenAITuner, server: TuningServer) -> None:
    server.jobs = [{"id": "ftjob-1", "status": "running"}]

    states = [(await tuner.cancel("ftjob-1")).state for _ in range(2)]

    assert states == [JobState.CANCELLED, JobState.CANCELLED]


async def test_a_refused_cancel_of_a_running_job_is_told(tuner: OpenAITuner, server: TuningServer) -> None:
    server.jobs = [{"id": "ftjob-1", "status": "running"}]
    server.next_answers = [json_answer({"error": {"message": "Not now."}}, status=400)]

    with pytest.raises(BadRequest, match="Not now"):
        await tuner.cancel("ftjob-1")


async def test_a_models_last_day_is_known_before_money_goes_into_it(tuner: OpenAITuner, server: TuningServer) -> None:
    server.models = [{"id": "old", "shutdown_date": "2027-01-14"}, {"id": "org/new", "shutdown_date": None}]

    old, new, none = [await tuner.model(name) for name in ("old", "org/new", "absent")]

    assert old is not None and old.shutdown_date == datetime(2027, 1, 14, tzinfo=UTC)
    assert new is not None and new.shutdown_date is None
    assert none is None


async def test_our_own_engine_serves_a_tuned_model_at_once(server: TuningServer) -> None:
    server.jobs = [{"id": "ftjob-1", "status": "succeeded", "fine_tuned_model": "ft:base:pond"}]
    tuner = tuner_at(server, ENGINE)

    deployment = await tuner.deploy(await tuner.get("ftjob-1"))

    assert deployment.ready and deployment.model == "ft:base:pond"


async def test_a_model_that_is_deployed_by_a_call_is_deployed_once_and_then_waited_for(server: TuningServer) -> None:
    server.jobs = [{"id": "ftjob-1", "status": "succeeded", "model": "base"}]
    server.checkpoints = [{"id": "ftckpt_1", "step_number": 1}, {"id": "ftckpt_2", "step_number": 2}]
    tuner = tuner_at(server, NEBIUS)
    job = await tuner.get("ftjob-1")

    first, second = await tuner.deploy(job), await tuner.deploy(job)
    server.deployed[first.model]["status"] = "active"
    third = await tuner.deploy(job)

    assert server.sent("POST", "/v0/models") == [
        {"name": "tunesmith-ftjob-1", "base_model": "base", "source": "ftjob-1:ftckpt_2"}
    ]
    assert [d.ready for d in (first, second, third)] == [False, False, True]


async def test_a_deployment_that_failed_says_so(server: TuningServer) -> None:
    server.jobs = [{"id": "ftjob-1", "status": "succeeded", "model": "base"}]
    tuner = tuner_at(server, NEBIUS)
    job = await tuner.get("ftjob-1")
    server.deployed["tunesmith-ftjob-1"] = {
        "name": "tunesmith-ftjob-1",
        "status": "error",
        "status_reason": "No adapter.",
    }

    assert (await tuner.deploy(job)).problem == "No adapter."


async def test_a_vendor_that_deploys_by_hand_gives_the_instruction(server: TuningServer) -> None:
    server.jobs = [{"id": "ftjob-1", "status": "succeeded", "fine_tuned_model": "gpt:ft"}]
    tuner = tuner_at(server, AZURE)

    deployment = await tuner.deploy(await tuner.get("ftjob-1"))

    assert not deployment.ready and "Foundry portal" in (deployment.problem or "")


async def test_a_base_model_that_is_gone_is_told_when_a_job_is_made(tuner: OpenAITuner, server: TuningServer) -> None:
    server.next_answers = [json_answer({"error": {"message": "Unknown model.", "code": "model_not_found"}}, status=404)]

    with pytest.raises(ModelGone, match=r"The model base is not available at Testtuner \(Unknown model\.\)"):
        await tuner.create(ORDER)


async def test_jobs_are_listed_newest_first(tuner: OpenAITuner, server: TuningServer) -> None:
    server.jobs = [
        {"id": "a", "created_at": 5, "status": "queued"},
        {"id": "b", "created_at": "2026-01-01T00:00:00Z", "status": "queued"},
        {"id": "c", "status": "queued"},
    ]

    assert [job.id for job in await tuner.jobs()] == ["b", "a", "c"]
