"""One warm process that reads catalogs, so that no file can take the bot down: watched for memory and time, replaced
when it fails."""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import signal
import threading
import time
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

from bot.errors import BadCatalog
from bot.ingest.limits import MIB
from bot.ingest.read import read_table, read_text
from bot.ingest.sniff import Format, sniff
from bot.ingest.table import ReadOptions, Table

LOOK_EVERY = 0.05  # seconds between looks at the worker's memory and the clock
FRAGILE = frozenset({Format.XLSX, Format.XLS, Format.ODS, Format.PARQUET})
START_SECONDS = 60.0  # for a new process to come up and import its libraries
STOP_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Ceiling:
    """What one file may cost: `memory` is the worker's resident size in bytes, `files` how many it reads before
    it is replaced."""

    memory: int = 1_500 * MIB
    seconds: float = 180.0
    files: int = 50


@dataclass(frozen=True, slots=True)
class _Request:
    path: str | None
    text: str | None
    filename: str
    options: ReadOptions | None


@dataclass(frozen=True, slots=True)
class _Refusal:
    message: str
    kept: str
    todo: str


class Reader:
    """Reads catalogs in a process of its own, one at a time. Close it, or use it as an async context."""

    def __init__(self, ceiling: Ceiling | None = None) -> None:
        self._ceiling = ceiling or Ceiling()
        self._turn = asyncio.Lock()
        self._worker: _Worker | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def warm(self) -> None:
        """Start the process now, so that the first catalog does not wait for it."""
        async with self._turn:
            await asyncio.to_thread(self._ready)

    async def read(self, path: Path | str, filename: str, options: ReadOptions | None = None) -> Table:
        """Read a file as a catalog. Raises BadCatalog, also when the file costs too much memory or time or
        breaks the process."""
        return await self._ask(_Request(str(path), None, filename, options))

    async def read_text(self, text: str, filename: str = "pasted text", options: ReadOptions | None = None) -> Table:
        """Read a table out of a message. Raises BadCatalog."""
        return await self._ask(_Request(None, text, filename, options))

    async def close(self) -> None:
        """Stop the process. A file being read is given up first when its caller is cancelled."""
        async with self._turn:
            if self._worker is not None:
                await asyncio.to_thread(self._worker.stop)
                self._worker = None

    async def _ask(self, request: _Request) -> Table:
        async with self._turn:
            given_up = threading.Event()
            asking = asyncio.create_task(asyncio.to_thread(self._answer, request, given_up))
            try:
                return await asyncio.shield(asking)
            except asyncio.CancelledError:
                given_up.set()
                with contextlib.suppress(BadCatalog):
                    await asking
                raise

    def _ready(self) -> _Worker:
        if self._worker is not None and not self._worker.usable(self._ceiling.files):
            self._worker.stop()
            self._worker = None
        if self._worker is None:
            self._worker = _Worker.start()
        return self._worker

    def _answer(self, request: _Request, given_up: threading.Event) -> Table:
        worker = self._ready()
        answer = worker.answer(request, self._ceiling, given_up)
        if isinstance(answer, _Refusal):
            if not worker.usable(self._ceiling.files):
                worker.stop()
                self._worker = None
            raise BadCatalog(answer.message, kept=answer.kept, todo=answer.todo)
        return answer


@dataclass(slots=True)
class _Worker:
    """The process from outside."""

    process: SpawnProcess
    pipe: Connection
    watched: psutil.Process
    read: int = 0
    broken: bool = False
    peak: int = field(default=0)

    @classmethod
    def start(cls) -> _Worker:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(theirs,), name="catalog reader", daemon=True)
        process.start()
        theirs.close()
        worker = cls(process, ours, psutil.Process(process.pid))
        if not ours.poll(START_SECONDS):
            worker.stop()
            raise BadCatalog("The catalog reader did not start.", todo="Try again in a minute.")
        ours.recv()
        return worker

    def usable(self, files: int) -> bool:
        return not self.broken and self.process.is_alive() and self.read < files

    def answer(self, request: _Request, ceiling: Ceiling, given_up: threading.Event) -> Table | _Refusal:
        """Wait for the answer while watching. Whatever goes wrong makes this worker unusable and is told as a
        refusal."""
        self.read += 1
        deadline = time.monotonic() + ceiling.seconds
        try:
            self.pipe.send(request)
            while not self.pipe.poll(LOOK_EVERY):
                if (problem := self._over(ceiling, deadline, given_up)) is not None:
                    self.broken = True
                    return problem
            answer: Table | _Refusal = self.pipe.recv()
            return answer
        except (EOFError, OSError):
            self.broken = True
            return _Refusal(
                "The reader broke down over this file.",
                "Nothing was imported.",
                "Save it again as CSV or XLSX and send that.",
            )

    def _over(self, ceiling: Ceiling, deadline: float, given_up: threading.Event) -> _Refusal | None:
        with contextlib.suppress(psutil.NoSuchProcess):
            self.peak = self.watched.memory_info().rss
        if self.peak > ceiling.memory:
            return _Refusal(
                f"Reading this file takes more than {ceiling.memory // MIB:,} MiB of memory, the limit 'memory'.",
                "Nothing was imported.",
                "Send it in parts, or with fewer columns.",
            )
        if given_up.is_set():
            return _Refusal("Reading was given up.", "Nothing was imported.", "")
        if time.monotonic() > deadline:
            return _Refusal(
                f"Reading this file takes longer than {ceiling.seconds:.0f} seconds, the limit 'time'.",
                "Nothing was imported.",
                "Send it in parts.",
            )
        return None

    def stop(self) -> None:
        """End the process, by force if it is busy."""
        self.pipe.close()
        self.process.join(0 if self.broken else STOP_SECONDS)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()
        self.process.close()


def read_apart(path: Path, options: ReadOptions | None = None) -> Table:
    """Read one file without a running loop: workbooks and Parquet files, whose readers are not Python and can
    break down,
    in a process of their own, all else right here. Raises BadCatalog."""
    if sniff(path.read_bytes()) not in FRAGILE:
        return read_table(path, options=options)

    async def read() -> Table:
        async with Reader() as reader:
            return await reader.read(path, path.name, options)

    return asyncio.run(read())


def _serve(pipe: Connection) -> None:
    """The process from inside: answers until the pipe closes. Anything but a refusal ends it, which the other
    side notices."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    pipe.send("ready")
    while True:
        try:
            request: _Request = pipe.recv()
        except EOFError:
            return
        pipe.send(_read(request))


def _read(request: _Request) -> Table | _Refusal:
    try:
        if request.text is not None:
            return read_text(request.text, filename=request.filename, options=request.options)
        return read_table(str(request.path), filename=request.filename, options=request.options)
    except BadCatalog as error:
        return _Refusal(error.message, error.kept, error.todo)
