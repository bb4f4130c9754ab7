"""`kill -9` of the bot while a model is being taught: one job at the provider, and everything said once."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import select

from bot.demo.colleague import has_button
from bot.domain.models import ModelInfo
from bot.domain.tuning import TrainForm
from bot.domain.tuning_state import JobState
from bot.services import tuning as service
from bot.views.ids import Action
from storage.engine import Database, connect, reading, transaction
from storage.models import Job
from tests.support.engine import Engine, ScriptedTrainer, scripted_engine
from tests.support.given_dataset import given_frozen
from tests.support.killing import TOML, BotProcess, Wire, leases_run_out, wire_to
from tests.support.shop import ANA
from tests.support.workspace import CATALOG, Workspace

CREATE = r"^POST .*/fine_tuning/jobs$"
ASK = r"^GET .*/fine_tuning/jobs/[^/]+$"
DIRECT = "D0ANA"


@dataclass
class Scene:
    """A confirmed job, the provider behind a wire, and the bot not yet started."""

    slack: Workspace
    database: str
    engine: Engine
    wire: Wire
    bot: BotProcess

    async def dies_at(self, moment: str, *, after: bool = False) -> None:
        self.wire.strike(moment, self.bot.kill, after=after)
        await self.bot.start()
        await until(self.is_struck)

    async def lives_again(self) -> None:
        await leases_run_out(self.database)
        await self.bot.start()

    async def is_struck(self) -> bool:
        return self.wire.struck > 0

    async def is_over(self) -> bool:
        """Whether the bot has recorded the end."""
        db = connect(self.database)
        async with reading(db) as session:
            state = (await session.exec(select(Job.state))).one()
        await db.close()
        return state is JobState.SUCCEEDED

    async def posted_more_than(self, count: int) -> bool:
        return len(await self.slack.calls("chat.postMessage")) > count

    async def all_is_said_once(self) -> None:
        """The end arrived, one job was made, and nothing was said twice."""
        await self.slack.ana.wait_for_message(lambda m: has_button(m, Action.TRY_MODEL), channel=DIRECT, timeout=60)
        await self.slack.ana.wait_for_message(lambda m: "ft:" in m["text"] and "thread_ts" in m, channel=CATALOG)
        await asyncio.sleep(1.5)  # whatever would be said twice would be by now
        async with self.engine.client() as client:
            assert len((await client.fine_tuning.jobs.list()).data) == 1
        direct = [m for m in await self.slack.ana.history(DIRECT) if "learned your voice" in m["text"]]
        assert len(direct) == 1
        cards = [m for m in await self.slack.ana.history(CATALOG) if m["text"].startswith(("Teaching", "Taught"))]
        assert len(cards) == 1
        thread = await self.slack.ana.replies(CATALOG, cards[0]["ts"])
        assert sum("learned your voice" in m["text"] for m in thread[1:]) == 1


@pytest.fixture
async def scene(slack: Workspace, sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Scene]:
    home = tmp_path / "home"
    home.mkdir()
    shutil.copy(sqlite_template, home / "tunesmith.sqlite3")
    database = f"sqlite:///{home / 'tunesmith.sqlite3'}"
    async with scripted_engine(tmp_path / "engine", trainer=ScriptedTrainer()) as engine, wire_to(engine) as wire:
        (home / "tunesmith.toml").write_text(TOML.format(model=engine.model, url=wire.url))
        await given_confirmed(connect(database), engine)
        bot = BotProcess(slack, home, tmp_path / "bot.log")
        try:
            yield Scene(slack, database, engine, wire, bot)
        finally:
            bot.kill()
            print(bot.said()[-4000:])


async def given_confirmed(db: Database, engine: Engine) -> None:
    now = datetime.now(UTC)
    frozen = await given_frozen(db, ANA, now, approved=12, channel=CATALOG)  # type: ignore[arg-type]
    model = ModelInfo(engine.model, "lab", "the lab")
    async with transaction(db) as session:
        await service.start(session, frozen.id, ANA, form=TrainForm(), model=model, confirmation="c1", now=now)
    await db.close()


async def until(holds: Callable[[], Awaitable[bool]], seconds: float = 60) -> None:
    async with asyncio.timeout(seconds):
        while not await holds():  # noqa: ASYNC110 - another process makes it hold
            await asyncio.sleep(0.02)


async def test_killed_after_the_creation_whose_answer_it_never_saw(scene: Scene) -> None:
    await scene.dies_at(CREATE, after=True)

    await scene.lives_again()

    await scene.all_is_said_once()
    assert sum(call.startswith("POST") and call.endswith("/jobs") for call in scene.wire.seen) == 1


@pytest.mark.slow
async def test_killed_just_before_the_creation_arrives(scene: Scene) -> None:
    await scene.dies_at(CREATE)

    await scene.lives_again()

    await scene.all_is_said_once()


@pytest.mark.slow
async def test_killed_while_it_uploads(scene: Scene) -> None:
    await scene.dies_at(r"^POST .*/files$", after=True)

    await scene.lives_again()

    await scene.all_is_said_once()


@pytest.mark.slow
@pytest.mark.parametrize("after", [False, True])
async def test_killed_while_it_asks(scene: Scene, after: bool) -> None:
    await scene.dies_at(ASK, after=after)

    await scene.lives_again()

    await scene.all_is_said_once()


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["lose_answer", "stall"])
async def test_killed_between_the_result_and_the_news_of_it(scene: Scene, fault: str) -> None:
    """The end is recorded; its messages are on their way, arrived or not, when the bot dies."""
    await scene.bot.start()
    await scene.slack.ana.wait_for_text("Teaching", timeout=60)
    before = len(await scene.slack.calls("chat.postMessage"))
    more = {"seconds": 30} if fault == "stall" else {}
    await scene.slack.control.fault("chat.postMessage", fault, times=2, **more)
    await until(scene.is_over)
    if fault == "lose_answer":
        await until(lambda: scene.posted_more_than(before))
    scene.bot.kill()
    await scene.slack.control.clear_faults()

    await scene.lives_again()

    await scene.all_is_said_once()
