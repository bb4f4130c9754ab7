"""What is deleted, what stays of it, and what can still be proved afterwards."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import SQLModel, col, select, update

from bot.domain.deletion import ErasureState
from bot.domain.people import Actor
from bot.errors import BadForm, NotAllowed, NotFound, NotYet
from bot.services import dataset as datasets
from bot.services import deletion as service
from bot.services import project as projects
from bot.services import tuning
from storage import erasing
from storage.engine import reading, transaction
from storage.models import AuditEntry, Completion, Dataset, Erasure, Inbox, Job, Outbox, Pair, Product, Run
from tests.support.given_dataset import given_decided, given_frozen
from tests.support.given_erasure import ANA, blanked, everything_said_in


async def test_a_project_is_deleted_only_by_an_owner_who_types_its_name(db, now) -> None:
    project = await given_decided(db, ANA, now, approved=1)

    for typed, who, refusal in (
        ("Teas", ANA, BadForm),
        ("", ANA, BadForm),
        (project.name, Actor("T1", "UBEN"), NotAllowed),
    ):
        with pytest.raises(refusal):
            async with transaction(db) as session:
                await service.delete(session, project.id or 0, who, typed, now=now)
    async with reading(db) as session:
        assert await projects.get(session, project.id or 0, ANA)

    async with transaction(db) as session:
        await service.delete(session, project.id or 0, ANA, f" {project.name.upper()} ", now=now)

    async with reading(db) as session:
        with pytest.raises(NotFound):
            await projects.get(session, project.id or 0, ANA)
        assert (await session.exec(select(Erasure.asked_by))).all() == ["UANA"]
        assert [row.what for row in (await session.exec(select(AuditEntry))).all()][-1] == "deleted"
        assert [row.key for row in (await session.exec(select(Outbox).where(Outbox.kind == "erasure"))).all()]


async def test_ordering_a_deletion_ends_what_is_at_work(db, now) -> None:
    frozen = await given_frozen(db, ANA, now, approved=16)
    async with transaction(db) as session:
        await session.exec(update(Run).values(state="running"))
        session.add(Job(team_id="T1", project_id=1, dataset_id=frozen.id, tag="a", provider="lab", base_model="small",
                        started_by="UANA", created_at=now))  # fmt: skip

    async with transaction(db) as session:
        window = await service.window(session, 1, ANA)
        await service.delete(session, 1, ANA, window.name, now=now)

    assert (window.contents.runs, window.contents.jobs) == (1, 1)
    async with reading(db) as session:
        assert [run.state for run in (await session.exec(select(Run))).all()] == ["stopping"]
        assert [job.cancel_requested_by for job in (await session.exec(select(Job))).all()] == ["UANA"]


async def test_after_a_deletion_no_table_holds_a_word_of_the_project_and_hashes_and_counts_stay(db, now) -> None:
    await given_frozen(db, ANA, now, approved=10, edited=2)
    async with reading(db) as session:
        before = (await session.exec(select(Dataset))).one()
    assert {"Tea 3", "Text 3."} <= await everything_said_in(db)

    await blanked(db, 1, now)

    words = await everything_said_in(db) - {"key of teas.csv"}  # the hash of a file, in earnest
    assert not [word for word in words if "tea" in word.lower() and "team" not in word.lower()]
    assert not [word for word in words if "Text" in word or "by hand" in word]
    async with reading(db) as session:
        after = (await session.exec(select(Dataset))).one()
        assert (after.sha256, after.pairs, after.erased_pairs) == (before.sha256, 12, 12)
        assert len((await session.exec(select(Product))).all()) == 12
        assert (await session.exec(select(Completion.decided_by).where(Completion.text == ""))).all() == ["UANA"] * 12


async def test_another_project_keeps_all_its_words(db, now) -> None:
    await given_frozen(db, ANA, now, approved=2)
    other = await given_decided(db, ANA, now, approved=3, channel="C2")
    async with reading(db) as session:
        mine = select(Completion.text, Completion.project_id).where(Completion.project_id == other.id)
        before = (await session.exec(mine.order_by(col(Completion.id)))).all()

    await blanked(db, 1, now)

    async with reading(db) as session:
        assert (await session.exec(mine.order_by(col(Completion.id)))).all() == before
        assert len([name for name in (await session.exec(select(Product.name))).all() if name]) == 3


async def test_a_version_with_an_erased_line_verifies_but_cannot_be_used_and_others_do_both(db, now) -> None:
    frozen = await given_frozen(db, ANA, now, approved=16)
    async with transaction(db) as session:
        first = (await session.exec(select(Pair.id).order_by(col(Pair.id)).limit(1))).one()
        before = await service.verify(session, await datasets.need(session, frozen.id))
        await erasing.bury(session, [first or 0])
        await erasing.bury(session, [first or 0])  # once more changes nothing

    async with reading(db) as session:
        dataset = await datasets.need(session, frozen.id)
        found = await service.verify(session, dataset)
        with pytest.raises(NotYet, match="1 text of version 1 was erased, so it can't be used again") as told:
            await tuning._may_begin(session, dataset, None)
    assert (before.intact, before.erased) == (True, 0)
    assert (found.intact, found.erased, found.lines) == (True, 1, 16)
    assert "Freeze the approved texts again" in str(told.value)

    async with transaction(db) as session:
        await session.exec(update(Completion).where(col(Completion.id) == 1).values(outdated=True))
        again = await datasets.freeze(session, 1, ANA, now=now)
        other = await datasets.need(session, again.id)
        await tuning._may_begin(session, other, None)
        assert (await service.verify(session, other)).intact is True
        assert other.pairs == 15


async def test_a_line_that_was_changed_behind_our_back_is_found_out(db, now) -> None:
    frozen = await given_frozen(db, ANA, now, approved=3)
    async with transaction(db) as session:
        await session.exec(update(Pair).where(col(Pair.position) == 1).values(completion="Buy now!"))

    async with reading(db) as session:
        assert (await service.verify(session, await datasets.need(session, frozen.id))).intact is False


async def test_a_workspace_that_removed_the_app_is_deleted_in_a_week_unless_it_comes_back(db, now) -> None:
    await given_decided(db, ANA, now, approved=1)
    gone = Inbox(team_id="T1", event_id="Ev1", kind="app_uninstalled", created_at=now)
    late = Inbox(team_id="T1", event_id="Ev2", kind="message", event_ts=str(now.timestamp() - 5), created_at=now)
    back = replace_event(late, event_id="Ev3", event_ts=str(now.timestamp() + 60))

    async with transaction(db) as session:
        await service.uninstalled(session, gone, None, now=now)
        await service.uninstalled(session, replace_event(gone, event_id="Ev0", kind="tokens_revoked"), None, now=now)
        await service.heard_from(session, late, now=now)
    async with reading(db) as session:
        [waiting] = (await session.exec(select(Erasure))).all()
    assert waiting.state == ErasureState.WAITING and waiting.not_before - now == timedelta(days=7)

    async with transaction(db) as session:
        await service.heard_from(session, back, now=now)
    async with reading(db) as session:
        [stays] = (await session.exec(select(Erasure))).all()
        assert stays.state == ErasureState.CANCELLED
        assert await projects.get(session, 1, ANA)


def replace_event(event: Inbox, **values: object) -> Inbox:
    return Inbox(**event.model_dump() | values)


async def test_every_table_with_a_column_for_words_belongs_to_a_project_or_holds_none_of_its_own() -> None:
    """A new table is found by its ties; one without any has to be looked at here."""
    tied = {table.name for table in erasing.blankable()} | erasing.APART
    wordy = {table.name for table in SQLModel.metadata.sorted_tables if erasing.words_in(table)}

    # people, what was said, what happened, and slots of the calendar: no words of a catalog or a text
    assert wordy - tied <= {"person", "note", "inbox", "outbox", "thumb", "tick", "modelend", "channelnote", "erasure"}
