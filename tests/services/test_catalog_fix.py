"""A catalog read otherwise: what a person changed is kept, what they left as it was stays open."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot.domain.cards_catalog import CatalogFix, Fix
from bot.domain.catalog import Roles
from bot.domain.people import Actor
from bot.services import catalog as catalogs_service
from bot.services import catalog_card, catalog_choice, catalog_fix, catalog_import, facts
from storage import catalog as catalogs
from storage.engine import Database, reading, transaction
from storage.models import Catalog, CatalogState, Product, Prompt
from tests.support.given_catalog import given_ready_catalog, given_used_catalog, teas

SHOP = """Handle,Title,Type,Option1 Value,Variant Price
lamp,Lamp,light,Small,9.50 EUR
lamp,,,Large,12.00 EUR
desk, Desk,table,Oak,99.00 EUR
"""


async def form_of(db: Database, actor: Actor, catalog_id: int) -> CatalogFix:
    async with reading(db) as session:
        return await catalog_fix.fix_form(session, actor, catalog_id)


def as_shown(form: CatalogFix, **changes: Any) -> Fix:
    """What is saved when a person changes only this."""
    done = frozenset(step.name for step in form.done)
    features = frozenset(one.name for one in form.features if one.done)
    key = form.folding.key if form.folding is not None and form.folding.done else ""
    source = form.source
    shown: dict[str, Any] = {
        "steps": done, "features": features, "product_key": key, "header_row": source.header_row,
        "delimiter": source.delimiter,
    }  # fmt: skip
    return Fix(**({"roles": form.roles, "split": form.splits} | shown | changes))


async def saved(db: Database, actor: Actor, now: datetime, **changes: Any) -> Catalog:
    """The catalog after a person opened the form, changed this, and saved."""
    catalog_id = await given_ready_catalog(db, SHOP, actor, now, filename="shop.csv")
    form = await form_of(db, actor, catalog_id)
    async with transaction(db) as session:
        await catalog_fix.fix(session, actor, catalog_id, as_shown(form, **changes), now=now)
    return await found(db, catalog_id)


async def found(db: Database, catalog_id: int) -> Catalog:
    async with reading(db) as session:
        catalog = await catalogs.by_id(session, catalog_id)
    assert catalog is not None
    return catalog


async def test_a_form_saved_as_it_was_shown_reads_nothing_again(
    sqlite_db: Database, actor: Actor, now: datetime
) -> None:
    catalog = await saved(sqlite_db, actor, now)

    assert catalog.state == CatalogState.READY and catalog.options == {}


async def test_a_step_unticked_and_a_column_ticked_are_kept_for_the_next_reading(
    sqlite_db: Database, actor: Actor, now: datetime
) -> None:
    catalog = await saved(sqlite_db, actor, now, steps=frozenset(), features=frozenset({"amount:Variant Price"}))

    assert catalog.state == CatalogState.WAITING
    assert catalog.options == {"skip_steps": ["trim"], "extract": ["amount:Variant Price"]}


async def test_every_row_as_a_product_is_kept_and_another_header_forgets_what_was_said_of_columns(
    sqlite_db: Database, actor: Actor, now: datetime
) -> None:
    assert (await saved(sqlite_db, actor, now, product_key="")).options == {"product_key": ""}
    moved = await saved(sqlite_db, actor, now, header_row=2, roles=Roles("Type"))
    assert moved.options == {"header_row": 2} and moved.state == CatalogState.WAITING


async def test_products_are_stored_folded_and_the_card_says_so(
    sqlite_db: Database, actor: Actor, now: datetime
) -> None:
    catalog_id = await given_ready_catalog(sqlite_db, SHOP, actor, now, filename="shop.csv")

    async with reading(sqlite_db) as session:
        card = await catalog_card.card(session, catalog_id)
        rows = await catalogs.page(session, catalog_id)

    assert card is not None and card.rows == 2 and card.folding is not None and card.folding.rows == 3
    assert [(row[2], row[3]["Option1 Value"]) for row in rows] == [("Lamp", "Small, Large"), ("Desk", "Oak")]
    catalog = await found(sqlite_db, catalog_id)
    assert catalog.rows == 2 and catalog.splits == {}


async def test_the_button_folds_and_unfolds_and_pressed_twice_does_nothing_more(
    sqlite_db: Database, actor: Actor, now: datetime
) -> None:
    catalog_id = await given_ready_catalog(sqlite_db, SHOP, actor, now, filename="shop.csv")

    async with transaction(sqlite_db) as session:
        await catalog_fix.fold(session, actor, catalog_id, folded=True, now=now)
    assert (await found(sqlite_db, catalog_id)).state == CatalogState.READY
    async with transaction(sqlite_db) as session:
        await catalog_fix.fold(session, actor, catalog_id, folded=False, now=now)

    catalog = await found(sqlite_db, catalog_id)
    assert catalog.state == CatalogState.WAITING and catalog.options == {"product_key": ""}


async def test_the_next_file_of_a_project_is_read_like_the_one_in_use(
    sqlite_db: Database, actor: Actor, now: datetime
) -> None:
    first = await given_ready_catalog(sqlite_db, SHOP, actor, now, filename="shop.csv")
    async with transaction(sqlite_db) as session:
        await catalogs.change(session, first, options={"skip_steps": ["nfc"], "sheet": "B"})
        await catalog_choice.use(session, actor, first, now=now)
    second = await given_ready_catalog(sqlite_db, SHOP, actor, now, filename="more.csv")

    async with transaction(sqlite_db) as session:
        options = await catalog_import.read_options(session, await _catalog(session, second))

    assert options.skip_steps == {"nfc"} and options.sheet is None and options.fold
    assert (await found(sqlite_db, second)).options == {"skip_steps": ["nfc"]}


async def _catalog(session: Any, catalog_id: int) -> Catalog:
    catalog = await catalogs.by_id(session, catalog_id)
    assert catalog is not None
    return catalog


async def test_the_facts_beside_a_text_leave_out_the_text_that_exists(
    sqlite_db: Database, actor: Actor, now: datetime
) -> None:
    project = await given_used_catalog(sqlite_db, teas(2, described=2), actor, now)
    async with reading(sqlite_db) as session:
        [product, _] = await catalogs.page(session, project.catalog_id or 0)
        stored = Product(id=product[0], catalog_id=project.catalog_id or 0, position=0, name="", values=product[3])
        prompt = Prompt(values={"Product Name": "Tea 0"})  # type: ignore[call-arg]
        shown = await facts.facts_for(session, prompt, stored)

    assert "Our description" in product[3] and len(product[3]["Our description"]) < 80
    assert "Price" in dict(shown) and "Our description" not in dict(shown)


async def test_a_reading_that_fails_is_tried_again_as_if_nobody_had_said_how(
    sqlite_db: Database, actor: Actor, now: datetime
) -> None:
    catalog = await saved(sqlite_db, actor, now, header_row=900)
    async with transaction(sqlite_db) as session:
        await catalog_import.failed(session, catalog, "The file has no line 900.", now=now)

    async with transaction(sqlite_db) as session:
        await catalogs_service.retry(session, actor, catalog.id or 0, now=now)

    again = await found(sqlite_db, catalog.id or 0)
    assert again.state == CatalogState.WAITING and again.options == {}
