"""Chat Completions over the wire, with no environment, no silent retries, and distrust of what comes back."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from bot.domain.money import Usage
from bot.providers.account import Account
from bot.providers.base import ChatAnswer, ChatRequest
from bot.providers.errors import ServerTrouble, WrongAddress
from bot.providers.openai_wire import OpenAIChat, open_client
from bot.providers.profiles import COMPATIBLE, OPENAI, Profile

REQUEST = ChatRequest(messages=({"role": "user", "content": "Describe a hose."},), model="m-1")
GOOD = {
    "id": "chatcmpl-1",
    "model": "m-1-2026",
    "choices": [{"message": {"role": "assistant", "content": "Green."}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 12, "completion_tokens": 2},
}
Handler = Callable[[httpx2.Request], httpx2.Response]


async def ask(handler: Handler, request: ChatRequest = REQUEST, *, profile: Profile = COMPATIBLE) -> ChatAnswer:
    account = Account("Testhost", "http://model.test/v1", "key-1", profile)
    chat = OpenAIChat(account, open_client(account, transport=httpx2.MockTransport(handler)))
    try:
        return await chat.complete(request)
    finally:
        await chat.aclose()


def saying(body: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> Handler:
    return lambda _: httpx2.Response(status, json=body, headers=headers)


def choice(message: dict[str, Any], finish_reason: str | None = "stop") -> dict[str, Any]:
    return {**GOOD, "choices": [{"message": message, "finish_reason": finish_reason}]}


async def test_an_answer_brings_text_usage_and_the_providers_limits() -> None:
    headers = {"x-request-id": "req-1", "x-ratelimit-limit-requests": "6000", "x-ratelimit-remaining-tokens": "99"}

    answer = await ask(saying(GOOD, headers=headers))

    assert (answer.text, answer.finish_reason, answer.model) == ("Green.", "stop", "m-1-2026")
    assert answer.usage == Usage(12, 2) and answer.request_id == "req-1"
    assert answer.limits.requests == 6000 and answer.limits.tokens_left == 99 and answer.limits.tokens is None


async def test_only_what_was_chosen_is_sent() -> None:
    sent: list[dict[str, Any]] = []

    def handler(request: httpx2.Request) -> httpx2.Response:
        sent.append(json.loads(request.content))
        return httpx2.Response(200, json=GOOD)

    await ask(handler)
    await ask(handler, ChatRequest(REQUEST.messages, "m-1", temperature=0.0, max_tokens=9, seed=0, stop=("END",)))

    assert sent[0] == {"model": "m-1", "messages": [{"role": "user", "content": "Describe a hose."}]}
    assert sent[1] == {**sent[0], "temperature": 0.0, "max_tokens": 9, "seed": 0, "stop": ["END"]}


async def test_openai_gets_its_own_name_for_the_longest_answer() -> None:
    bodies: list[Any] = []

    def handler(request: httpx2.Request) -> httpx2.Response:
        bodies.append(json.loads(request.content))
        return httpx2.Response(200, json=GOOD)

    await ask(handler, ChatRequest(REQUEST.messages, "m-1", max_tokens=9), profile=OPENAI)

    assert bodies[0]["max_completion_tokens"] == 9 and "max_tokens" not in bodies[0]


async def test_nothing_of_the_environment_reaches_the_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "OPENAI_ADMIN_KEY", "OPENAI_API_KEY"):
        monkeypatch.setenv(name, "from-the-environment")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://elsewhere.test/v1")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Secret: from-the-environment")
    seen: list[httpx2.Request] = []

    def handler(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(200, json=GOOD)

    await ask(handler)

    assert seen[0].url == "http://model.test/v1/chat/completions"
    assert seen[0].headers["authorization"] == "Bearer key-1"
    assert "from-the-environment" not in str(seen[0].headers)


async def test_a_failing_server_is_asked_once_because_retries_are_decided_above() -> None:
    asked: list[httpx2.Request] = []

    def handler(request: httpx2.Request) -> httpx2.Response:
        asked.append(request)
        return httpx2.Response(500, json={"error": {"message": "oops"}})

    with pytest.raises(ServerTrouble):
        await ask(handler)

    assert len(asked) == 1


async def test_a_text_in_parts_is_put_together() -> None:
    parts = [{"type": "text", "text": "Gre"}, {"type": "image"}, {"type": "text", "text": "en."}]

    assert (await ask(saying(choice({"content": parts})))).text == "Green."


@pytest.mark.parametrize("usage", [None, {}, "many", {"prompt_tokens": None}])
async def test_missing_usage_is_unknown_and_not_zero(usage: object) -> None:
    assert (await ask(saying({**GOOD, "usage": usage}))).usage is None


async def test_a_refusal_is_told_apart_from_a_text() -> None:
    said = await ask(saying(choice({"content": None, "refusal": "I can't help with that."})))
    filtered = await ask(saying(choice({"content": "Gre"}, "content_filter")))

    assert said.refusal == "I can't help with that." and said.text == ""
    assert "content filter" in (filtered.refusal or "")


async def test_trouble_dressed_as_success_is_trouble() -> None:
    with pytest.raises(ServerTrouble, match="upstream is overloaded"):
        await ask(saying({"error": {"message": "upstream is overloaded", "code": 502}}))


@pytest.mark.parametrize("body", [{"choices": []}, {"choices": None}])
async def test_an_answer_without_a_text_may_be_better_next_time(body: dict[str, Any]) -> None:
    with pytest.raises(ServerTrouble, match="without a text"):
        await ask(saying(body))


@pytest.mark.parametrize(
    "answer",
    [
        httpx2.Response(200, text="<html>Sign in</html>"),
        httpx2.Response(200, text=""),
        httpx2.Response(200, json=["not", "an", "object"]),
        httpx2.Response(200, json={"detail": "hello"}),
        httpx2.Response(404, text="<html>Not here</html>"),
        httpx2.Response(302, headers={"location": "https://login.test"}),
    ],
    ids=["html", "empty", "list", "other json", "404 page", "redirect"],
)
async def test_something_else_than_a_model_provider_is_called_a_wrong_address(answer: httpx2.Response) -> None:
    with pytest.raises(WrongAddress, match="base_url"):
        await ask(lambda _: answer)


def test_a_key_never_shows_in_what_is_printed() -> None:
    assert "key-1" not in repr(Account("Testhost", "http://model.test/v1", "key-1"))
