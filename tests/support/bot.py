"""The real bot, in this process, on the local workspace."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
from pydantic import SecretStr
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler

from bot.app import build_app, build_deps, open_providers, running
from bot.config import Defaults, ModelSettings, ProviderSettings, Settings
from bot.deps import Deps, Providers
from bot.ingest.worker import Reader
from bot.slack.pace import Pace
from storage.engine import Database
from tests.support.workspace import Workspace

MODEL = "small"
UNPACED = 1000.0


def settings_for(slack: Workspace, home: Path, *, base_url: str = "http://127.0.0.1:9/v1", **more: Any) -> Settings:
    """Settings that name one provider and one model at a known price."""
    return Settings(
        _env_file=None,  # type: ignore[call-arg]
        slack_bot_token=SecretStr(slack.bot_token),
        slack_app_token=SecretStr(slack.app_token),
        slack_api_url=slack.api_url,
        slack_text_for_training="yes",
        openai_api_key=SecretStr("sk-test"),
        home=home,
        providers={"lab": ProviderSettings(base_url=base_url, profile="tunesmith-engine", name="the lab")},
        models={MODEL: ModelSettings(provider="lab", input_usd=1.0, output_usd=2.0, training_usd=3.0)},
        defaults=Defaults(generate=MODEL, tune=MODEL),
        **more,
    )


@asynccontextmanager
async def deps_on(
    slack: Workspace, db: Database, home: Path, *, providers: Providers | None = None, **more: Any
) -> AsyncIterator[Deps]:
    """What handlers and jobs get, on a running workspace; `providers` replaces the wire to the model provider.

    The tests' workspace sets no rates, so the bot does not wait for them either."""
    settings = settings_for(slack, home, **more)
    reader, opened = Reader(), open_providers(settings)
    async with aiohttp.ClientSession() as http:
        deps = build_deps(settings, db=db, http=http, reader=reader, providers=opened)
        deps = replace(deps, slack=replace(deps.slack, pace=Pace(times=UNPACED)))
        try:
            yield replace(deps, providers=providers) if providers else deps
        finally:
            await opened.close()
            await reader.close()


@asynccontextmanager
async def bot_on(deps: Deps, slack: Workspace, *, clock: bool = True) -> AsyncIterator[None]:
    """The bot's listeners connected by Socket Mode, and its clock where `clock` is true."""
    handler = AsyncSocketModeHandler(build_app(deps), slack.app_token)
    await handler.connect_async()  # type: ignore[no-untyped-call]
    try:
        await slack.control.wait_for_socket()
        if clock:
            async with running(deps):
                yield
        else:
            yield
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]
        await asyncio.sleep(0)
