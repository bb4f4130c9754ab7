"""Versions of a catalog: what differs, and what becomes of the texts that people decided on."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlmodel import col, select

from bot.domain.completion import RunState
from bot.domain.people import Actor
from bot.domain.review import Surface, VerdictKind
from bot.errors import NotYet, Stale
from bot.services import catalog_card, catalog_choice, catalog_versions, prompt_card, review
from bot.services import completion as writing
from bot.services import dataset as datasets
from bot.services import evaluation_finish as finish
from bot.services import prompt as prompts
from storage import evaluation as evaluations
from storage import project as projects
from storage.engine import Database, reading, transaction
from storage.models import Completion, Outbox, Pair, Product, Prompt, Run, Verdict
from tests.support.given_catalog import fresh
from tests.support.given_dataset import given_decided
from tests.support.given_texts import MODEL
from tests.support.given_versions import bring_over, given_version, shop, standing, taken_into_use

TEMPLATE = "Write about [product name], mention [details]"


async def test_products_are_told_by_their_sku_wherever_they_stand(db: Database, actor: Actor, now: datetime) -> None:
    await given_decided(db, actor, now, approved=6, catalog=shop(range(10)), template=TEMPLATE)
    rows = shop([9, 11, *range(2, 9), 12, 0], price={3: "11.00", 9: "1.00"})
    catalog_id = await given_version(db, rows, actor, now)

    async with reading(db) as session:
        card = await catalog_card.card(session, catalog_id)
    assert card is not None and card.version.diff is not None
    diff = card.version.diff
    assert (diff.new, diff.changed, diff.gone, diff.same) == (2, 2, 1, 7)
    assert diff.matched_by == "the column SKU"
    assert (diff.texts_back, diff.texts_gone, diff.texts_kept) == (1, 1, 4)  # Tea 3, Tea 1, and 0 2 4 5
    assert diff.new_names == ("Tea 11", "Tea 12") and diff.gone_names == ("Tea 1",)
    assert {(one.product, one.cells[0].words) for one in diff.changes} == {
        ("Tea 9", "Price: 9.50 → 1.00"), ("Tea 3", "Price: 3.50 → 11.00"),
    }  # fmt: skip


async def test_texts_stay_go_back_or_rest_as_their_products_did(db: Database, actor: Actor, now: datetime) -> None:
    project = await given_decided(db, actor, now, approved=4, edited=1, open_=1, catalog=shop(range(8)))
    async with transaction(db) as session:
        frozen = await datasets.freeze(session, project.id or 0, actor, now=now)
    catalog_id = await given_version(db, shop([7, *range(2, 7), 0], price={2: "11.00", 4: "7.00"}), actor, now)

    switch = await taken_into_use(db, catalog_id, actor, now)

    assert await standing(db, project) == {
        "Tea 0": ["approved"], "Tea 2": ["open*"], "Tea 3": ["approved"], "Tea 4": ["open*"], "Tea 5": ["open"],
    }  # fmt: skip
    assert switch is not None and (switch.kept, switch.sent_back) == (2, 2)
    async with reading(db) as session:
        current = await fresh(db, project.id or 0)
        pairs = {pair.product for pair in await review.pairs(session, project.id or 0)}
        back = (await session.exec(select(Completion).where(col(Completion.product_change) != ""))).all()
        mine = (await session.exec(select(Product.catalog_id).join(Completion).where(~col(Completion.outdated)))).all()
        frozen_lines = (await session.exec(select(Pair).where(Pair.dataset_id == frozen.id))).all()
        agreed = await evaluations.agreed_texts(session, current)
        batch = (await session.exec(select(Outbox).where(Outbox.key == f"batch:{back[0].batch_id}"))).one()
    assert pairs == {"Tea 0", "Tea 3"}
    assert {text.product_change for text in back} == {"Price: 2.50 → 11.00", "Price: 4.50 → 7.00"}
    assert {text.text for text in back} == {"Text 3.", "Text 5, by hand."}
    assert set(mine) == {catalog_id}
    assert len(frozen_lines) == 5  # the frozen version is what it was
    assert {position // 1000: text.text for position, text in agreed.items()} == {6: "Text 1.", 2: "Text 4."}
    assert batch.subject_id == back[0].batch_id


async def test_going_back_finds_every_decision_where_it_was(db: Database, actor: Actor, now: datetime) -> None:
    project = await given_decided(db, actor, now, approved=4, rejected=1, catalog=shop(range(6)))
    first = project.catalog_id or 0
    before = await standing(db, project)
    async with reading(db) as session:
        places = {row.id: (row.position, row.fingerprint) for row in (await session.exec(select(Prompt))).all()}
    second = await given_version(db, shop(range(1, 6), price={2: "9.00"}), actor, now)
    await taken_into_use(db, second, actor, now)
    async with reading(db) as session:
        [back] = (await session.exec(select(Completion).where(col(Completion.product_change) != ""))).all()
    async with transaction(db) as session:
        await review.decide(
            session, back.id or 0, 1, actor, VerdictKind.APPROVED, surface=Surface.BUTTON, now=now
        )  # fmt: skip

    async with transaction(db) as session:
        await catalog_versions.use_again(session, actor, first, now=now)
    await bring_over(db, now)

    assert await standing(db, project) == before
    async with reading(db) as session:
        after = {row.id: (row.position, row.fingerprint) for row in (await session.exec(select(Prompt))).all()}
        assert {key: after[key] for key in places} == places
    async with transaction(db) as session:
        await catalog_versions.use_again(session, actor, second, now=now)
    await bring_over(db, now)
    assert (await standing(db, project))["Tea 2"] == ["approved*"]  # decided for the second version, once
    async with reading(db) as session:
        verdicts = (await session.exec(select(Verdict))).all()
    assert len(verdicts) == 1


async def test_a_killed_switch_goes_on_where_it_stopped(sqlite_db: Database, actor: Actor, now: datetime) -> None:
    project = await given_decided(sqlite_db, actor, now, approved=8, catalog=shop(range(8)))
    second = await given_version(sqlite_db, shop(range(1, 8), price={2: "9", 3: "9", 6: "9"}), actor, now)
    async with transaction(sqlite_db) as session:
        await catalog_choice.use(session, actor, second, now=now)
    await bring_over(sqlite_db, now, chunks=2, size=2)

    assert await bring_over(sqlite_db, now, owner="other") is None  # still leased
    with pytest.raises(NotYet, match="bringing your texts over"):
        async with transaction(sqlite_db) as session:
            await datasets.freeze(session, project.id or 0, actor, now=now)
    switch = await bring_over(sqlite_db, now + timedelta(minutes=2), owner="other", size=2)

    assert switch is not None and (switch.kept, switch.sent_back) == (4, 3)
    assert (await standing(sqlite_db, project)) == {
        f"Tea {n}": ["open*" if n in (2, 3, 6) else "approved"] for n in range(1, 8)
    }


async def test_a_column_nobody_looks_at_sends_nothing_back(sqlite_db: Database, actor: Actor, now: datetime) -> None:
    def wide(stock: str) -> str:
        more = ",".join(f"F{n}" for n in range(8))
        cells = ",".join("same" for _ in range(8))
        return "\n".join([f"SKU,Product Name,{more},Stock", *(f"S{n},Tea {n},{cells},{stock}{n}" for n in range(4))])

    project = await given_decided(sqlite_db, actor, now, approved=3, catalog=wide("1"), template="Sell [product name]")
    second = await given_version(sqlite_db, wide("2"), actor, now)
    async with reading(sqlite_db) as session:
        card = await catalog_card.card(session, second)
    await taken_into_use(sqlite_db, second, actor, now)

    assert card is not None and card.version.diff is not None
    assert (card.version.diff.changed, card.version.diff.texts_back) == (4, 0)
    assert await standing(sqlite_db, project) == {f"Tea {n}": ["approved"] for n in range(3)}


async def test_without_numbers_names_tell_and_repeated_names_are_counted(
    sqlite_db: Database, actor: Actor, now: datetime
) -> None:
    def table(*rows: str) -> str:
        return "\n".join(["Product Name,Details", *rows])

    await given_decided(sqlite_db, actor, now, approved=1, catalog=table("Oolong,a", "Sencha,b", "Sencha,c", "Assam,d"))
    await given_version(sqlite_db, table("sencha,b", "Assam,d", "Sencha,x", "Mate,e"), actor, now)
    async with reading(sqlite_db) as session:
        card = await catalog_card.card(session, 2)
    assert card is not None
    diff = card.version.diff

    assert diff is not None and diff.matched_by == "the product's name"
    assert (diff.new, diff.changed, diff.gone, diff.same) == (1, 2, 1, 1)  # "sencha" is written otherwise now


async def test_lists_of_a_used_catalog_are_split_anew_without_loss(db: Database, actor: Actor, now: datetime) -> None:
    table = "\n".join(
        ["Product Name,Type,Details", *(f'Drug {n},generic,"tablets,syrup"' for n in range(6)), "Drug 6,x,drops"]
    )
    project = await given_decided(db, actor, now, approved=13, catalog=table)
    catalog_id = project.catalog_id or 0
    assert await _prompts(db, project.id or 0) == 13
    async with transaction(db) as session:
        await catalog_versions.resplit(session, actor, catalog_id, column=2, per_value=False, now=now)
    switch = await bring_over(db, now)

    assert await _prompts(db, project.id or 0) == 7
    assert switch is not None and (switch.kept, switch.unplaced) == (13, 12)
    async with reading(db) as session:
        current = await fresh(db, project.id or 0)
        assert len(await review.pairs(session, project.id or 0)) == 13
        placed = [place for place in await evaluations.agreed_texts(session, current) if place >= 0]
        assert placed == [6000]  # the others are for prompts that are no more
        assert not await prompts.is_signed_off(session, current)
    async with transaction(db) as session:
        await catalog_versions.resplit(session, actor, catalog_id, column=2, per_value=True, now=now)
    await bring_over(db, now)
    async with reading(db) as session:
        places = sorted(await evaluations.agreed_texts(session, await fresh(db, project.id or 0)))
    assert places == sorted([n * 1000 + k for n in range(6) for k in (0, 1)] + [6000])


async def _prompts(db: Database, project_id: int) -> int:
    async with reading(db) as session:
        return await prompts.count(session, await fresh(db, project_id))


async def test_nothing_changes_while_texts_are_written_and_nothing_twice(
    sqlite_db: Database, actor: Actor, now: datetime
) -> None:
    project = await given_decided(sqlite_db, actor, now, approved=2, catalog=shop(range(9)))
    second = await given_version(sqlite_db, shop(range(8)), actor, now)
    async with transaction(sqlite_db) as session:
        run_id = await writing.start_try(session, project.id or 0, actor, model=MODEL, now=now)
    with pytest.raises(NotYet, match="writing"):
        async with transaction(sqlite_db) as session:
            await catalog_choice.use(session, actor, second, now=now)
    async with transaction(sqlite_db) as session:
        run = (await session.exec(select(Run).where(Run.id == run_id))).one()
        run.state = RunState.DONE
    await taken_into_use(sqlite_db, second, actor, now)
    with pytest.raises(Stale):
        async with transaction(sqlite_db) as session:
            await catalog_versions.use_again(session, actor, second, now=now)


async def test_texts_that_came_over_are_not_written_again(sqlite_db: Database, actor: Actor, now: datetime) -> None:
    project = await given_decided(sqlite_db, actor, now, approved=5, catalog=shop(range(9)))
    second = await given_version(sqlite_db, shop(range(1, 11), price={2: "3"}), actor, now)
    await taken_into_use(sqlite_db, second, actor, now)
    async with transaction(sqlite_db) as session:
        current = await fresh(sqlite_db, project.id or 0)
        short = prompts.fingerprint(current, await prompts.catalog_of(session, current))[: prompt_card.SHORT]
        await prompt_card.sign_off(session, actor, project.id or 0, fingerprint=short, now=now)
    async with transaction(sqlite_db) as session:
        current = await fresh(sqlite_db, project.id or 0)
        assert await writing.texts_left(session, current) == 10 - 4
        await projects.change(session, project.id or 0, few_shot=True)
        offer = await finish.offer_finish(session, project.id or 0, actor, MODEL)
    assert (offer.agreed, offer.left) == (3, 7)  # Tea 2 is not agreed to any more
