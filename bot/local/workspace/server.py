"""Puts the parts together and maps addresses to handlers."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import web

from bot.local.workspace import client_api, control, downloads, hooks
from bot.local.workspace.door import Door
from bot.local.workspace.events import Events
from bot.local.workspace.http_door import HttpDoor
from bot.local.workspace.manifest import Manifest
from bot.local.workspace.ratelimit import RateLimiter
from bot.local.workspace.socket import SocketDoor
from bot.local.workspace.state import new_state
from bot.local.workspace.timing import Timing
from bot.local.workspace.webapi import dispatch
from bot.local.workspace.world import WORLD, Tokens, World

PAGE = Path(__file__).parent / "page"
MAX_UPLOAD_BYTES = 256 * 1024**2
PAGE_COOKIE = "workspace_page"
# What the page shows was written by others: nothing of it may run, whatever slips through.
PAGE_HEADERS = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data: blob: http: https:; style-src 'self' 'unsafe-inline'; "
        "connect-src 'self' ws: wss:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
}
LOOPBACK_NAMES = ("127.0.0.1", "localhost", "::1")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Options:
    """`request_url`: where to deliver over HTTP instead of Socket Mode. `rate_multiplier` 0: no rate limits."""

    manifest: Manifest
    tokens: Tokens
    request_url: str | None = None
    signing_secret: str = ""
    rate_multiplier: float = 1.0
    timing: Timing = field(default_factory=Timing)


def build(options: Options) -> web.Application:
    """The whole server as an aiohttp application."""
    app = web.Application(client_max_size=MAX_UPLOAD_BYTES, middlewares=[own_pages_only])
    app[WORLD] = new_world(options)
    app.on_shutdown.append(_say_goodbye)
    app.cleanup_ctx.append(_tidy)
    _route(app)
    return app


def new_world(options: Options) -> World:
    door: Door = SocketDoor(options.timing)
    if options.request_url:
        door = HttpDoor(options.request_url, options.signing_secret, options.timing)
    return World(
        tokens=options.tokens,
        manifest=options.manifest,
        state=new_state(options.manifest.bot_name),
        timing=options.timing,
        door=door,
        events=Events(options.manifest, door, options.timing),
        rate_multiplier=options.rate_multiplier,
        rates=RateLimiter(options.rate_multiplier),
    )


def _route(app: web.Application) -> None:
    route = app.router
    route.add_route("*", "/api/{method}", dispatch.handle)
    route.add_post("/upload/v1/{file}", downloads.receive)
    route.add_get("/files-pri/{file}/{name:.*}", downloads.send_private)
    route.add_get("/signin", downloads.sign_in)
    route.add_post("/hooks/response/{key}", hooks.handle)
    route.add_get("/healthz", client_api.health)
    route.add_get("/client/ws", client_api.live)
    route.add_get("/client/file/{file}/{name:.*}", client_api.download)
    route.add_post("/client/upload", client_api.upload)
    route.add_post("/client/notice", client_api.notice)
    route.add_get("/client/{act}", client_api.read)
    route.add_post("/client/{act}", client_api.act)
    route.add_get("/control/calls", control.calls)
    route.add_get("/control/health", client_api.health)
    route.add_post("/control/faults", control.faults)
    route.add_post("/control/events", control.events)
    route.add_post("/control/clock", control.clock)
    route.add_post("/control/reset", control.reset)
    if isinstance(door := app[WORLD].door, SocketDoor):
        route.add_get("/link/", door.serve)
    route.add_get("/archives/{channel}/p{digits:[0-9]+}", permalink)
    if PAGE.is_dir():
        route.add_static("/static/", PAGE)
    route.add_get("/", page)


async def page(request: web.Request) -> web.StreamResponse:
    index = PAGE / "index.html"
    if not index.is_file():
        return web.Response(text="The workspace is running; its page is not installed.")
    response = web.FileResponse(index, headers=PAGE_HEADERS)
    if token := request.query.get("token"):
        response.set_cookie(PAGE_COOKIE, token, httponly=True, samesite="Strict")
    return response


async def permalink(request: web.Request) -> web.Response:
    """A message's link opens the page at its channel, in its thread if it has one."""
    channel_id, digits = request.match_info["channel"], request.match_info["digits"]
    ts = f"{digits[:-6]}.{digits[-6:]}"
    channel = request.app[WORLD].state.channels.get(channel_id)
    message = channel.messages.get(ts) if channel else None
    thread = request.query.get("thread_ts") or (ts if message and message.replies else "")
    raise web.HTTPFound(f"/#//{channel_id}/{thread}")


@web.middleware
async def own_pages_only(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Keep other web sites out: the server is driven by its own page and by scripts, never across origins."""
    origin = request.headers.get("Origin")
    if not _is_own_host(request) or (origin and urlsplit(origin).netloc != request.host):
        raise web.HTTPForbidden(text="This server only answers its own page.")
    if request.path.startswith("/control/") or request.path == "/client/notice":
        control.require_token(request)
    elif request.path.startswith("/client/"):
        _require_page_token(request)
    return await handler(request)


def _is_own_host(request: web.Request) -> bool:
    """A foreign name that resolves to this machine is somebody else's page; a page token answers for itself."""
    world = request.app[WORLD]
    own = (*LOOPBACK_NAMES, urlsplit(world.state.base_url).hostname)
    return bool(world.tokens.page) or urlsplit(f"//{request.host}").hostname in own


def _require_page_token(request: web.Request) -> None:
    """A page token, where set, is in every request: header, cookie or query. Raises HTTPUnauthorized."""
    wanted = request.app[WORLD].tokens.page
    bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if wanted and wanted not in (bearer, request.cookies.get(PAGE_COOKIE), request.query.get("token")):
        raise web.HTTPUnauthorized(text="Open this page with its token.")


async def _say_goodbye(app: web.Application) -> None:
    app[WORLD].pages.close()
    app[WORLD].events.close()
    await app[WORLD].door.close()


async def _tidy(app: web.Application) -> AsyncIterator[None]:
    yield
    for task in app[WORLD].tasks:
        task.cancel()
