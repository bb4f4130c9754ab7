"""The local engine for tests: the real server with a scripted model and trainer, or a process with a tiny real model.

The first needs no PyTorch and answers at once, so it serves tests of clients; the second serves tests of the engine.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from openai import AsyncOpenAI

from bot.local.engine.app import Settings, build_app, serve
from bot.local.engine.backend import Ask, Finish, Piece
from bot.local.engine.jobdir import JobDir, Measure
from bot.local.engine.validate import Example

TOKEN = "test-token"
MODEL = "scripted-model"
Answer = Callable[[str, Path | None], str]  # the last message, and the adapter of a tuned model


def plain_answer(prompt: str, adapter: Path | None) -> str:
    """What the scripted model says unless a test wants something else; a tuned one has a voice."""
    return f"Meet {prompt}. Quietly useful." if adapter else f"This is {prompt}."


@dataclass
class ScriptedModel:
    """A model whose answers are a function and whose tokens are words. `delay` is the time a word takes, in seconds."""

    answer: Answer = plain_answer
    delay: float = 0.0
    loading: float = 0.0
    broken: str | None = None
    context_length: int = 512
    source: Path = Path("/scripted")
    written: list[str] = field(default_factory=list)
    forgotten: list[Path] = field(default_factory=list)

    def load(self) -> None:
        time.sleep(self.loading)
        if self.broken:
            raise OSError(self.broken)

    def count_tokens(self, messages: Example, *, answered: bool) -> int:
        return sum(len(message.content.split()) for message in messages) + (not answered)

    async def stream(self, ask: Ask) -> AsyncGenerator[Piece]:
        for index in range(ask.n):
            text = self.answer(ask.messages[-1].content, ask.adapter)
            cut = min([at for stop in ask.stop if (at := text.find(stop)) >= 0], default=None)
            words = text[:cut].split(" ")
            for count, word in enumerate(words[: ask.max_tokens], 1):
                await asyncio.sleep(self.delay)
                self.written.append(word)
                last = count == min(len(words), ask.max_tokens)
                why: Finish = "length" if len(words) > ask.max_tokens else "stop"
                yield Piece(index, word if count == 1 else f" {word}", count, why if last else None)

    def forget(self, adapter: Path) -> None:
        self.forgotten.append(adapter)

    def close(self) -> None:
        pass


@dataclass
class ScriptedTrainer:
    """Done at once; with `waits_after` it stays at work after that epoch until `carry_on`; `dies` so often."""

    waits_after: int | None = None
    dies: int = 0
    problem: str | None = None
    started: list[str] = field(default_factory=list)
    stopped: list[str] = field(default_factory=list)
    _at_work: dict[Path, int] = field(default_factory=dict)

    def start(self, job: Path) -> None:
        folder = JobDir(job)
        self.started.append(folder.id)
        if self.dies >= len(self.started):
            return
        folder.say("Training started.")
        upto = self.waits_after or folder.read_spec().n_epochs
        self._train(folder, 1, upto)
        if self.waits_after:
            self._at_work[job] = upto
        else:
            self._finish(folder)

    def is_running(self, job: Path) -> bool:
        return job in self._at_work

    def stop(self, job: Path) -> None:
        self.stopped.append(job.name)
        self._at_work.pop(job, None)

    def carry_on(self) -> None:
        """Train what waits to its end."""
        for job in list(self._at_work):
            folder = JobDir(job)
            self._train(folder, self._at_work[job] + 1, folder.read_spec().n_epochs)
            self._finish(folder)
            del self._at_work[job]

    def _train(self, folder: JobDir, first: int, last: int) -> None:
        total = folder.read_spec().n_epochs
        for step in range(first, last + 1):
            measure = Measure(step, round(3 / step, 3), 0.5, round(3.5 / step, 3), 0.4, round(3.5 / step, 3), 0.4)
            folder.measured(measure, total)
            folder.adapter(step).mkdir(parents=True, exist_ok=True)
            folder.publish(measure)
            finish = int(time.time()) + 10 * (total - step)
            folder.write_progress(step=step, total_steps=total, estimated_finish=finish, trained_tokens=100 * step)

    def _finish(self, folder: JobDir) -> None:
        if self.problem is None:
            folder.adapter().mkdir(parents=True, exist_ok=True)
        folder.finish(self.problem)


@dataclass(frozen=True)
class Engine:
    """A running engine. `url` ends in /v1, as a client's base URL."""

    url: str
    home: Path
    model: str
    backend: ScriptedModel
    trainer: ScriptedTrainer
    token: str = TOKEN

    def client(self, token: str | None = None) -> AsyncOpenAI:
        """A stock client of the provider kind."""
        return AsyncOpenAI(base_url=self.url, api_key=token or self.token, max_retries=0)


