"""Projects whose catalog gets a new version, with the job's work done by hand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial

from sqlmodel import col, select

from bot.domain.catalog_diff import CatalogDiff
from bot.domain.people import Actor
from bot.services import catalog_carry, catalog_choice, catalog_diff
from storage import catalog_diff as queries
from storage.engine import Database, reading, transaction
from storage.models import CatalogSwitch, Completion, Product, Project
from tests.support.given_catalog import given_ready_catalog

HEADER = "SKU,Product Name,Type,Details,Price"


def shop(rows: Mapping[int, str] | range, *, price: Mapping[int, str] | None = None) -> str:
    """A catalog of teas with their SKU; `price` names those that cost otherwise."""
    prices = price or {}
    lines = [f"S{n},Tea {n},tea,leaf {n},{prices.get(n, f'{n}.50')}" for n in rows]
    return "\n".join([HEADER, *lines])


async def given_version(db: Database, text: str, actor: Actor, now: datetime, *, filename: str = "teas2.csv") -> int:
    """A new version that waits for a decision, compared with the one in use; its id."""
    catalog_id = await given_ready_catalog(db, text, actor, now, filename=filename)
    await compare_all(db)
    return catalog_id


async def compare_all(db: Database) -> list[CatalogDiff]:
    async with reading(db) as session:
        waiting = await queries.to_compare(session, limit=10)
        found = [(new, old, await catalog_diff.compare_waiting(session, new, old)) for new, old in waiting]
    async with transaction(db) as session:
        for new, old, diff in found:
            assert diff is not None
            await queries.keep_diff(session, new, against=old, diff=diff.as_json())
    return [diff for _, _, diff in found if diff is not None]


async def taken_into_use(db: Database, catalog_id: int, actor: Actor, now: datetime) -> CatalogSwitch | None:
    """*New version* was pressed, and the job has brought the texts over."""
    async with transaction(db) as session:
        await catalog_choice.use(session, actor, catalog_id, now=now)
    return await bring_over(db, now)


async def bring_over(
    db: Database, now: datetime, *, chunks: int = 0, size: int = 100, owner: str = "tests"
) -> CatalogSwitch | None:
    """What the job does for the first open switch; with `chunks` it stops after so many, as if it were killed."""
    async with transaction(db) as session:
        due = await queries.due_switches(session, now=now, limit=1)
        switch = await queries.claim_switch(session, due[0], owner=owner, now=now) if due else None
    if switch is None:
        return None
    async with reading(db) as session:
        made_of = await catalog_carry.material(session, switch)
    assert made_of is not None
    done = 0
    for step in (
        partial(catalog_carry.revive, now=now),
        partial(catalog_carry.carry, made_of=made_of, now=now, size=size),
    ):
        while True:
            async with transaction(db) as session:
                kept = await queries.renew_switch(session, switch.id or 0, owner=owner, now=now)
                assert kept is not None
                if not await step(session, kept):
                    break
            done += 1
            if chunks and done >= chunks:
                return switch
    async with transaction(db) as session:
        kept = await queries.renew_switch(session, switch.id or 0, owner=owner, now=now)
        assert kept is not None
        await catalog_carry.finish(session, kept, now=now)
    async with reading(db) as session:
        return (await session.exec(select(CatalogSwitch).where(CatalogSwitch.id == switch.id))).one()


async def standing(db: Database, project: Project) -> dict[str, list[str]]:
    """Product to the states of its texts, as far as they count; with `*` where they carry a change."""
    async with reading(db) as session:
        found = (
            select(Product.name, Completion.review, Completion.product_change)
            .join(Completion, col(Completion.product_id) == Product.id)
            .where(Completion.project_id == project.id, col(Completion.outdated).is_(False))
            .order_by(col(Product.name), col(Completion.id))
        )
        rows = (await session.exec(found)).all()
    texts: dict[str, list[str]] = {}
    for name, review, change in rows:
        texts.setdefault(name, []).append(f"{review.value}{'*' if change else ''}")
    return texts
