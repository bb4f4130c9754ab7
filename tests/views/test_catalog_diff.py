"""What a new version of a catalog brings, in words and blocks."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.cards_catalog import CatalogCard, CatalogStage
from bot.domain.catalog_diff import CatalogDiff, CellChange, ProductChange, Switch, VersionCard
from bot.views import catalog as catalog_views
from bot.views import catalog_diff as views
from bot.views.ids import Action

DIFF = CatalogDiff(
    "teas <1>.csv", 1, "the column SKU", new=12, changed=5, gone=2, same=181, texts_back=3, texts_gone=1, texts_kept=40,
    columns_new=("Origin",), changes=(ProductChange("Tea *3*", (CellChange("Price", "9.50", "11.00"),)),),
    new_names=("<!channel> tea",), gone_names=("Old tea",),
)  # fmt: skip
READY = CatalogCard(5, "new.csv", CatalogStage.READY, 7, rows=198, in_use="teas.csv", version=VersionCard(diff=DIFF))


def test_the_card_says_what_changes_before_anybody_says_yes() -> None:
    message = catalog_views.catalog_card(READY)

    assert "12 new, 5 changed, 2 gone, 181 as before" in message.text
    assert "3 approved texts of changed products go back to review" in message.text
    assert "1 approved text of products that are gone stays out of training sets" in message.text
    assert "New columns: Origin." in str(message.blocks) and Action.CATALOG_CLOSER in str(message.blocks)
    assert "teas &lt;1&gt;.csv" in message.text


def test_until_it_is_compared_the_card_says_so() -> None:
    message = catalog_views.catalog_card(replace(READY, version=VersionCard(comparing=True)))

    assert "Comparing it with teas.csv" in str(message.blocks)


def test_the_window_shows_cells_old_and_new_exactly_as_they_are() -> None:
    window = views.closer_modal("new.csv", DIFF)
    words = str(window["blocks"])

    assert "Price: 9.50 → 11.00" in words and "*5 changed*, 1 of them:" in words
    names = [b for b in window["blocks"] if b["type"] == "rich_text" and "<!channel> tea" in str(b)]
    assert len(names) == 1  # as rich text, where it calls nobody


def test_a_version_that_was_replaced_offers_the_way_back_with_a_warning() -> None:
    version = VersionCard(1, again=True, in_use="new.csv", in_use_number=2)
    message = catalog_views.catalog_card(replace(READY, stage=CatalogStage.USED, version=version))
    [button] = message.blocks[-1]["elements"]

    assert button["action_id"] == Action.CATALOG_AGAIN and "confirm" in button
    assert message.text == "new.csv was version 1 of the catalog; version 2 (new.csv) is in use."


def test_afterwards_every_text_is_accounted_for() -> None:
    switch = Switch(done=True, kept=40, sent_back=3, set_aside=1, unplaced=2)

    words = views.switched(switch, 40)

    assert words.startswith(
        "Your texts: 40 approved texts stand; 3 went back to review, because the product changed; 1"
    )
    assert "2 of them are for prompts that are no more" in words
    assert views.switched(Switch(done=False), 0) == "Bringing your texts over …"


def test_long_cells_are_cut_around_what_differs() -> None:
    same = "x" * 500
    change = CellChange("Description", same + "old", same + "new")

    assert change.short().words == f"Description: …{'x' * 20}old → …{'x' * 20}new"
