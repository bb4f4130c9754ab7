"""Events are kept before they are acknowledged."""

from __future__ import annotations

from typing import Any

import pytest
from slack_bolt.response import BoltResponse
from sqlalchemy.exc import OperationalError
from sqlmodel import select

from bot.deps import Deps
from handlers import events
from storage.engine import reading
from storage.models import Inbox


def reaction(event_id: str = "Ev1", **more: Any) -> dict[str, Any]:
    item = {"type": "message", "channel": "C1", "ts": "1.2"}
    event = {"type": "reaction_added", "user": "UANA", "reaction": "+1", "item": item, "event_ts": "9.9", **more}
    return {"team_id": "T1", "event_id": event_id, "event": event, "authorizations": [{"user_id": "UBOT"}]}


async def passed_on() -> None:
    raise AssertionError("an event must not reach a listener")


async def kept(deps: Deps) -> list[Inbox]:
    async with reading(deps.db) as session:
        return list((await session.exec(select(Inbox))).all())


async def test_an_event_is_kept_with_its_ids_only(deps: Deps) -> None:
    answer = await events.remember(reaction(), passed_on, deps=deps)

    [row] = await kept(deps)
    assert isinstance(answer, BoltResponse) and answer.status == 200
    assert row.ids == {"user": "UANA", "channel": "C1", "ts": "1.2", "reaction": "+1"}
    assert (row.kind, row.event_ts, row.done_at) == ("reaction_added", "9.9", None)


async def test_a_redelivered_event_is_kept_once(deps: Deps) -> None:
    for _ in range(3):
        await events.remember(reaction(), passed_on, deps=deps)

    assert len(await kept(deps)) == 1


async def test_words_of_a_direct_message_are_not_kept(deps: Deps) -> None:
    event = {"type": "message", "channel_type": "im", "user": "UANA", "channel": "D1", "text": "secret", "ts": "1.1"}
    await events.remember({"team_id": "T1", "event_id": "Ev2", "event": event}, passed_on, deps=deps)

    [row] = await kept(deps)
    assert "secret" not in str(row)


@pytest.mark.parametrize(
    "event",
    [
        {"type": "message", "channel_type": "im", "bot_id": "B1", "channel": "D1"},
        {"type": "message", "channel_type": "im", "subtype": "message_changed", "channel": "D1"},
        {"type": "member_joined_channel", "user": "UANA", "channel": "C1"},
    ],
)
async def test_what_is_not_for_us_is_acknowledged_and_not_kept(deps: Deps, event: dict[str, Any]) -> None:
    body = {"team_id": "T1", "event_id": "Ev3", "event": event, "authorizations": [{"user_id": "UBOT"}]}

    answer = await events.remember(body, passed_on, deps=deps)

    assert answer is not None and await kept(deps) == []


async def test_a_database_that_is_down_is_not_acknowledged(deps: Deps) -> None:
    async with deps.db.engine.begin() as connection:
        await connection.exec_driver_sql("DROP TABLE inbox")

    with pytest.raises(OperationalError):
        await events.remember(reaction(), passed_on, deps=deps)
