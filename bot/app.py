"""The composition root: builds what is passed down, binds listeners, starts the clock, and takes it all down again."""

from __future__ import annotations

import asyncio
import os
import socket
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import aiohttp
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

import handlers
from bot.accounts import account_of
from bot.config import Settings
from bot.deps import Deps, Models, Providers, Wakers
from bot.domain.models import ModelInfo
from bot.domain.project import ProjectSettings
from bot.errors import BotError
from bot.ingest.worker import Reader
from bot.jobs import work
from bot.jobs.scheduler import Clock
from bot.providers.base import Tuner
from bot.providers.openai_wire import OpenAIChat
from bot.providers.tuners import open_tuner
from bot.slack.door import SlackDoor
from storage.engine import Database, connect
from storage.files import FileStore

# Slack answers in well under a second; a stuck connection must end before a delivery lease does.
SLACK_TIMEOUT = aiohttp.ClientTimeout(total=30)


@asynccontextmanager
async def open_deps(settings: Settings) -> AsyncIterator[Deps]:
    """Everything that handlers and jobs need, closed in the reverse order."""
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(aiohttp.ClientSession(timeout=SLACK_TIMEOUT))
        db = connect(settings.database)
        stack.push_async_callback(db.close)
        reader = Reader()
        stack.push_async_callback(reader.close)
        providers = open_providers(settings)
        stack.push_async_callback(providers.close)
        yield build_deps(settings, db=db, http=http, reader=reader, providers=providers)


def build_deps(
    settings: Settings, *, db: Database, http: aiohttp.ClientSession, reader: Reader, providers: Providers
) -> Deps:
    client = AsyncWebClient(
        token=settings.slack_bot_token.get_secret_value(),
        base_url=settings.slack_api_url,
        session=http,
        retry_handlers=[],  # retries live in the outbox: a lost answer must not post twice
    )
    wakers = Wakers()
    db.wake = wakers.wake
    return Deps(
        db=db,
        settings=settings,
        files=FileStore(settings.files_root),
        slack=SlackDoor(client),
        http=http,
        reader=reader,
        providers=providers,
        models=models_of(settings),
        wakers=wakers,
        owner=f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:6]}",
    )


def models_of(settings: Settings) -> Models:
    """The models of the settings, tuned ones by their base."""

    def info(name: str) -> ModelInfo:
        chosen = settings.model(name)
        label = settings.provider(chosen.provider).name or chosen.provider
        return ModelInfo(
            name=name,
            provider=chosen.provider,
            provider_label=label,
            input_usd=chosen.input_usd,
            output_usd=chosen.output_usd,
            training_usd=chosen.training_usd,
            hourly_usd=chosen.hosting_usd_per_hour,
            rpm=chosen.rpm,
            tpm=chosen.tpm,
            max_output=chosen.max_output,
            notice=chosen.notice,
        )

    def named(name: str, what: str) -> ModelInfo:
        if not name:
            raise BotError(f"No model to {what} with is set up.", todo=f"Set defaults.{what} in tunesmith.toml.")
        return info(name)

    def generate(project: ProjectSettings) -> ModelInfo:
        return named(project.model or settings.defaults.generate, "generate")

    def tune(project: ProjectSettings) -> ModelInfo:
        return named(project.tune_model or settings.defaults.tune, "tune")

    return Models(generate=generate, tune=tune, info=info)


def open_providers(settings: Settings) -> Providers:
    """One connection a provider and purpose, opened when first asked for."""
    chats: dict[str, OpenAIChat] = {}
    tuners: dict[str, Tuner] = {}

    def chat(name: str) -> OpenAIChat:
        if name not in chats:
            chats[name] = OpenAIChat(account_of(settings, name).for_chat())
        return chats[name]

    def tuner(name: str) -> Tuner:
        if name not in tuners:
            tuners[name] = open_tuner(account_of(settings, name))
        return tuners[name]

    async def close() -> None:
        opened: list[OpenAIChat | Tuner] = [*chats.values(), *tuners.values()]
        await asyncio.gather(*(one.aclose() for one in opened))

    return Providers(chat=chat, tuner=tuner, close=close)


def build_app(deps: Deps) -> AsyncApp:
    """The Bolt app with every listener bound. Raises ValueError where two share an id."""
    app = AsyncApp(
        client=deps.slack.client,
        signing_secret=deps.settings.slack_signing_secret.get_secret_value() or None,
        request_verification_enabled=bool(deps.settings.slack_signing_secret.get_secret_value()),
    )
    handlers.register(app, deps)
    return app


@asynccontextmanager
async def running(deps: Deps) -> AsyncIterator[Clock]:
    """The clock and its jobs, stopped gracefully: nothing new is claimed, what is under way is finished or kept."""
    clock = Clock(deps, work())
    clock.start()
    try:
        yield clock
    finally:
        await clock.stop()
