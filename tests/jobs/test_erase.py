"""Deletions as the job carries them out: after the work has ended, at the provider too, and told with a receipt."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select, update

from bot.deps import Deps
from bot.domain.completion import Origin
from bot.domain.deletion import Thing, ThingState
from bot.domain.tuning_state import JobState
from bot.errors import NotYet
from bot.jobs import erase
from bot.providers.base import TuningOrder
from bot.providers.errors import ServerTrouble
from bot.services import deletion as service
from storage.engine import reading, transaction
from storage.models import Completion, Erasure, Inbox, Job, Outbox, PairsImport, Project, Run
from tests.support.given_dataset import Timepiece, deps_without_slack, given_decided, given_frozen
from tests.support.given_erasure import ANA, everything_said_in
from tests.support.scripted_tuner import ScriptedChat, ScriptedTuner, scripted_providers


@pytest.fixture
def clock() -> Timepiece:
    return Timepiece(datetime(2026, 11, 22, 9, tzinfo=UTC))


@pytest.fixture
def tuner() -> ScriptedTuner:
    return ScriptedTuner()


@pytest.fixture
async def lab(sqlite_db, tmp_path, clock, tuner) -> AsyncIterator[Deps]:
    async with deps_without_slack(sqlite_db, tmp_path, clock, scripted_providers(tuner, ScriptedChat())) as deps:
        yield deps


async def given_taught(deps: Deps, tuner: ScriptedTuner) -> None:
    """A project whose model was taught, with its files at the provider and a stored file of its own."""
    frozen = await given_frozen(deps.db, ANA, deps.now(), approved=12)
    tuner.files = {"file-1": b"train", "file-2": b"check"}
    async with transaction(deps.db) as session:
        session.add(
            Job(team_id="T1", project_id=1, dataset_id=frozen.id, tag="a", provider="lab", base_model="small",
                started_by="UANA", created_at=deps.now(), state=JobState.SUCCEEDED, tuned_model="ft:small:tea",
                training_file="file-1", validation_file="file-2")
        )  # fmt: skip


async def ordered(deps: Deps) -> None:
    async with transaction(deps.db) as session:
        name = (await service.window(session, 1, ANA)).name
        await service.delete(session, 1, ANA, name, now=deps.now())


async def receipt(deps: Deps) -> Erasure:
    async with reading(deps.db) as session:
        return (await session.exec(select(Erasure))).one()


async def test_everything_goes_here_and_at_the_provider_and_the_receipt_says_so(lab, tuner) -> None:
    await given_taught(lab, tuner)
    await ordered(lab)

    while await erase.run_once(lab):
        pass

    row = await receipt(lab)
    assert (row.state, tuner.files, tuner.deleted_models) == ("done", {}, ["ft:small:tea"])
    assert {thing["state"] for thing in row.things} == {"gone"} and len(row.things) == 3
    assert row.contents["texts"] == 12 and len(row.versions[0]["sha256"]) == 64
    assert not [word for word in await everything_said_in(lab.db) if "Tea " in word]
    async with reading(lab.db) as session:
        keys = (await session.exec(select(Outbox.key).where(Outbox.kind == "erasure"))).all()
    assert set(keys) == {"erasure:1", "erasure:1:dm:UANA"}


async def test_checkpoints_and_result_files_of_a_job_go_with_its_model(lab, tuner) -> None:
    await given_taught(lab, tuner)
    job = await tuner.create(TuningOrder("small", "file-1", "a"))
    tuner.step(4, 8, 1.0, lab.now(), checkpoint="ft:small:tea:ckpt-4")
    tuner.succeeds("ft:small:tea")
    tuner.goes_on(result_files=("file-results",))
    tuner.files["file-results"] = b"losses"
    tuner.files["file-of-others"] = b"not ours"
    async with transaction(lab.db) as session:
        await session.exec(update(Job).values(provider_job_id=job.id))
    await ordered(lab)

    await erase.run_once(lab)

    assert sorted(tuner.deleted_models) == ["ft:small:tea", "ft:small:tea:ckpt-4"]
    assert tuner.files == {"file-of-others": b"not ours"}


async def test_nothing_is_blanked_while_something_may_still_write(lab, clock) -> None:
    await given_decided(lab.db, ANA, lab.now(), approved=2)
    async with transaction(lab.db) as session:
        await session.exec(update(Run).values(state="running"))
    await ordered(lab)

    await erase.run_once(lab)

    async with reading(lab.db) as session:
        assert all((await session.exec(select(Completion.text))).all())
    async with transaction(lab.db) as session:
        await session.exec(update(Run).values(state="stopped"))
    clock.forward(seconds=6)
    await erase.run_once(lab)
    async with reading(lab.db) as session:
        assert not any((await session.exec(select(Completion.text))).all())


async def test_a_provider_that_fails_is_asked_again_and_then_told_of_with_a_way_back(lab, tuner, clock) -> None:
    await given_taught(lab, tuner)
    await ordered(lab)
    tuner.next_errors = [ServerTrouble("The lab has trouble of its own.") for _ in range(15)]

    for _ in range(6):
        await erase.run_once(lab)
        clock.forward(hours=7)

    row = await receipt(lab)
    left = [Thing.from_json(raw) for raw in row.things]
    assert row.state == "done" and {thing.state for thing in left} == {ThingState.FAILED}
    assert left[0].problem == "The lab has trouble of its own."
    assert not [word for word in await everything_said_in(lab.db) if "Tea " in word]  # here it went at once

    async with transaction(lab.db) as session:
        await service.ask_again(session, row.id or 0, ANA, now=lab.now())
    await erase.run_once(lab)

    assert {thing["state"] for thing in (await receipt(lab)).things} == {"gone"} and tuner.files == {}
    with pytest.raises(NotYet, match="Nothing is left"):
        async with transaction(lab.db) as session:
            await service.ask_again(session, row.id or 0, ANA, now=lab.now())


async def test_a_deletion_killed_half_way_goes_on_where_it_stood(lab, tuner, clock) -> None:
    await given_taught(lab, tuner)
    await ordered(lab)
    async with transaction(lab.db) as session:
        row = await erase.queries.claim(session, 1, owner="worker-0", now=lab.now())
        assert row is not None
        await service.plan(session, row, owner="worker-0", now=lab.now())
        for _ in range(3):
            assert await service.blank_step(session, row, owner="worker-0", now=lab.now())

    assert await erase.run_once(lab) == 0  # the dead one's lease still holds
    clock.forward(minutes=6)
    await erase.run_once(lab)

    row = await receipt(lab)
    assert row.state == "done" and row.contents["texts"] == 12
    assert not [word for word in await everything_said_in(lab.db) if "Tea " in word]


async def test_the_file_of_an_import_goes_with_its_project(lab) -> None:
    await given_decided(lab.db, ANA, lab.now(), approved=1)
    imported = await lab.files.put(b"pairs from elsewhere")
    async with transaction(lab.db) as session:
        session.add(PairsImport(team_id="T1", project_id=1, file_key=imported, origin=Origin.EXTERNAL, state="done",
                                uploader="UANA", created_at=lab.now()))  # fmt: skip
    await ordered(lab)

    await erase.run_once(lab)

    with pytest.raises(OSError):
        await lab.files.get(imported)


async def test_files_that_another_project_names_stay(lab) -> None:
    await given_decided(lab.db, ANA, lab.now(), approved=1)
    shared = await lab.files.put(b"the same file twice")
    alone = await lab.files.put(b"only here")
    await given_decided(lab.db, ANA, lab.now(), approved=1, channel="C2")
    async with transaction(lab.db) as session:
        from storage.models import Catalog

        await session.exec(update(Catalog).values(file_key=shared))
        session.add(Catalog(team_id="T1", channel_id="C1", project_id=1, filename="x.csv", file_key=alone,
                            state="used", uploader="UANA", created_at=lab.now()))  # fmt: skip
    await ordered(lab)

    await erase.run_once(lab)

    assert await lab.files.get(shared) == b"the same file twice"
    with pytest.raises(OSError):
        await lab.files.get(alone)


async def test_a_removed_workspace_leaves_no_row_but_the_receipts_and_others_are_untouched(lab, tuner, clock) -> None:
    await given_taught(lab, tuner)
    async with transaction(lab.db) as session:
        session.add(Project(team_id="T2", channel_id="C9", name="Other", created_by="UEVE", created_at=lab.now()))
        event = Inbox(team_id="T1", event_id="Ev1", kind="app_uninstalled", created_at=lab.now(), done_at=lab.now())
        session.add(event)
        await service.uninstalled(session, event, None, now=lab.now())
    await erase.run_once(lab)
    async with reading(lab.db) as session:
        assert len((await session.exec(select(Project))).all()) == 2  # a week is left to come back

    for _ in range(4):
        clock.now += timedelta(days=8)
        await erase.run_once(lab)

    assert tuner.files == {} and tuner.deleted_models == ["ft:small:tea"]
    async with reading(lab.db) as session:
        assert (await session.exec(select(Project.name))).all() == ["Other"]
        assert (await session.exec(select(Inbox.event_id))).all() == ["Ev1"]
        assert {row.state for row in (await session.exec(select(Erasure))).all()} == {"done"}
    assert "UANA" not in await everything_said_in(lab.db)
