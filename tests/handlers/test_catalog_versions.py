"""A new version of a catalog, and the spot check of a finished one, as people meet them in Slack."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.deps import Deps
from bot.views.ids import Action
from storage import project as projects
from storage.engine import Database, transaction
from tests.handlers.test_catalog import shows
from tests.support.given_catalog import given_ready_catalog
from tests.support.given_dataset import given_decided
from tests.support.given_versions import shop as catalog
from tests.support.shop import ANA, bot_with_engine
from tests.support.workspace import CATALOG, Workspace

Json = dict[str, Any]


@pytest.fixture
async def shop(slack: Workspace, sqlite_db: Database, tmp_path: Path) -> AsyncIterator[Deps]:
    """A bot whose channel has thirty teas, twelve of them with an approved text."""
    async with bot_with_engine(slack, sqlite_db, tmp_path) as (deps, _):
        await given_decided(
            sqlite_db, ANA, deps.now(), approved=12, products=30, catalog=catalog(range(30)), channel=CATALOG
        )
        yield deps


async def test_a_new_version_says_what_it_brings_and_can_be_taken_back(slack: Workspace, shop: Deps) -> None:
    rows = catalog(range(2, 33), price={3: "11.00", 5: "6.66", 20: "1.00"})
    await given_ready_catalog(shop.db, rows, ANA, shop.now(), channel=CATALOG, filename="teas_spring.csv")

    card = await slack.ana.wait_for_message(lambda m: "3 new, 3 changed, 2 gone, 25 as before" in m["text"])
    assert "2 approved texts of changed products go back to review" in card["text"]
    assert "2 approved texts of products that are gone stay out of training sets" in card["text"]
    await slack.ana.click(Action.CATALOG_CLOSER, message=card)
    window = await slack.ana.wait_for_modal()
    assert "Price: 3.50 → 11.00" in str(window["blocks"]) and "• Tea 30" in str(window["blocks"])
    await slack.ana.close_modal()

    await slack.ana.click(Action.CATALOG_VERSION, message=card)
    used = await slack.ana.wait_for_message(
        lambda m: "8 approved texts stand; 2 went back to review" in str(m["blocks"])
    )
    assert shows(Action.REVIEW_NEXT)(used)
    back = await slack.ana.wait_for_message(lambda m: "The product changed" in str(m.get("blocks")))
    assert "Price: 3.50 → 11.00" in str(back["blocks"]) and shows(Action.REVIEW_APPROVE)(back)
    await slack.ana.click(Action.REVIEW_APPROVE, message=back)
    await slack.ana.wait_for_message(lambda m: m["ts"] == back["ts"] and not shows(Action.REVIEW_APPROVE)(m))

    former = await slack.ana.wait_for_message(shows(Action.CATALOG_AGAIN))
    assert "teas.csv was version 1 of the catalog; version 2 (teas_spring.csv) is in use." in former["text"]
    await slack.ana.click(Action.CATALOG_AGAIN, message=former)
    await slack.ana.wait_for_text("teas_spring.csv was version 2 of the catalog; version 1 (teas.csv) is in use.")
    await slack.ana.wait_for_message(
        lambda m: m["ts"] == former["ts"] and "12 approved texts stand" in str(m["blocks"])
    )


async def test_texts_that_nobody_read_are_looked_at_and_the_file_comes_again(slack: Workspace, shop: Deps) -> None:
    async with transaction(shop.db) as session:
        await projects.change(session, 1, few_shot=True)
    await slack.ana.command(CATALOG, "/tune finish")
    window = await slack.ana.wait_for_modal()
    assert "Parquet" in str(window["blocks"])
    await slack.ana.submit({"formats": ["csv"]})
    card = await slack.ana.wait_for_message(shows(Action.SPOT_OPEN))

    await slack.ana.click(Action.SPOT_OPEN, message=card)
    first = await slack.ana.wait_for_modal()
    assert "1 of 18" in str(first["blocks"])
    await slack.ana.submit({})
    await slack.ana.wait_for_modal(lambda view: "2 of 18" in str(view["blocks"]))
    await slack.ana.click(Action.SPOT_EDIT)
    await slack.ana.wait_for_modal(lambda view: view["title"]["text"] == "Edit the text")
    await slack.ana.submit({"text": "Tea, as we would say it."})
    await slack.ana.wait_for_modal(lambda view: "3 of 18" in str(view["blocks"]))
    await slack.ana.click(Action.SPOT_REJECT)
    await slack.ana.wait_for_modal(lambda view: view["title"]["text"] == "Reject the text")
    await slack.ana.submit({"reason": "Dull"})
    await slack.ana.wait_for_modal(lambda view: "4 of 18" in str(view["blocks"]))
    await slack.ana.click(Action.SPOT_SKIP)
    await slack.ana.wait_for_modal(lambda view: "5 of 18" in str(view["blocks"]))
    await slack.ana.close_modal()

    counted = await slack.ana.wait_for_message(
        lambda m: "Of 3 looked at, 1 was fine, 1 edited, 1 rejected." in m["text"]
    )
    await slack.ana.click(Action.FINISH_FILES, message=counted)
    again = await slack.ana.wait_for_message(
        lambda m: any(file["name"].endswith("-with-texts-2.csv") for file in m.get("files", []))
    )
    table = (await slack.ana.download(again["files"][0])).decode("utf-8-sig")
    assert '"Tea, as we would say it.",looked at,Ana Ruiz,' in table and ",rejected,," in table
