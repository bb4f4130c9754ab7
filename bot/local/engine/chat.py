"""Chat completions: `/v1/chat/completions`."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import web

from . import names, wire
from .backend import Ask, Backend, Piece, WritingFailed
from .models import MODELS, PATIENCE
from .validate import ROLES, Message
from .wire import ApiError, Json, bad_request

DEFAULT_MAX_TOKENS = 1024
MOST_TEXTS = 16
MOST_STOPS = 4


@dataclass(frozen=True)
class Asked:
    """A chat request that was understood."""

    model: str
    ask: Ask
    prompt_tokens: int
    stream: bool
    stream_usage: bool


def routes() -> list[web.RouteDef]:
    """What can be asked for."""
    return [web.post("/v1/chat/completions", completions)]


async def completions(request: web.Request) -> web.StreamResponse:
    """Write `n` answers to a conversation, at once or as a stream of server-sent events."""
    body = await wire.json_body(request)
    models = request.app[MODELS]
    model = wire.required_text(body, "model")
    adapter = models.adapter_of(model)
    backend = await models.ready(PATIENCE)
    asked = await asyncio.to_thread(understood, body, model, adapter, backend)
    if asked.stream:
        return await _streamed(request, backend, asked)
    try:
        return web.json_response(await _whole(backend, asked))
    except WritingFailed as problem:
        raise _failed(problem) from problem


def understood(body: Json, model: str, adapter: Path | None, backend: Backend) -> Asked:
    """A request's meaning. Raises ApiError for what makes no sense or does not fit into the model."""
    messages = _messages(body)
    prompt_tokens = backend.count_tokens(messages, answered=False)
    room = backend.context_length - prompt_tokens
    if room < 1:
        raise bad_request(
            f"This model's maximum context length is {backend.context_length} tokens; "
            f"the messages have {prompt_tokens}. Shorten them.",
            param="messages",
            code="context_length_exceeded",
        )
    options = wire.optional(body, "stream_options", dict, default={})
    return Asked(
        model=model,
        ask=_ask(body, messages, adapter, room),
        prompt_tokens=prompt_tokens,
        stream=wire.optional(body, "stream", bool, default=False),
        stream_usage=bool(options.get("include_usage")),
    )


def _ask(body: Json, messages: tuple[Message, ...], adapter: Path | None, room: int) -> Ask:
    limit = "max_completion_tokens" if body.get("max_completion_tokens") is not None else "max_tokens"
    return Ask(
        messages=messages,
        adapter=adapter,
        n=wire.whole(body, "n", 1, low=1, high=MOST_TEXTS),
        max_tokens=min(wire.whole(body, limit, DEFAULT_MAX_TOKENS, low=1, high=2**31), room),
        temperature=wire.number(body, "temperature", 1, low=0, high=2),
        top_p=wire.number(body, "top_p", 1, low=0, high=1),
        stop=_stops(body),
        seed=None if body.get("seed") is None else wire.whole(body, "seed", 0, low=-(2**62), high=2**62),
    )


def _stops(body: Json) -> tuple[str, ...]:
    stop = body.get("stop") or []
    listed = [stop] if isinstance(stop, str) else stop
    if not isinstance(listed, list) or len(listed) > MOST_STOPS or not all(isinstance(s, str) and s for s in listed):
        raise bad_request(f"'stop' must be a text or a list of up to {MOST_STOPS} texts.", param="stop")
    return tuple(listed)


def _messages(body: Json) -> tuple[Message, ...]:
    raw = wire.optional(body, "messages", list, default=[])
    if not raw:
        raise bad_request("'messages' must be a list with at least one message.", param="messages")
    return tuple(_message(message, f"messages[{at}]") for at, message in enumerate(raw))


def _message(raw: Any, where: str) -> Message:
    if not isinstance(raw, dict) or raw.get("role") not in ROLES:
        raise bad_request(f"'{where}' needs the role system, developer, user or assistant.", param=where)
    role = "system" if raw["role"] == "developer" else raw["role"]
    return Message(role, _content(raw.get("content"), where))


def _content(content: Any, where: str) -> str:
    """A text, or a list of text parts."""
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else [None]
    texts = [part.get("text") if isinstance(part, dict) else None for part in parts]
    if not all(isinstance(text, str) for text in texts):
        raise bad_request(f"The content of '{where}' must be text; this model reads nothing else.", param=where)
    return "".join(filter(None, texts))


async def _whole(backend: Backend, asked: Asked) -> Json:
    texts, last = [""] * asked.ask.n, [Piece(at, "", 0) for at in range(asked.ask.n)]
    async with aclosing(backend.stream(asked.ask)) as pieces:
        async for piece in pieces:
            texts[piece.index] += piece.text
            last[piece.index] = piece
    choices = [_choice(piece.index, piece.finish, message=_said(texts[piece.index])) for piece in last]
    return {**_head(asked, "chat.completion"), "choices": choices, "usage": _usage(asked, last)}


def _head(asked: Asked, kind: str) -> Json:
    ids = {"id": names.new_id("chatcmpl"), "object": kind, "created": int(time.time())}
    return {**ids, "model": asked.model, "service_tier": "default", "system_fingerprint": None}


def _said(text: str) -> Json:
    return {"role": "assistant", "content": text, "refusal": None}


def _choice(index: int, finish: str | None, **what: Any) -> Json:
    return {"index": index, **what, "logprobs": None, "finish_reason": finish}


def _usage(asked: Asked, last: list[Piece]) -> Json:
    return wire.usage(asked.prompt_tokens, sum(piece.tokens for piece in last))


async def _streamed(request: web.Request, backend: Backend, asked: Asked) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-cache"})
    await response.prepare(request)
    try:
        async with aclosing(_chunks(backend, asked)) as chunks:
            async for chunk in chunks:
                await response.write(wire.event_line(chunk))
        await response.write(wire.event_line("[DONE]"))
    except WritingFailed as problem:  # too late for a status; the error is the last event
        await response.write(wire.event_line(_failed(problem).body()))
    await response.write_eof()
    return response


def _failed(problem: WritingFailed) -> ApiError:
    return ApiError(500, f"The model could not write this: {problem}", code="writing_failed", kind="server_error")


async def _chunks(backend: Backend, asked: Asked) -> AsyncGenerator[Json]:
    head = _head(asked, "chat.completion.chunk")
    last = [Piece(at, "", 0) for at in range(asked.ask.n)]
    for at in range(asked.ask.n):
        yield {**head, "choices": [_choice(at, None, delta={"role": "assistant", "content": ""})]}
    async with aclosing(backend.stream(asked.ask)) as pieces:
        async for piece in pieces:
            last[piece.index] = piece
            if piece.text:
                yield {**head, "choices": [_choice(piece.index, None, delta={"content": piece.text})]}
            if piece.finish:
                yield {**head, "choices": [_choice(piece.index, piece.finish, delta={})]}
    if asked.stream_usage:
        yield {**head, "choices": [], "usage": _usage(asked, last)}
