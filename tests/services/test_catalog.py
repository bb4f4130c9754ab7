"""Catalogs: who is asked, what is read, what is corrected, and what replaces what."""

from collections.abc import Sequence
from datetime import datetime

import pytest

from bot.domain.cards_catalog import CatalogStage, Fix
from bot.domain.catalog import Roles
from bot.domain.outbox import Say
from bot.domain.people import Actor
from bot.errors import NotAllowed, Stale
from bot.services import catalog as service
from bot.services import catalog_card, catalog_choice, catalog_fix, catalog_import
from bot.services import project as projects
from storage import catalog as catalogs
from storage import outbox, people
from storage.engine import Database, reading, transaction
from storage.models import Catalog, CatalogState, Inbox, Outbox
from tests.support.given_catalog import SEED, fresh, given_ready_catalog, given_used_catalog, teas


def shared(channel: str, file: str = "F1", user: str = "UANA") -> Inbox:
    ids = {"file": file, "channel": channel, "user": user}
    return Inbox(team_id="T1", event_id=f"E{file}", kind="file_shared", ids=ids, created_at=datetime(2026, 1, 1))  # noqa: DTZ001


async def share(db: Database, event: Inbox, actor: Actor | None, now: datetime) -> Catalog | None:
    async with transaction(db) as session:
        await service.file_shared(session, event, actor, now=now)
    async with reading(db) as session:
        return await catalogs.by_file(session, "T1", str(event.ids["channel"]), str(event.ids["file"]))


async def state_of(db: Database, catalog_id: int) -> CatalogState:
    async with reading(db) as session:
        found = await catalogs.by_id(session, catalog_id)
    assert found is not None
    return found.state


async def said(db: Database, key: str) -> Outbox | None:
    async with reading(db) as session:
        return await outbox.by_key(session, "T1", key)


async def given_project(db: Database, actor: Actor, now: datetime) -> int:
    async with transaction(db) as session:
        return (await projects.start(session, actor, channel_id="C1", name="Teas", now=now)).id or 0


async def test_a_file_where_a_project_waits_for_a_catalog_is_read_at_once(
    db: Database, actor: Actor, now: datetime
) -> None:
    project = await given_project(db, actor, now)

    catalog = await share(db, shared("C1"), actor, now)

    assert catalog is not None and catalog.state == CatalogState.WAITING and catalog.project_id == project


async def test_a_file_elsewhere_is_only_asked_about_and_twice_the_same_once(
    db: Database, actor: Actor, now: datetime
) -> None:
    first = await share(db, shared("C9"), actor, now)
    again = await share(db, shared("C9"), actor, now)

    assert first is not None and first.state == CatalogState.ASKED and first.project_id is None
    assert again is not None and again.id == first.id
    assert await said(db, f"catalog_question:{first.id}") is None  # its name and size come first


async def test_a_file_where_nobody_wants_to_be_asked_is_left_alone(db: Database, actor: Actor, now: datetime) -> None:
    async with transaction(db) as session:
        await people.note_channel(session, "T1", "C9", never_ask=True)

    assert await share(db, shared("C9"), actor, now) is None


async def test_a_file_in_a_direct_message_starts_a_project_of_its_uploader(
    db: Database, actor: Actor, now: datetime
) -> None:
    catalog = await share(db, shared("D1"), actor, now)

    assert catalog is not None and catalog.state == CatalogState.WAITING
    async with reading(db) as session:
        await projects.as_owner(session, catalog.project_id or 0, actor)


async def test_a_guests_file_in_a_direct_message_is_answered_not_read(db: Database, now: datetime) -> None:
    guest = Actor("T1", "UGUEST", is_guest=True)

    assert await share(db, shared("D2", user="UGUEST"), guest, now) is None
    note = await said(db, f"refused:D2:{int(now.timestamp())}")
    assert note is not None and note.kind == Say.NOTE


async def test_what_the_bot_uploaded_itself_is_no_catalog(db: Database, actor: Actor, now: datetime) -> None:
    await given_project(db, actor, now)
    async with transaction(db) as session:
        await outbox.say(
            session, team_id="T1", key="dataset:1:a", kind=Say.DATASET_FILE, subject_id=1, channel="C1", now=now
        )
        row = await outbox.by_key(session, "T1", "dataset:1:a")
        assert row is not None
        row.file_id = "F1"
        session.add(row)

    assert await share(db, shared("C1"), actor, now) is None


async def asked(db: Database, actor: Actor, now: datetime) -> int:
    catalog = await share(db, shared("C9"), actor, now)
    assert catalog is not None and catalog.id is not None
    async with transaction(db) as session:
        await catalog_import.ask(session, catalog, filename="budget.xlsx", now=now)
    return catalog.id


