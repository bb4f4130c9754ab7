from datetime import datetime, timedelta

from bot.domain.outbox import DELIVERY_LEASE, Say, SayState
from storage import outbox
from storage.engine import Database, reading, transaction
from storage.models import Outbox
from storage.outbox import Lane


async def say(db: Database, now: datetime, key: str = "batch:7", **more: object) -> None:
    async with transaction(db) as session:
        await outbox.say(
            session, team_id="T1", key=key, kind=Say.BATCH, subject_id=7, channel="C1", now=now, **more  # type: ignore[arg-type]
        )  # fmt: skip


async def claimed(db: Database, now: datetime, owner: str = "me") -> Outbox | None:
    async with reading(db) as session:
        due = [
            *await outbox.due(session, Lane.POSTS, now=now, limit=10),
            *await outbox.due(session, Lane.EDITS, now=now, limit=10),
        ]
    if not due:
        return None
    async with transaction(db) as session:
        return await outbox.claim(session, due[0].id or 0, owner=owner, now=now)


async def test_the_same_key_said_twice_is_one_message_with_news(db: Database, now: datetime) -> None:
    await say(db, now)
    await say(db, now)

    async with reading(db) as session:
        row = await outbox.by_key(session, "T1", "batch:7")
    assert row is not None and (row.wanted, row.sent) == (2, 0)


async def test_a_commit_wakes_the_delivery(db: Database, now: datetime) -> None:
    woken: list[str] = []
    db.wake = woken.append

    await say(db, now)

    assert woken == ["deliver"]


async def test_only_one_of_two_workers_gets_a_row_until_its_lease_is_over(db: Database, now: datetime) -> None:
    await say(db, now)
    async with reading(db) as session:
        [row] = await outbox.due(session, outbox.Lane.POSTS, now=now, limit=10)

    async with transaction(db) as session:
        first = await outbox.claim(session, row.id or 0, owner="one", now=now)
    async with transaction(db) as session:
        second = await outbox.claim(session, row.id or 0, owner="two", now=now)
    later = now + DELIVERY_LEASE + timedelta(seconds=1)
    async with transaction(db) as session:
        third = await outbox.claim(session, row.id or 0, owner="two", now=later)

    assert first is not None and second is None and third is not None


async def test_news_that_came_during_a_delivery_stay_due(db: Database, now: datetime) -> None:
    await say(db, now)
    row = await claimed(db, now)
    assert row is not None

    await say(db, now)
    async with transaction(db) as session:
        await outbox.delivered(session, row, owner="me", ts="1.0", posted_in="C1", shown_version=0)

    again = await claimed(db, now)
    assert again is not None and again.ts == "1.0" and again.wanted > again.sent


async def test_a_worker_that_lost_its_lease_cannot_record(db: Database, now: datetime) -> None:
    await say(db, now)
    slow = await claimed(db, now, owner="slow")
    later = now + DELIVERY_LEASE + timedelta(seconds=1)
    assert slow is not None and await claimed(db, later, owner="fast") is not None

    async with transaction(db) as session:
        await outbox.delivered(session, slow, owner="slow", ts="9.9", posted_in="C1", shown_version=0)

    async with reading(db) as session:
        row = await outbox.by_key(session, "T1", "batch:7")
    assert row is not None and row.ts == ""


async def test_news_put_off_coalesce_but_an_earlier_wish_stays(db: Database, now: datetime) -> None:
    await say(db, now, not_before=now + timedelta(seconds=3))
    await say(db, now, not_before=now + timedelta(seconds=9))

    assert await claimed(db, now) is None
    assert await claimed(db, now + timedelta(seconds=3)) is not None


async def test_a_closed_channel_is_not_spoken_to_any_more(db: Database, now: datetime) -> None:
    await say(db, now)

    async with transaction(db) as session:
        assert await outbox.close_channel(session, team_id="T1", channel="C1") == 1

    async with reading(db) as session:
        row = await outbox.by_key(session, "T1", "batch:7")
    assert row is not None and row.state == SayState.DEAD
    assert await claimed(db, now) is None


async def test_an_edit_is_not_in_the_lane_of_first_posts(db: Database, now: datetime) -> None:
    await say(db, now)
    row = await claimed(db, now)
    assert row is not None
    async with transaction(db) as session:
        await outbox.delivered(session, row, owner="me", ts="1.0", posted_in="C1", shown_version=0)
    await say(db, now)

    async with reading(db) as session:
        assert await outbox.due(session, Lane.POSTS, now=now, limit=10) == []
        assert len(await outbox.due(session, Lane.EDITS, now=now, limit=10)) == 1


async def test_a_leased_row_is_next_due_when_its_lease_is_over(db: Database, now: datetime) -> None:
    await say(db, now)
    await claimed(db, now)

    async with reading(db) as session:
        assert await outbox.next_due(session, Lane.POSTS) == now + DELIVERY_LEASE
        assert await outbox.next_due(session, Lane.EDITS) is None
