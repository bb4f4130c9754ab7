"""The local workspace as a real process on a free port, with people and controls for tests.

One process can serve many tests: `server()` starts it, `visit()` gives a test a clean workspace on it.
"""

import json
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bot.demo.person import Control, Person

STOP_SECONDS = 5.0
CATALOG, RANDOM = "C0CATALOG", "C0RANDOM"
Manifest = Path | Mapping[str, Any]


@dataclass(frozen=True)
class Workspace:
    """A running workspace. `ana`, `ben` and `cam` are its people, each with a page open."""

    url: str
    api_url: str
    bot_token: str
    app_token: str
    control_token: str
    control: Control
    ana: Person
    ben: Person
    cam: Person

    async def sent(self, method: str, since: int = 0) -> list[dict[str, Any]]:
        """Arguments of the app's successful calls of one method, as received on the wire."""
        return await self.control.sent(method, since)

    async def calls(self, method: str | None = None, since: int = 0) -> list[dict[str, Any]]:
        return await self.control.calls(method, since)


@contextmanager
def server(manifest: Manifest, folder: Path, *options: str) -> Iterator[dict[str, str]]:
    """Start a workspace process; yields what it printed: url, api_url and tokens. `options`: of its command line."""
    if not isinstance(manifest, Path):
        (folder / "manifest.yml").write_text(yaml.safe_dump(dict(manifest)))
        manifest = folder / "manifest.yml"
    command = [sys.executable, "-m", "bot.local.workspace", "--port", "0", "--manifest", str(manifest), *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            if not line:
                raise RuntimeError(f"The workspace did not start (exit code {process.wait()}).")
            yield json.loads(line)
        finally:
            _stop(process)


def _stop(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()


@asynccontextmanager
async def visit(ready: Mapping[str, str], manifest: Manifest | None = None) -> AsyncIterator[Workspace]:
    """A clean workspace on a running server, with everybody's page open. None keeps the manifest it has."""
    content = yaml.safe_load(manifest.read_text()) if isinstance(manifest, Path) else manifest
    async with AsyncExitStack() as stack:
        control = await stack.enter_async_context(Control(ready["url"], ready["control_token"]))
        await control.reset(dict(content) if content else None)
        people = [await stack.enter_async_context(Person(ready["url"], user)) for user in ("U0ANA", "U0BEN", "U0CAM")]
        named = {key: ready[key] for key in ("url", "api_url", "bot_token", "app_token", "control_token")}
        ana, ben, cam = people
        yield Workspace(**named, control=control, ana=ana, ben=ben, cam=cam)


@asynccontextmanager
async def workspace(manifest: Manifest, folder: Path, *options: str) -> AsyncIterator[Workspace]:
    """A workspace process of one's own: for other options, or for tests that kill it."""
    with server(manifest, folder, *options) as ready:
        async with visit(ready) as running:
            yield running
