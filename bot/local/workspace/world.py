"""Everything a request handler may need, in one value."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from bot.local.workspace.calls import CallLog
from bot.local.workspace.door import Door
from bot.local.workspace.events import Events
from bot.local.workspace.faults import Faults
from bot.local.workspace.manifest import Manifest
from bot.local.workspace.pages import Pages
from bot.local.workspace.ratelimit import RateLimiter
from bot.local.workspace.state import State, new_state
from bot.local.workspace.timing import Timing
from bot.local.workspace.triggers import ResponseUrls, Triggers


@dataclass(frozen=True)
class Tokens:
    bot: str
    app: str
    control: str
    page: str | None = None


@dataclass
class World:
    tokens: Tokens
    manifest: Manifest
    state: State
    timing: Timing
    door: Door
    events: Events
    rate_multiplier: float
    rates: RateLimiter
    pages: Pages = field(default_factory=Pages)
    calls: CallLog = field(default_factory=CallLog)
    faults: Faults = field(default_factory=Faults)
    triggers: Triggers = field(default_factory=Triggers)
    hooks: ResponseUrls = field(default_factory=ResponseUrls)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def start_over(self, manifest: Manifest) -> None:
        """As after a start, with this manifest; addresses, tokens and the way to the app stay."""
        for task in self.tasks:
            task.cancel()
        self.events.close()
        base_url, self.manifest, self.state = self.state.base_url, manifest, new_state(manifest.bot_name)
        self.state.base_url = base_url
        self.timing.start_over()
        self.events = Events(manifest, self.door, self.timing)
        self.rates, self.calls, self.faults = RateLimiter(self.rate_multiplier), CallLog(), Faults()
        self.triggers, self.hooks = Triggers(), ResponseUrls()

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run something beside the request, held on to until it ends."""
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)


WORLD = web.AppKey("world", World)
