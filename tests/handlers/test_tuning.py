"""Freeze, teach, before and after, the rest: as a person meets them, with the real wire on both sides."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.demo.colleague import has_button
from bot.deps import Deps
from bot.views.ids import Action
from storage.engine import Database
from tests.support.engine import ScriptedTrainer
from tests.support.given_catalog import SEED, SEED_TEMPLATE
from tests.support.given_dataset import given_decided
from tests.support.shop import ANA, bot_with_engine
from tests.support.workspace import CATALOG, Workspace

Json = dict[str, Any]


@pytest.fixture
def trainer() -> ScriptedTrainer:
    return ScriptedTrainer()


@pytest.fixture
async def shop(slack: Workspace, sqlite_db: Database, tmp_path: Path, trainer: ScriptedTrainer) -> AsyncIterator[Deps]:
    """A bot whose channel has thirty teas, twelve of them with an approved text."""
    async with bot_with_engine(slack, sqlite_db, tmp_path, trainer=trainer) as (deps, _):
        await given_decided(sqlite_db, ANA, deps.now(), approved=12, open_=2, products=30, channel=CATALOG)
        yield deps


def with_file(end: str) -> Any:
    return lambda message: any(file["name"].endswith(end) for file in message.get("files", []))


async def taught(slack: Workspace) -> Json:
    """The direct message that says so."""
    await slack.ana.command(CATALOG, "/tune dataset")
    await slack.ana.click(Action.TRAIN_OPEN)
    await slack.ana.submit({})
    return await slack.ana.wait_for_message(lambda m: has_button(m, Action.TRY_MODEL), channel="D0ANA")


async def test_the_whole_way_from_approved_texts_to_the_finished_table(slack: Workspace, shop: Deps) -> None:
    await slack.ana.command(CATALOG, "/tune dataset")
    card = await slack.ana.wait_for_message(lambda m: has_button(m, Action.TRAIN_OPEN))
    assert "12 approved" in card["text"] and "2 undecided stay out" in card["text"]
    train = await slack.ana.wait_for_message(with_file("-train.jsonl"))
    assert train["thread_ts"] == card["ts"]
    lines = (await slack.ana.download(train["files"][0])).splitlines()
    assert [m["role"] for m in json.loads(lines[0])["messages"]] == ["system", "user", "assistant"]

    await slack.ana.click(Action.TRAIN_OPEN, message=card)
    window = await slack.ana.wait_for_modal()
    assert "scripted-model" in str(window["blocks"]) and "under 1 cent" in str(window["blocks"])
    await slack.ana.submit({})

    word = await slack.ana.wait_for_message(lambda m: has_button(m, Action.TRY_MODEL), channel="D0ANA")
    assert "ft:scripted-model" in word["text"]
    job = await slack.ana.wait_for_message(lambda m: has_button(m, Action.TRY_MODEL), channel=CATALOG)
    assert "What it writes now" in str(job["blocks"]) and "Quietly useful" in str(job["blocks"])

    await slack.ana.click(Action.TRY_MODEL, message=job)
    trial = await slack.ana.wait_for_message(lambda m: m["text"].startswith("Tea ") and "After:" in m["text"])
    assert "This is Write a description" in trial["text"] and "Quietly useful" in trial["text"]

    await slack.ana.click(Action.FINISH_OPEN, message=trial)
    window = await slack.ana.wait_for_modal()
    assert "18 of 30" in str(window["blocks"])
    await slack.ana.submit({})

    finished = await slack.ana.wait_for_message(with_file("-with-texts.csv"))
    table = (await slack.ana.download(finished["files"][0])).decode("utf-8-sig").splitlines()
    assert len(table) == 31 and table[0].endswith(",Text,Looked at,Checked by,House rules,Not in the catalog")
    assert sum(",looked at,Ana Ruiz," in line for line in table) == 12
    assert sum(",not looked at,," in line for line in table) == 18
    done = await slack.ana.wait_for_text("The rest is written")
    assert "12 approved by people, 18 new and not checked" in done["text"]


async def test_more_shows_what_else_can_be_chosen_and_the_engine_gets_it(slack: Workspace, shop: Deps) -> None:
    await slack.ana.command(CATALOG, "/tune dataset")
    await slack.ana.click(Action.TRAIN_OPEN)
    await slack.ana.wait_for_modal()
    await slack.ana.click(Action.TRAIN_MORE)
    await slack.ana.wait_for_modal(lambda view: "epochs" in str(view["blocks"]))
    assert await slack.ana.submit({"learning_rate": "fast"}) == {"learning_rate": "Type a number, such as 40."}
    await slack.ana.submit({"epochs": "2", "learning_rate": "", "suffix": "Tea House"})

    word = await slack.ana.wait_for_message(lambda m: has_button(m, Action.TRY_MODEL), channel="D0ANA")
    assert "tea-house" in word["text"]
    [job] = await shop.providers.tuner("lab").jobs()
    assert job.total_steps == 2


async def test_only_owners_freeze_and_teach(slack: Workspace, shop: Deps) -> None:
    await slack.ben.command(CATALOG, "/tune dataset")

    note = await slack.ben.wait_for_text("Only the project's owner can do this")
    assert note["ephemeral"]


async def test_progress_is_shown_and_cancel_ends_it(slack: Workspace, shop: Deps, trainer: ScriptedTrainer) -> None:
    trainer.waits_after = 1
    await slack.ana.command(CATALOG, "/tune dataset")
    await slack.ana.click(Action.TRAIN_OPEN)
    await slack.ana.submit({})
    running = await slack.ana.wait_for_text("Teaching the model (step 1 of")
    assert "What it writes after step 1" in str(running["blocks"])

    await slack.ben.click(Action.TRAIN_TELL_ME)
    await slack.ben.wait_for_text("I will send you a message when it is over.")
    await slack.ana.click(Action.TRAIN_CANCEL, message=running)

    for person, direct in ((slack.ana, "D0ANA"), (slack.ben, "D0BEN")):
        word = await person.wait_for_message(lambda m: "cancelled by <@U0ANA>" in m["text"], channel=direct)
        assert has_button(word, Action.TRAIN_OPEN)
    assert trainer.stopped


async def test_a_failed_job_says_why_and_offers_another_try(
    slack: Workspace, shop: Deps, trainer: ScriptedTrainer
) -> None:
    trainer.problem = "The machine ran out of memory."
    await slack.ana.command(CATALOG, "/tune dataset")
    await slack.ana.click(Action.TRAIN_OPEN)
    await slack.ana.submit({})

    word = await slack.ana.wait_for_text("The machine ran out of memory.", channel="D0ANA")
    assert "Your training set is kept" in word["text"] and has_button(word, Action.TRAIN_OPEN)


async def test_the_model_is_listed_and_tried_on_a_named_product(slack: Workspace, shop: Deps) -> None:
    await slack.ana.command(CATALOG, "/tune jobs")
    await slack.ana.wait_for_text("No model was taught here yet.")
    await slack.ana.command(CATALOG, "/tune try Tea 3")
    await slack.ana.wait_for_text("There is no model of yours yet.")
    await taught(slack)

    await slack.ana.command(CATALOG, "/tune jobs")
    listed = await slack.ana.wait_for_text("The model has learned your voice", channel=CATALOG)
    assert "ft:scripted-model" in listed["text"]
    await slack.ana.command(CATALOG, "/tune try Teaa 29")
    await slack.ana.wait_for_text("Did you mean Tea 29")
    await slack.ana.command(CATALOG, "/tune try tea 29")
    await slack.ana.wait_for_text("Tea 29. Before:")


async def test_four_texts_lead_on_to_examples_and_a_table_instead_of_a_dead_end(
    slack: Workspace, sqlite_db: Database, tmp_path: Path
) -> None:
    async with bot_with_engine(slack, sqlite_db, tmp_path) as (deps, _):
        texts = {"catalog": SEED, "template": SEED_TEMPLATE, "channel": CATALOG}
        await given_decided(sqlite_db, ANA, deps.now(), approved=3, open_=1, **texts)  # type: ignore[arg-type]
        await slack.ana.command(CATALOG, "/tune dataset")
        card = await slack.ana.wait_for_message(lambda m: has_button(m, Action.DATASET_FEW_SHOT))
        assert (
            "3 approved. 10 is the provider's minimum, 50 to 100 start to help, the guide asks for 200." in card["text"]
        )
        file = await slack.ana.wait_for_message(with_file("-prompt-completion.jsonl"))
        first, *_ = (await slack.ana.download(file["files"][0])).decode().splitlines()
        prompt = "Write a description of Doxycycline, mention Antibiotic and injection"
        assert first == f'{{"prompt": "{prompt}", "completion": "Text 3."}}'
        await slack.ana.command(CATALOG, "/tune train")
        await slack.ana.wait_for_text("This set has 3 texts to teach with; a provider takes at least 10.")

        await slack.ana.click(Action.DATASET_FEW_SHOT)
        await slack.ana.click(Action.TRY_MODEL)
        await slack.ana.wait_for_text("With your examples: This is")
        await slack.ana.click(Action.FINISH_OPEN)
        await slack.ana.wait_for_modal()
        await slack.ana.submit({})

        finished = await slack.ana.wait_for_message(with_file("-with-texts.csv"))
        table = (await slack.ana.download(finished["files"][0])).decode("utf-8-sig").splitlines()
        assert table[0].startswith("Product Name,Type,Details,Text,Looked at,Checked by,")
        assert table[1].startswith("Paracetamol,Generic Drug,tablets,Text 1.,looked at,Ana Ruiz,")
        assert table[4].startswith("Doxycycline,Antibiotic,tablets,") and ",not looked at,," in table[4]
