"""Tuned models at Slack's door: listed, taken back, started for a price, ordered again after a failure."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlmodel import select

from bot.demo.colleague import has_button
from bot.deps import Deps
from bot.domain.tuned import ServingState
from bot.views.ids import Action
from storage.engine import Database, reading, transaction
from storage.models import Dataset, Job, Project, ProjectModel
from tests.support.engine import ScriptedTrainer
from tests.support.given_dataset import given_decided
from tests.support.shop import ANA, bot_with_engine
from tests.support.workspace import CATALOG, Workspace


@pytest.fixture
def trainer() -> ScriptedTrainer:
    return ScriptedTrainer()


@pytest.fixture
async def shop(slack: Workspace, sqlite_db: Database, tmp_path: Path, trainer: ScriptedTrainer) -> AsyncIterator[Deps]:
    """A bot whose channel has thirty teas, twelve of them with an approved text."""
    async with bot_with_engine(slack, sqlite_db, tmp_path, trainer=trainer) as (deps, _):
        await given_decided(sqlite_db, ANA, deps.now(), approved=12, products=30, channel=CATALOG)
        yield deps


async def teach(slack: Workspace) -> None:
    await slack.ana.click(Action.TRAIN_OPEN)
    await slack.ana.wait_for_modal()
    await slack.ana.submit({})


async def in_use(shop: Deps) -> str:
    async with reading(shop.db) as session:
        return (await session.exec(select(Project.tuned_model))).one()


async def test_the_way_back_is_one_click_on_the_list_and_the_chart_says_the_same_in_words(
    slack: Workspace, shop: Deps
) -> None:
    await slack.ana.command(CATALOG, "/tune models")
    await slack.ana.wait_for_text("No model was taught here yet.")
    await slack.ana.command(CATALOG, "/tune dataset")
    await slack.ana.wait_for_message(lambda m: has_button(m, Action.TRAIN_OPEN))
    await teach(slack)
    card = await slack.ana.wait_for_message(lambda m: m["text"].startswith("Taught"), timeout=30, channel=CATALOG)
    first = await in_use(shop)
    shown = await slack.ana.wait_for_message(
        lambda m: m["ts"] == card["ts"] and "slack_file" in str(m["blocks"]), timeout=30
    )
    [image] = [block for block in shown["blocks"] if block["type"] == "image"]
    assert image["alt_text"].startswith("How far off the model is (loss, less is better). On the texts it learns from:")
    assert "fell from" in image["alt_text"] and "kept aside" in image["alt_text"]
    await slack.ana.command(CATALOG, "/tune train")
    await slack.ana.wait_for_modal()
    await slack.ana.submit({})
    done = lambda m: m["text"].startswith("Taught") and m["ts"] != card["ts"]  # noqa: E731
    await slack.ana.wait_for_message(done, timeout=30, channel=CATALOG)
    assert await in_use(shop) != first

    await slack.ana.command(CATALOG, "/tune models")
    listed = await slack.ana.wait_for_message(lambda m: has_button(m, Action.TUNED_BACK))
    assert listed["ephemeral"]
    await slack.ana.click(Action.TUNED_BACK, message=listed)

    await slack.ana.wait_for_message(lambda m: m["text"].startswith("Your models.") and f"{first}: In use" in m["text"])
    assert await in_use(shop) == first


async def test_a_price_an_hour_is_asked_before_anything_starts(slack: Workspace, shop: Deps) -> None:
    await slack.ana.command(CATALOG, "/tune dataset")
    await slack.ana.wait_for_message(lambda m: has_button(m, Action.TRAIN_OPEN))
    await teach(slack)
    await slack.ana.wait_for_message(lambda m: has_button(m, Action.TRY_MODEL), timeout=30, channel=CATALOG)
    async with transaction(shop.db) as session:
        model = (await session.exec(select(ProjectModel))).one()
        model.state, model.hourly, model.hourly_usd = ServingState.STOPPED, True, 3.3
        session.add(model)
    await slack.ana.command(CATALOG, "/tune try")
    await slack.ana.wait_for_text("is not running. /tune models starts it, about $3.30 an hour while it runs.")

    await slack.ana.command(CATALOG, "/tune models")
    listed = await slack.ana.wait_for_message(lambda m: has_button(m, Action.TUNED_START))
    assert "Start it · $3.30 an hour" in str(listed["blocks"])
    assert "bills $3.30 an hour from now until it is stopped" in str(listed["blocks"])
    await slack.ben.command(CATALOG, "/tune models")
    his = await slack.ben.wait_for_message(lambda m: has_button(m, Action.TUNED_START))
    await slack.ben.click(Action.TUNED_START, message=his)
    await slack.ben.wait_for_text("Only the project's owner can do this")
    await slack.ana.click(Action.TUNED_START, message=listed)

    await slack.ana.wait_for_message(
        lambda m: has_button(m, Action.TUNED_STOP) and "In use. Running since" in str(m["blocks"]), channel=CATALOG
    )


async def test_a_failure_leads_to_the_window_with_what_mends_it(
    slack: Workspace, shop: Deps, trainer: ScriptedTrainer
) -> None:
    trainer.problem = "The machine ran out of memory."
    await slack.ana.command(CATALOG, "/tune dataset")
    await slack.ana.wait_for_message(lambda m: has_button(m, Action.TRAIN_OPEN))
    await teach(slack)
    card = await slack.ana.wait_for_message(lambda m: has_button(m, Action.TRAIN_RETRY), timeout=30, channel=CATALOG)
    assert "Try a smaller batch" in str(card["blocks"]) and "Fewer texts at a time need less memory" in card["text"]

    trainer.problem = ""
    await slack.ana.click(Action.TRAIN_RETRY, message=card)
    window = await slack.ana.wait_for_modal()
    assert "ran out of memory" in str(window["blocks"]) and "4 texts at a time" in str(window["blocks"])
    await slack.ana.submit({})

    await slack.ana.wait_for_message(lambda m: has_button(m, Action.TRY_MODEL), timeout=30, channel=CATALOG)
    async with reading(shop.db) as session:
        jobs = (await session.exec(select(Job).order_by(Job.id))).all()  # type: ignore[arg-type]
    assert [job.params["hyperparameters"].get("batch_size") for job in jobs] == [None, 4]


async def test_a_named_line_is_dropped_and_the_rest_ordered(
    slack: Workspace, sqlite_db: Database, tmp_path: Path, trainer: ScriptedTrainer
) -> None:
    async with bot_with_engine(slack, sqlite_db, tmp_path, trainer=trainer) as (deps, _):
        await given_decided(sqlite_db, ANA, deps.now(), approved=16, products=30, channel=CATALOG)
        trainer.problem = "Line 3 has no assistant turn."
        await slack.ana.command(CATALOG, "/tune dataset")
        await slack.ana.wait_for_message(lambda m: has_button(m, Action.TRAIN_OPEN))
        await teach(slack)
        card = await slack.ana.wait_for_message(lambda m: has_button(m, Action.TRAIN_DROP), timeout=30, channel=CATALOG)

        trainer.problem = ""
        await slack.ana.click(Action.TRAIN_DROP, message=card)
        window = await slack.ana.wait_for_modal()
        assert "Line 3 has no assistant turn." in str(window["blocks"])
        await slack.ana.submit({})

        await slack.ana.wait_for_message(lambda m: has_button(m, Action.TRY_MODEL), timeout=30, channel=CATALOG)
    async with reading(sqlite_db) as session:
        failed, ordered = (await session.exec(select(Job).order_by(Job.id))).all()  # type: ignore[arg-type]
        sizes = {one.id: one.train_pairs for one in (await session.exec(select(Dataset))).all()}
    assert sizes[ordered.dataset_id] == sizes[failed.dataset_id] - 1


async def test_where_dropping_a_line_leaves_too_few_texts_the_note_says_so(
    slack: Workspace, shop: Deps, trainer: ScriptedTrainer
) -> None:
    trainer.problem = "Line 3 has no assistant turn."
    await slack.ana.command(CATALOG, "/tune dataset")
    await slack.ana.wait_for_message(lambda m: has_button(m, Action.TRAIN_OPEN))
    await teach(slack)
    card = await slack.ana.wait_for_message(lambda m: has_button(m, Action.TRAIN_DROP), timeout=30, channel=CATALOG)

    await slack.ana.click(Action.TRAIN_DROP, message=card)

    note = await slack.ana.wait_for_text("This set has 9 texts to teach with; a provider takes at least 10.")
    assert note["ephemeral"]


async def test_without_another_provider_elsewhere_says_what_is_missing(slack: Workspace, shop: Deps) -> None:
    await slack.ana.command(CATALOG, "/tune dataset")
    await slack.ana.wait_for_message(lambda m: has_button(m, Action.TRAIN_OPEN))
    await teach(slack)
    await slack.ana.wait_for_message(lambda m: has_button(m, Action.TRY_MODEL), timeout=30, channel=CATALOG)
    await slack.ana.command(CATALOG, "/tune models")
    listed = await slack.ana.wait_for_message(lambda m: has_button(m, Action.TRAIN_ELSEWHERE))

    await slack.ana.click(Action.TRAIN_ELSEWHERE, message=listed)

    await slack.ana.wait_for_text("No other provider is set up here yet.")