async def test_the_question_goes_to_the_uploader_alone(db: Database, actor: Actor, now: datetime) -> None:
    catalog_id = await asked(db, actor, now)

    row = await said(db, f"catalog_question:{catalog_id}")
    assert row is not None and row.only_for == actor.user_id and row.channel == "C9"


async def test_yes_starts_a_project_and_only_then_is_the_file_work(
    db: Database, actor: Actor, colleague: Actor, now: datetime
) -> None:
    catalog_id = await asked(db, actor, now)
    async with reading(db) as session:
        assert not await catalogs.open_work(session, now=now, limit=9)
    with pytest.raises(NotAllowed):
        async with transaction(db) as session:
            await service.say_yes(session, colleague, catalog_id, now=now)

    async with transaction(db) as session:
        await service.say_yes(session, actor, catalog_id, now=now)

    assert await state_of(db, catalog_id) == CatalogState.WAITING
    async with reading(db) as session:
        project = await projects.of_channel(session, "T1", "C9")
        assert len(await catalogs.open_work(session, now=now, limit=9)) == 1
    assert project is not None and project.created_by == actor.user_id


async def test_yes_after_no_is_told_that_it_is_late(db: Database, actor: Actor, now: datetime) -> None:
    catalog_id = await asked(db, actor, now)
    async with transaction(db) as session:
        await service.say_no(session, actor, catalog_id)

    with pytest.raises(Stale):
        async with transaction(db) as session:
            await service.say_yes(session, actor, catalog_id, now=now)


async def test_never_ask_here_holds_for_the_next_file(db: Database, actor: Actor, now: datetime) -> None:
    catalog_id = await asked(db, actor, now)
    async with transaction(db) as session:
        await service.say_no(session, actor, catalog_id, never=True)

    assert await share(db, shared("C9", file="F2"), actor, now) is None
    assert await state_of(db, catalog_id) == CatalogState.CANCELLED


async def test_the_card_asks_about_lists_in_words_and_counts(db: Database, actor: Actor, now: datetime) -> None:
    catalog_id = await given_ready_catalog(db, SEED, actor, now)

    async with reading(db) as session:
        card = await catalog_card.card(session, catalog_id)

    assert card is not None and card.stage == CatalogStage.READY and card.rows == 2
    [choice] = card.lists
    assert choice.split and choice.column.example == ("tablets", "syrup")
    assert (choice.column.texts, choice.column.rows) == (4, 2)
    assert [dict(one)["Product Name"] for one in card.examples] == ["Paracetamol", "Doxycycline"]


async def test_one_text_per_product_holds_until_it_is_taken_back(db: Database, actor: Actor, now: datetime) -> None:
    catalog_id = await given_ready_catalog(db, SEED, actor, now)

    splits: list[bool] = []
    for per_value in (False, True):
        async with transaction(db) as session:
            await catalog_choice.split(session, actor, catalog_id, column=2, per_value=per_value, now=now)
        async with reading(db) as session:
            card = await catalog_card.card(session, catalog_id)
        assert card is not None
        splits.append(card.lists[0].split)

    assert splits == [False, True]


async def test_use_it_prefills_the_template_and_shows_the_prompts(db: Database, actor: Actor, now: datetime) -> None:
    project = await given_used_catalog(db, SEED, actor, now)

    assert project.catalog_id is not None and not project.waiting_for_catalog
    assert project.template == "Write a description of [Product Name], mention [Type] and [Details]"
    assert await state_of(db, project.catalog_id) == CatalogState.USED
    async with reading(db) as session:
        keys = [row.key for row in await outbox.due(session, outbox.Lane.POSTS, now=now, limit=20)]
    assert [key for key in keys if key.startswith(f"prompts:{project.id}:")]


async def test_of_two_people_who_press_use_it_the_second_is_told(
    db: Database, actor: Actor, colleague: Actor, now: datetime
) -> None:
    project = await given_used_catalog(db, SEED, actor, now)

    with pytest.raises(Stale):
        async with transaction(db) as session:
            await catalog_choice.use(session, colleague, project.catalog_id or 0, now=now)


async def test_a_new_version_keeps_a_template_that_fits_and_takes_the_yes_back(
    db: Database, actor: Actor, now: datetime
) -> None:
    project = await given_used_catalog(db, teas(3), actor, now, template="Praise [product name]")
    second = await given_ready_catalog(db, teas(5), actor, now, filename="more.csv")
    async with reading(db) as session:
        card = await catalog_card.card(session, second)
    assert card is not None and card.in_use == "teas.csv"

    async with transaction(db) as session:
        await catalog_choice.use(session, actor, second, now=now)

    changed = await fresh(db, project.id or 0)
    assert changed.catalog_id == second and changed.template == "Praise [product name]" and not changed.signed_off
    async with reading(db) as session:
        found = await catalogs.by_id(session, second)
    assert found is not None and found.version == 2


