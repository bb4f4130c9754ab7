"""The day's digest, gentle reminders, and the pause from both."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import col, select

from bot.domain.people import Actor
from bot.domain.reminders import DigestCard, ReminderCard
from bot.services import reminders, settings
from bot.views.reminders import digest_card, reminder_card
from storage import people as stored
from storage.engine import Database, reading, transaction
from storage.models import Digest, Project, Reminder
from tests.support.given_texts import approve, batch, given_existing_texts, said, texts

# Monday, ten in the morning in Berlin
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def now() -> datetime:
    return MONDAY


@pytest.fixture
async def project(db: Database, actor: Actor, colleague: Actor) -> Project:
    """Six texts to review; Ana and Ben live in Berlin, and Ben approved one of them."""
    made = await given_existing_texts(db, actor, MONDAY, 6)
    async with transaction(db) as session:
        for who in (actor, colleague):
            await stored.save_actor(session, replace(who, tz="Europe/Berlin"), now=MONDAY)
    await approve(db, (await texts(db, made))[0].id or 0, colleague, MONDAY + timedelta(hours=1))
    return made


async def fresh(db: Database, project: Project) -> Project:
    async with reading(db) as session:
        return (await session.exec(select(Project).where(Project.id == project.id))).one()


async def digest(db: Database, day: str, now: datetime) -> DigestCard | None:
    the_batch = await batch(db)
    async with transaction(db) as session:
        new = await reminders.say_digest(session, the_batch, day, now=now)
    async with reading(db) as session:
        last = (await session.exec(select(Digest).order_by(col(Digest.id).desc()))).first()
        return await reminders.digest_card(session, last.id or 0) if new and last else None


async def remind(db: Database, project: Project, now: datetime) -> list[str]:
    """Who is reminded now."""
    before = set(await said(db))
    async with transaction(db) as session:
        await reminders.remind(session, await fresh(db, project), now=now)
    return [row.channel for key, row in (await said(db)).items() if key not in before]


async def card_of(db: Database, reminder_id: int) -> ReminderCard:
    async with reading(db) as session:
        return await reminders.reminder_card(session, reminder_id)


async def test_a_digest_says_what_happened_by_how_many_and_is_silent_where_nothing_did(
    db: Database, project: Project, actor: Actor
) -> None:
    first = await digest(db, "2026-11-24", MONDAY + DAY)
    silent = await digest(db, "2026-11-25", MONDAY + 2 * DAY)
    for one in (await texts(db, project))[1:3]:
        await approve(db, one.id or 0, actor, MONDAY + 2 * DAY + timedelta(hours=1))
    second = await digest(db, "2026-11-26", MONDAY + 3 * DAY)

    assert first is not None and (first.day.approved, first.day.people, first.day.open, first.since) == (1, 1, 5, None)
    assert silent is None
    assert second is not None and (second.day.approved, second.day.people, second.day.open) == (2, 1, 3)
    assert "2 texts decided* by 1 person (2 approved)" in digest_card(second).text
    keys = [key for key in await said(db) if key.startswith("digest:")]
    assert len(keys) == 2 and {(await said(db))[key].thread_key for key in keys} == {f"batch:{first.batch_id}"}


async def test_only_who_reviewed_before_or_is_named_is_reminded_and_at_most_three_times(
    db: Database, project: Project
) -> None:
    told = [await remind(db, project, MONDAY + n * DAY) for n in range(12)]

    assert [people for people in told if people] == [["UBEN"], ["UBEN"], ["UBEN"]]
    assert told[0] == [] and next(n for n, people in enumerate(told) if people) >= 2


async def test_reminders_rest_in_quiet_hours_of_the_persons_own_time_zone(
    db: Database, project: Project, colleague: Actor
) -> None:
    async with transaction(db) as session:
        await stored.save_actor(session, replace(colleague, tz="America/New_York"), now=MONDAY)
    morning_in_berlin = MONDAY + 2 * DAY

    assert await remind(db, project, morning_in_berlin) == []
    assert await remind(db, project, morning_in_berlin + timedelta(hours=6)) == ["UBEN"]


async def test_dont_remind_me_holds_and_can_be_taken_back_by_that_person_alone(
    db: Database, project: Project, actor: Actor, colleague: Actor
) -> None:
    await remind(db, project, MONDAY + 2 * DAY)
    async with reading(db) as session:
        reminder = (await session.exec(select(Reminder))).one()
    assert "5 texts wait for you" in (reminder_card(await card_of(db, reminder.id or 0)) or pytest.fail("none")).text

    with pytest.raises(Exception, match="gone"):
        async with transaction(db) as session:
            await reminders.want(session, reminder.id or 0, actor, reminders=False, now=MONDAY)
    async with transaction(db) as session:
        await reminders.want(session, reminder.id or 0, colleague, reminders=False, now=MONDAY)

    stopped = await card_of(db, reminder.id or 0)
    assert stopped.stopped and "Remind me again" in str((reminder_card(stopped) or pytest.fail("none")).blocks)
    assert await remind(db, project, MONDAY + 8 * DAY) == []
    async with transaction(db) as session:
        await reminders.want(session, reminder.id or 0, colleague, reminders=True, now=MONDAY)
        # seen again by Slack, they keep their wish
        await stored.save_actor(session, colleague, now=MONDAY + 8 * DAY)
    assert await remind(db, project, MONDAY + 8 * DAY) == ["UBEN"]


async def test_a_reminder_that_has_become_needless_is_not_sent(
    db: Database, project: Project, colleague: Actor
) -> None:
    await remind(db, project, MONDAY + 2 * DAY)
    for one in (await texts(db, project))[1:]:
        await approve(db, one.id or 0, colleague, MONDAY + 2 * DAY)
    async with reading(db) as session:
        reminder = (await session.exec(select(Reminder))).one()

    assert reminder_card(await card_of(db, reminder.id or 0)) is None


async def test_a_pause_stops_digest_and_reminders_until_monday_is_seen_and_can_be_undone(
    db: Database, project: Project, actor: Actor
) -> None:
    wednesday = MONDAY + 2 * DAY
    async with transaction(db) as session:
        await reminders.pause(session, project.id or 0, actor, now=wednesday)
        await reminders.pause(session, project.id or 0, actor, now=wednesday + DAY)
    paused = await fresh(db, project)

    async with reading(db) as session:
        assert await reminders.day_due(session, paused, now=wednesday) is None
    assert await remind(db, project, wednesday) == []
    assert paused.paused_until == datetime(2026, 11, 30, 8, 0, tzinfo=UTC) and paused.paused_by == actor.user_id

    async with transaction(db) as session:
        assert not await reminders.end_pause(session, paused, now=wednesday)
        await reminders.resume(session, project.id or 0, actor, now=wednesday)
    assert (await fresh(db, project)).paused_until is None
    assert await remind(db, project, wednesday) == ["UBEN"]


async def test_on_monday_a_pause_is_over_by_itself(db: Database, project: Project, actor: Actor) -> None:
    async with transaction(db) as session:
        await reminders.pause(session, project.id or 0, actor, now=MONDAY + 2 * DAY)
    async with transaction(db) as session:
        assert await reminders.end_pause(session, await fresh(db, project), now=MONDAY + 7 * DAY)

    assert await remind(db, project, MONDAY + 7 * DAY) == ["UBEN"]


async def test_a_project_can_do_without_digest_and_reminders(db: Database, project: Project, actor: Actor) -> None:
    async with transaction(db) as session:
        await settings.change(
            session, project.id or 0, actor, lambda old: replace(old, digest=False, reminders=False), now=MONDAY
        )

    async with reading(db) as session:
        assert await reminders.day_due(session, await fresh(db, project), now=MONDAY + 2 * DAY) is None
    assert await remind(db, project, MONDAY + 2 * DAY) == []
