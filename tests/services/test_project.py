import pytest
from sqlmodel import col, update

from bot.domain.people import Actor
from bot.domain.project import Role
from bot.domain.team import Team
from bot.errors import NotAllowed, NotFound
from bot.services import people
from bot.services import project as service
from storage import home, outbox
from storage import project as projects
from storage.engine import Database, reading, transaction
from storage.models import Completion, Inbox
from tests.support.given_dataset import given_decided


async def started(db: Database, actor: Actor, now, name: str = "Tea"):  # type: ignore[no-untyped-def]
    async with transaction(db) as session:
        return await service.start(session, actor, channel_id="C1", name=name, now=now)


async def test_who_starts_a_project_owns_it_and_it_is_said_in_the_channel(db, actor, now) -> None:
    project = await started(db, actor, now)

    async with reading(db) as session:
        assert await projects.members(session, project.id, Role.OWNER) == [actor.user_id]
        said = await outbox.by_key(session, "T1", f"project:{project.id}")
    assert said is not None and said.channel == "C1"


async def test_a_second_project_of_a_channel_puts_the_first_aside(db, actor, now) -> None:
    first = await started(db, actor, now)
    second = await started(db, actor, now, name="Coffee")

    async with reading(db) as session:
        active = await service.of_channel(session, "T1", "C1")
        kept = await projects.by_id(session, first.id)
    assert active is not None and active.id == second.id
    assert kept is not None and not kept.active


async def test_only_owners_pass_where_money_is_spent(db, actor, colleague, now) -> None:
    project = await started(db, actor, now)

    async with reading(db) as session:
        await service.as_owner(session, project.id, actor)
        with pytest.raises(NotAllowed, match="<@UANA>"):
            await service.as_owner(session, project.id, colleague)


async def test_texts_that_were_set_aside_with_their_products_are_not_counted(db, actor, now) -> None:
    project = await given_decided(db, actor, now, approved=3, open_=2)
    async with transaction(db) as session:
        await session.exec(update(Completion).where(col(Completion.id).in_([1, 4])).values(outdated=True))

    async with reading(db) as session:
        facts = await home.counts(session, project)
    assert (facts.approved, facts.open) == (2, 1)


async def test_everybody_but_guests_reviews_until_reviewers_are_named(db, actor, colleague, now) -> None:
    project = await started(db, actor, now)
    guest = Actor("T1", "UGUEST", is_guest=True)

    async with reading(db) as session:
        await service.as_reviewer(session, project.id, colleague)
        with pytest.raises(NotAllowed):
            await service.as_reviewer(session, project.id, guest)
    async with transaction(db) as session:
        await people.set_people(session, project.id, actor, Team(("UANA",), ("UGUEST",)), now=now)
    async with reading(db) as session:
        await service.as_reviewer(session, project.id, guest)
        with pytest.raises(NotAllowed):
            await service.as_reviewer(session, project.id, colleague)


async def test_another_workspace_cannot_see_a_project(db, actor, now) -> None:
    project = await started(db, actor, now)

    async with reading(db) as session:
        with pytest.raises(NotFound):
            await service.get(session, project.id, Actor("T2", "UANA"))


async def test_guests_start_nothing(db, now) -> None:
    with pytest.raises(NotAllowed):
        await started(db, Actor("T1", "UGUEST", is_guest=True), now)


async def test_an_archived_channel_is_silenced_and_its_owner_hears_of_it(db, actor, now) -> None:
    project = await started(db, actor, now)
    event = Inbox(team_id="T1", event_id="Ev1", kind="channel_archive", ids={"channel": "C1"}, created_at=now)

    async with transaction(db) as session:
        await service.channel_closed(session, event, None, now=now)

    async with reading(db) as session:
        due = await outbox.due(session, outbox.Lane.POSTS, now=now, limit=10)
    assert [row.channel for row in due] == [actor.user_id]
    assert project.id


async def test_a_channel_that_gets_another_id_keeps_its_project(db, actor, now) -> None:
    await started(db, actor, now)
    event = Inbox(
        team_id="T1", event_id="Ev2", kind="channel_id_changed", created_at=now,
        ids={"old_channel_id": "C1", "new_channel_id": "C9"},
    )  # fmt: skip

    async with transaction(db) as session:
        await service.channel_id_changed(session, event, None, now=now)

    async with reading(db) as session:
        assert await service.of_channel(session, "T1", "C9") is not None
        assert await service.of_channel(session, "T1", "C1") is None
