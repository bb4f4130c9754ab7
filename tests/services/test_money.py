"""What money is shown of: sums, doubts and limits; warnings once each; and a second person's yes, once."""

from __future__ import annotations

import asyncio
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import select

from bot.domain.money import SpendingLimits
from bot.domain.people import Actor
from bot.domain.project import Role
from bot.domain.spending import For, Order, RequestState
from bot.errors import AlreadyDecided, NeedsSecond, NotAllowed, Stale
from bot.services import money as service
from bot.services import spend_request as requests
from storage import project as projects
from storage import spend_request as rows
from storage.engine import Database, reading, transaction
from storage.models import Ledger, Note, Outbox, Project, SpendRequest
from tests.support.given_catalog import fresh

BEN, CAM = Actor("T1", "UBEN"), Actor("T1", "UCAM")
LIMITS = SpendingLimits(month_usd=100.0, second_above_usd=10.0)
ORDER = Order("write", "write 5,000 texts", 12.0)


@pytest.fixture
async def project(db: Database, actor: Actor, now: datetime) -> Project:
    async with transaction(db) as session:
        made = await projects.add(session, team_id="T1", channel_id="C1", name="Teas", user_id=actor.user_id, now=now)
    return await fresh(db, made.id or 0)


async def given_spent(db: Database, project: Project, now: datetime, *entries: tuple[Any, ...]) -> None:
    """Rows of the ledger: person, request's name, dollars, state, days ago."""
    async with transaction(db) as session:
        for user, attempt, usd, state, ago in entries:
            at = now - timedelta(days=ago)
            session.add(
                Ledger(team_id="T1", project_id=project.id or 0, user_id=user, attempt=attempt, model="small",
                       state=state, usd=usd, at=at)
            )  # fmt: skip


async def test_the_card_has_every_sum_by_person_day_and_purpose_and_says_what_is_in_doubt(
    db: Database, project: Project, actor: Actor, now: datetime
) -> None:
    await given_spent(
        db, project, now,
        ("UANA", "ts-1-x", 3.0, "settled", 0), ("UANA", "comparison:1:2", 1.0, "reserved", 1),
        ("UBEN", "trial:1:base", 0.5, "unknown", 13), ("UBEN", "serving:1:2", 2.0, "settled", 40),
        ("UBEN", "trial:2:base", None, "settled", 0), ("UANA", "trial:3:base", 9.0, "released", 0),
    )  # fmt: skip

    async with reading(db) as session:
        card = await service.card(session, project, limits=LIMITS, now=now)

    assert (card.sums.total, card.sums.month, card.sums.today) == (6.5, 4.5, 3.0)
    assert card.people == (("UANA", 4.0), ("UBEN", 2.5))
    assert dict(card.purposes) == {For.TRAINING: 3.0, For.SERVING: 2.0, For.COMPARING: 1.0, For.TRYING: 0.5}
    assert len(card.days) == 14 and card.days[0] == (date(2026, 11, 9), 0.5) and card.days[-1][1] == 3.0
    assert (card.doubt.unpriced, card.doubt.lost, card.doubt.lost_usd) == (1, 1, 0.5)
    assert (card.month_left, card.budget_left) == (95.5, None)


async def test_only_owners_and_approvers_see_it_and_only_owners_set_the_budget(
    db: Database, project: Project, actor: Actor, now: datetime
) -> None:
    async with transaction(db) as session:
        await projects.add_member(session, project_id=project.id or 0, user_id="UBEN", role=Role.APPROVER)
        await service.as_spender(session, project.id or 0, actor)
        await service.as_spender(session, project.id or 0, BEN)
        with pytest.raises(NotAllowed):
            await service.as_spender(session, project.id or 0, CAM)
        with pytest.raises(NotAllowed):
            await service.set_budget(session, project.id or 0, BEN, 5.0, now=now)
        await service.set_budget(session, project.id or 0, actor, 5.0, now=now)

    assert (await fresh(db, project.id or 0)).settings["budget_usd"] == 5.0


async def test_each_mark_is_warned_of_once_even_by_two_replicas_and_again_after_the_budget_was_raised(
    db: Database, project: Project, actor: Actor, now: datetime
) -> None:
    async def look(budget: float) -> list[bool]:
        async with transaction(db) as session:
            await projects.change(session, project.id or 0, settings={"budget_usd": budget})

        async def one() -> bool:
            async with transaction(db) as session:
                found = await projects.by_id(session, project.id or 0)
                assert found is not None
                return await service.warn_of_budget(session, found, now=now)

        return sorted(await asyncio.gather(one(), one()))

    assert await look(10.0) == [False, False]
    await given_spent(db, project, now, ("UANA", "ts-1-x", 8.0, "settled", 0))
    assert await look(10.0) == [False, True]
    assert await look(10.0) == [False, False]
    await given_spent(db, project, now, ("UANA", "ts-2-x", 2.0, "reserved", 0))
    assert await look(10.0) == [False, True]
    assert await look(12.0) == [False, True]

    async with reading(db) as session:
        told = (await session.exec(select(Note.text))).all()
        channels = (await session.exec(select(Outbox.channel))).all()
    assert len(told) == 6 and "$8 of its budget of $10" in told[0] and "Nothing more is bought" in told[2]
    assert sorted(channels) == ["C1"] * 3 + ["UANA"] * 3


