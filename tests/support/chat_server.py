"""A model provider for tests: its own process on loopback, with latency, limits, refusals, failures and lost answers.

    python -m tests.support.chat_server '{"rpm": 6000, "latency": 0.2}'     prints {"url": "http://127.0.0.1:41234/v1"}

Limits are token buckets of `burst` seconds, so a rate is enforced by the second. `GET /control/stats` tells what
was asked and bought; `POST /control/behaviour` changes the behaviour and forgets the counts.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

import orjson
from aiohttp import web

ANSWER_WORDS = 12


@dataclass
class Behaviour:
    """What the server does to its clients. Shares are between 0 and 1, times in seconds."""

    rpm: float | None = None
    tpm: float | None = None
    burst: float = 1.0
    latency: float = 0.0
    jitter: float = 0.0
    failing: float = 0.0
    dropping: float = 0.0
    refusals_count: bool = False
    limit_headers: bool = True
    retry_after: bool = True
    default_max_tokens: int = 100
    key: str = ""
    script: list[dict[str, Any]] = field(default_factory=list)
    seed: int = 7


class Bucket:
    """A token bucket that holds `burst` seconds of its rate."""

    def __init__(self, per_minute: float | None, burst: float) -> None:
        self.rate = per_minute / 60 if per_minute else None
        self.size = (self.rate or 0) * burst
        self.level, self.at = self.size, time.monotonic()

    def refill(self) -> None:
        if self.rate is not None:
            now = time.monotonic()
            self.level, self.at = min(self.size, self.level + (now - self.at) * self.rate), now

    def lacks(self, amount: float) -> float:
        """Seconds until there is room for so much."""
        self.refill()
        return 0.0 if self.rate is None else max(0.0, (amount - self.level) / self.rate)


class Server:
    def __init__(self, behaviour: Behaviour) -> None:
        self.behave(behaviour)

    def behave(self, behaviour: Behaviour) -> None:
        self.behaviour = behaviour
        self.requests = Bucket(behaviour.rpm, behaviour.burst)
        self.tokens = Bucket(behaviour.tpm, behaviour.burst)
        self.random = random.Random(behaviour.seed)
        self.counts: Counter[str] = Counter()
        self.bought: Counter[str] = Counter()
        self.open = self.most_open = 0
        self.first = self.last = 0.0
        self.bodies: list[dict[str, Any]] = []

    async def chat(self, request: web.Request) -> web.StreamResponse:
        body = orjson.loads(await request.read())
        self._seen(body)
        if self.behaviour.key and request.headers.get("Authorization") != f"Bearer {self.behaviour.key}":
            return error(401, "Incorrect API key provided.", code="invalid_api_key")
        if self.behaviour.script:
            return await self._scripted(request, self.behaviour.script.pop(0), body)
        refused = self._refused(body)
        return refused if refused is not None else await self._admitted(request, body)

    async def stats(self, _: web.Request) -> web.Response:
        twice = sum(count - 1 for count in self.bought.values())
        seconds = self.last - self.first
        numbers = {"bought": len(self.bought), "twice": twice, "most_open": self.most_open, "seconds": seconds}
        return web.json_response({**self.counts, **numbers, "bodies": self.bodies[:50]})

    async def change(self, request: web.Request) -> web.Response:
        self.behave(Behaviour(**await request.json()))
        return web.json_response({"ok": True})

    def _seen(self, body: dict[str, Any]) -> None:
        self.counts["asked"] += 1
        self.first = self.first or time.monotonic()
        self.last = time.monotonic()
        if len(self.bodies) < 50:
            self.bodies.append(body)

    def _refused(self, body: dict[str, Any]) -> web.Response | None:
        cost = self._tokens_of(body)
        wait = max(self.requests.lacks(1), self.tokens.lacks(cost))
        if wait <= 0 or self.behaviour.refusals_count:
            self.requests.level = max(-self.requests.size, self.requests.level - 1)
            self.tokens.level = max(-self.tokens.size, self.tokens.level - cost)
        if wait <= 0:
            return None
        self.counts["refused"] += 1
        headers = self._headers()
        if self.behaviour.retry_after:
            headers |= {"retry-after": str(max(1, round(wait))), "retry-after-ms": str(int(wait * 1000) + 1)}
        return error(429, "Rate limit reached for requests per min.", code="rate_limit_exceeded", headers=headers)

    async def _admitted(self, request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        self.counts["admitted"] += 1
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        try:
            fate = self.random.random()
            await asyncio.sleep(max(0.0, self.behaviour.latency + self.random.uniform(-1, 1) * self.behaviour.jitter))
            if fate < self.behaviour.failing:
                self.counts["failed"] += 1
                return error(500, "The server had an error.", code="server_error")
            self._buy(body)
            if fate < self.behaviour.failing + self.behaviour.dropping:
                return drop(request, self.counts)
            return web.Response(
                body=orjson.dumps(self._answer(body)), content_type="application/json", headers=self._headers()
            )
        finally:
            self.open -= 1

    async def _scripted(self, request: web.Request, step: dict[str, Any], body: dict[str, Any]) -> web.StreamResponse:
        """One answer exactly as a test wants it: status, body, headers, wait, or a dropped connection."""
        self.counts["scripted"] += 1
        await asyncio.sleep(step.get("wait", 0))
        if step.get("drop"):
            self._buy(body)
            return drop(request, self.counts)
        if step.get("ok"):
            return await self._admitted(request, body)
        if "html" in step:
            return web.Response(text=step["html"], status=step.get("status", 200), content_type="text/html")
        return web.json_response(step.get("json", {}), status=step.get("status", 200), headers=step.get("headers"))

    def _buy(self, body: dict[str, Any]) -> None:
        self.counts["answered"] += 1
        self.bought[json.dumps(body["messages"])] += 1

    def _tokens_of(self, body: dict[str, Any]) -> int:
        longest = body.get("max_tokens") or body.get("max_completion_tokens") or self.behaviour.default_max_tokens
        return prompt_tokens(body) + int(longest)

    def _headers(self) -> dict[str, str]:
        behaviour, headers = self.behaviour, {"x-request-id": f"req_{self.counts['asked']}"}
        if not behaviour.limit_headers:
            return headers
        for name, limit, bucket in (("requests", behaviour.rpm, self.requests), ("tokens", behaviour.tpm, self.tokens)):
            if limit:
                headers[f"x-ratelimit-limit-{name}"] = str(int(limit))
                headers[f"x-ratelimit-remaining-{name}"] = str(max(0, int(bucket.level)))
        return headers

    def _answer(self, body: dict[str, Any]) -> dict[str, Any]:
        words = " ".join(f"word{self.random.randrange(1000)}" for _ in range(ANSWER_WORDS))
        choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": words}}
        usage = {"prompt_tokens": prompt_tokens(body), "completion_tokens": 60}
        return {
            "id": f"chatcmpl-{self.counts['asked']}",
            "object": "chat.completion",
            "created": 1_790_000_000,
            "model": body["model"],
            "choices": [choice],
            "usage": {**usage, "total_tokens": sum(usage.values())},
        }


def prompt_tokens(body: dict[str, Any]) -> int:
    return sum(-(-len(str(message.get("content", ""))) // 4) + 4 for message in body["messages"]) + 3


def error(status: int, message: str, *, code: str, headers: dict[str, str] | None = None) -> web.Response:
    return web.json_response(
        {"error": {"message": message, "type": code, "code": code}}, status=status, headers=headers
    )


def drop(request: web.Request, counts: Counter[str]) -> web.StreamResponse:
    """The request was carried out, but the connection ends before a byte of the answer."""
    counts["dropped"] += 1
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def serve(behaviour: Behaviour) -> None:
    server = Server(behaviour)
    app = web.Application(client_max_size=2**26)
    app.router.add_post("/v1/chat/completions", server.chat)
    app.router.add_get("/control/stats", server.stats)
    app.router.add_post("/control/behaviour", server.change)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    print(json.dumps({"url": f"http://127.0.0.1:{port}/v1"}), flush=True)
    await asyncio.Event().wait()


@dataclass
class ChatServer:
    """The running server as a test sees it."""

    base_url: str

    def stats(self) -> dict[str, Any]:
        return self._call("/control/stats")

    def behave(self, **behaviour: Any) -> None:
        """Start afresh with this behaviour; everything not named is at its default."""
        self._call("/control/behaviour", asdict(Behaviour(**behaviour)))

    def _call(self, path: str, body: dict[str, Any] | None = None) -> Any:
        url = self.base_url.removesuffix("/v1") + path
        data = None if body is None else json.dumps(body).encode()
        asked = urllib.request.Request(url, data=data, headers={"content-type": "application/json"})
        with urllib.request.urlopen(asked, timeout=10) as answer:
            return json.load(answer)


@contextlib.contextmanager
def running(**behaviour: Any) -> Iterator[ChatServer]:
    """A server in its own process, ended with the block."""
    command = [sys.executable, "-m", "tests.support.chat_server", json.dumps(behaviour)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield ChatServer(json.loads(process.stdout.readline())["url"])
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def main() -> None:
    chosen = json.loads(sys.argv[1]) if len(sys.argv) > 1 else {}
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(Behaviour(**chosen)))


if __name__ == "__main__":
    main()
