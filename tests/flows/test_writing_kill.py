"""`kill -9` of the bot with requests open in writing: nothing is lost, at most what was on the wire is bought again."""

from __future__ import annotations

import asyncio
import random
import shutil
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select, update

from bot.domain.completion import RunState, WritingState
from bot.domain.review import WINDOW
from bot.services import completion
from storage import money
from storage.engine import Database, connect, reading, transaction
from storage.models import Completion, Outbox, Run
from tests.support.chat_server import ChatServer, running
from tests.support.given_catalog import given_signed_off, teas
from tests.support.given_texts import MODEL, given_tried
from tests.support.killing import TOML, BotProcess
from tests.support.shop import ANA
from tests.support.workspace import CATALOG, Workspace

WANTED = 20
# What the provider's profile allows to be open at a time.
OPEN = 4
LATENCY = 0.4


@dataclass
class Scene:
    """An ordered run of twenty texts, a provider that takes its time, and the bot not yet started."""

    slack: Workspace
    database: Database
    provider: ChatServer
    bot: BotProcess
    run_id: int

    def asked(self) -> int:
        return int(self.provider.stats().get("asked", 0))

    async def dies_after(self, requests: int) -> None:
        await self.bot.start()
        async with asyncio.timeout(60):
            while self.asked() < requests:  # noqa: ASYNC110 - another process, which rings no bell
                await asyncio.sleep(0.02)
        self.bot.kill()

    async def lease_runs_out(self) -> None:
        """As if the half minute had passed after which a dead worker's run is free."""
        async with transaction(self.database) as session:
            await session.exec(update(Run).values(lease_until=None))
            await session.exec(update(Outbox).values(lease_until=None))

    async def texts(self) -> list[Completion]:
        async with reading(self.database) as session:
            found = select(Completion).where(Completion.run_id == self.run_id)
            return list((await session.exec(found)).all())

    async def ledger(self) -> Counter[str]:
        async with reading(self.database) as session:
            return Counter(row.state for row in await money.rows_of_run(session, self.run_id))

    async def is_over(self) -> None:
        await self.slack.ana.wait_for_text(f"<@U0ANA> {WANTED} texts are ready to review", timeout=60)
        async with reading(self.database) as session:
            run = (await session.exec(select(Run).where(Run.id == self.run_id))).one()
        assert run.state == RunState.DONE

    async def nothing_is_lost_and_all_is_in_the_ledger(self, deaths: int) -> None:
        texts, ledger, stats = await self.texts(), await self.ledger(), self.provider.stats()
        assert len(texts) == WANTED and {text.state for text in texts} == {WritingState.WRITTEN}
        assert len({text.prompt_id for text in texts}) == WANTED == stats["bought"]
        assert stats["twice"] <= deaths * OPEN
        assert (ledger["settled"], ledger["reserved"]) == (WANTED, 0)
        assert stats["twice"] <= ledger["unknown"] <= deaths * OPEN
        assert stats["asked"] <= sum(ledger.values())

    async def nothing_was_said_twice(self) -> None:
        await self.slack.ana.wait_for_text(f"Review of {WANTED + 5} texts: 0 decided")
        async with asyncio.timeout(30):
            while await self._unsaid():  # noqa: ASYNC110 - another process, which rings no bell
                await asyncio.sleep(0.1)
        top = [message["text"] for message in await self.slack.ana.history(CATALOG)]
        assert sum("texts are ready to review" in text for text in top) == 1
        assert sum(text.startswith("Writing new texts") for text in top) == 1
        [batch] = [m for m in await self.slack.ana.history(CATALOG) if m["text"].startswith("Review of")]
        samples = [m["text"].partition(":")[0] for m in (await self.slack.ana.replies(CATALOG, batch["ts"]))[1:]]
        assert len(samples) == len(set(samples)) == WINDOW

    async def _unsaid(self) -> int:
        async with reading(self.database) as session:
            return sum(row.wanted > row.sent for row in (await session.exec(select(Outbox))).all())


@pytest.fixture
async def scene(slack: Workspace, sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Scene]:
    home = tmp_path / "home"
    home.mkdir()
    shutil.copy(sqlite_template, home / "tunesmith.sqlite3")
    database = connect(f"sqlite:///{home / 'tunesmith.sqlite3'}")
    with running(latency=LATENCY) as provider:
        (home / "tunesmith.toml").write_text(TOML.format(model=MODEL.name, url=provider.base_url) + PRICES)
        bot = BotProcess(slack, home, tmp_path / "bot.log")
        run_id = await given_ordered(database)
        try:
            yield Scene(slack, database, provider, bot, run_id)
        finally:
            bot.kill()
            await database.close()
            print((tmp_path / "bot.log").read_text()[-4000:])


PRICES = "input_usd = 1.0\noutput_usd = 2.0\n"


async def given_ordered(db: Database) -> int:
    """Five were tried and found good; twenty more are ordered."""
    now: Any = datetime.now(UTC)
    project = await given_signed_off(db, teas(40), ANA, now, channel=CATALOG)
    await given_tried(db, project, ANA, now)
    async with transaction(db) as session:
        return await completion.start_write(session, project.id or 0, ANA, count=WANTED, model=MODEL, now=now)


async def test_killed_with_requests_open_it_goes_on_where_it_was(scene: Scene) -> None:
    await scene.dies_after(2 * OPEN + 1)
    assert 0 < len([text for text in await scene.texts() if text.state == WritingState.WRITTEN]) < WANTED

    await scene.lease_runs_out()
    await scene.bot.start()

    await scene.is_over()
    await scene.nothing_is_lost_and_all_is_in_the_ledger(deaths=1)
    await scene.nothing_was_said_twice()


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
async def test_killed_again_and_again_at_any_moment(scene: Scene, seed: int) -> None:
    dice = random.Random(seed)
    deaths = 5
    for _ in range(deaths):
        await scene.bot.start()
        await asyncio.sleep(dice.uniform(0.0, 2.0))
        scene.bot.kill()
        await scene.lease_runs_out()

    await scene.bot.start()

    await scene.is_over()
    await scene.nothing_is_lost_and_all_is_in_the_ledger(deaths)
    await scene.nothing_was_said_twice()
