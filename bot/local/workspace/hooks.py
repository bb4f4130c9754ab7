"""response_url: answers to a command or click, outside of the Web API."""

import json

from aiohttp import web

from bot.local.workspace import forms, limits, messages
from bot.local.workspace.errors import ApiError, Json
from bot.local.workspace.render import message_json
from bot.local.workspace.state import BOT_USER, Message
from bot.local.workspace.triggers import Hook
from bot.local.workspace.webapi.dispatch import before, drop, note
from bot.local.workspace.world import WORLD, World


async def handle(request: web.Request) -> web.StreamResponse:
    """POST {text, blocks, response_type, replace_original, delete_original, thread_ts}."""
    world = request.app[WORLD]
    body = await _body(request)
    record = world.calls.record("response_url", body)
    fault = world.faults.take("response_url")
    if refused := await before(fault, record):
        return refused
    try:
        hook = world.hooks.use(request.match_info["key"], world.timing.response_url_seconds)
        answer = respond(world, hook, body)
    except ApiError as refusal:
        note(record, refusal)
        return web.json_response(refusal.body, status=404 if refusal.code in ("expired_url", "used_url") else 400)
    note(record, answer)
    return drop(request) if fault and fault.kind == "lose_answer" else web.json_response(answer)


async def _body(request: web.Request) -> Json:
    text = await request.text()
    try:
        body = json.loads(text)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def respond(world: World, hook: Hook, body: Json) -> Json:
    """Delete, replace or post. Raises `no_text` and block errors."""
    original = world.state.channels[hook.channel].messages.get(hook.message_ts or "")
    if body.get("delete_original"):
        if original is not None:
            messages.delete(world, original)
        return {"ok": True}
    content = _content(body)
    if body.get("replace_original") and original is not None:
        _replace(world, original, content)
        return {"ok": True}
    message = Message(world.state.clock.ts(), hook.channel, BOT_USER, from_app=True, **content)
    message.thread_ts = body.get("thread_ts") or (original.thread_ts if original and original.is_reply else None)
    message.ephemeral_for = None if body.get("response_type") == "in_channel" else hook.user
    messages.post(world, message)
    return {"ok": True, "ts": message.ts}


def _replace(world: World, original: Message, content: Json) -> None:
    previous = message_json(world.state, original)
    original.text, original.blocks = content["text"], content["blocks"]
    if original.ephemeral_for:
        messages.show(world, original, "message_changed")
    else:
        messages.changed(world, original, previous)


def _content(body: Json) -> Json:
    blocks, text = body.get("blocks"), str(body.get("text") or "")
    if blocks:
        limits.check_message_blocks(blocks)
    if not (blocks or text or body.get("attachments")):
        raise ApiError("no_text")
    return {"text": text, "blocks": forms.with_ids(blocks or []), "attachments": body.get("attachments") or []}
