"""The bot as a process that can be killed at a chosen moment, and a wire to the provider that knows such moments."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
from aiohttp import web
from sqlmodel import col, update

from bot.domain.tuning_state import JobState
from storage.engine import connect, transaction
from storage.models import Job, Outbox
from tests.support.engine import Engine
from tests.support.workspace import Workspace

TOML = """
[defaults]
generate = "{model}"
tune = "{model}"
[providers.lab]
base_url = "{url}"
profile = "tunesmith-engine"
name = "the lab"
[models."{model}"]
provider = "lab"
"""


@dataclass
class BotProcess:
    """`tunesmith serve` on the local workspace, with its home in a folder."""

    slack: Workspace
    home: Path
    log: Path
    process: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        """Start it, and wait until it listens to Slack."""
        since = await self.slack.control.calls("apps.connections.open")
        self.process = self._started()
        last = since[-1]["n"] if since else 0
        async with asyncio.timeout(60):
            while not await self.slack.control.sent("apps.connections.open", last):
                if self.process.poll() is not None:
                    raise RuntimeError(self.said()[-2000:])
                await asyncio.sleep(0.1)

    def _started(self) -> subprocess.Popen[bytes]:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "PYTHONPATH": str(Path(__file__).parents[2]),
            "TUNESMITH_HOME": str(self.home),
            "TUNESMITH_TOML": str(self.home / "tunesmith.toml"),
            "SLACK_BOT_TOKEN": self.slack.bot_token,
            "SLACK_APP_TOKEN": self.slack.app_token,
            "SLACK_API_URL": self.slack.api_url,
            "SLACK_TEXT_FOR_TRAINING": "yes",
            "OPENAI_API_KEY": "test-token",
        }
        with self.log.open("ab") as log:
            command = [sys.executable, "-m", "bot", "serve"]
            return subprocess.Popen(command, env=environment, cwd=self.home, stdout=log, stderr=log)

    def said(self) -> str:
        """What it logged."""
        return self.log.read_text() if self.log.exists() else ""

    def kill(self) -> None:
        """As a power cut would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(15)
            self.process = None


@dataclass
class Wire:
    """What stands between bot and engine. At the first request like `moment`, `then` is done before or after it."""

    engine: Engine
    http: aiohttp.ClientSession
    url: str = ""
    moment: str = ""  # a pattern for `METHOD path`
    after: bool = False
    then: Callable[[], None] = field(default=lambda: None)
    seen: list[str] = field(default_factory=list)
    struck: int = 0

    def strike(self, moment: str, then: Callable[[], None], *, after: bool = False) -> None:
        self.moment, self.then, self.after = moment, then, after

    async def handle(self, request: web.Request) -> web.StreamResponse:
        name = f"{request.method} {request.path}"
        self.seen.append(name)
        strikes = bool(self.moment) and re.search(self.moment, name) is not None and not self.struck
        if strikes and not self.after:
            return self._struck(request)
        answer = await self._forwarded(request)
        return self._struck(request) if strikes else answer

    def _struck(self, request: web.Request) -> web.StreamResponse:
        """The bot dies; nobody hears the answer."""
        self.struck += 1
        self.then()
        if request.transport is not None:
            request.transport.abort()
        return web.Response()

    async def _forwarded(self, request: web.Request) -> web.Response:
        target = self.engine.url.removesuffix("/v1") + request.path_qs
        kept = ("Authorization", "Content-Type")
        headers = {name: request.headers[name] for name in kept if name in request.headers}
        body = await request.read()
        async with self.http.request(request.method, target, headers=headers, data=body) as said:
            return web.Response(status=said.status, body=await said.read(), content_type=said.content_type)


@asynccontextmanager
async def wire_to(engine: Engine) -> AsyncIterator[Wire]:
    async with aiohttp.ClientSession() as http:
        wire = Wire(engine, http)
        app = web.Application(client_max_size=2**26)
        app.router.add_route("*", "/{path:.*}", wire.handle)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        wire.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
        try:
            yield wire
        finally:
            await runner.cleanup()


async def leases_run_out(database: str) -> None:
    """As if the minutes had passed after which a dead worker's work is free."""
    db = connect(database)
    async with transaction(db) as session:
        unfinished = update(Job).where(col(Job.state) != JobState.SUCCEEDED)
        await session.exec(unfinished.values(lease_until=None, next_poll_at=None))
        await session.exec(update(Outbox).values(lease_until=None))
    await db.close()
