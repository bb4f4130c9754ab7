"""/client/*: what the page and scripted people speak to the server."""

import json
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from aiohttp import web

from bot.local.workspace import client_acts, client_reads
from bot.local.workspace.errors import ApiError, Json, PersonError
from bot.local.workspace.state import User
from bot.local.workspace.world import WORLD, World

Act = Callable[[World, User, Json], Awaitable[Json]]

READS: dict[str, Act] = {
    "boot": client_reads.boot,
    "history": client_reads.history,
    "replies": client_reads.replies,
}
ACTS: dict[str, Act] = {
    "send": client_acts.send,
    "click": client_acts.click,
    "options": client_acts.options,
    "shortcut": client_acts.shortcut,
    "submit": client_acts.submit,
    "close": client_acts.close,
    "react": client_acts.react,
    "home": client_acts.home,
    "edit": client_acts.edit,
    "delete": client_acts.delete,
    "delete_file": client_acts.delete_file,
    "channel": client_acts.change_channel,
    "uninstall": client_acts.uninstall,
}


async def read(request: web.Request) -> web.Response:
    return await _answer(request, dict(request.query), READS.get(request.match_info["act"]))


async def act(request: web.Request) -> web.Response:
    try:
        body = await request.json()
    except json.JSONDecodeError:
        body = None
    if not isinstance(body, dict):
        return _refused(PersonError("bad_request", "The request must be one JSON object."))
    return await _answer(request, body, ACTS.get(request.match_info["act"]))


async def _answer(request: web.Request, args: Json, run: Act | None) -> web.Response:
    """Do what a person asked for; every refusal is an answer with a sentence."""
    world = request.app[WORLD]
    try:
        if run is None:
            raise PersonError("unknown_act", "The workspace does not know this request.")
        user = person(world, args)
        answer = await run(world, user, args)
        return web.json_response({"ok": True, **answer, "seq": world.pages.seq(user.id)})
    except PersonError as refusal:
        return _refused(refusal)
    except ApiError as refusal:
        return _refused(PersonError(refusal.code, f"That is not possible here ({refusal.code})."))


def _refused(refusal: PersonError) -> web.Response:
    return web.json_response(refusal.body)


def person(world: World, args: Json) -> User:
    """Who acts. Raises PersonError for anyone but the workspace's people."""
    user = world.state.users.get(str(args.get("user")))
    if user is None or user.is_bot:
        raise PersonError("no_such_person", "Nobody by that id is in this workspace.")
    return user


async def upload(request: web.Request) -> web.Response:
    """multipart: user, channel, thread_ts?, text?, and the files. Without a channel the files wait for a form."""
    form = await request.post()
    fields: Json = {name: value for name, value in form.items() if isinstance(value, str)}
    uploads = [(value.filename, value.file.read()) for value in form.values() if isinstance(value, web.FileField)]
    return await _answer(request, fields, partial(client_acts.upload, uploads=uploads))


async def download(request: web.Request) -> web.Response:
    """A file's bytes for one of the workspace's people."""
    world = request.app[WORLD]
    try:
        return client_reads.file_bytes(world, person(world, dict(request.query)), request.match_info["file"])
    except PersonError as refusal:
        raise web.HTTPNotFound(text=str(refusal)) from None


async def live(request: web.Request) -> web.WebSocketResponse:
    world = request.app[WORLD]
    try:
        user = person(world, dict(request.query))
    except PersonError as refusal:
        raise web.HTTPForbidden(text=str(refusal)) from None
    hello: dict[str, Any] = {"type": "hello", "ok": True, **await client_reads.boot(world, user, {})}
    return await world.pages.serve(request, user.id, hello)


async def notice(request: web.Request) -> web.Response:
    """A bar above the channel: {id, text, percent, done, level}. A done one is kept until it is replaced."""
    world = request.app[WORLD]
    body = await request.json()
    known = {key: body.get(key) for key in ("id", "text", "percent", "done", "level", "sample")}
    world.state.notices[str(known["id"])] = known
    world.pages.tell_all({"type": "notice", "notice": known})
    return web.json_response({"ok": True})


async def health(request: web.Request) -> web.Response:
    return web.json_response({"ok": True, "socket_connected": request.app[WORLD].door.connected})