@asynccontextmanager
async def scripted_engine(
    home: Path,
    backend: ScriptedModel | None = None,
    trainer: ScriptedTrainer | None = None,
    *,
    largest_file: int = 2**20,
) -> AsyncIterator[Engine]:
    """The real server, in this process, with a scripted model and trainer."""
    backend, trainer = backend or ScriptedModel(), trainer or ScriptedTrainer()
    settings = Settings(home=home, model=MODEL, token=TOKEN, largest_file=largest_file)
    runner, url = await serve(build_app(settings, backend, trainer), "127.0.0.1", 0)
    try:
        yield Engine(f"{url}/v1", home, MODEL, backend, trainer)
    finally:
        await runner.cleanup()


@dataclass
class EngineProcess:
    """The engine as a process of its own, with a real model; one thread, as others share the machine."""

    home: Path
    model: Path
    threads: int = 1
    url: str = ""
    name: str = ""
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> EngineProcess:
        """Start it, or start it again after it was killed."""
        options = [
            "--home",
            str(self.home),
            "--token",
            TOKEN,
            "--model",
            str(self.model),
            "--threads",
            str(self.threads),
        ]
        self.home.mkdir(parents=True, exist_ok=True)
        with (self.home / "engine.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "bot.local.engine", *options],
                stdout=subprocess.PIPE,
                stderr=log,
                env={**os.environ, "OMP_NUM_THREADS": str(self.threads), "HF_HUB_OFFLINE": "1"},
            )
        assert self.process.stdout is not None
        hello = json.loads(self.process.stdout.readline())
        self.url, self.name = f"{hello['url']}/v1", hello["model"]
        return self

    def health(self) -> dict[str, object]:
        """What /healthz says."""
        with urllib.request.urlopen(self.url.replace("/v1", "/healthz"), timeout=10) as answer:
            said: dict[str, object] = json.load(answer)
        return said

    def wait_until_ready(self, seconds: float = 120) -> None:
        """The model is loaded, which takes long on a busy machine."""
        deadline = time.monotonic() + seconds
        while self.health()["status"] == "loading" and time.monotonic() < deadline:
            time.sleep(0.1)
        assert self.health()["status"] == "ready", self.health()

    def client(self) -> AsyncOpenAI:
        """A stock client."""
        return AsyncOpenAI(base_url=self.url, api_key=TOKEN, max_retries=0)

    def kill(self) -> None:
        """End it as a power cut would."""
        self._end(lambda process: process.kill())

    def stop(self) -> None:
        """End it politely."""
        self._end(lambda process: process.terminate())

    def _end(self, how: Callable[[subprocess.Popen[bytes]], None]) -> None:
        if self.process is not None:
            how(self.process)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(timeout=15)
            if self.process.stdout is not None:
                self.process.stdout.close()
            self.process = None


def chat_lines(count: int, *, voice: str = "Meet {0}. Quietly useful.", first: int = 0) -> bytes:
    """A training file of that many examples about things called `thing 0`, `thing 1`, ..."""
    return b"".join(chat_line(f"thing {n}", voice.format(f"thing {n}")) for n in range(first, first + count))


def chat_line(prompt: str, answer: str) -> bytes:
    """One example."""
    turns = [{"role": "user", "content": prompt}, {"role": "assistant", "content": answer}]
    return json.dumps({"messages": turns}).encode() + b"\n"
