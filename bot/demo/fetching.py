"""Fetches what the engine needs while the page is already open, and says in the page how far it is."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import platform
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from importlib import metadata
from typing import Any

from bot.demo import places
from bot.errors import BotError

# text, percent or None where it cannot be told
Tell = Callable[[str, int | None], Awaitable[None]]

ENGINE_PACKAGES = ("torch", "transformers", "peft", "gguf")
INSTALLING = "Fetching the engine (PyTorch and friends, about 0.3 GB with a CPU build); this happens once"


def engine_is_installed() -> bool:
    return all(importlib.util.find_spec(name) is not None for name in ENGINE_PACKAGES)


async def fetch_engine(tell: Tell, *, starter: bool = True) -> None:
    """Install the extra `local` and fetch the starter model where it is wanted. Raises BotError."""
    if not engine_is_installed():
        await tell(INSTALLING, 5)
        await _install(tell)
    if starter:
        await _fetch_model(tell)


async def _install(tell: Tell) -> None:
    torch, local = places.requirements("torch.txt"), places.requirements("local.txt")
    if torch is None or local is None:
        wanted = [r.split(";")[0].strip() for r in metadata.requires("tunesmith") or [] if 'extra == "local"' in r]
        await _pip(*wanted)
        return
    if importlib.util.find_spec("torch") is None:
        await _pip("-r", str(torch), *_torch_index())
    await tell(INSTALLING, 45)
    await _pip("-r", str(local))


def _torch_index() -> list[str]:
    """TORCH_INDEX names an index with CPU builds; Linux needs one to be spared CUDA (3 GB)."""
    index = os.environ.get("TORCH_INDEX")
    return ["--index-url", index] if index and platform.system() == "Linux" else []


async def _pip(*arguments: str) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "pip", "install", "--quiet", *arguments,
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    async with _ended_with_us(process):
        _, problem = await process.communicate()
    if process.returncode != 0:
        last = problem.decode(errors="replace").strip().splitlines()[-1:] or ["no reason given"]
        raise BotError(f"pip could not install the engine: {last[0]}", todo="Catalog and prompts work without it.")


async def _fetch_model(tell: Tell) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot.local.engine.fetch",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, start_new_session=True,
        env={**os.environ, "PYTHONPATH": str(places.CHECKOUT)},
    )  # fmt: skip
    async with _ended_with_us(process):
        async for progress in _lines(process):
            await tell(str(progress.get("text", "Fetching the starter model")), int(progress.get("percent") or 0))
        problem = b"" if process.stderr is None else await process.stderr.read()
        await process.wait()
    if process.returncode != 0:
        last = problem.decode(errors="replace").strip().splitlines()[-1:] or ["no reason given"]
        raise BotError(f"The starter model could not be fetched: {last[0]}")


@asynccontextmanager
async def _ended_with_us(process: asyncio.subprocess.Process) -> AsyncIterator[None]:
    """Whoever gives up waiting for it, Ctrl-C included, ends it and what it started."""
    try:
        yield
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            await process.wait()


async def _lines(process: asyncio.subprocess.Process) -> AsyncIterator[dict[str, Any]]:
    """The JSON lines of a child's standard output."""
    if process.stdout is None:
        return
    async for line in process.stdout:
        try:
            yield json.loads(line)
        except ValueError:
            continue
