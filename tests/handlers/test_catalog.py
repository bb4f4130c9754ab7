"""Catalogs as people meet them: dropped, asked about, imported by the menu, pasted, corrected, used."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlmodel import select

from bot.demo.person import Person
from bot.deps import Deps
from bot.views.ids import Action, Callback
from storage.engine import reading
from storage.models import Catalog, CatalogState, Product
from tests.support.given_catalog import SAMPLE, SEED, teas
from tests.support.quick_reader import QuickReader
from tests.support.workspace import CATALOG, RANDOM, Workspace

Json = dict[str, Any]


@pytest.fixture
async def deps(deps: Deps) -> Deps:
    """As the bot's, but catalogs are read in this process: starting another one takes longer than a test."""
    return replace(deps, reader=QuickReader())


def shows(action: str) -> Callable[[Json], bool]:
    """A message that has this button."""

    def look(message: Json) -> bool:
        held = [[*block.get("elements", []), block.get("accessory") or {}] for block in message.get("blocks") or []]
        return any(element.get("action_id") == action for elements in held for element in elements)

    return look


async def drop(person: Person, channel: str, text: str = SEED, name: str = "medicines.csv") -> None:
    await person.upload(channel, (name, text.encode()))


async def catalogs_of(deps: Deps) -> list[Catalog]:
    async with reading(deps.db) as session:
        return list((await session.exec(select(Catalog).order_by(Catalog.id))).all())  # type: ignore[arg-type]


async def test_a_dropped_file_becomes_a_catalog_a_template_and_ten_prompts(slack: Workspace, bot: Deps) -> None:
    await slack.ana.command(CATALOG, "/tune new Shop")
    await slack.ana.upload(CATALOG, SAMPLE)

    card = await slack.ana.wait_for_message(shows(Action.CATALOG_USE))
    assert "60 products" in card["text"] and "40 of 60 products already have a text" in card["text"]
    await slack.ana.click(Action.CATALOG_USE)
    prompts = await slack.ana.wait_for_message(shows(Action.PROMPTS_SIGN))

    assert "Sends the columns Product Name, Type, Details of 60 products to the lab." in prompts["text"]
    await slack.ana.click(Action.PROMPTS_SIGN)
    signed = await slack.ana.wait_for_message(shows(Action.WRITE_TRY))
    assert signed["ts"] == prompts["ts"] and "Looks right, says <@U0ANA>" in signed["text"]
    assert shows(Action.WRITE_EXISTING)(signed)


async def test_the_seed_is_asked_about_in_words_and_one_tap_changes_it(slack: Workspace, bot: Deps) -> None:
    await slack.ana.command(CATALOG, "/tune new Medicines")
    await drop(slack.ana, CATALOG)

    await slack.ana.wait_for_text(
        "'Details' lists several values (tablets, syrup). I'll write one text per value: 4 texts."
    )
    await slack.ana.click("One per product instead: 2")

    await slack.ana.wait_for_text("I'll write one text per product: 2 texts.")
    await slack.ana.wait_for_text("One per value instead: 4")


async def test_elsewhere_only_the_uploader_is_asked_and_nothing_is_downloaded_before_yes(
    slack: Workspace, bot: Deps
) -> None:
    await drop(slack.ana, CATALOG, name="budget.xlsx")

    question = await slack.ana.wait_for_text("Use budget.xlsx as a product catalog?")

    [whisper] = await slack.control.wait_for_call("chat.postEphemeral")
    assert whisper["user"] == "U0ANA" and question["ephemeral"]
    assert slack.ben.newest(shows(Action.CATALOG_YES)) is None
    [catalog] = await catalogs_of(bot)
    assert catalog.state == CatalogState.ASKED and not catalog.file_key
    await slack.ana.click(Action.CATALOG_YES)
    await slack.ana.wait_for_message(shows(Action.CATALOG_USE))
    assert slack.ana.newest(shows(Action.CATALOG_YES)) is None


async def test_never_ask_here_is_kept(slack: Workspace, bot: Deps) -> None:
    await drop(slack.ana, CATALOG, name="one.csv")
    await slack.ana.click(Action.CATALOG_NEVER)
    await slack.ana.wait_for_text("I won't ask about files here again")

    await drop(slack.ana, CATALOG, name="two.csv")
    await slack.ana.command(CATALOG, "/tune help")

    await slack.ana.wait_for_text("What /tune can do")
    assert [catalog.state for catalog in await catalogs_of(bot)] == [CatalogState.CANCELLED]


