"""OpenAI's wire format, spoken through the `openai` package with everything explicit and every answer distrusted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import openai
import orjson

from bot.providers import errors, wire_values
from bot.providers.account import Account
from bot.providers.base import ChatAnswer, ChatRequest
from bot.providers.explain import explain, not_openai, quoted
from bot.providers.profiles import Profile

__all__ = ["Account", "OpenAIChat", "chat_body", "explained", "open_client", "read_answer", "read_json"]

CONNECT_SECONDS = 10.0
MOST_CONNECTIONS = 1_000
# Servers without keys still want the header to be there.
NO_KEY = "none"


def open_client(account: Account, *, transport: httpx2.AsyncBaseTransport | None = None) -> openai.AsyncOpenAI:
    """A client that retries nothing and reads no environment variable. `transport` is for tests."""
    timeout = httpx2.Timeout(account.answer_seconds, connect=CONNECT_SECONDS)
    client = openai.AsyncOpenAI(
        api_key=account.api_key or NO_KEY,
        base_url=account.base_url,
        timeout=timeout,
        max_retries=0,
        http_client=_http_client(account, timeout, transport),
    )
    # The SDK fills what is not given from OPENAI_ORG_ID and others, which may be meant for another vendor
    client.organization = client.project = client.admin_api_key = client.webhook_secret = None
    client._custom_headers = {}
    return client


class OpenAIChat:
    """Chat Completions at one account: a `ChatModel`."""

    def __init__(self, account: Account, client: openai.AsyncOpenAI | None = None) -> None:
        self.account = account
        self._client = client or open_client(account)

    async def complete(self, request: ChatRequest) -> ChatAnswer:
        """One request on the wire. Raises a `ProviderError`."""
        async with explained(self.account, model=request.model):
            # The raw response: building the SDK's typed objects costs more time than everything else here
            async with asyncio.timeout(self.account.answer_seconds):
                response = await self._client.post(
                    "/chat/completions", cast_to=httpx2.Response, body=chat_body(request, self.account.profile)
                )
        return read_answer(response, request, self.account)

    async def aclose(self) -> None:
        await self._client.close()


def chat_body(request: ChatRequest, profile: Profile) -> dict[str, Any]:
    """The request's JSON; what is None is left to the provider."""
    settings = {
        "temperature": request.temperature,
        profile.max_tokens_field: request.max_tokens,
        "top_p": request.top_p,
        "seed": request.seed,
        "stop": list(request.stop) or None,
    }
    given = {name: value for name, value in settings.items() if value is not None}
    return {"model": request.model, "messages": list(request.messages), **given}


def read_answer(response: httpx2.Response, request: ChatRequest, account: Account) -> ChatAnswer:
    """A `ChatAnswer` out of whatever came back with status 200."""
    body = read_json(response, account)
    choices = body.get("choices")
    if not isinstance(choices, list) or not choices:
        raise _no_text(body, account)
    choice = wire_values.mapping(choices[0])
    message = wire_values.mapping(choice.get("message"))
    return ChatAnswer(
        text=wire_values.content(message.get("content")),
        finish_reason=wire_values.text(choice.get("finish_reason")),
        usage=wire_values.usage(body.get("usage")),
        model=wire_values.text(body.get("model")) or request.model,
        request_id=response.headers.get("x-request-id") or wire_values.text(body.get("id")),
        limits=wire_values.limits(response.headers),
        refusal=_refusal(choice, message),
    )


def read_json(response: httpx2.Response, account: Account) -> Mapping[str, Any]:
    """The JSON object of an answer; a bare list stands under `items`. Raises `WrongAddress` if it is neither."""
    try:
        body = orjson.loads(response.content)
    except orjson.JSONDecodeError:
        raise not_openai(account.title, response.text[:200] or "an empty page") from None
    if isinstance(body, list):
        return {"items": body}
    if not isinstance(body, dict):
        raise not_openai(account.title, str(body))
    return body


@asynccontextmanager
async def explained(account: Account, *, model: str | None = None) -> AsyncIterator[None]:
    """Turn whatever the SDK raises inside into a `ProviderError`."""
    try:
        yield
    except openai.OpenAIError as error:
        raise explain(error, provider=account.title, model=model) from error
    except TimeoutError as error:
        message = f"{account.title} did not answer within {account.answer_seconds:.0f} seconds."
        raise errors.AnswerLost(message, todo="The request may have been carried out, and paid for.") from error


def _refusal(choice: Mapping[str, Any], message: Mapping[str, Any]) -> str | None:
    """Why the model declined, if it did: in its own words, or because a filter cut it off."""
    said = wire_values.text(message.get("refusal"))
    if said is None and choice.get("finish_reason") == "content_filter":
        return "The provider's content filter stopped this text."
    return said


def _no_text(body: Mapping[str, Any], account: Account) -> errors.ProviderError:
    """Some gateways report trouble with status 200."""
    problem = wire_values.mapping(body.get("error")).get("message") or body.get("error")
    if problem:
        return errors.ServerTrouble(
            f"{account.title} has trouble of its own ({quoted(str(problem))}).", todo="Try again."
        )
    if "choices" in body:
        return errors.ServerTrouble(f"{account.title} answered without a text.", todo="Try again.")
    return not_openai(account.title, str(dict(body)))


def _http_client(
    account: Account, timeout: httpx2.Timeout, transport: httpx2.AsyncBaseTransport | None
) -> httpx2.AsyncClient:
    limits = httpx2.Limits(max_connections=MOST_CONNECTIONS, max_keepalive_connections=MOST_CONNECTIONS)
    common: dict[str, Any] = {"timeout": timeout, "trust_env": False, "follow_redirects": False}
    if transport is not None:
        return httpx2.AsyncClient(transport=transport, **common)
    # aiohttp's transport takes about a third of the default one's processor time
    return openai.DefaultAioHttpClient(limits=limits, proxy=account.proxy, **common)
