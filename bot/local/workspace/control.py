"""/control/*: for tests and the demo's script: what the app did, and how to make its life harder."""

import hmac
from collections.abc import Callable

from aiohttp import web

from bot.local.workspace import manifest
from bot.local.workspace.errors import Json
from bot.local.workspace.render import user_json
from bot.local.workspace.socket import SocketDoor
from bot.local.workspace.state import TEAM_ID, User
from bot.local.workspace.world import WORLD, World

Operation = Callable[[World, Json], Json]


def require_token(request: web.Request) -> None:
    """Raises HTTPUnauthorized."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not hmac.compare_digest(given.encode(), request.app[WORLD].tokens.control.encode()):
        raise web.HTTPUnauthorized(text="The control token is missing or wrong.")


async def calls(request: web.Request) -> web.Response:
    since = int(request.query.get("since") or 0)
    return web.json_response(
        {"ok": True, "calls": request.app[WORLD].calls.select(request.query.get("method") or None, since)}
    )


async def faults(request: web.Request) -> web.Response:
    """{method, kind, times, retry_after?, seconds?, error?}, or {clear: true}."""
    world, body = request.app[WORLD], await request.json()
    if body.get("clear"):
        world.faults.clear()
        return web.json_response({"ok": True})
    try:
        world.faults.add(body)
    except (TypeError, ValueError) as wrong:
        return _bad(str(wrong))
    return web.json_response({"ok": True})


def _bad(message: str) -> web.Response:
    return web.json_response({"ok": False, "error": "bad_request", "message": message}, status=400)


def _redeliver(world: World, body: Json) -> Json:
    reason = body.get("reason", "timeout")
    return {"event_id": world.events.redeliver(body.get("type"), body.get("event_id"), reason)}


def _reorder(world: World, body: Json) -> Json:
    world.events.reverse_next(int(body.get("count", 2)))
    return {}


def _duplicate(world: World, body: Json) -> Json:
    world.events.duplicate_next(int(body.get("count", 1)))
    return {}


def _hold(world: World, body: Json) -> Json:
    world.events.hold()
    return {}


def _release(world: World, body: Json) -> Json:
    return {"released": world.events.release(reverse=bool(body.get("reverse")))}


def _emit(world: World, body: Json) -> Json:
    """Any event, as if it had happened: {event, channel?}."""
    channel = world.state.channels.get(str(body.get("channel")))
    world.events.emit({"event_ts": world.state.clock.ts(), **body["event"]}, channel)
    return {}


def _add_person(world: World, body: Json) -> Json:
    """{id, name, real_name, is_guest?, team_id?, channels?}: a guest, or somebody of another workspace."""
    name = str(body["name"])
    user = User(str(body["id"]), name, body.get("real_name") or name, body.get("title") or "", "777777")
    user.is_guest, user.team_id = bool(body.get("is_guest")), body.get("team_id", TEAM_ID)
    world.state.add_person(user, body.get("channels", []))
    if user.team_id == TEAM_ID:
        world.events.emit({"type": "team_join", "user": user_json(user), "event_ts": world.state.clock.ts()})
    return {}


OPERATIONS: dict[str, Operation] = {
    "redeliver": _redeliver,
    "reorder": _reorder,
    "duplicate_next": _duplicate,
    "hold": _hold,
    "release": _release,
    "emit": _emit,
    "add_person": _add_person,
}


async def events(request: web.Request) -> web.Response:
    """{op, ...}: see OPERATIONS, and `drop_socket` {how: refresh_requested | warning | abrupt}."""
    world, body = request.app[WORLD], await request.json()
    if body.get("op") == "drop_socket":
        if not isinstance(world.door, SocketDoor):
            return _bad("The app is not connected by Socket Mode.")
        return web.json_response({"ok": True, "dropped": await world.door.disconnect(body.get("how", "abrupt"))})
    operation = OPERATIONS.get(body.get("op"))
    if operation is None:
        return _bad(f"op must be one of {', '.join([*OPERATIONS, 'drop_socket'])}")
    return web.json_response({"ok": True, **operation(world, body)})


async def clock(request: web.Request) -> web.Response:
    """{trigger_seconds, ack_seconds, retry_seconds: [...], file_processing_seconds, rate_multiplier, ...}"""
    world, body = request.app[WORLD], await request.json()
    if "rate_multiplier" in body:
        world.rates.multiplier = float(body.pop("rate_multiplier"))
    unknown = world.timing.change(body)
    return _bad(f"unknown: {', '.join(unknown)}") if unknown else web.json_response({"ok": True})


async def reset(request: web.Request) -> web.Response:
    """{manifest?}: forget everything and start over; pages and the app are disconnected."""
    world, body = request.app[WORLD], await request.json()
    if isinstance(world.door, SocketDoor):
        await world.door.disconnect("abrupt")
    world.pages.close()
    world.start_over(manifest.parse(body["manifest"]) if body.get("manifest") else world.manifest)
    return web.json_response({"ok": True})
