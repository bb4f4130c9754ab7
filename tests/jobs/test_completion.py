"""The writing job against a provider on loopback: every text bought once, each request in the ledger."""

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.app import models_of, open_providers
from bot.config import Defaults, ModelSettings, ProviderSettings, Settings
from bot.deps import Deps, Wakers
from bot.domain.completion import WRITING_LEASE, RunState, WritingState
from bot.domain.people import Actor
from bot.domain.review import ReviewState
from bot.jobs import generate
from bot.services import completion, completion_work
from bot.services.generation_types import WorkItem
from storage import completion as queries
from storage import money
from storage.engine import Database, reading, transaction
from storage.models import Project, Run
from tests.support.chat_server import ChatServer, running
from tests.support.given_catalog import given_signed_off, teas
from tests.support.given_texts import MODEL, approve, batch, given_existing_texts, given_tried, said, taken, text, texts


@pytest.fixture(scope="module")
def provider() -> Iterator[ChatServer]:
    with running() as server:
        yield server


@pytest.fixture
async def deps(db: Database, provider: ChatServer, now: datetime) -> AsyncIterator[Deps]:
    """What the job needs; it touches neither Slack nor files."""
    provider.behave()
    settings = Settings(
        _env_file=None,  # type: ignore[call-arg]
        providers={"lab": ProviderSettings(base_url=provider.base_url)},
        models={"small": ModelSettings(provider="lab", input_usd=1.0, output_usd=2.0)},
        defaults=Defaults(generate="small"),
    )
    providers, wakers = open_providers(settings), Wakers()
    db.wake = wakers.wake
    unused = None
    yield Deps(
        db=db, settings=settings, files=unused, slack=unused, http=unused, reader=unused,  # type: ignore[arg-type]
        providers=providers, models=models_of(settings), wakers=wakers, owner="this worker", now=lambda: now,
    )  # fmt: skip
    await providers.close()


@pytest.fixture
async def project(db: Database, actor: Actor, now: datetime) -> Project:
    return await given_signed_off(db, teas(30, described=4), actor, now)


async def ordered(db: Database, project: Project, actor: Actor, now: datetime, count: int | None) -> int:
    async with transaction(db) as session:
        return await completion.start_write(session, project.id or 0, actor, count=count, model=MODEL, now=now)


async def run_of(db: Database, run_id: int) -> Run:
    async with reading(db) as session:
        run = await queries.run(session, run_id)
    assert run is not None
    return run


async def ledger(db: Database, run_id: int) -> Counter[str]:
    async with reading(db) as session:
        return Counter(row.state for row in await money.rows_of_run(session, run_id))


async def test_five_are_tried_and_each_request_is_settled_in_the_ledger(
    deps: Deps, project: Project, actor: Actor, now: datetime
) -> None:
    async with transaction(deps.db) as session:
        run_id = await completion.start_try(session, project.id or 0, actor, model=MODEL, now=now)

    assert await generate.run_once(deps) == 1

    rows = await texts(deps.db, project)
    assert [row.state for row in rows] == [WritingState.WRITTEN] * 5
    assert len({row.product_id for row in rows}) == 5 and all(row.text == row.original != "" for row in rows)
    assert await ledger(deps.db, run_id) == {"settled": 5}
    async with reading(deps.db) as session:
        spent = await money.spent_usd(session, project_id=project.id)
    assert spent == pytest.approx(sum(row.usd or 0 for row in rows)) and spent > 0
    assert (await run_of(deps.db, run_id)).state == RunState.DONE


async def test_a_batch_is_written_once_each_and_the_five_good_ones_join_its_review(
    deps: Deps, project: Project, provider: ChatServer, actor: Actor, now: datetime
) -> None:
    await given_tried(deps.db, project, actor, now)
    run_id = await ordered(deps.db, project, actor, now, None)

    await generate.run_once(deps)

    assert (provider.stats()["bought"], provider.stats()["twice"]) == (25, 0)
    rows = await texts(deps.db, project)
    assert len(rows) == 30 and len({row.prompt_id for row in rows}) == 30
    assert {row.batch_id for row in rows} == {(await batch(deps.db)).id}
    assert sorted(row.number for row in rows) == list(range(1, 31))
    assert (await batch(deps.db)).total == 30
    assert {f"run:{run_id}", f"run_done:{run_id}"} <= set(await said(deps.db))


