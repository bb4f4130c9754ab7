"""Projects whose texts people have decided on, and jobs' dependencies without a Slack behind them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import aiohttp

from bot.app import build_deps
from bot.config import Defaults, ModelSettings, ProviderSettings, Settings
from bot.deps import Deps, Providers
from bot.domain.completion import Origin, RunKind, RunState, WritingState
from bot.domain.people import Actor
from bot.domain.review import ReviewState, Surface
from bot.ingest.worker import Reader
from bot.services import dataset as datasets
from bot.services import prompt as prompts
from storage.engine import Database, transaction
from storage.models import Batch, Completion, Project, Run
from tests.support.given_catalog import fresh, given_signed_off, teas

BASE = "small"


@dataclass
class Timepiece:
    """A clock that a test turns."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


@asynccontextmanager
async def deps_without_slack(
    db: Database, home: Path, clock: Timepiece, providers: Providers, **more: object
) -> AsyncIterator[Deps]:
    """What jobs get, for jobs that never speak to Slack."""
    settings = Settings(
        _env_file=None,  # type: ignore[call-arg]
        home=home,
        providers={"lab": ProviderSettings(base_url="http://127.0.0.1:9/v1", name="the lab")},
        models={BASE: ModelSettings(provider="lab", input_usd=1.0, output_usd=2.0, training_usd=3.0)},
        defaults=Defaults(generate=BASE, tune=BASE),
        **more,  # type: ignore[arg-type]
    )
    async with aiohttp.ClientSession() as http:
        deps = build_deps(settings, db=db, http=http, reader=Reader(), providers=providers)
        yield replace(deps, now=clock, owner="worker-1")


async def given_decided(
    db: Database,
    actor: Actor,
    now: datetime,
    *,
    approved: int,
    edited: int = 0,
    rejected: int = 0,
    open_: int = 0,
    products: int = 0,
    channel: str = "C1",
    catalog: str = "",
    template: str = "",
) -> Project:
    """A project of so many teas, of which the first have texts: approved ones, then edited, rejected and open ones."""
    wanted = approved + edited + rejected + open_
    table = catalog or teas(max(products, wanted, 1))
    project = await given_signed_off(db, table, actor, now, channel=channel, template=template)
    states = (
        [ReviewState.APPROVED] * approved
        + [ReviewState.EDITED] * edited
        + [ReviewState.REJECTED] * rejected
        + [ReviewState.OPEN] * open_
    )
    async with transaction(db) as session:
        run = Run(
            team_id=project.team_id, project_id=project.id or 0, kind=RunKind.WRITE, state=RunState.DONE, wanted=wanted,
            provider="lab", model=BASE, temperature=0.7, max_tokens=100, started_by=actor.user_id, created_at=now,
        )  # fmt: skip
        session.add(run)
        await session.flush()
        batch = Batch(
            team_id=project.team_id, project_id=project.id or 0, run_id=run.id, title="New texts", created_at=now
        )  # fmt: skip
        session.add(batch)
        await session.flush()
        drawn = [prompt async for prompt in prompts.prompts_of(session, project)][:wanted]
        stored = await prompts.keep(session, project, drawn)
        for number, (prompt, state) in enumerate(zip(stored, states, strict=True), start=1):
            edited_here = state is ReviewState.EDITED
            session.add(
                Completion(
                    team_id=project.team_id, project_id=project.id or 0, run_id=run.id or 0, batch_id=batch.id,
                    number=number, prompt_id=prompt.id or 0, product_id=prompt.product_id, state=WritingState.WRITTEN,
                    origin=Origin.SLACK_EDIT if edited_here else Origin.MODEL, version=2 if edited_here else 1,
                    text=f"Text {number}, by hand." if edited_here else f"Text {number}.", original=f"Text {number}.",
                    model=BASE, review=state, created_at=now,
                    decided_by="" if state is ReviewState.OPEN else actor.user_id,
                    decided_at=None if state is ReviewState.OPEN else now + timedelta(seconds=number),
                    decided_on=None if state is ReviewState.OPEN else Surface.BUTTON,
                )
            )  # fmt: skip
    return await fresh(db, project.id or 0)


async def given_frozen(db: Database, actor: Actor, now: datetime, **texts: int) -> datasets.Frozen:
    """The first version of such a project."""
    project = await given_decided(db, actor, now, **texts)
    async with transaction(db) as session:
        return await datasets.freeze(session, project.id or 0, actor, now=now)
