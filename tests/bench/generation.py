"""Our writing engine beside a plain AsyncOpenAI loop, on one server, in one go.

    python -m tests.bench.generation                    5,000 prompts, 200 ms, 6,000 requests a minute, 1.5 % of 500s
    python -m tests.bench.generation tokens refusals    tokens a minute; refusals that are charged as well
    python -m tests.bench.generation memory             5,000 against 50,000 prompts

Each contestant is its own process; what counts as written is a line in a file. `rate` is what the server admitted, as a
share of what it allows; `lost` are prompts without a text; `twice` are texts bought more than once.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.chat_server import ChatServer, running

# The plain loop's semaphore, tuned by hand: 6,000 a minute at 0.2 s keeps 20 requests open.
TUNED = 20


@dataclass(frozen=True)
class Scenario:
    """A server's behaviour and what our engine is told of it."""

    prompts: int
    behaviour: dict[str, Any]
    max_tokens: int | None = None

    @property
    def rpm(self) -> float | None:
        return self.behaviour.get("rpm")

    @property
    def tpm(self) -> float | None:
        return self.behaviour.get("tpm")


COMMON = {"latency": 0.2, "jitter": 0.05, "failing": 0.015}
SCENARIOS = {
    "requests": Scenario(5_000, {**COMMON, "rpm": 6_000}),
    "tokens": Scenario(3_000, {**COMMON, "tpm": 400_000}, max_tokens=100),
    "refusals": Scenario(3_000, {**COMMON, "rpm": 6_000, "refusals_count": True}),
    "small": Scenario(5_000, {"latency": 0.02}),
    "large": Scenario(50_000, {"latency": 0.02}),
}


def prompt(number: int) -> str:
    return f"Write a description of product {number:06}, in two sentences."


def ours(scenario: Scenario, base_url: str, folder: Path) -> int:
    """The command's own path: prompts from a file, texts into a file, journal and all. The lines it wrote."""
    from bot.cli.generate import Order, run
    from bot.cli.provider import Reach
    from bot.domain.money import UNKNOWN_PRICE
    from bot.providers.account import Account
    from bot.services.generation_prompts import Asking

    asked = folder / "prompts.jsonl"
    with asked.open("w") as file:
        file.writelines(json.dumps({"prompt": prompt(number)}) + "\n" for number in range(scenario.prompts))
    reach = Reach(Account("bench", base_url, "key"), UNKNOWN_PRICE, scenario.rpm, scenario.tpm)
    asking = Asking("model", max_tokens=scenario.max_tokens)
    run(Order(asked, folder / "out.jsonl", asking, reach, None, None))
    return sum(1 for _ in (folder / "out.jsonl").open())


def plain(scenario: Scenario, base_url: str, folder: Path) -> int:
    """What one writes in ten minutes: a semaphore around the SDK with its own retries, texts kept in memory."""
    from openai import AsyncOpenAI

    async def loop() -> int:
        client, gate, texts = AsyncOpenAI(base_url=base_url, api_key="key"), asyncio.Semaphore(TUNED), []
        extra: Any = {"max_tokens": scenario.max_tokens} if scenario.max_tokens else {}

        async def one(number: int) -> None:
            async with gate:
                messages: Any = [{"role": "user", "content": prompt(number)}]
                answer = await client.chat.completions.create(model="model", messages=messages, **extra)
                texts.append(answer.choices[0].message.content)

        await asyncio.gather(*(one(number) for number in range(scenario.prompts)), return_exceptions=True)
        await client.close()
        return len(texts)

    return asyncio.run(loop())


CONTESTANTS = {"ours": ours, "plain": plain}


def compete(name: str, scenario_name: str, base_url: str) -> None:
    """One contestant in this process; prints what it used."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        written = CONTESTANTS[name](SCENARIOS[scenario_name], base_url, Path(folder))
    used = resource.getrusage(resource.RUSAGE_SELF)
    cpu, wall = used.ru_utime + used.ru_stime, time.monotonic() - started
    print(json.dumps({"written": written, "wall": wall, "cpu": cpu, "rss_mb": used.ru_maxrss / 1024}))


def measured(name: str, scenario_name: str, server: ChatServer) -> dict[str, Any]:
    scenario = SCENARIOS[scenario_name]
    server.behave(**scenario.behaviour)
    command = [sys.executable, "-m", "tests.bench.generation", "--as", name, "--at", server.base_url, scenario_name]
    used = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    stats = server.stats()
    seconds = stats["seconds"] + scenario.behaviour["latency"]
    return {
        "contestant": name,
        "wall_s": round(used["wall"], 1),
        "rate": share_of_limit(scenario, stats, seconds),
        "lost": scenario.prompts - used["written"],
        "twice": stats["twice"],
        "429s": stats.get("refused", 0),
        "cpu_s_per_1k": round(used["cpu"] / scenario.prompts * 1000, 2),
        "rss_mb": round(used["rss_mb"]),
    }


def share_of_limit(scenario: Scenario, stats: dict[str, Any], seconds: float) -> float | None:
    """Admitted requests (or tokens) a minute, as a share of the limit."""
    admitted = stats.get("admitted", 0)
    if scenario.rpm:
        return round(admitted / seconds * 60 / scenario.rpm, 4)
    if scenario.tpm:
        tokens = admitted * (scenario.max_tokens or 0) + sum(stats_tokens(stats)) * admitted
        return round(tokens / seconds * 60 / scenario.tpm, 4)
    return None


def stats_tokens(stats: dict[str, Any]) -> Iterator[float]:
    """The prompt's tokens as the server counts them: all prompts here are equally long."""
    from tests.support.chat_server import prompt_tokens

    yield float(prompt_tokens(stats["bodies"][0]))


def show(scenario_name: str, server: ChatServer, names: list[str]) -> list[dict[str, Any]]:
    rows = [measured(name, scenario_name, server) for name in names]
    print(f"\n{scenario_name}: {SCENARIOS[scenario_name]}")
    for row in rows:
        print("  " + "  ".join(f"{name} {value}" for name, value in row.items()))
    if len(rows) == 2:
        print(f"  CPU, ours by plain: {rows[0]['cpu_s_per_1k'] / rows[1]['cpu_s_per_1k']:.2f}")
    return rows


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("scenarios", nargs="*", default=["requests"])
    parser.add_argument("--as", dest="contestant")
    parser.add_argument("--at", dest="base_url")
    chosen = parser.parse_args()
    if chosen.contestant:
        compete(chosen.contestant, chosen.scenarios[0], chosen.base_url)
        return
    with running() as server:
        for name in chosen.scenarios:
            if name == "memory":
                small, large = (show(size, server, ["ours"])[0] for size in ("small", "large"))
                print(f"  memory, large by small: {large['rss_mb'] / small['rss_mb']:.2f}")
            else:
                show(name, server, list(CONTESTANTS))


if __name__ == "__main__":
    main()
