"""/api/{method}: from an HTTP request to a method and back, with tokens, scopes, limits and faults in between."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from bot.local.workspace.calls import RecordedCall
from bot.local.workspace.errors import ApiError, Json, RateLimitError
from bot.local.workspace.faults import Fault
from bot.local.workspace.webapi import auth, chat, conversations, files, reactions, users, views
from bot.local.workspace.webapi.call import Call, Method
from bot.local.workspace.world import WORLD, World

METHODS: Mapping[str, Method] = {
    name: method
    for family in (auth, chat, conversations, files, reactions, users, views)
    for name, method in family.METHODS.items()
}


async def handle(request: web.Request) -> web.StreamResponse:
    """Answer one call. What Slack refuses is answered with 200 and `ok: false`, a rate limit with 429."""
    world, name = request.app[WORLD], request.match_info["method"]
    args = await arguments(request)
    token = _token(request, args)
    record = world.calls.record(name, args)
    fault = world.faults.take(name)
    if refused := await before(fault, record):
        return refused
    body = await _perform(Call(world, args, base_url(request)), name, token, fault)
    note(record, body)
    if fault and fault.kind == "lose_answer":
        return drop(request)
    return _response(world, name, body)


async def arguments(request: web.Request) -> Json:
    """Query string and body together: form fields, or one JSON object."""
    args: Json = dict(request.query)
    if request.content_type == "application/json":
        try:
            body = await request.json()
        except json.JSONDecodeError:
            return args
        return {**args, **body} if isinstance(body, dict) else args
    return {**args, **{name: value for name, value in (await request.post()).items() if isinstance(value, str)}}


def _token(request: web.Request, args: Json) -> str | None:
    in_body = args.pop("token", None)
    header = request.headers.get("Authorization", "")
    return header.removeprefix("Bearer ") if header.startswith("Bearer ") else in_body


def base_url(request: web.Request) -> str:
    return f"{request.scheme}://{request.host}"


async def _perform(call: Call, name: str, token: str | None, fault: Fault | None) -> Json | ApiError:
    try:
        method = _allowed(call, name, token)
        call.world.rates.check_method(name, method.per_minute)
        _inject(fault)
        return {"ok": True, **await method.run(call)}
    except ApiError as refusal:
        return refusal


def _allowed(call: Call, name: str, token: str | None) -> Method:
    """The method, if this token may call it. Raises what Slack answers to a bad token, name or scope."""
    tokens = call.world.tokens
    if token is None:
        raise ApiError("not_authed")
    if token not in (tokens.bot, tokens.app):
        raise ApiError("invalid_auth")
    if not call.world.state.installed:
        raise ApiError("account_inactive")
    method = METHODS.get(name)
    if method is None:
        raise ApiError("unknown_method", req_method=name)
    if method.caller != "any" and token != {"bot": tokens.bot, "app": tokens.app}[method.caller]:
        raise ApiError("not_allowed_token_type")
    if method.scopes:
        call.require_scope(*method.scopes)
    return method


def _inject(fault: Fault | None) -> None:
    if fault and fault.kind == "429":
        raise RateLimitError(fault.retry_after)
    if fault and fault.kind == "error":
        raise ApiError(fault.error)


async def before(fault: Fault | None, record: RecordedCall) -> web.Response | None:
    """Faults that strike before anything is done."""
    if fault and fault.kind == "stall":
        await asyncio.sleep(fault.seconds)
    if fault and fault.kind == "500":
        record.ok, record.error, record.status = False, "http_500", 500
        return web.Response(status=500, text="Internal Server Error")
    return None


def note(record: RecordedCall, body: Json | ApiError) -> None:
    """Complete the record with how the call ended."""
    if isinstance(body, ApiError):
        record.ok, record.error = False, body.code
        record.status = 429 if isinstance(body, RateLimitError) else 200
    else:
        record.ok, record.ts = True, body.get("ts") or body.get("message_ts")


def drop(request: web.Request) -> web.Response:
    """The work was done, but the answer never arrives."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=499)


def _response(world: World, name: str, body: Json | ApiError) -> web.Response:
    headers = {"x-oauth-scopes": ",".join(sorted(world.manifest.scopes))}
    if (method := METHODS.get(name)) and method.scopes:
        headers["x-accepted-oauth-scopes"] = ",".join(method.scopes)
    if isinstance(body, RateLimitError):
        return web.json_response(body.body, status=429, headers={**headers, "Retry-After": str(body.retry_after)})
    answer: Any = body.body if isinstance(body, ApiError) else body
    return web.json_response(answer, headers=headers)