async def test_a_picture_is_passed_over_in_silence(slack: Workspace, bot: Deps) -> None:
    await slack.ana.command(CATALOG, "/tune new Shop")
    await slack.ana.upload(CATALOG, ("lunch.png", b"\x89PNG\r\n\x1a\n" + b"0" * 40))
    await drop(slack.ana, CATALOG)

    await slack.ana.wait_for_message(shows(Action.CATALOG_USE))
    states = {catalog.state for catalog in await catalogs_of(bot)}
    assert states == {CatalogState.CANCELLED, CatalogState.READY}
    assert slack.ana.newest(lambda message: "lunch.png" in message.get("text", "") and "bot_id" in message) is None


async def test_a_file_in_a_direct_message_is_read_at_once(slack: Workspace, bot: Deps) -> None:
    await drop(slack.ana, "D0ANA")

    card = await slack.ana.wait_for_message(shows(Action.CATALOG_USE), channel="D0ANA")

    assert "2 products, 3 columns" in card["text"]


async def test_the_menu_imports_the_file_of_a_message(slack: Workspace, bot: Deps) -> None:
    await drop(slack.ben, CATALOG, name="theirs.csv")
    message = await slack.ana.wait_for_message(lambda one: bool(one.get("files")), channel=CATALOG)

    await slack.ana.shortcut(Callback.IMPORT_MESSAGE, message)

    await slack.ana.wait_for_message(shows(Action.CATALOG_USE))
    await slack.ana.shortcut(Callback.IMPORT_MESSAGE, message)
    await slack.ana.wait_for_text("This file was read already.")


async def test_the_menu_imports_a_table_out_of_a_messages_text(slack: Workspace, bot: Deps) -> None:
    await slack.ana.send(CATALOG, "Product Name | Type\nSalt & Pepper | spice\nGravy <3 | sauce\n")
    message = await slack.ana.wait_for_message(lambda one: "Pepper" in one.get("text", ""), channel=CATALOG)

    await slack.ana.shortcut(Callback.IMPORT_MESSAGE, message)

    await slack.ana.wait_for_message(shows(Action.CATALOG_USE))
    async with reading(bot.db) as session:
        names = [product.name for product in (await session.exec(select(Product).order_by(Product.position))).all()]  # type: ignore[arg-type]
    assert names == ["Salt & Pepper", "Gravy <3"]


async def test_a_message_without_a_table_is_answered_with_what_to_choose(slack: Workspace, bot: Deps) -> None:
    await slack.ana.send(CATALOG, "good morning")
    message = await slack.ana.wait_for_message(lambda one: one.get("text") == "good morning", channel=CATALOG)

    await slack.ana.shortcut(Callback.IMPORT_MESSAGE, message)

    await slack.ana.wait_for_text("There is no file and no table in this message.")


async def test_a_pasted_table_is_read_by_the_modal(slack: Workspace, bot: Deps) -> None:
    await slack.ana.command(CATALOG, "/tune catalog")
    await slack.ana.wait_for_modal()

    assert "file" in await slack.ana.submit({})
    assert await slack.ana.submit({"pasted": SEED}) == {}

    card = await slack.ana.wait_for_message(shows(Action.CATALOG_USE))
    assert "pasted table: 2 products" in card["text"]


async def test_a_file_chosen_in_the_modal_is_read(slack: Workspace, bot: Deps) -> None:
    uploaded = await slack.ana.upload(None, ("medicines.csv", SEED.encode()))
    await slack.ana.command(CATALOG, "/tune catalog")
    await slack.ana.wait_for_modal()

    assert await slack.ana.submit({"file": uploaded["files"]}) == {}

    card = await slack.ana.wait_for_message(shows(Action.CATALOG_USE))
    assert "medicines.csv: 2 products" in card["text"]


async def test_a_second_catalog_asks_whether_it_is_a_new_version(slack: Workspace, bot: Deps) -> None:
    await slack.ana.command(CATALOG, "/tune new Shop")
    await drop(slack.ana, CATALOG, teas(3), "teas.csv")
    await slack.ana.click(Action.CATALOG_USE)
    await slack.ana.wait_for_message(shows(Action.PROMPTS_SIGN))
    await drop(slack.ana, CATALOG, teas(5), "more.csv")
    await slack.ana.click(Action.CATALOG_YES)

    card = await slack.ana.wait_for_message(shows(Action.CATALOG_VERSION))
    assert "This project uses teas.csv now." in card["text"] and shows(Action.CATALOG_OTHER)(card)
    await slack.ana.click(Action.CATALOG_VERSION)

    await slack.ana.wait_for_text("more.csv is in use: 5 products")
    await slack.ana.wait_for_text("Earlier prompts of Shop.")


