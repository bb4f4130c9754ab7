"""A person who is forgotten is found in no table, by no computation, and the company's texts stay unless asked for."""

from __future__ import annotations

import pytest
from sqlmodel import col, select, update

from bot.domain.people import Actor
from bot.errors import NotFound
from bot.services import dataset as datasets
from bot.services import deletion, forgetting, home, review
from bot.services import project as projects
from storage import people
from storage import project as project_rows
from storage.engine import reading, transaction
from storage.models import Completion, Dataset, Ledger, Member, Note, Outbox, Pair, Person, Project, Verdict
from tests.support.given_dataset import given_decided, given_frozen
from tests.support.given_erasure import ANA, everything_said_in

BEN = Actor("T1", "UBEN", name="Ben Okafor")


async def given_ben_everywhere(db, now) -> None:
    """Ben reviewed, edited, was told, spent, and is mentioned."""
    frozen = await given_frozen(db, ANA, now, approved=10, edited=2)
    async with transaction(db) as session:
        await people.person_id(session, BEN, now=now)
        for number in (11, 12):
            session.add(Verdict(team_id="T1", completion_id=number, version=1, reviewer="UBEN", kind="edited", at=now,
                                text=f"Text {number}, by hand.", surface="modal"))  # fmt: skip
        await session.exec(update(Completion).where(col(Completion.id) > 10).values(decided_by="UBEN"))
        await session.exec(update(Pair).where(col(Pair.completion_id) > 10).values(decided_by="UBEN"))
        await session.exec(update(Dataset).values(files={"dataset-v1.xlsx": "k" * 64}))
        await session.exec(update(Project).values(settings={"group": ["UBEN", "UANA"], "group_name": "Tea"}))
        await project_rows.add_member(session, project_id=1, user_id="UBEN", role="reviewer")
        session.add(Ledger(team_id="T1", project_id=1, user_id="UBEN", attempt="x", model="small", state="settled",
                           at=now))  # fmt: skip
        await projects.note(session, team_id="T1", channel="UBEN", text="<@UBEN> and <@UBENNY> differ.",
                            key=f"note:{frozen.id}:UBEN", now=now)  # fmt: skip


async def test_no_table_holds_the_id_or_the_name_any_more_and_the_pseudonym_is_one(db, now) -> None:
    await given_ben_everywhere(db, now)

    async with transaction(db) as session:
        done = await forgetting.forget(session, "UBEN")

    words = await everything_said_in(db)
    assert not [word for word in words if "UBEN" in word.replace("UBENNY", "") or "Okafor" in word]
    assert done.changed["verdict"] == 2 and done.changed["ledger"] == 1 and done.files == ("k" * 64,)
    async with reading(db) as session:
        reviewers = set((await session.exec(select(Verdict.reviewer))).all())
        note = (await session.exec(select(Note.text))).one()
        settings = (await session.exec(select(Project.settings))).one()
        assert (await session.exec(select(Member.user_id))).all() == ["UANA"]
        assert (await session.exec(select(Outbox.state).where(Outbox.channel == done.pseudonym))).all() == ["dead"]
        assert (await session.exec(select(Person.tell).where(Person.user_id == done.pseudonym))).all() == ["off"]
    assert reviewers == {done.pseudonym} and "UBEN" not in done.pseudonym
    assert note == f"<@{done.pseudonym}> and <@UBENNY> differ."
    assert settings["group"] == ["UANA"]


async def test_two_people_get_pseudonyms_that_say_nothing_of_them(db, now) -> None:
    await given_ben_everywhere(db, now)

    async with transaction(db) as session:
        first = await forgetting.forget(session, "UBEN")
        await people.person_id(session, BEN, now=now)
        second = await forgetting.forget(session, "UBEN")  # the same id once more: nothing links the two

    assert first.pseudonym != second.pseudonym and first.pseudonym.startswith("former-")


async def test_their_texts_stay_and_versions_stay_usable(db, now) -> None:
    await given_ben_everywhere(db, now)

    async with transaction(db) as session:
        await forgetting.forget(session, "UBEN")

    async with reading(db) as session:
        assert "Text 11, by hand." in (await session.exec(select(Completion.text))).all()
        dataset = (await session.exec(select(Dataset))).one()
        assert dataset.erased_pairs == 0 and (await deletion.verify(session, dataset)).intact is True


async def test_their_texts_go_where_that_is_asked_for_and_only_theirs(db, now) -> None:
    await given_ben_everywhere(db, now)

    async with transaction(db) as session:
        done = await forgetting.forget(session, "UBEN", erase_texts=True)

    assert (done.texts, done.lines) == (2, 2)
    assert not [word for word in await everything_said_in(db) if "by hand" in word]
    async with reading(db) as session:
        dataset = (await session.exec(select(Dataset))).one()
        found = await deletion.verify(session, dataset)
        assert (dataset.erased_pairs, found.erased, found.intact) == (2, 2, True)
        assert len(await review.pairs(session, 1)) == 10  # the rest can be frozen again
    async with transaction(db) as session:
        assert (await datasets.freeze(session, 1, ANA, now=now)).number == 2


async def test_a_project_without_an_owner_is_named(db, now) -> None:
    await given_decided(db, ANA, now, approved=1)

    async with transaction(db) as session:
        done = await forgetting.forget(session, "UANA")

    assert done.without_owner == (1,)
    async with reading(db) as session:
        card = await home.project_card(session, (await session.exec(select(Project))).one())
    assert card.owners == ()


async def test_somebody_unknown_is_told_of(db) -> None:
    with pytest.raises(NotFound, match="UNOBODY is not known here"):
        async with transaction(db) as session:
            await forgetting.forget(session, "UNOBODY")
