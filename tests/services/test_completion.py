"""Orders for texts: who may, what must come before, what it may cost, and that pressing twice orders once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.completion import RunKind, RunState
from bot.domain.models import ModelInfo
from bot.domain.money import SpendingLimits
from bot.domain.people import Actor
from bot.domain.project import ProjectSettings
from bot.domain.review import ReviewState
from bot.errors import AlreadyDecided, BudgetReached, NotAllowed, NotYet, Stale
from bot.services import completion as service
from bot.services import completion_cards as cards
from bot.services import prompt_card
from bot.services.prompt import catalog_of, fingerprint
from storage import completion as queries
from storage import project as projects
from storage.engine import Database, reading, transaction
from storage.models import Project, Run
from tests.support.given_catalog import fresh, given_signed_off, given_used_catalog, teas
from tests.support.given_texts import (
    MODEL,
    approve,
    given_existing_texts,
    given_tried,
    said,
    state,
    text,
    texts,
    write_out,
)

UNPRICED = ModelInfo("small", "lab", "the lab")


@pytest.fixture
async def project(db: Database, actor: Actor, now: datetime) -> Project:
    return await given_signed_off(db, teas(30, described=4), actor, now)


async def do(db: Database, work: Callable[[AsyncSession], Awaitable[Any]]) -> Any:
    async with transaction(db) as session:
        return await work(session)


def trying(project: Project, who: Actor, now: datetime, **more: Any) -> Callable[[AsyncSession], Awaitable[int]]:
    given = {"model": MODEL} | more
    return lambda session: service.start_try(session, project.id or 0, who, now=now, **given)


def writing(
    project: Project, who: Actor, now: datetime, count: int | None = 10, **more: Any
) -> Callable[[AsyncSession], Awaitable[int]]:
    given = {"model": MODEL} | more
    return lambda session: service.start_write(session, project.id or 0, who, count=count, now=now, **given)


async def run_of(db: Database, run_id: int) -> Run:
    async with reading(db) as session:
        run = await queries.run(session, run_id)
    assert run is not None
    return run


async def signed_off_anew(db: Database, project: Project, actor: Actor, now: datetime, **changes: Any) -> Project:
    """The project after a change of its prompts that an owner said yes to."""
    async with transaction(db) as session:
        await projects.change(session, project.id or 0, **changes)
    changed = await fresh(db, project.id or 0)
    async with transaction(db) as session:
        wanted = fingerprint(changed, await catalog_of(session, changed))[: prompt_card.SHORT]
        await prompt_card.sign_off(session, actor, project.id or 0, fingerprint=wanted, now=now)
    return await fresh(db, project.id or 0)


async def with_budget(db: Database, project: Project, usd: float) -> Project:
    async with transaction(db) as session:
        await projects.change(session, project.id or 0, settings=ProjectSettings(budget_usd=usd).as_json())
    return await fresh(db, project.id or 0)


async def test_only_owners_order(db: Database, project: Project, colleague: Actor, now: datetime) -> None:
    for order in (
        trying(project, colleague, now),
        writing(project, colleague, now),
        lambda session: service.start_existing(session, project.id or 0, colleague, model=MODEL, now=now),
    ):
        with pytest.raises(NotAllowed):
            await do(db, order)

    assert await texts(db, project) == []


async def test_nothing_is_tried_before_the_sign_off(db: Database, actor: Actor, now: datetime) -> None:
    project = await given_used_catalog(db, teas(8), actor, now)

    with pytest.raises(NotYet, match="not been looked at"):
        await do(db, trying(project, actor, now))


async def test_pressing_try_twice_orders_five(db: Database, project: Project, actor: Actor, now: datetime) -> None:
    first = await do(db, trying(project, actor, now))
    second = await do(db, trying(project, actor, now))

    assert first == second and len(await texts(db, project)) == 5
    assert f"try:{first}" in await said(db)


async def test_a_second_five_are_of_other_prompts(db: Database, project: Project, actor: Actor, now: datetime) -> None:
    await given_tried(db, project, actor, now)
    await given_tried(db, project, actor, now)

    assert len({row.prompt_id for row in await texts(db, project)}) == 10


async def test_nothing_more_is_bought_before_five_of_todays_prompts_were_tried(
    db: Database, project: Project, actor: Actor, now: datetime
) -> None:
    with pytest.raises(NotYet, match="Nobody has seen five"):
        await do(db, writing(project, actor, now))
    await given_tried(db, project, actor, now)
    changed = await signed_off_anew(db, project, actor, now, style={"tone": "dry"})
    with pytest.raises(NotYet, match="Nobody has seen five"):
        await do(db, writing(changed, actor, now))
    same_again = await signed_off_anew(db, changed, actor, now, style={})
    await do(db, writing(same_again, actor, now))


async def test_an_order_is_cut_to_what_is_left_and_a_second_one_waits(
    db: Database, project: Project, actor: Actor, now: datetime
) -> None:
    await given_tried(db, project, actor, now)

    run_id = await do(db, writing(project, actor, now, 200))

    assert (await run_of(db, run_id)).wanted == 25
    with pytest.raises(NotYet, match="writing 25 texts already"):
        await do(db, writing(project, actor, now))
    await write_out(db, run_id, now)
    with pytest.raises(NotYet, match="Every prompt has a text"):
        await do(db, writing(project, actor, now, None))


async def test_the_offers_name_price_and_minutes_from_what_the_five_cost(
    db: Database, project: Project, actor: Actor, now: datetime
) -> None:
    run_id = await given_tried(db, project, actor, now)

    async with reading(db) as session:
        card = await cards.try_card(session, run_id, model=MODEL)
        unknown = await cards.try_card(session, run_id, model=UNPRICED)

    one = (12 * 1.0 + 30 * 2.0) / 1e6
    assert [(offer.count, offer.minutes, offer.is_all) for offer in card.offers] == [(10, 5, False), (25, 12, True)]
    assert card.offers[0].usd == pytest.approx(10 * one) and card.usd == pytest.approx(5 * one)
    assert card.existing == 4 and [offer.usd for offer in unknown.offers] == [None, None]


async def test_an_order_beyond_the_projects_budget_is_refused_and_leaves_no_trace(
    db: Database, project: Project, actor: Actor, now: datetime
) -> None:
    await given_tried(db, project, actor, now)
    await with_budget(db, project, 0.0005)

    with pytest.raises(BudgetReached, match=r"of this project.s budget of .+ is left"):
        await do(db, writing(project, actor, now, None))

    async with reading(db) as session:
        assert await queries.live_run(session, project.id or 0, list(RunKind)) is None


async def test_an_order_within_the_budget_is_capped_by_what_is_left_of_it(
    db: Database, project: Project, actor: Actor, now: datetime
) -> None:
    await given_tried(db, project, actor, now)
    await with_budget(db, project, 0.01)

    run_id = await do(db, writing(project, actor, now, 10))

    assert (await run_of(db, run_id)).cap_usd == pytest.approx(0.01 - 5 * 72e-6)


async def test_a_months_budget_counts_too(db: Database, project: Project, actor: Actor, now: datetime) -> None:
    with pytest.raises(BudgetReached):
        await do(db, trying(project, actor, now, limits=SpendingLimits(month_usd=0.000001)))


async def test_an_unknown_price_is_refused_only_where_there_is_a_budget(
    db: Database, project: Project, actor: Actor, now: datetime
) -> None:
    with pytest.raises(BudgetReached, match="Nobody told me what this model costs"):
        await do(db, trying(project, actor, now, model=UNPRICED, limits=SpendingLimits(month_usd=10.0)))

    run_id = await do(db, trying(project, actor, now, model=UNPRICED))
    assert (await run_of(db, run_id)).cap_usd is None


async def test_the_longest_text_is_the_models_where_that_is_shorter(
    db: Database, project: Project, actor: Actor, now: datetime
) -> None:
    run_id = await do(db, trying(project, actor, now, model=replace(MODEL, max_output=120)))

    assert (await run_of(db, run_id)).max_tokens == 120


async def test_texts_that_are_there_are_taken_once(db: Database, actor: Actor, now: datetime) -> None:
    project = await given_existing_texts(db, actor, now, 6)

    with pytest.raises(NotYet, match="under review already"):
        await do(db, lambda session: service.start_existing(session, project.id or 0, actor, model=MODEL, now=now))


async def test_a_catalog_without_texts_of_its_own_says_so(db: Database, actor: Actor, now: datetime) -> None:
    project = await given_signed_off(db, teas(6), actor, now)

    with pytest.raises(NotYet, match="has no text of its own"):
        await do(db, lambda session: service.start_existing(session, project.id or 0, actor, model=MODEL, now=now))


async def test_writing_again_replaces_an_open_text_once(
    db: Database, actor: Actor, colleague: Actor, now: datetime
) -> None:
    project = await given_existing_texts(db, actor, now, 6)
    old = (await texts(db, project))[0].id or 0

    def again(who: Actor) -> Callable[[AsyncSession], Awaitable[int]]:
        return lambda session: service.again(session, old, 1, who, " a hint ", model=MODEL, now=now)

    with pytest.raises(NotAllowed):
        await do(db, again(colleague))
    new = await do(db, again(actor))
    with pytest.raises(Stale, match="being written again"):
        await do(db, again(actor))

    row = await text(db, new)
    assert (row.hint, row.parent_id, row.number) == ("a hint", old, 1)
    assert (await state(db, old))[0] == ReviewState.REPLACED


async def test_a_decided_text_is_not_written_again(db: Database, actor: Actor, now: datetime) -> None:
    project = await given_existing_texts(db, actor, now, 6)
    old = (await texts(db, project))[0].id or 0
    await approve(db, old, actor, now)

    with pytest.raises(AlreadyDecided):
        await do(db, lambda session: service.again(session, old, 1, actor, "", model=MODEL, now=now))


async def test_stopping_asks_the_worker_and_what_is_over_cannot_be_stopped(
    db: Database, project: Project, actor: Actor, colleague: Actor, now: datetime
) -> None:
    await given_tried(db, project, actor, now)
    run_id = await do(db, writing(project, actor, now, 10))

    with pytest.raises(NotAllowed):
        await do(db, lambda session: service.stop_run(session, run_id, colleague, now=now))
    assert await do(db, lambda session: service.stop_all(session, project, actor, now=now)) == 1
    assert (await run_of(db, run_id)).state == RunState.STOPPING
    await write_out(db, run_id, now)
    with pytest.raises(Stale, match="over already"):
        await do(db, lambda session: service.stop_run(session, run_id, actor, now=now))
    with pytest.raises(NotYet, match="Nothing is being written"):
        await do(db, lambda session: service.stop_all(session, project, actor, now=now))