async def test_requests_of_a_worker_that_died_are_bought_again_and_stay_in_the_ledger_as_unknown(
    deps: Deps, project: Project, actor: Actor, now: datetime
) -> None:
    await given_tried(deps.db, project, actor, now)
    run_id = await ordered(deps.db, project, actor, now, 10)
    dead = await taken(deps.db, run_id, now, owner="dead worker")
    async with reading(deps.db) as session:
        drawn = await completion_work.unplanned(session, dead)
    async with transaction(deps.db) as session:
        await completion_work.plan(session, dead, drawn[:6], owner="dead worker", now=now)
    async with reading(deps.db) as session:
        wanted = await queries.wanted(session, run_id, after=0, limit=3)
    items = [WorkItem(str(one.id), generate._request(dead, ())) for one in wanted]
    async with transaction(deps.db) as session:
        await completion_work.starting(session, dead, items, MODEL, owner="dead worker", now=now)

    assert await generate.run_once(deps) == 0
    later = replace(deps, now=lambda: now + WRITING_LEASE + timedelta(seconds=1))
    assert await generate.run_once(later) == 1

    rows = [row for row in await texts(deps.db, project) if row.run_id == run_id]
    assert len(rows) == 10 and {row.state for row in rows} == {WritingState.WRITTEN}
    assert await ledger(deps.db, run_id) == {"settled": 10, "unknown": 3}


async def test_a_worker_whose_lease_went_to_another_records_nothing(
    deps: Deps, project: Project, actor: Actor, now: datetime
) -> None:
    await given_tried(deps.db, project, actor, now)
    run_id = await ordered(deps.db, project, actor, now, 3)
    slow = await taken(deps.db, run_id, now, owner="slow worker")
    await taken(deps.db, run_id, now + WRITING_LEASE + timedelta(seconds=1), owner="next worker")

    with pytest.raises(completion_work.LeaseLost):
        async with transaction(deps.db) as session:
            await completion_work.record(session, slow, [], owner="slow worker", now=now)
    async with transaction(deps.db) as session:
        assert not await completion_work.end(session, slow, RunState.DONE, "", owner="slow worker", now=now)


async def test_lost_answers_are_asked_for_again_and_counted_as_unknown(
    deps: Deps, project: Project, provider: ChatServer, actor: Actor, now: datetime
) -> None:
    provider.behave(script=[{"drop": True}, {"drop": True}])
    async with transaction(deps.db) as session:
        run_id = await completion.start_try(session, project.id or 0, actor, model=MODEL, now=now)

    await generate.run_once(deps)

    assert {row.state for row in await texts(deps.db, project)} == {WritingState.WRITTEN}
    assert await ledger(deps.db, run_id) == {"settled": 5, "unknown": 2}


async def test_a_wrong_key_ends_the_run_with_a_sentence_and_nothing_is_left_reserved(
    deps: Deps, project: Project, provider: ChatServer, actor: Actor, now: datetime
) -> None:
    provider.behave(key="another")
    async with transaction(deps.db) as session:
        run_id = await completion.start_try(session, project.id or 0, actor, model=MODEL, now=now)

    await generate.run_once(deps)

    run = await run_of(deps.db, run_id)
    assert run.state == RunState.FAILED and "key" in run.problem
    assert set(await ledger(deps.db, run_id)) <= {"released"}
    assert {row.state for row in await texts(deps.db, project)} == {WritingState.FAILED}


async def test_a_stopped_run_keeps_what_is_written_and_asks_for_nothing_more(
    deps: Deps, project: Project, provider: ChatServer, actor: Actor, now: datetime
) -> None:
    provider.behave()
    await given_tried(deps.db, project, actor, now)
    run_id = await ordered(deps.db, project, actor, now, 20)
    async with transaction(deps.db) as session:
        await completion.stop_run(session, run_id, actor, now=now)

    await generate.run_once(deps)

    run = await run_of(deps.db, run_id)
    assert (run.state, provider.stats()["bought"]) == (RunState.STOPPED, 0)
    assert f"run_done:{run_id}" in await said(deps.db)


