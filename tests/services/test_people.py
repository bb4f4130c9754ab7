"""Roles, and what happens when somebody leaves."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlmodel import select

from bot.domain.people import Actor
from bot.domain.team import Team
from bot.errors import BadForm, NotAllowed
from bot.services import events, home, people, queue
from bot.services import project as projects
from storage import queue as stored_queue
from storage import reminders as stored
from storage.engine import Database, reading, transaction
from storage.models import Inbox, Note, Project
from tests.support.given_texts import approve, batch, given_existing_texts, state, texts

CAM = Actor("T1", "UCAM")


@pytest.fixture
async def project(db: Database, actor: Actor, now: datetime) -> Project:
    return await given_existing_texts(db, actor, now, 4)


async def become(db: Database, project: Project, actor: Actor, team: Team, now: datetime) -> None:
    async with transaction(db) as session:
        await people.set_people(session, project.id or 0, actor, team, now=now)


async def happens(db: Database, kind: str, user: str, now: datetime) -> None:
    event = Inbox(team_id="T1", event_id="Ev1", kind=kind, ids={"user": user, "channel": "C1"}, created_at=now)
    async with transaction(db) as session:
        await events.handle(session, event, None, now=now)


async def team_of(db: Database, project: Project) -> Team:
    async with reading(db) as session:
        return await people.team_of(session, project.id or 0)


async def notes(db: Database) -> list[str]:
    async with reading(db) as session:
        return list((await session.exec(select(Note.text))).all())


async def test_a_viewer_sees_and_decides_nothing(
    db: Database, project: Project, actor: Actor, colleague: Actor, now: datetime
) -> None:
    await become(db, project, actor, Team(("UANA",), (), ("UCAM",), ("UBEN",)), now)

    async with reading(db) as session:
        assert (await home.project_card(session, await projects.get(session, project.id or 0, colleague))).id
        assert await queue.waiting_for(session, project, colleague) == 0
    with pytest.raises(NotAllowed, match="You are a viewer"):
        await approve(db, (await texts(db, project))[0].id or 0, colleague, now)
    await approve(db, (await texts(db, project))[0].id or 0, CAM, now)


async def test_nobody_is_viewer_and_reviewer_and_somebody_owns_the_project(
    db: Database, project: Project, actor: Actor, now: datetime
) -> None:
    for team in (Team(("UANA",), ("UBEN",), (), ("UBEN",)), Team(())):
        with pytest.raises(BadForm):
            await become(db, project, actor, team, now)

    assert await team_of(db, project) == Team(("UANA",))


@pytest.mark.parametrize("kind", ["member_left_channel", "user_change"])
async def test_a_reviewer_who_leaves_gives_open_texts_back_and_what_they_decided_stays(
    db: Database, project: Project, actor: Actor, colleague: Actor, now: datetime, kind: str
) -> None:
    await become(db, project, actor, Team(("UANA",), ("UBEN", "UCAM")), now)
    await approve(db, (await texts(db, project))[0].id or 0, colleague, now)
    async with transaction(db) as session:
        held = await queue.next_for(session, project.id or 0, colleague, now=now)
    assert held is not None
    async with transaction(db) as session:
        other = await queue.next_for(session, project.id or 0, CAM, now=now)
    assert other is not None and other.id != held.id

    await happens(db, kind, "UBEN", now + timedelta(seconds=1))

    async with transaction(db) as session:
        # What Ben had before him comes first again, for Ana, who has nothing open
        free = await queue.next_for(session, project.id or 0, actor, now=now + timedelta(seconds=2))
        assert free is not None and free.id == held.id
        assert await stored_queue.reviewers(session, (await batch(db)).id or 0) == 0
        assert "UBEN" not in await stored.reviewers(session, project.id or 0)
    assert await team_of(db, project) == Team(("UANA",), ("UCAM",))
    assert await state(db, (await texts(db, project))[0].id or 0) == ("approved", "UBEN")
    assert any("<@UBEN> has left" in note and "What they decided stays" in note for note in await notes(db))


async def test_who_comes_back_and_decides_counts_again(
    db: Database, project: Project, colleague: Actor, now: datetime
) -> None:
    first, second = (await texts(db, project))[:2]
    await approve(db, first.id or 0, colleague, now)
    await happens(db, "member_left_channel", "UBEN", now)
    async with reading(db) as session:
        assert await stored.reviewers(session, project.id or 0) == []

    await approve(db, second.id or 0, colleague, now + timedelta(hours=1))

    async with reading(db) as session:
        assert await stored.reviewers(session, project.id or 0) == ["UBEN"]


async def test_an_owner_who_leaves_is_replaced_by_another(
    db: Database, project: Project, actor: Actor, colleague: Actor, now: datetime
) -> None:
    await become(db, project, actor, Team(("UANA", "UBEN")), now)

    await happens(db, "user_change", "UANA", now)

    assert (await team_of(db, project)).owners == ("UBEN",)
    assert any("It is owned by <@UBEN> now." in note for note in await notes(db))


async def test_where_no_owner_is_left_everybody_hears_of_it_and_the_admins_command_mends_it(
    db: Database, project: Project, actor: Actor, colleague: Actor, now: datetime
) -> None:
    await happens(db, "member_left_channel", "UANA", now)
    assert (await team_of(db, project)).owners == ("UANA",)
    assert any("still owns" in note for note in await notes(db))

    await happens(db, "user_change", "UANA", now)

    assert (await team_of(db, project)).owners == ()
    assert any(f"tunesmith project owner {project.id} USER-ID" in note for note in await notes(db))
    async with reading(db) as session:
        with pytest.raises(NotAllowed, match="tunesmith project owner"):
            await projects.as_owner(session, project.id or 0, colleague)
        await projects.as_reviewer(session, project.id or 0, colleague)
    async with transaction(db) as session:
        await people.add_owner(session, project.id or 0, "UBEN", now=now)
    async with reading(db) as session:
        await projects.as_owner(session, project.id or 0, replace(colleague))