async def test_the_months_cap_is_warned_of_in_every_project_and_says_who_can_raise_it(
    db: Database, project: Project, now: datetime
) -> None:
    await given_spent(db, project, now, ("UANA", "ts-1-x", 99.5, "settled", 0))

    for expected in (True, False):
        async with transaction(db) as session:
            assert await service.warn_of_month(session, "T1", [project], limits=LIMITS, now=now) is expected

    async with reading(db) as session:
        told = (await session.exec(select(Note.text))).all()
    assert len(told) == 2 and "Nothing more is bought this month" in told[0] and "tunesmith.toml" in told[0]


async def asked(db: Database, project: Project, actor: Actor, now: datetime, order: Order = ORDER) -> tuple[str, int]:
    """The order is refused and the question recorded: what its asker is told, and the question's id."""
    with pytest.raises(NeedsSecond) as refused:
        async with transaction(db) as session:
            await requests.seconded(session, project, actor, order, limits=LIMITS, now=now)
    async with transaction(db) as session:
        told = await requests.ask(session, refused.value, now=now)
        found = (await session.exec(select(SpendRequest.id).order_by(SpendRequest.id.desc()))).first()  # type: ignore[union-attr]
    return told, found or 0


async def given_approver(db: Database, project: Project) -> None:
    async with transaction(db) as session:
        await projects.add_member(session, project_id=project.id or 0, user_id="UBEN", role=Role.APPROVER)


async def answer(db: Database, request_id: int, who: Actor, now: datetime, *, yes: bool = True) -> None:
    async with transaction(db) as session:
        await requests.decide(session, request_id, who, yes=yes, now=now)


async def orders(db: Database, project: Project, actor: Actor, now: datetime, usd: float = 12.0) -> bool:
    """Whether the order goes through."""
    try:
        async with transaction(db) as session:
            order = Order("write", "write 5,000 texts", usd)
            await requests.seconded(session, project, actor, order, limits=LIMITS, now=now)
    except NeedsSecond:
        return False
    return True


async def test_nothing_is_asked_below_the_threshold_or_where_there_is_none(
    db: Database, project: Project, actor: Actor, now: datetime
) -> None:
    async with transaction(db) as session:
        await requests.seconded(session, project, actor, Order("write", "x", 10.0), limits=LIMITS, now=now)
        await requests.seconded(session, project, actor, Order("write", "x", None), limits=SpendingLimits(), now=now)
    with pytest.raises(NeedsSecond):
        async with transaction(db) as session:
            await requests.seconded(session, project, actor, Order("write", "x", None), limits=LIMITS, now=now)


async def test_a_yes_is_used_once_by_who_asked_for_no_more_than_was_said_and_within_a_day(
    db: Database, project: Project, actor: Actor, now: datetime
) -> None:
    await given_approver(db, project)
    _, request_id = await asked(db, project, actor, now)
    await answer(db, request_id, BEN, now)

    assert not await orders(db, project, CAM, now)
    assert not await orders(db, project, actor, now, usd=12.7)
    assert not await orders(db, project, actor, now + timedelta(hours=25))
    used = await asyncio.gather(*(orders(db, project, actor, now, usd=12.5) for _ in range(4)))
    assert sorted(used) == [False, False, False, True]
    async with reading(db) as session:
        row = await rows.by_id(session, request_id)
    assert row is not None and (row.state, row.decided_by) == (RequestState.USED, "UBEN")


async def test_neither_the_asker_nor_a_bystander_answers_and_the_second_answer_hears_of_the_first(
    db: Database, project: Project, actor: Actor, now: datetime
) -> None:
    await given_approver(db, project)
    _, request_id = await asked(db, project, actor, now)

    for who in (actor, CAM):
        with pytest.raises(NotAllowed):
            await answer(db, request_id, who, now)
    await answer(db, request_id, BEN, now, yes=False)
    with pytest.raises(AlreadyDecided, match="refused by <@UBEN>"):
        await answer(db, request_id, BEN, now)
    assert not await orders(db, project, actor, now)


async def test_pressing_twice_asks_once_and_a_dearer_order_replaces_the_question(
    db: Database, project: Project, actor: Actor, now: datetime
) -> None:
    await given_approver(db, project)
    told, first = await asked(db, project, actor, now)
    again, same = await asked(db, project, actor, now)
    _, dearer = await asked(db, project, actor, now, Order("write", "write 9,000 texts", 20.0))

    assert "I asked <@UBEN>" in told and "has not answered yet" in again and same == first and dearer != first
    with pytest.raises(Stale):
        await answer(db, first, BEN, now)


async def test_where_nobody_else_could_answer_the_asker_hears_whom_to_name(
    db: Database, project: Project, actor: Actor, now: datetime
) -> None:
    with pytest.raises(NotAllowed, match="/tune people"):
        await asked(db, project, actor, now)


async def test_a_question_that_nobody_answers_for_a_day_closes(
    db: Database, project: Project, actor: Actor, now: datetime
) -> None:
    await given_approver(db, project)
    _, request_id = await asked(db, project, actor, now)
    tomorrow = now + timedelta(hours=24)

    with pytest.raises(Stale):
        await answer(db, request_id, BEN, tomorrow)
    async with transaction(db) as session:
        assert await requests.expire(session, now=tomorrow) == 1
        card = await requests.card(session, request_id)
    assert card is not None and card.state is RequestState.EXPIRED
