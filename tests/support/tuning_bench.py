"""A project with a confirmed job, its scripted provider, and a clock that a test turns."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlmodel import select

from bot.deps import Deps
from bot.domain.outbox import Say
from bot.domain.people import Actor
from bot.domain.tuning import JobCard, TrainForm
from bot.domain.tuning_terms import Terms
from bot.jobs import tuning
from bot.services import tuning as service
from storage.engine import Database, connect, reading, transaction
from storage.models import Job, Ledger, Outbox, ProjectModel
from tests.support.given_dataset import BASE, Timepiece, deps_without_slack, given_frozen
from tests.support.scripted_tuner import ScriptedChat, ScriptedTuner, scripted_providers

ANA, NOW = Actor("T1", "UANA", name="Ana"), datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


@dataclass
class Bench:
    """A project with a confirmed job, its provider, and the clock."""

    deps: Deps
    clock: Timepiece
    tuner: ScriptedTuner
    chat: ScriptedChat
    job_id: int = 0

    async def poll(self, **later: float) -> int:
        self.clock.forward(**(later or {"seconds": 30}))
        return await tuning.run_once(self.deps)

    async def job(self) -> Job:
        async with reading(self.deps.db) as session:
            return (await session.exec(select(Job).where(Job.id == self.job_id))).one()

    async def card(self) -> JobCard:
        async with reading(self.deps.db) as session:
            return await service.card(session, self.job_id, now=self.clock.now)

    async def model(self) -> ProjectModel:
        async with reading(self.deps.db) as session:
            return (await session.exec(select(ProjectModel).where(ProjectModel.job_id == self.job_id))).one()

    async def said(self, *kinds: Say) -> list[str]:
        async with reading(self.deps.db) as session:
            rows = (await session.exec(select(Outbox))).all()
        return sorted(row.key for row in rows if row.kind in kinds)

    async def ledger(self) -> dict[str, tuple[str, float | None]]:
        async with reading(self.deps.db) as session:
            rows = (await session.exec(select(Ledger))).all()
        return {row.attempt: (row.state, row.usd) for row in rows}


@asynccontextmanager
async def bench_on(
    db: Database, dataset_id: int, actor: Actor, now: datetime, home: Path, **more: Any
) -> AsyncIterator[Bench]:
    """`more`: `terms` of the order, and settings."""
    terms = more.pop("terms", None)
    clock, tuner, chat = Timepiece(now), ScriptedTuner(), ScriptedChat()
    async with deps_without_slack(db, home, clock, scripted_providers(tuner, chat), **more) as deps:
        bench = Bench(deps, clock, tuner, chat)
        bench.job_id = await confirm(deps, dataset_id, actor, now, terms=terms)
        yield bench


async def confirm(
    deps: Deps, dataset_id: int, actor: Actor, now: datetime, confirmation: str = "c1", terms: Terms | None = None
) -> int:
    model = deps.models.info(BASE)
    async with transaction(deps.db) as session:
        job = await service.start(
            session, dataset_id, actor, form=TrainForm(epochs=2), model=model, confirmation=confirmation, now=now,
            terms=terms,
        )  # fmt: skip
    return job.id or 0


def frozen_database(path: Path, template: Path) -> Path:
    """A database with twenty approved texts in a frozen version, to be copied: making it takes longer than a test."""
    shutil.copy(template, path)

    async def freeze() -> None:
        db = connect(f"sqlite:///{path}")
        await given_frozen(db, ANA, NOW, approved=20)
        await db.close()

    asyncio.run(freeze())
    return path


@asynccontextmanager
async def bench_from(template: Path, home: Path, **more: Any) -> AsyncIterator[Bench]:
    """A bench on a copy of such a database."""
    shutil.copy(template, home / "bot.sqlite3")
    db = connect(f"sqlite:///{home / 'bot.sqlite3'}")
    async with bench_on(db, 1, ANA, NOW, home, **more) as bench:
        yield bench
    await db.close()