async def test_another_project_leaves_the_first_one_as_it_was(db: Database, actor: Actor, now: datetime) -> None:
    first = await given_used_catalog(db, teas(3), actor, now)
    second = await given_ready_catalog(db, SEED, actor, now, filename="medicines.csv")

    async with transaction(db) as session:
        other = await catalog_choice.use(session, actor, second, now=now, elsewhere=True)

    kept = await fresh(db, first.id or 0)
    assert kept.catalog_id == first.catalog_id and not kept.active
    assert other.id != first.id and other.name == "medicines" and other.catalog_id == second


async def test_a_corrected_column_changes_roles_without_a_second_reading(
    db: Database, actor: Actor, now: datetime
) -> None:
    catalog_id = await given_ready_catalog(db, teas(3, described=1), actor, now)
    roles = Roles("Product Name", "Type", None, "Our description")

    async with transaction(db) as session:
        await catalog_fix.fix(session, actor, catalog_id, Fix(roles, split=()), now=now)

    assert await state_of(db, catalog_id) == CatalogState.READY
    async with reading(db) as session:
        card = await catalog_card.card(session, catalog_id)
    assert card is not None and card.roles == roles


async def test_another_name_column_has_the_file_read_again_with_what_was_said(
    db: Database, actor: Actor, now: datetime
) -> None:
    catalog_id = await given_ready_catalog(db, SEED, actor, now)
    roles = Roles("Type", "Product Name", "Details", None)

    async with transaction(db) as session:
        await catalog_fix.fix(session, actor, catalog_id, Fix(roles, split=()), now=now)

    async with reading(db) as session:
        found = await catalogs.by_id(session, catalog_id)
    assert found is not None and found.state == CatalogState.WAITING
    assert found.options["roles"]["product_name"] == "Type" and found.options["splits"] == {}


async def test_cancel_forgets_and_use_after_cancel_is_refused(db: Database, actor: Actor, now: datetime) -> None:
    catalog_id = await given_ready_catalog(db, SEED, actor, now)
    async with transaction(db) as session:
        await service.cancel(session, actor, catalog_id, now=now)

    with pytest.raises(Stale):
        async with transaction(db) as session:
            await catalog_choice.use(session, actor, catalog_id, now=now)
    async with reading(db) as session:
        [left_over] = await catalogs.open_work(session, now=now, limit=9)
    assert left_over.id == catalog_id


def deleted(file: str = "F1") -> Inbox:
    when = datetime(2026, 1, 1)  # noqa: DTZ001
    return Inbox(team_id="T1", event_id="E9", kind="file_deleted", ids={"file": file}, created_at=when)


async def test_a_deleted_file_that_was_not_used_is_set_aside(db: Database, actor: Actor, now: datetime) -> None:
    catalog = await share(db, shared("D1"), actor, now)
    assert catalog is not None

    async with transaction(db) as session:
        await service.file_deleted(session, deleted(), None, now=now)

    assert await state_of(db, catalog.id or 0) == CatalogState.CANCELLED


async def test_the_owner_hears_of_a_deleted_file_whose_products_stay(db: Database, actor: Actor, now: datetime) -> None:
    project = await given_used_catalog(db, SEED, actor, now)
    async with transaction(db) as session:
        await catalogs.change(session, project.catalog_id or 0, slack_file_id="F1")

    async with transaction(db) as session:
        await service.file_deleted(session, deleted(), None, now=now)

    row = await said(db, f"deleted:E9:{project.catalog_id}:{actor.user_id}")
    assert row is not None and row.channel == actor.user_id
    assert await state_of(db, project.catalog_id or 0) == CatalogState.USED


async def positions(db: Database, catalog_id: int) -> Sequence[int]:
    async with reading(db) as session:
        return [row[1] for row in await catalogs.page(session, catalog_id, limit=9000)]


async def test_more_products_than_a_transaction_takes_are_refused(db: Database, actor: Actor, now: datetime) -> None:
    catalog_id = await given_ready_catalog(db, teas(1_201), actor, now)
    assert await positions(db, catalog_id) == list(range(1_201))

    with pytest.raises(ValueError, match="too many"):
        async with transaction(db) as session:
            await catalogs.add_products(session, catalog_id, [(n, "x", {}) for n in range(501)])


async def test_a_reader_that_lost_its_lease_stores_nothing(db: Database, actor: Actor, now: datetime) -> None:
    catalog = await share(db, shared("D1"), actor, now)
    assert catalog is not None and catalog.id is not None
    async with transaction(db) as session:
        assert await catalogs.claim(session, catalog.id, owner="one", now=now)
        assert not await catalogs.claim(session, catalog.id, owner="two", now=now)
        stored = await catalog_import.store(
            session, catalog, ["Name"], [["Tea"]], first=0, named_by="Name", owner="two", now=now
        )

    assert not stored
    assert not await positions(db, catalog.id)
