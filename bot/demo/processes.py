"""The demo's processes: workspace, engine and bot, each its own, started and stopped together."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import signal
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from bot.demo import places
from bot.errors import BotError

STARTER_MODEL = "smollm2-135m-instruct"
STARTER_NOTICE = "Learning model: invents facts. Never publish."
# The starter model rambles when it is let; a house text has about 60 tokens.
STARTER_LONGEST = 120
READY_SECONDS = 30
STOP_SECONDS = 15

TOML = """# Written by `tunesmith demo`.
[providers.engine]
base_url = "{engine}/v1"
api_key_env = "OPENAI_API_KEY"
profile = "tunesmith-engine"
name = "the engine on this machine"

[models."{model}"]
provider = "engine"
input_usd = 0.0
output_usd = 0.0
training_usd = 0.0
max_output = {longest}
notice = "{notice}"

[defaults]
generate = "{model}"
tune = "{model}"
"""


@dataclass(frozen=True)
class Plan:
    """Addresses, secrets and folders of one demo."""

    home: Path
    workspace_port: int
    engine_port: int
    model: str = STARTER_MODEL
    engine_model: str = ""  # what the engine is told to load; empty for the starter model
    bot_token: str = field(default_factory=lambda: f"xoxb-local-{secrets.token_hex(8)}")
    app_token: str = field(default_factory=lambda: f"xapp-local-{secrets.token_hex(8)}")
    control_token: str = field(default_factory=lambda: secrets.token_hex(16))
    engine_token: str = field(default_factory=lambda: f"sk-local-{secrets.token_hex(16)}")

    @property
    def workspace(self) -> str:
        return f"http://127.0.0.1:{self.workspace_port}"

    @property
    def engine(self) -> str:
        return f"http://127.0.0.1:{self.engine_port}"

    def bot_environment(self) -> dict[str, str]:
        """What the bot is told: base addresses and tokens, as for any Slack and any provider."""
        return {
            "SLACK_API_URL": f"{self.workspace}/api/",
            "SLACK_BOT_TOKEN": self.bot_token,
            "SLACK_APP_TOKEN": self.app_token,
            "SLACK_TEXT_FOR_TRAINING": "yes",
            "OPENAI_API_KEY": self.engine_token,
            "TUNESMITH_HOME": str(self.home / "bot"),
            "TUNESMITH_TOML": str(self.home / "tunesmith.toml"),
        }

    def write_settings(self) -> None:
        text = TOML.format(engine=self.engine, model=self.model, notice=STARTER_NOTICE, longest=STARTER_LONGEST)
        (self.home / "tunesmith.toml").write_text(text)


def free_port(wanted: int = 0) -> int:
    """A free port on loopback, `wanted` where it is free."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise BotError("No free port on this machine.")


class Processes:
    """Starts processes and ends them in reverse order. Use as `async with`."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._running: list[tuple[str, asyncio.subprocess.Process]] = []

    async def __aenter__(self) -> Processes:
        return self

    async def __aexit__(self, *_: object) -> None:
        for _name, process in reversed(self._running):
            await _end(process)

    async def workspace(self) -> None:
        plan = self.plan
        tokens = ["--bot-token", plan.bot_token, "--app-token", plan.app_token, "--control-token", plan.control_token]
        where = ["--port", str(plan.workspace_port), "--manifest", str(places.manifest())]
        await self._start_and_wait("workspace", "-m", "bot.local.workspace", *where, *tokens)

    async def engine(self) -> None:
        """Start it. What it calls its model is what a bot that is started later asks for."""
        plan = self.plan
        where = ["--port", str(plan.engine_port), "--home", str(plan.home / "engine"), "--token", plan.engine_token]
        model = ["--model", plan.engine_model] if plan.engine_model else []
        hello = await self._start_and_wait("engine", "-m", "bot.local.engine", *where, *model)
        self.plan = replace(plan, model=str(hello["model"]))

    async def bot(self) -> None:
        self.plan.write_settings()
        await self._start("bot", "-m", "bot", "serve", env=self.plan.bot_environment())

    async def first_to_end(self) -> str:
        """Wait until one of the processes ends by itself; its name."""
        waits = {asyncio.create_task(process.wait()): name for name, process in self._running}
        done, others = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for other in others:
            other.cancel()
        return waits[done.pop()]

    def log_of(self, name: str) -> Path:
        return self.plan.home / f"{name}.log"

    async def _start(
        self, name: str, *arguments: str, env: Mapping[str, str] | None = None
    ) -> asyncio.subprocess.Process:
        with self.log_of(name).open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable, *arguments, stdout=asyncio.subprocess.PIPE, stderr=log, start_new_session=True,
                env={**os.environ, "PYTHONPATH": str(places.CHECKOUT), **(env or {})}, cwd=self.plan.home,
            )  # fmt: skip
        self._running.append((name, process))
        return process

    async def _start_and_wait(self, name: str, *arguments: str) -> dict[str, Any]:
        """Start a server and wait for the one line of JSON that says it listens."""
        process = await self._start(name, *arguments)
        if process.stdout is None:
            raise BotError(f"The {name} has no output to read.")
        try:
            line = await asyncio.wait_for(process.stdout.readline(), READY_SECONDS)
            return dict(json.loads(line))
        except (TimeoutError, ValueError) as error:
            raise BotError(f"The {name} did not start.", todo=f"Its log is {self.log_of(name)}.") from error


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    _signal(process, signal.SIGTERM)
    try:
        await asyncio.wait_for(process.wait(), STOP_SECONDS)
    except TimeoutError:
        _signal(process, signal.SIGKILL)
        await process.wait()


def _signal(process: asyncio.subprocess.Process, which: signal.Signals) -> None:
    try:
        os.killpg(process.pid, which)
    except ProcessLookupError:
        return
