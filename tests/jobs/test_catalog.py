"""Reading catalogs: once, from where a dead process stopped, and never without an answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.deps import Deps
from bot.domain.cards_catalog import Fix
from bot.domain.catalog import Roles
from bot.domain.people import Actor
from bot.ingest.read import read_text
from bot.jobs import catalog as job
from bot.services import catalog as service
from bot.services import catalog_fix, catalog_import
from storage import catalog as catalogs
from storage.engine import reading, transaction
from storage.models import Catalog, CatalogState
from tests.support.given_catalog import SEED, teas
from tests.support.quick_reader import QuickReader
from tests.support.workspace import CATALOG, Workspace

ANA = Actor("T0LOCAL", "U0ANA", name="Ana")


@pytest.fixture
def quick(deps: Deps) -> Deps:
    return replace(deps, reader=QuickReader())


async def given_file(deps: Deps, slack: Workspace, text: str, name: str = "teas.csv") -> int:
    """A catalog that waits to be downloaded; its id."""
    answer = await slack.ana.upload(CATALOG, (name, text.encode()))
    async with transaction(deps.db) as session:
        return await service.add(session, ANA, channel=CATALOG, file_id=answer["files"][0]["id"], now=deps.now())


async def row(deps: Deps, catalog_id: int) -> Catalog:
    async with reading(deps.db) as session:
        found = await catalogs.by_id(session, catalog_id)
    assert found is not None
    return found


async def stored_positions(deps: Deps, catalog_id: int) -> list[int]:
    async with reading(deps.db) as session:
        return [product[1] for product in await catalogs.page(session, catalog_id, limit=9_000)]


def later(deps: Deps, **by: float) -> Deps:
    moment = deps.now() + timedelta(**by)
    return replace(deps, now=lambda: moment)


async def test_a_file_is_downloaded_kept_and_read_in_the_readers_own_process(deps: Deps, slack: Workspace) -> None:
    catalog_id = await given_file(deps, slack, SEED, "medicines.csv")

    assert await job.run_once(deps) == 1

    found = await row(deps, catalog_id)
    assert (found.state, found.rows, found.filename) == (CatalogState.READY, 2, "medicines.csv")
    assert found.splits == {"Details": ","} and found.roles["product_name"] == "Product Name"
    assert await deps.files.get(found.file_key) == SEED.encode()
    assert await job.run_once(deps) == 0


async def test_an_import_that_died_goes_on_where_it_stopped(quick: Deps, slack: Workspace) -> None:
    catalog_id = await given_file(quick, slack, teas(1_200))
    table = read_text(teas(1_200))
    async with transaction(quick.db) as session:
        await catalogs.claim(session, catalog_id, owner="dead", now=quick.now())
    async with transaction(quick.db) as session:
        died = await row(quick, catalog_id)
        await catalog_import.store(
            session,
            died,
            table.columns,
            table.rows[:500],
            first=0,
            named_by="Product Name",
            owner="dead",
            now=quick.now(),
        )
    assert await job.run_once(quick) == 0  # the lease still holds

    assert await job.run_once(later(quick, minutes=11)) == 1

    assert await stored_positions(quick, catalog_id) == list(range(1_200))
    assert (await row(quick, catalog_id)).state == CatalogState.READY


async def test_a_stumbling_slack_is_asked_again_later(quick: Deps, slack: Workspace) -> None:
    catalog_id = await given_file(quick, slack, SEED)
    await slack.control.fault("files.info", "500")

    await job.run_once(quick)
    waiting = await row(quick, catalog_id)
    assert waiting.state == CatalogState.WAITING and waiting.attempts == 1

    await job.run_once(later(quick, minutes=1))
    assert (await row(quick, catalog_id)).state == CatalogState.READY


async def test_after_a_few_attempts_the_card_says_that_slack_did_not_answer(quick: Deps, slack: Workspace) -> None:
    catalog_id = await given_file(quick, slack, SEED)
    await slack.control.fault("files.info", "500", times=9)

    for attempt in range(catalog_import.MAX_ATTEMPTS):
        await job.run_once(later(quick, hours=attempt))

    failed = await row(quick, catalog_id)
    assert failed.state == CatalogState.FAILED and "Slack answered" in failed.problem


async def test_a_file_that_is_gone_is_not_asked_for_again(quick: Deps, slack: Workspace) -> None:
    async with transaction(quick.db) as session:
        catalog_id = await service.add(session, ANA, channel=CATALOG, file_id="F0NOTHING", now=quick.now())

    await job.run_once(quick)

    failed = await row(quick, catalog_id)
    assert failed.state == CatalogState.FAILED and "gone from Slack" in failed.problem


async def test_a_catalog_cancelled_while_it_is_read_stays_cancelled_and_is_cleared_away(
    quick: Deps, slack: Workspace
) -> None:
    catalog_id = await given_file(quick, slack, teas(1_200))

    async def cancel() -> None:
        async with transaction(quick.db) as session:
            await service.cancel(session, ANA, catalog_id, now=quick.now())

    await job.run_once(replace(quick, reader=Interrupted(cancel)))
    assert (await row(quick, catalog_id)).state == CatalogState.CANCELLED
    while await job.run_once(later(quick, minutes=1)):
        pass

    assert not await stored_positions(quick, catalog_id)
    assert not (await row(quick, catalog_id)).file_key


class Interrupted(QuickReader):
    """Something happens while a file is being read."""

    def __init__(self, happens: Callable[[], object]) -> None:
        super().__init__()
        self.happens = happens

    async def read(self, *args, **kwargs):  # type: ignore[no-untyped-def]
        await self.happens()  # type: ignore[misc]
        return await super().read(*args, **kwargs)


async def test_a_file_that_two_catalogs_share_outlives_one_of_them(quick: Deps, slack: Workspace) -> None:
    first, second = await given_file(quick, slack, SEED), await given_file(quick, slack, SEED, "copy.csv")
    await job.run_once(quick)
    async with transaction(quick.db) as session:
        await service.cancel(session, ANA, first, now=quick.now())

    await job.run_once(quick)

    kept = await row(quick, second)
    assert not (await row(quick, first)).file_key
    assert await quick.files.get(kept.file_key) == SEED.encode()


async def test_another_sheet_is_read_anew(deps: Deps, slack: Workspace) -> None:
    from openpyxl import Workbook

    book = Workbook()
    book.active.append(["Name", "Kind"])
    book.active.append(["Oolong", "tea"])
    coffees = book.create_sheet("Coffees")
    for line in (["Name", "Roast"], ["Sidamo", "light"], ["Huila", "dark"]):
        coffees.append(line)
    path = deps.settings.home_dir / "drinks.xlsx"
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(path)
    answer = await slack.ana.upload(CATALOG, path)
    async with transaction(deps.db) as session:
        file_id = answer["files"][0]["id"]
        catalog_id = await service.add(session, ANA, channel=CATALOG, file_id=file_id, now=deps.now())
    await job.run_once(deps)
    first = await row(deps, catalog_id)
    wanted = next(sheet for sheet in first.profile["sheets"] if sheet != first.profile["source"]["sheet"])

    async with transaction(deps.db) as session:
        fix = Fix(Roles(), split=(), sheet=wanted)
        await catalog_fix.fix(session, ANA, catalog_id, fix, now=deps.now())
    await job.run_once(deps)

    second = await row(deps, catalog_id)
    assert second.state == CatalogState.READY and second.profile["source"]["sheet"] == wanted
    assert second.rows != first.rows
    assert len(await stored_positions(deps, catalog_id)) == second.rows
