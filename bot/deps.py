"""What is passed down to handlers and jobs. `bot/app.py` builds it, nobody else."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import aiohttp

from bot.config import Settings
from bot.domain.models import ModelInfo
from bot.domain.money import SpendingLimits
from bot.domain.project import ProjectSettings
from bot.ingest.worker import Reader
from bot.services.generation_pacer import Pacer
from bot.slack.door import SlackDoor
from storage.engine import Database
from storage.files import FileStore

if TYPE_CHECKING:
    from bot.providers.base import ChatModel, Tuner


@dataclass
class Wakers:
    """One event a job: set by commits and by the clock, awaited by the job's loop."""

    events: dict[str, asyncio.Event] = field(default_factory=dict)

    def wake(self, job: str) -> None:
        self.event(job).set()
        if job == "deliver":  # news may be an edit or a first post: both lanes look
            self.event("post").set()

    def event(self, job: str) -> asyncio.Event:
        return self.events.setdefault(job, asyncio.Event())


@dataclass(frozen=True)
class Models:
    """The models of the settings. All raise BotError where nothing is set up."""

    generate: Callable[[ProjectSettings], ModelInfo]  # what a project writes with
    tune: Callable[[ProjectSettings], ModelInfo]  # what a project tunes
    info: Callable[[str], ModelInfo]  # any model, tuned ones too


@dataclass(frozen=True)
class Providers:
    """Model providers by name, opened when first used and closed together. Both raise BotError for unknown names."""

    chat: Callable[[str], ChatModel]
    tuner: Callable[[str], Tuner]
    close: Callable[[], Awaitable[None]]


@dataclass
class Pacers:
    """One pacer for each model at each provider, shared by everything in this process that asks it."""

    open: dict[tuple[str, str], Pacer] = field(default_factory=dict)

    def of(self, model: ModelInfo) -> Pacer:
        return self.open.setdefault((model.provider, model.name), Pacer(model.rpm, model.tpm))


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Deps:
    db: Database
    settings: Settings
    files: FileStore
    slack: SlackDoor
    http: aiohttp.ClientSession
    reader: Reader
    providers: Providers
    models: Models
    wakers: Wakers
    owner: str  # names this process in leases
    now: Callable[[], datetime] = utc_now
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    pacers: Pacers = field(default_factory=Pacers)

    @property
    def limits(self) -> SpendingLimits:
        """What the settings say of money."""
        return SpendingLimits(self.settings.budget_usd_per_month, self.settings.second_approver_above_usd)
