"""`tunesmith tune`: start, watch and list at any provider, without a database."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bot.cli.tune import tune_app
from tests.support.tuning_server import TuningServer, json_answer, on_a_port

KEYS = {"job", "provider_id", "status", "model", "problem"}


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TuningServer]:
    tuning = TuningServer()
    with on_a_port(tuning) as base_url:
        monkeypatch.setenv("OPENAI_BASE_URL", base_url)
        monkeypatch.setenv("OPENAI_API_KEY", "key-1")
        monkeypatch.setenv("TUNESMITH_TOML", str(tmp_path / "none.toml"))
        yield tuning


@pytest.fixture
def training(tmp_path: Path) -> Path:
    path = tmp_path / "pairs.jsonl"
    path.write_text('{"messages": []}\n' * 10)
    return path


def tune(*arguments: str) -> tuple[int, dict[str, Any]]:
    """Exit code and the one JSON object."""
    result = CliRunner().invoke(tune_app, [*arguments, "--json"])
    assert result.stdout.count("\n") == 1, result.output
    return result.exit_code, json.loads(result.stdout)


def test_a_file_is_uploaded_and_a_job_started(server: TuningServer, training: Path) -> None:
    code, answer = tune("start", str(training), "--model", "base", "--epochs", "2", "--suffix", "pond", "--yes")

    [body] = server.sent("POST", "/jobs")
    assert code == 0 and answer.keys() >= KEYS and answer["problem"] is None
    assert (answer["provider_id"], answer["status"], answer["model"]) == ("ftjob-1", "validating", None)
    assert answer["job"] == body["metadata"]["tunesmith_run"] and answer["job"].startswith("cli-")
    assert body["training_file"] == "file-1" and body["suffix"] == "pond"
    assert body["method"]["supervised"]["hyperparameters"] == {"n_epochs": 2}


def test_the_id_of_an_uploaded_file_is_taken_as_it_is(server: TuningServer) -> None:
    code, _ = tune("start", "file-77", "--model", "base", "--yes")

    assert code == 0 and server.files == {} and server.sent("POST", "/jobs")[0]["training_file"] == "file-77"


def test_a_validation_file_goes_along(server: TuningServer, training: Path) -> None:
    tune("start", str(training), "--model", "base", "--validation", str(training), "--yes")

    assert server.sent("POST", "/jobs")[0]["validation_file"] == "file-2"


def test_without_a_person_or_yes_nothing_is_sent(server: TuningServer, training: Path) -> None:
    code, answer = tune("start", str(training), "--model", "base")

    assert code == 1 and "Add --yes" in answer["problem"] and server.requests == []


def test_a_lost_answer_still_gives_one_job(server: TuningServer, training: Path) -> None:
    server.loses_create_answers = 1

    code, answer = tune("start", str(training), "--model", "base", "--yes")

    assert code == 0 and answer["provider_id"] == "ftjob-1" and len(server.jobs) == 1


def test_a_refusal_is_told_in_a_sentence(server: TuningServer) -> None:
    server.next_answers = [json_answer({"error": {"message": "No more fine-tuning here."}}, status=403)]

    code, answer = tune("start", "file-1", "--model", "base", "--yes")

    assert code == 1 and "No more fine-tuning here" in answer["problem"] and answer["provider_id"] is None


def test_before_starting_a_person_reads_who_gets_the_data_and_that_the_model_ends_soon(
    server: TuningServer, training: Path
) -> None:
    server.models = [{"id": "base", "shutdown_date": "2020-01-14"}]

    result = CliRunner().invoke(tune_app, ["start", str(training), "--model", "base", "--yes"])

    told = " ".join(result.stderr.split())
    assert result.exit_code == 0
    assert "goes to default (http://127.0.0.1" in told and "The price is unknown." in told
    assert "base is shut down on 2020-01-14" in told


def test_a_job_is_watched_to_its_end_by_either_name(server: TuningServer) -> None:
    server.jobs = [
        {
            "id": "ftjob-1",
            "status": "succeeded",
            "fine_tuned_model": "ft:base:1",
            "metadata": {"tunesmith_run": "run-7"},
        }
    ]
    server.events = [{"id": "e1", "created_at": 1_790_000_000, "message": "Done."}]

    theirs, ours = tune("watch", "ftjob-1"), tune("watch", "run-7")

    assert theirs == ours and theirs[0] == 0
    assert theirs[1]["model"] == "ft:base:1" and theirs[1]["status"] == "succeeded"


def test_a_failed_job_ends_the_watch_with_its_reason(server: TuningServer) -> None:
    server.jobs = [{"id": "ftjob-1", "status": "failed", "error": {"message": "Line 17 is bad."}}]

    code, answer = tune("watch", "ftjob-1")

    assert code == 1 and answer["problem"] == "Line 17 is bad." and answer["status"] == "failed"


def test_a_job_that_nobody_knows_is_said_to_be_missing(server: TuningServer) -> None:
    code, answer = tune("watch", "ftjob-404")

    assert code == 1 and "There is no job “ftjob-404”" in answer["problem"]


def test_jobs_are_listed(server: TuningServer) -> None:
    server.jobs = [{"id": "ftjob-2", "status": "running"}, {"id": "ftjob-1", "status": "odd"}]

    code, answer = tune("list")
    table = CliRunner().invoke(tune_app, ["list"])

    assert code == 0 and answer["problem"] is None
    assert [(job["provider_id"], job["status"]) for job in answer["jobs"]] == [
        ("ftjob-2", "running"),
        ("ftjob-1", "unknown"),
    ]
    assert table.exit_code == 0 and "ftjob-2" in table.stdout


def test_a_mistyped_path_is_never_sent_as_if_it_were_an_id(server: TuningServer) -> None:
    code, answer = tune("start", "piars.jsonl", "--model", "base", "--yes")

    assert code == 1 and answer["problem"].startswith("There is no file piars.jsonl.")
    assert server.requests == []