async def test_columns_are_corrected_in_a_form_and_the_names_follow(slack: Workspace, bot: Deps) -> None:
    await slack.ana.command(CATALOG, "/tune new Shop")
    await drop(slack.ana, CATALOG)
    await slack.ana.click(Action.CATALOG_FIX)
    await slack.ana.wait_for_modal()

    await slack.ana.submit({"product_name": "Type", "type": "Product Name", "split": []})

    await slack.ana.wait_for_text("Name: *Type*")
    await slack.ana.wait_for_text("I'll write one text per product: 2 texts.")
    async with reading(bot.db) as session:
        names = [product.name for product in (await session.exec(select(Product).order_by(Product.position))).all()]  # type: ignore[arg-type]
    assert names == ["Generic Drug", "Antibiotic"]


async def test_a_cancelled_catalog_leaves_neither_rows_nor_file(slack: Workspace, bot: Deps) -> None:
    await slack.ana.command(CATALOG, "/tune new Shop")
    await drop(slack.ana, CATALOG)
    await slack.ana.wait_for_message(shows(Action.CATALOG_CANCEL))
    [catalog] = await catalogs_of(bot)
    assert await bot.files.get(catalog.file_key) == SEED.encode()

    await slack.ana.click(Action.CATALOG_CANCEL)
    await slack.ana.wait_for_text("medicines.csv was set aside; nothing of it is kept.")
    while (await catalogs_of(bot))[0].file_key:
        await slack.ana.wait_for_text("set aside")

    async with reading(bot.db) as session:
        assert not (await session.exec(select(Product))).all()
    with pytest.raises(OSError):
        await bot.files.get(catalog.file_key)


async def test_a_file_that_is_no_table_is_told_in_a_sentence_and_can_be_replaced(slack: Workspace, bot: Deps) -> None:
    await slack.ana.command(CATALOG, "/tune new Shop")
    await slack.ana.upload(CATALOG, ("report.pdf", b"%PDF-1.7\n" + b"0" * 200))

    card = await slack.ana.wait_for_text("I could not use report.pdf.")

    assert shows(Action.CATALOG_ADD)(card) and shows(Action.CATALOG_RETRY)(card)


async def test_a_login_page_in_place_of_the_file_names_the_missing_scope_and_is_tried_again(
    slack: Workspace, bot: Deps
) -> None:
    await slack.ana.command(CATALOG, "/tune new Shop")
    await slack.control.fault("download", "html_download")
    await drop(slack.ana, CATALOG)
    await slack.ana.wait_for_text("files:read")

    await slack.ana.click(Action.CATALOG_RETRY)

    await slack.ana.wait_for_message(shows(Action.CATALOG_USE))


async def test_where_the_bot_is_not_a_member_the_menu_says_how_to_invite_it(slack: Workspace, bot: Deps) -> None:
    await drop(slack.ana, RANDOM)
    message = await slack.ana.wait_for_message(lambda one: bool(one.get("files")), channel=RANDOM)

    await slack.ana.shortcut(Callback.IMPORT_MESSAGE, message)

    await slack.ana.wait_for_text("/invite @Tunesmith")


SHOPIFY = """Handle,Title,Type,Option1 Value,Variant Price
lamp,Lamp,light,Small,9.50 EUR
lamp,,,Large,12.00 EUR
desk,Desk,table,Oak,99.00 EUR
"""


async def test_an_export_is_folded_and_the_form_changes_how_it_is_read(slack: Workspace, bot: Deps) -> None:
    await slack.ana.command(CATALOG, "/tune new Shop")
    await drop(slack.ana, CATALOG, SHOPIFY, "shop.csv")
    await slack.ana.wait_for_text("3 rows folded into 2 products by Handle, as in every Shopify export.")

    await slack.ana.click(Action.CATALOG_FIX)
    await slack.ana.wait_for_modal()
    await slack.ana.submit(
        {"product_key": "Every row is a product", "features": ["Variant Price amount and Variant Price currency"]}
    )

    await slack.ana.wait_for_text("shop.csv: 3 products, 7 columns")
    await slack.ana.click(Action.CATALOG_FIX)
    await slack.ana.wait_for_modal()
    await slack.ana.submit({"product_key": "Rows with the same Handle"})
    await slack.ana.wait_for_text("3 rows folded into 2 products by Handle")
    [catalog] = await catalogs_of(bot)
    assert catalog.rows == 2 and catalog.options["extract"] == ["amount:Variant Price"]
