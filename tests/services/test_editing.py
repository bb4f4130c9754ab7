"""Editing: the history of a text, and the way back from one that was written again."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bot.domain.people import Actor
from bot.domain.review import ReviewState
from bot.errors import Stale
from bot.services import completion, editing
from bot.services import review as reviews
from bot.services.review_cards import pairs
from storage.engine import Database, reading, transaction
from storage.models import Project
from tests.support.given_texts import MODEL, given_existing_texts, said, state, text, texts, write_out


@pytest.fixture
async def project(db: Database, actor: Actor, now: datetime) -> Project:
    return await given_existing_texts(db, actor, now)


@pytest.fixture
async def first(db: Database, project: Project) -> int:
    return (await texts(db, project))[0].id or 0


async def edited(db: Database, completion_id: int, version: int, who: Actor, words: str, now: datetime) -> None:
    async with transaction(db) as session:
        await editing.edit(session, completion_id, version, who, words, text_allowed=True, now=now)


async def undone(db: Database, completion_id: int, who: Actor, now: datetime) -> None:
    async with transaction(db) as session:
        await reviews.undo(session, completion_id, who, now=now)


async def written_again(db: Database, project: Project, completion_id: int, actor: Actor, now: datetime) -> int:
    async with transaction(db) as session:
        new = await completion.again(session, completion_id, 1, actor, "mention the lid", model=MODEL, now=now)
    await write_out(db, (await text(db, new)).run_id, now)
    return new


async def test_the_history_has_every_version_with_who_and_when(
    db: Database, first: int, actor: Actor, colleague: Actor, now: datetime
) -> None:
    before = (await text(db, first)).text
    await edited(db, first, 1, actor, "Mine.", now)
    await undone(db, first, actor, now)
    later = now + timedelta(minutes=5)
    await edited(db, first, (await text(db, first)).version, colleague, "Yours.", later)

    async with reading(db) as session:
        found = await editing.history(session, first, actor)

    assert [(v.text, v.before, v.who, v.at, v.taken_back) for v in found.versions] == [
        (before, "", "", None, False),
        ("Mine.", before, "UANA", now, True),
        ("Yours.", before, "UBEN", later, False),
    ]


async def test_the_first_words_stay_as_the_rejected_half_through_every_edit(
    db: Database, project: Project, first: int, actor: Actor, colleague: Actor, now: datetime
) -> None:
    before = (await text(db, first)).text
    await edited(db, first, 1, actor, "Mine.", now)
    await undone(db, first, actor, now)
    await edited(db, first, (await text(db, first)).version, colleague, "Yours.", now)

    async with reading(db) as session:
        [pair] = await pairs(session, project.id or 0)
    assert (pair.text, pair.original) == ("Yours.", before)


async def test_a_text_written_again_shows_the_old_one_and_its_hint(
    db: Database, project: Project, first: int, actor: Actor, now: datetime
) -> None:
    before = (await text(db, first)).text
    new = await written_again(db, project, first, actor, now)

    async with reading(db) as session:
        card = await reviews.card(session, new)
    assert (card.was, card.was_id, card.hint) == (before, first, "mention the lid")


async def test_keeping_the_old_text_opens_it_and_closes_the_new_one(
    db: Database, project: Project, first: int, actor: Actor, colleague: Actor, now: datetime
) -> None:
    new = await written_again(db, project, first, actor, now)

    async with transaction(db) as session:
        await editing.keep_old(session, new, 1, colleague, now=now)

    assert (await state(db, first))[0] == ReviewState.OPEN
    assert (await state(db, new))[0] == ReviewState.REPLACED
    async with reading(db) as session:
        counts = await reviews.counts(session, project.id or 0)
        assert (counts.total, (await reviews.card(session, first)).was) == (8, "")
    assert f"sample:{first}" in await said(db)


async def test_the_old_text_is_not_kept_over_a_decision(
    db: Database, project: Project, first: int, actor: Actor, colleague: Actor, now: datetime
) -> None:
    new = await written_again(db, project, first, actor, now)
    await edited(db, new, 1, actor, "Mine.", now)

    with pytest.raises(Exception, match="Already edited by <@UANA>"):
        async with transaction(db) as session:
            await editing.keep_old(session, new, 2, colleague, now=now)
    with pytest.raises(Stale):
        async with transaction(db) as session:
            await editing.keep_old(session, first, 1, colleague, now=now)

    assert await state(db, new) == (ReviewState.EDITED, "UANA")