async def test_the_cap_of_a_run_is_never_exceeded(
    deps: Deps, project: Project, provider: ChatServer, actor: Actor, now: datetime
) -> None:
    await given_tried(deps.db, project, actor, now)
    run_id = await ordered(deps.db, project, actor, now, 20)
    async with transaction(deps.db) as session:
        run = await queries.run(session, run_id)
        assert run is not None
        run.cap_usd = 0.005
        session.add(run)

    await generate.run_once(deps)

    async with reading(deps.db) as session:
        assert 0 < await money.spent_usd(session, run_id=run_id) <= 0.005
    run = await run_of(deps.db, run_id)
    assert run.state == RunState.STOPPED and "budget" in run.problem


async def test_texts_that_people_have_become_a_review_for_nothing(
    deps: Deps, project: Project, provider: ChatServer, actor: Actor, now: datetime
) -> None:
    async with transaction(deps.db) as session:
        run_id = await completion.start_existing(session, project.id or 0, actor, model=MODEL, now=now)

    await generate.run_once(deps)

    rows = await texts(deps.db, project)
    assert [(row.origin, row.state, row.model) for row in rows] == [("existing", WritingState.WRITTEN, "")] * 4
    assert rows[0].text.startswith("Tea number 0 tastes") and rows[0].original == rows[0].text
    assert (await ledger(deps.db, run_id), provider.stats()["bought"]) == ({}, 0)
    assert len([key for key in await said(deps.db) if key.startswith("sample:")]) == 4


async def test_a_text_is_written_again_with_the_hint_as_a_users_words(
    deps: Deps, provider: ChatServer, actor: Actor, now: datetime
) -> None:
    project = await given_existing_texts(deps.db, actor, now, 6)
    old = (await texts(deps.db, project))[0]
    async with transaction(deps.db) as session:
        new = await completion.again(session, old.id or 0, 1, actor, "shorter", model=MODEL, now=now)

    await generate.run_once(deps)

    [body] = provider.stats()["bodies"]
    assert body["messages"][-2:] == [
        {"role": "assistant", "content": old.text},
        {"role": "user", "content": "shorter"},
    ]
    assert all("shorter" not in message["content"] for message in body["messages"] if message["role"] == "system")
    written, replaced = await text(deps.db, new), await text(deps.db, old.id or 0)
    assert (written.state, written.number, written.batch_id) == (WritingState.WRITTEN, old.number, old.batch_id)
    assert (written.parent_id, written.review, replaced.review) == (old.id, ReviewState.OPEN, ReviewState.REPLACED)
    assert f"sample:{new}" in await said(deps.db)


async def test_when_writing_again_fails_the_earlier_text_is_open_again(
    deps: Deps, provider: ChatServer, actor: Actor, now: datetime
) -> None:
    provider.behave(key="another")
    project = await given_existing_texts(deps.db, actor, now, 6)
    old = (await texts(deps.db, project))[0].id or 0
    async with transaction(deps.db) as session:
        new = await completion.again(session, old, 1, actor, "", model=MODEL, now=now)

    await generate.run_once(deps)

    assert (await text(deps.db, old)).review == ReviewState.OPEN
    assert (await text(deps.db, new)).state == WritingState.FAILED
    assert any(row.only_for == "UANA" for row in (await said(deps.db)).values())
    await approve(deps.db, old, actor, now)


async def test_shutting_down_leaves_the_run_to_the_next_process(
    deps: Deps, project: Project, actor: Actor, now: datetime
) -> None:
    await given_tried(deps.db, project, actor, now)
    run_id = await ordered(deps.db, project, actor, now, 10)
    run = await taken(deps.db, run_id, now, owner=deps.owner)
    lane = generate.Lane(run)
    lane.stop.set()
    deps.stopping.set()

    await generate._lane(deps, lane)

    left = await run_of(deps.db, run_id)
    assert (left.state, left.lease_owner) == (RunState.RUNNING, "")
    deps.stopping.clear()
    await generate.run_once(deps)
    assert (await run_of(deps.db, run_id)).state == RunState.DONE
