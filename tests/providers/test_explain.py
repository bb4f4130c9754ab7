"""Every kind of failure has a name, a sentence, and a right answer to: again? all of them? paid for?"""

from __future__ import annotations

import time
from email.utils import formatdate
from typing import Any

import aiohttp
import httpx2
import openai
import pytest

from bot.errors import BotError
from bot.providers import errors
from bot.providers.account import Account
from bot.providers.base import ChatRequest
from bot.providers.errors import ProviderError
from bot.providers.explain import LONGEST_RETRY_AFTER, retry_after
from bot.providers.openai_wire import OpenAIChat, open_client
from tests.support.chat_server import running

REQUEST = ChatRequest(messages=({"role": "user", "content": "Hi"},), model="m-1")


async def failure(handler: Any) -> ProviderError:
    """What `complete` raises when the server (a response or an exception) does this."""

    def answer(_: httpx2.Request) -> httpx2.Response:
        if isinstance(handler, BaseException):
            raise handler
        return handler

    account = Account("Testhost", "http://model.test/v1", "key-1")
    chat = OpenAIChat(account, open_client(account, transport=httpx2.MockTransport(answer)))
    with pytest.raises(ProviderError) as caught:
        await chat.complete(REQUEST)
    await chat.aclose()
    return caught.value


def refusal(status: int, message: str = "no", code: str | None = None, **headers: str) -> httpx2.Response:
    body = {"error": {"message": message, "code": code, "type": "invalid_request_error"}}
    return httpx2.Response(
        status, json=body, headers={name.replace("_", "-"): value for name, value in headers.items()}
    )


KINDS = [
    (refusal(401, code="invalid_api_key"), errors.WrongKey, "does not accept the key"),
    (refusal(403), errors.AccessRefused, "does not allow this"),
    (refusal(429, code="insufficient_quota"), errors.NoQuota, "no credit left"),
    (refusal(402), errors.NoQuota, "no credit left"),
    (refusal(404, code="model_not_found"), errors.ModelGone, "The model m-1 is not available"),
    (refusal(404, code="DeploymentNotFound"), errors.ModelGone, "The model m-1 is not available"),
    (refusal(400, "The model `m-1` does not exist"), errors.ModelGone, "The model m-1 is not available"),
    (refusal(400, code="content_filter"), errors.ContentRefused, "content rules"),
    (refusal(400, code="context_length_exceeded"), errors.ContextTooLong, "too long"),
    (refusal(400, "This model's maximum context length is 8192 tokens"), errors.ContextTooLong, "too long"),
    (refusal(413), errors.ContextTooLong, "too long"),
    (refusal(400, "top_p must be below 1"), errors.BadRequest, "top_p must be below 1"),
    (refusal(400, code="unsupported_parameter"), errors.UnsupportedParameter, "refused the request"),
    (httpx2.Response(422, json={"detail": [{"msg": "field required"}]}), errors.BadRequest, "field required"),
    (refusal(429, code="rate_limit_exceeded"), errors.RateLimited, "fewer requests"),
    (refusal(429, "you exceeded your current tokens, context window"), errors.RateLimited, "fewer requests"),
    (refusal(500), errors.ServerTrouble, "trouble of its own"),
    (refusal(503, code="server_is_overloaded"), errors.ServerTrouble, "trouble of its own"),
    (httpx2.Response(502, text="<html>Bad gateway</html>"), errors.ServerTrouble, "trouble of its own"),
    (refusal(409), errors.ServerTrouble, "trouble of its own"),
    (refusal(504), errors.AnswerLost, "too long to answer"),
    (httpx2.ConnectError("refused"), errors.Unreachable, "Nothing was sent"),
    (httpx2.ConnectTimeout("slow"), errors.Unreachable, "Nothing was sent"),
    (httpx2.PoolTimeout("busy"), errors.Unreachable, "Nothing was sent"),
    (httpx2.ReadTimeout("slow"), errors.AnswerLost, "paid for"),
    (httpx2.RemoteProtocolError("disconnected"), errors.AnswerLost, "paid for"),
    (httpx2.WriteError("cut"), errors.AnswerLost, "paid for"),
]


@pytest.mark.parametrize(("happening", "kind", "words"), KINDS, ids=lambda value: getattr(value, "__name__", None))
async def test_each_failure_has_its_kind_and_its_words(happening: Any, kind: type[ProviderError], words: str) -> None:
    error = await failure(happening)

    assert type(error) is kind
    assert words in str(error)
    assert isinstance(error, BotError) and error.message.endswith((".", ")"))


def test_what_may_heal_what_ends_everything_and_what_may_have_cost_money() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, ProviderError)]
    named = {flag: {kind.__name__ for kind in kinds if getattr(kind, flag)} for flag in ("retryable", "fatal", "sent")}

    assert named == {
        "retryable": {"RateLimited", "ServerTrouble", "Unreachable", "AnswerLost"},
        "fatal": {"WrongKey", "NoQuota", "AccessRefused", "ModelGone", "WrongAddress", "UnsupportedParameter"},
        "sent": {"AnswerLost", "Interrupted"},
    }
    assert len({kind.kind for kind in kinds}) >= len(kinds) - 1


async def test_support_gets_what_it_asks_for() -> None:
    error = await failure(refusal(400, "bad", "odd_code", x_request_id="req-9"))

    assert (error.status, error.code, error.request_id) == (400, "odd_code", "req-9")


async def test_a_key_in_a_providers_words_is_not_passed_on() -> None:
    error = await failure(refusal(401, "Incorrect API key provided: sk-proj-abcdef1234567890."))

    assert "abcdef" not in str(error) and "[key]" in str(error)


async def test_long_words_are_cut() -> None:
    assert len(str(await failure(refusal(400, "x" * 5_000)))) < 500


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "3"}, 3.0),
        ({"retry-after-ms": "250", "retry-after": "1"}, 0.25),
        ({"retry-after": "-5"}, 0.0),
        ({"retry-after": "86400"}, LONGEST_RETRY_AFTER),
        ({"retry-after": "soon"}, None),
        ({}, None),
    ],
)
def test_retry_after_is_read_in_every_form(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(httpx2.Headers(headers), now=0.0) == seconds


def test_retry_after_may_be_a_date() -> None:
    now = time.time()

    assert retry_after(httpx2.Headers({"retry-after": formatdate(now + 30, usegmt=True)}), now=now) == pytest.approx(
        30, abs=1
    )


async def test_a_refusal_carries_how_long_to_wait() -> None:
    assert (await failure(refusal(429, retry_after="7"))).retry_after == 7


async def test_over_real_connections_what_was_sent_is_told_from_what_was_not() -> None:
    with running(script=[{"drop": True}, {"wait": 5}]) as server:
        chat = OpenAIChat(Account("Testhost", server.base_url, answer_seconds=1.0))
        kinds = []
        for _ in range(2):
            with pytest.raises(ProviderError) as caught:
                await chat.complete(REQUEST)
            kinds.append(type(caught.value))
    with pytest.raises(ProviderError) as caught:
        await chat.complete(REQUEST)
    await chat.aclose()

    assert kinds == [errors.AnswerLost, errors.AnswerLost]
    assert type(caught.value) is errors.Unreachable


def test_the_sdks_errors_are_still_what_this_floor_relies_on() -> None:
    assert issubclass(openai.APITimeoutError, openai.APIConnectionError)
    assert issubclass(aiohttp.ServerDisconnectedError, aiohttp.ClientConnectionError)
    assert not issubclass(aiohttp.ServerDisconnectedError, aiohttp.ClientConnectorError)
