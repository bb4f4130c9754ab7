"""`tunesmith generate`, as a person or a script meets it: its own process, files, exit codes, one JSON object."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer import Typer
from typer.testing import CliRunner

from bot.cli.generate import generate
from tests.support.chat_server import ChatServer, running

COUNTS = {"requested", "completed", "failed", "reused", "retries"}
KEYS = COUNTS | {"seconds", "requests_per_minute", "usd", "stopped", "problem"}
PRICES = """
[models.priced]
input_usd = 1.0
output_usd = 2.0
"""


@pytest.fixture(scope="module")
def server() -> Iterator[ChatServer]:
    with running() as started:
        yield started


@dataclass
class Shell:
    """A folder with a prompts file, and the command in this process or in its own."""

    folder: Path
    environment: dict[str, str]

    def prompts(self, *lines: Any) -> Path:
        path = self.folder / "prompts.jsonl"
        path.write_text("".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines))
        return path

    def run(self, *arguments: str, model: str = "m") -> tuple[int, dict[str, Any]]:
        """Exit code and JSON of `generate prompts.jsonl -o out.jsonl --json ...`."""
        app = Typer()
        app.command()(generate)
        command = [str(self.folder / "prompts.jsonl"), "-o", str(self.out), "--model", model, "--json", *arguments]
        result = CliRunner().invoke(app, command)
        assert result.stdout.count("\n") == 1, result.output
        return result.exit_code, json.loads(result.stdout)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """The same in a process of its own."""
        code = "from typer import Typer; from bot.cli.generate import generate as g; a = Typer(); a.command()(g); a()"
        command = [sys.executable, "-c", code, str(self.folder / "prompts.jsonl"), "-o", str(self.out), "--model", "m"]
        return subprocess.Popen(
            [*command, "--json", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=os.environ | self.environment, cwd=Path(__file__).parents[2],
        )  # fmt: skip

    @property
    def out(self) -> Path:
        return self.folder / "out.jsonl"

    def lines(self, name: str = "out.jsonl") -> list[dict[str, Any]]:
        path = self.folder / name
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def await_lines(self, count: int) -> None:
        deadline = time.monotonic() + 20
        while not self.out.exists() or self.out.read_bytes().count(b"\n") < count:
            assert time.monotonic() < deadline, "nothing was written"
            time.sleep(0.01)


@pytest.fixture
def shell(server: ChatServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    toml = tmp_path / "tunesmith.toml"
    toml.write_text(PRICES)
    environment = {"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": "key", "TUNESMITH_TOML": str(toml)}
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    server.behave()
    return Shell(tmp_path, environment)


def test_every_prompt_gets_a_line_in_the_documented_shape(shell: Shell) -> None:
    shell.prompts({"prompt": "A hose."}, {"id": "x-7", "messages": [{"role": "user", "content": "A kettle."}]})

    code, report = shell.run(model="priced")

    hose, kettle = sorted(shell.lines(), key=lambda line: line["id"])
    assert code == 0 and report.keys() >= KEYS and report["problem"] is None and report["stopped"] is None
    assert (report["requested"], report["completed"], report["failed"], report["reused"]) == (2, 2, 0, 0)
    assert (hose["id"], hose["prompt"], hose["model"], hose["finish_reason"]) == ("0", "A hose.", "priced", "stop")
    assert hose["completion"] and hose["usage"] == {"prompt_tokens": 9, "completion_tokens": 60}
    assert hose["usd"] == pytest.approx(9e-6 + 120e-6)
    assert (kettle["id"], kettle["prompt"]) == ("x-7", "A kettle.")
    assert report["usd"] == pytest.approx(hose["usd"] + kettle["usd"])


def test_the_system_message_goes_before_lines_that_have_none(shell: Shell, server: ChatServer) -> None:
    own = [{"role": "system", "content": "Mine."}, {"role": "user", "content": "A kettle."}]
    shell.prompts({"prompt": "A hose."}, {"messages": own})

    shell.run("--system", "Be brief.", "--temperature", "0.5", "--concurrency", "1")

    first, second = server.stats()["bodies"]
    assert first["messages"] == [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "A hose."}]
    assert second["messages"] == own and first["temperature"] == 0.5


def test_run_again_it_asks_for_nothing(shell: Shell, server: ChatServer) -> None:
    shell.prompts({"prompt": "A hose."}, {"prompt": "A kettle."})
    shell.run()

    code, report = shell.run()

    assert code == 0 and (report["completed"], report["reused"]) == (0, 2)
    assert server.stats()["asked"] == 2 and len(shell.lines()) == 2


def test_new_lines_are_written_and_old_ones_kept(shell: Shell, server: ChatServer) -> None:
    shell.prompts({"prompt": "A hose."})
    shell.run()
    before = shell.lines()

    shell.prompts({"prompt": "A hose."}, {"prompt": "A kettle."})
    _, report = shell.run()

    assert (report["requested"], report["completed"], report["reused"]) == (2, 1, 1)
    assert shell.lines()[:1] == before and server.stats()["asked"] == 2


def test_a_line_under_a_new_id_is_reused_by_what_it_asks(shell: Shell, server: ChatServer) -> None:
    shell.prompts({"id": "a", "prompt": "A hose."}, {"id": "b", "prompt": "A kettle."})
    shell.run()

    shell.prompts({"id": "sku-1", "prompt": "A kettle."}, {"id": "a", "prompt": "A hose."})
    code, report = shell.run()

    by_id = {line["id"]: line for line in shell.lines()}
    assert code == 0 and (report["reused"], report["completed"]) == (2, 0) and server.stats()["asked"] == 2
    assert by_id["sku-1"]["completion"] == by_id["b"]["completion"]


def test_the_same_prompt_twice_is_written_twice(shell: Shell, server: ChatServer) -> None:
    shell.prompts({"prompt": "A hose."}, {"prompt": "A hose."})

    shell.run()

    assert server.stats()["asked"] == 2 and len({line["completion"] for line in shell.lines()}) == 2


@pytest.mark.parametrize(
    ("changed", "arguments"),
    [
        ({"prompt": "Another hose."}, ()),
        ({"prompt": "A hose."}, ("--temperature", "1")),
        ({"prompt": "A hose."}, ("--system", "x")),
    ],
    ids=["prompt", "parameter", "system"],
)
def test_the_same_id_that_asks_for_something_else_is_refused(
    shell: Shell, server: ChatServer, changed: dict[str, str], arguments: tuple[str, ...]
) -> None:
    shell.prompts({"prompt": "A hose."})
    shell.run()
    before = shell.out.read_bytes()

    shell.prompts(changed, {"prompt": "New."})
    code, report = shell.run(*arguments)

    assert code == 1 and "“0” asked for something else" in report["problem"]
    assert shell.out.read_bytes() == before and server.stats()["asked"] == 1


def test_another_model_is_something_else_too(shell: Shell) -> None:
    shell.prompts({"prompt": "A hose."})
    shell.run()

    code, report = shell.run(model="priced")

    assert code == 1 and "asked for something else" in report["problem"]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{not json", "Line 2 is not JSON"),
        ("[1]", "Line 2 is not a JSON object"),
        ({"text": "x"}, "Line 2 has neither"),
        ({"prompt": " "}, "Line 2 has neither"),
        ({"messages": [{"content": "x"}]}, "Line 2 has messages without a known role"),
        ({"messages": []}, "Line 2 has messages"),
        ({"prompt": "x", "id": True}, "Line 2 has an “id”"),
        ({"prompt": "x", "id": "0"}, "The id “0” stands on two lines"),
    ],
)
def test_a_bad_line_is_named_before_anything_is_sent(shell: Shell, server: ChatServer, line: Any, words: str) -> None:
    shell.prompts({"prompt": "A hose."}, line)

    code, report = shell.run()

    assert code == 1 and words in report["problem"]
    assert server.stats().get("asked", 0) == 0 and shell.lines() == []


def test_an_empty_file_is_said_to_be_empty_and_a_missing_one_missing(shell: Shell) -> None:
    shell.prompts()
    empty = shell.run()
    (shell.folder / "prompts.jsonl").unlink()
    missing = shell.run()

    assert empty[0] == 1 and "has no prompts" in empty[1]["problem"]
    assert missing[0] == 2 and "There is no file" in missing[1]["problem"]


def test_what_fails_for_good_stands_in_its_own_file_and_is_tried_again_next_time(
    shell: Shell, server: ChatServer
) -> None:
    refusal = {"error": {"message": "Not allowed.", "code": "content_filter"}}
    server.behave(script=[{"status": 400, "json": refusal}])
    shell.prompts({"prompt": "A hose."}, {"prompt": "A kettle."})

    code, report = shell.run("--concurrency", "1")
    [failed] = shell.lines("out.errors.jsonl")
    again, after = shell.run()

    assert code == 1 and (report["completed"], report["failed"]) == (1, 1) and "out.errors.jsonl" in report["problem"]
    assert failed["id"] == "0" and failed["status"] == 400 and "content rules" in failed["error"]
    assert again == 0 and (after["completed"], after["reused"]) == (1, 1) and not shell.lines("out.errors.jsonl")


def test_a_wrong_key_is_told_once_and_not_five_hundred_times(shell: Shell, server: ChatServer) -> None:
    server.behave(key="another")
    shell.prompts(*({"prompt": f"Text {n}"} for n in range(500)))

    code, report = shell.run("--concurrency", "4")

    assert code == 1 and "does not accept the key" in report["problem"]
    assert server.stats()["asked"] <= 4 and shell.lines() == []


def test_failures_that_heal_are_retried_and_counted(shell: Shell, server: ChatServer) -> None:
    server.behave(script=[{"status": 500}, {"status": 503}, {"drop": True}])
    shell.prompts({"prompt": "A hose."})

    code, report = shell.run()

    assert code == 0 and (report["completed"], report["retries"], report["spent_unknown"]) == (1, 3, 1)


def test_an_unknown_price_is_null_and_refuses_a_cap(shell: Shell, server: ChatServer) -> None:
    shell.prompts({"prompt": "A hose."})

    refused = shell.run("--max-usd", "1")
    code, report = shell.run()

    assert refused[0] == 1 and refused[1]["usd"] is None and "price of m is unknown" in refused[1]["problem"]
    assert code == 0 and report["usd"] is None and shell.lines()[0]["usd"] is None
    assert server.stats()["asked"] == 1


def test_a_cap_stops_the_run_and_holds_over_all_runs_on_the_same_output(shell: Shell, server: ChatServer) -> None:
    shell.prompts(*({"prompt": f"Text {n:02}"} for n in range(50)))
    each = 9e-6 + 60 * 2e-6
    cap = ("--max-usd", str(20 * each), "--max-tokens", "60")

    code, report = shell.run(*cap, model="priced")
    again, after = shell.run(*cap, model="priced")
    more, rest = shell.run("--max-usd", "1", "--max-tokens", "60", model="priced")

    assert code == 1 and report["stopped"] == "budget" and "cap" in report["problem"]
    assert 17 <= report["completed"] <= 20 and report["usd"] <= 20 * each
    assert again == 1 and after["completed"] + report["completed"] <= 20
    assert more == 0 and rest["completed"] + rest["reused"] == 50 and server.stats()["twice"] == 0


def test_a_kill_costs_at_most_what_was_under_way_and_that_is_shown(shell: Shell, server: ChatServer) -> None:
    server.behave(rpm=3_000, latency=0.1)
    shell.prompts(*({"prompt": f"Text {n}"} for n in range(100)))
    process = shell.start("--rpm", "3000", "--concurrency", "8")
    shell.await_lines(20)

    process.kill()
    process.communicate()
    written, open_ = len(shell.lines()), server.stats()["most_open"]
    code, report = shell.run("--rpm", "3000", "--concurrency", "8")

    twice = server.stats()["twice"]
    assert code == 0 and report["reused"] == written and report["completed"] == 100 - written
    assert sorted(int(line["id"]) for line in shell.lines()) == list(range(100))
    assert 0 < twice <= open_ <= 8 and twice <= report["spent_unknown"] <= 8


def test_a_line_that_a_crash_cut_off_is_written_again(shell: Shell) -> None:
    shell.prompts({"prompt": "A hose."}, {"prompt": "A kettle."})
    shell.run("--concurrency", "1")
    shell.out.write_bytes(shell.out.read_bytes()[:-20])
    journal = shell.folder / "out.jsonl.journal"
    journal.write_bytes(journal.read_bytes() + b'{"event": "se')

    code, report = shell.run()

    assert code == 0 and (report["completed"], report["reused"]) == (1, 1)
    assert {line["id"] for line in shell.lines()} == {"0", "1"}


def test_ctrl_c_lets_requests_come_back_and_ends_with_130(shell: Shell, server: ChatServer) -> None:
    server.behave(latency=0.2)
    shell.prompts(*({"prompt": f"Text {n}"} for n in range(500)))
    process = shell.start("--rpm", "1200", "--concurrency", "4")
    shell.await_lines(2)

    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=20)

    report = json.loads(output)
    assert process.returncode == 130 and report["stopped"] == "interrupted" and errors == ""
    assert len(shell.lines()) == report["completed"] == server.stats()["bought"] < 500


def test_two_runs_on_one_output_do_not_mix(shell: Shell, server: ChatServer) -> None:
    server.behave(latency=0.3)
    shell.prompts(*({"prompt": f"Text {n}"} for n in range(100)))
    process = shell.start("--rpm", "600")
    shell.await_lines(1)

    code, report = shell.run()
    process.kill()
    process.communicate()

    assert code == 1 and "Another run is writing out.jsonl" in report["problem"]


def test_an_output_without_its_journal_is_left_alone(shell: Shell, server: ChatServer) -> None:
    shell.prompts({"prompt": "A hose."})
    shell.out.write_text('{"id": "0", "completion": "precious"}\n')

    code, report = shell.run()

    assert code == 1 and "not its journal" in report["problem"]
    assert "precious" in shell.out.read_text() and server.stats().get("asked", 0) == 0


def test_the_prompts_are_never_written_over(shell: Shell) -> None:
    path = shell.prompts({"prompt": "A hose."})
    app = Typer()
    app.command()(generate)

    result = CliRunner().invoke(app, [str(path), "-o", str(path), "--model", "m", "--json"])

    assert result.exit_code == 1 and "same file" in json.loads(result.stdout)["problem"]
    assert json.loads(path.read_text()) == {"prompt": "A hose."}


def test_without_a_provider_it_says_what_to_set(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_BASE_URL")
    shell.prompts({"prompt": "A hose."})

    code, report = shell.run()

    assert code == 1 and "OPENAI_BASE_URL" in report["problem"]
