"""`tunesmith serve`: the bot against Slack, by Socket Mode or over HTTP."""

from __future__ import annotations

import asyncio
import signal
from contextlib import AsyncExitStack
from typing import Annotated

import structlog
import typer
from aiohttp import web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError

from bot import log
from bot.app import build_app, open_deps, running
from bot.config import Settings
from bot.deps import Deps
from bot.errors import BotError
from storage import schema
from storage.engine import connect

logger = structlog.get_logger()


def serve(
    http: Annotated[str, typer.Option(help="HOST:PORT for the Events API instead of Socket Mode.")] = "",
) -> None:
    """Run the bot until it is told to stop."""
    settings = Settings()
    log.set_up(settings.log)
    check(settings, http=bool(http))
    if http:
        address_of(http)
    asyncio.run(_serve(settings, http))


def check(settings: Settings, *, http: bool) -> None:
    """What has to be decided or set before the bot may start. Raises BotError."""
    if not settings.slack_bot_token.get_secret_value():
        raise BotError("SLACK_BOT_TOKEN is not set.", todo="`tunesmith doctor` says where to find it.")
    if http and not settings.slack_signing_secret.get_secret_value():
        raise BotError("SLACK_SIGNING_SECRET is not set.", todo="Requests over HTTP are only taken when signed.")
    if not http and not settings.slack_app_token.get_secret_value():
        raise BotError("SLACK_APP_TOKEN is not set.", todo="Socket Mode needs an app-level token (connections:write).")
    if settings.is_real_slack and settings.slack_text_for_training is None:
        raise BotError(
            "SLACK_TEXT_FOR_TRAINING is not decided.",
            todo="Slack's developer policy forbids training on data from Slack; read “Slack's policy” in the README "
            "and set it to yes or no.",
        )


async def _serve(settings: Settings, http: str) -> None:
    settings.home_dir.mkdir(parents=True, exist_ok=True)
    await prepare_database(settings)
    async with AsyncExitStack() as stack:
        deps = await stack.enter_async_context(open_deps(settings))
        app = build_app(deps)
        await stack.enter_async_context(running(deps))
        if http:
            await stack.enter_async_context(_http_door(app, deps, http))
        else:
            await stack.enter_async_context(_socket_door(app, settings))
        logger.info("serving", door=http or "socket mode")
        await _until_told()
        logger.info("stopping")


async def prepare_database(settings: Settings) -> None:
    """Bring SQLite up to date after a copy; PostgreSQL waits for `tunesmith db upgrade`. Raises BotError."""
    db = connect(settings.database)
    try:
        now, wanted = await schema.current(db), schema.newest()
        if now == wanted:
            return
        if db.engine.dialect.name != "sqlite":
            raise BotError("The database is not up to date.", todo="Run `tunesmith db upgrade` first.")
        if now is not None:
            schema.copy_before_upgrade(settings.database)
        await schema.upgrade(db)
    finally:
        await db.close()


class _socket_door:  # noqa: N801 - reads as a function where it is used
    """Socket Mode, opened and closed. Intake stops first when the bot stops."""

    def __init__(self, app: AsyncApp, settings: Settings) -> None:
        self._handler = AsyncSocketModeHandler(app, settings.slack_app_token.get_secret_value())

    async def __aenter__(self) -> None:
        try:
            await self._handler.connect_async()  # type: ignore[no-untyped-call]
        except SlackApiError as error:
            raise BotError(
                f"Slack refused the app-level token ({error.response.get('error')}).", todo="`tunesmith doctor` helps."
            ) from error

    async def __aexit__(self, *_: object) -> None:
        await self._handler.close_async()  # type: ignore[no-untyped-call]


class _http_door:  # noqa: N801
    """The Events API over HTTP at /slack/events, with /healthz beside it."""

    def __init__(self, app: AsyncApp, deps: Deps, address: str) -> None:
        self._address = address_of(address)
        self._web = app.web_app(path="/slack/events")
        self._web.router.add_get("/healthz", _healthz)
        self._runner = web.AppRunner(self._web)

    async def __aenter__(self) -> None:
        await self._runner.setup()
        host, port = self._address
        try:
            await web.TCPSite(self._runner, host, port).start()
        except OSError as error:
            raise BotError(
                f"Nothing can listen at {host}:{port} ({error.strerror}).", todo="Choose another."
            ) from error

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()


def address_of(text: str) -> tuple[str, int]:
    """HOST:PORT; without a host, this machine only. Raises BotError."""
    host, _, port = text.rpartition(":")
    if not port.isdecimal() or not 0 <= int(port) < 65536:
        raise BotError(f"“{text}” is not HOST:PORT.", todo="Write it as 0.0.0.0:3000, for example.")
    return host.strip("[]") or "127.0.0.1", int(port)


async def _healthz(_request: web.Request) -> web.Response:
    return web.json_response({"ok": True})


async def _until_told() -> None:
    """Wait for SIGTERM or Ctrl-C."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, told.set)
    await told.wait()
