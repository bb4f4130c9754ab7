"""`tunesmith serve`: what it refuses to start without, and its door for the Events API over HTTP."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlencode

import aiohttp
import pytest

from bot.cli.serve import address_of
from bot.demo.processes import free_port
from bot.errors import BotError
from tests.support.cli import Tunesmith
from tests.support.workspace import CATALOG, Workspace, workspace

ROOT = Path(__file__).parents[2]
SECRET = "signed-with-this"
COMMAND = {"command": "/tune", "text": "help", "team_id": "T0LOCAL", "user_id": "U0ANA", "channel_id": CATALOG}


def test_without_a_bot_token_it_says_who_knows_where_to_find_one(tunesmith: Tunesmith) -> None:
    said = tunesmith("serve")

    assert (said.code, said.err) == (1, "SLACK_BOT_TOKEN is not set. `tunesmith doctor` says where to find it.")


def test_socket_mode_needs_an_app_token_and_http_a_signing_secret(
    tunesmith: Tunesmith, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1")

    socket_mode, http = tunesmith("serve"), tunesmith("serve", "--http", "127.0.0.1:3000")

    assert socket_mode.code == http.code == 1
    assert socket_mode.err.startswith("SLACK_APP_TOKEN is not set.") and "connections:write" in socket_mode.err
    assert http.err.startswith("SLACK_SIGNING_SECRET is not set.") and "signed" in http.err


def test_against_slack_it_does_not_start_before_somebody_decided_about_training(
    tunesmith: Tunesmith, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1")
    monkeypatch.setenv("SLACK_APP_TOKEN", "xapp-1")

    said = tunesmith("serve")

    assert said.code == 1 and said.err.startswith("SLACK_TEXT_FOR_TRAINING is not decided.")
    assert "Slack's developer policy forbids training on data from Slack" in said.err and "yes or no" in said.err
    assert list(home.iterdir()) == []


def test_a_setting_that_cannot_be_is_told_in_a_sentence_without_its_value(
    tunesmith: Tunesmith, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLACK_TEXT_FOR_TRAINING", "perhaps-secret")

    said = tunesmith("serve")

    assert said.code == 1 and said.err.startswith("The settings cannot be used: slack_text_for_training:")
    assert "Traceback" not in said.err and "perhaps-secret" not in said.err


def test_a_sentence_keeps_its_square_brackets(tunesmith: Tunesmith) -> None:
    said = tunesmith("tune", "list", "--provider", "nobody")

    assert said.code == 1 and "add a [providers] table to tunesmith.toml" in said.err


@pytest.mark.parametrize("text", ["3000x", "localhost", "127.0.0.1:99999", ""])
def test_an_address_that_is_none_is_told(text: str) -> None:
    with pytest.raises(BotError, match="is not HOST:PORT"):
        address_of(text)


def test_an_address_without_a_host_is_this_machine_only() -> None:
    assert address_of("3000") == address_of(":3000") == ("127.0.0.1", 3000)
    assert address_of("0.0.0.0:80") == ("0.0.0.0", 80) and address_of("[::1]:80") == ("::1", 80)  # noqa: S104


@asynccontextmanager
async def served(slack: Workspace, home: Path, port: int) -> AsyncIterator[str]:
    """`tunesmith serve --http`, as a process; yields its address once it listens."""
    environment = {
        "PATH": os.environ["PATH"], "HOME": str(home), "PYTHONPATH": str(ROOT), "TUNESMITH_HOME": str(home),
        "TUNESMITH_TOML": str(home / "none.toml"), "SLACK_BOT_TOKEN": slack.bot_token, "SLACK_API_URL": slack.api_url,
        "SLACK_SIGNING_SECRET": SECRET,
    }  # fmt: skip
    command = [sys.executable, "-m", "bot", "serve", "--http", f"127.0.0.1:{port}"]
    with (home / "bot.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(*command, env=environment, cwd=home, stdout=log, stderr=log)
    try:
        await _listens(process, port)
        yield f"http://127.0.0.1:{port}"
        process.terminate()
        assert await asyncio.wait_for(process.wait(), 20) == 0
    finally:
        print((home / "bot.log").read_text()[-2000:])
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _listens(process: asyncio.subprocess.Process, port: int) -> None:
    async with asyncio.timeout(60):
        while process.returncode is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            await asyncio.sleep(0.1)
    raise RuntimeError("It ended before it listened.")


async def test_the_http_door_takes_signed_requests_only_and_answers_a_load_balancer(tmp_path: Path) -> None:
    port = free_port()
    events = f"http://127.0.0.1:{port}/slack/events"
    delivered = ("--request-url", events, "--signing-secret", SECRET, "--rate-multiplier", "0")
    async with workspace(ROOT / "manifest.yml", tmp_path, *delivered) as slack, served(slack, tmp_path, port) as url:
        async with aiohttp.ClientSession() as http:
            async with http.get(f"{url}/healthz") as health:
                assert (health.status, await health.json()) == (200, {"ok": True})
            headers = {"Content-Type": "application/x-www-form-urlencoded"}
            async with http.post(events, data=urlencode(COMMAND), headers=headers) as unsigned:
                assert unsigned.status == 401
            headers |= {"X-Slack-Request-Timestamp": "1", "X-Slack-Signature": "v0=forged"}
            async with http.post(events, data=urlencode(COMMAND), headers=headers) as forged:
                assert forged.status == 401
        assert await slack.calls() == []

        await slack.ana.command(CATALOG, "/tune new Shop")

        await slack.ana.wait_for_text("Shop", timeout=30)
        assert "chat.postMessage" in [call["method"] for call in await slack.calls()]
