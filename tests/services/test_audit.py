"""The audit log: every decision, with the exact words it was about."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlmodel import col, select, update

from bot.domain.audit import COLUMNS, Audited, Entry, row_of, sha256_of
from bot.domain.people import Actor
from bot.domain.review import Surface, VerdictKind
from bot.errors import AlreadyDecided, NotAllowed
from bot.export.tables import to_csv
from bot.services import agreement as agreements
from bot.services import audit, bulk, dataset, disputes, editing, review, settings
from storage.engine import Database, reading, transaction
from storage.models import AuditEntry, Completion, Project
from tests.support.given_texts import approve, batch, given_existing_texts, said, texts

FIRST = "Tea number 0 tastes of long afternoons and of rain on the roof."


@pytest.fixture
async def project(db: Database, actor: Actor, now: datetime) -> Project:
    return await given_existing_texts(db, actor, now, 6)


async def log_of(db: Database, project: Project, since: datetime | None = None) -> list[Entry]:
    async with reading(db) as session:
        every = audit.entries(session, project.id or 0, project.team_id, since=since)
        return [entry async for entry in every if entry.what not in (Audited.SIGNED_OFF, Audited.WRITE)]


async def edit(db: Database, completion_id: int, version: int, actor: Actor, words: str, now: datetime) -> None:
    async with transaction(db) as session:
        await editing.edit(session, completion_id, version, actor, words, text_allowed=True, now=now)


async def test_every_decision_shows_the_exact_words_it_was_about_whatever_became_of_them(
    db: Database, project: Project, actor: Actor, colleague: Actor, now: datetime
) -> None:
    first, second = [one.id or 0 for one in (await texts(db, project))[:2]]
    await edit(db, first, 1, colleague, "Better words.", now)
    async with transaction(db) as session:
        await review.undo(session, first, colleague, now=now)
    await edit(db, first, 3, actor, "The best words.", now)
    async with transaction(db) as session:
        await review.decide(
            session, second, 1, actor, VerdictKind.REJECTED, surface=Surface.MODAL, now=now, reason="Too long"
        )

    log = await log_of(db, project)

    assert [(one.what, one.who, one.version, one.text) for one in log[:3]] == [
        (Audited.EDITED, "UBEN", 2, "Better words."),
        (Audited.UNDONE, "UBEN", 2, "Better words."),
        (Audited.EDITED, "UANA", 4, "The best words."),
    ]
    assert (log[3].what, log[3].detail, log[3].surface) == (Audited.REJECTED, "Too long", "modal")
    assert all(one.text_sha256 == sha256_of(one.text) and one.product for one in log)


async def test_what_was_refused_is_not_in_the_log(
    db: Database, project: Project, actor: Actor, colleague: Actor, now: datetime
) -> None:
    first = (await texts(db, project))[0].id or 0
    await approve(db, first, actor, now)
    with pytest.raises(AlreadyDecided):
        await approve(db, first, colleague, now)

    assert [(one.what, one.who) for one in await log_of(db, project)] == [(Audited.APPROVED, "UANA")]


async def test_approving_many_is_an_entry_a_text_that_says_whether_anybody_looked(
    db: Database, project: Project, actor: Actor, now: datetime
) -> None:
    the_batch = await batch(db)
    async with transaction(db) as session:
        rest = await bulk.rest(session, the_batch.id or 0, actor)
        card = await bulk.approve_rest(session, the_batch.id or 0, rest.last_id, actor, now=now)
    async with transaction(db) as session:
        await bulk.undo(session, card.id, actor, now=now)

    log = await log_of(db, project)
    assert [one.what for one in log] == [Audited.APPROVED] * 6 + [Audited.UNDONE] * 6
    assert all(one.surface == "bulk" and one.text for one in log)
    assert all(one.detail == "one of 6 at once; nobody had looked at it" for one in log[:6])


async def test_settings_freezing_and_the_last_word_are_in_the_log_too(
    db: Database, project: Project, actor: Actor, colleague: Actor, now: datetime
) -> None:
    async with transaction(db) as session:
        await settings.change(
            session, project.id or 0, actor, lambda old: replace(old, votes=2, budget_usd=5.0), now=now
        )
    first = (await texts(db, project))[0].id or 0
    await approve(db, first, colleague, now)
    async with transaction(db) as session:
        await review.decide(session, first, 1, actor, VerdictKind.REJECTED, surface=Surface.MODAL, now=now, reason="no")
    async with transaction(db) as session:
        await disputes.rule(session, first, 1, actor, 0, now=now)
    async with transaction(db) as session:
        await dataset.freeze(session, project.id or 0, actor, now=now)

    log = await log_of(db, project)
    assert [one.what for one in log] == [
        Audited.SETTINGS, Audited.APPROVED, Audited.REJECTED, Audited.RULED, Audited.FROZEN,
    ]  # fmt: skip
    assert log[0].detail == "budget_usd: none -> 5.0; votes: 1 -> 2"
    assert (log[3].text, log[3].version, log[3].detail) == (FIRST, 1, "approved")
    async with reading(db) as session:
        found = await agreements.card(session, (await batch(db)).id or 0, actor)
    assert (found.everybody.together, found.everybody.agreed, [one.completion_id for one in found.apart]) == (
        1, 0, [first],
    )  # fmt: skip


async def test_votes_that_are_still_hidden_count_for_no_agreement(
    db: Database, project: Project, actor: Actor, colleague: Actor, now: datetime
) -> None:
    async with transaction(db) as session:
        await settings.change(
            session, project.id or 0, actor,
            lambda old: replace(old, votes=2, group_name="Regulatory", group=("UCAM",)), now=now,
        )  # fmt: skip
    first = (await texts(db, project))[0].id or 0
    for who in (actor, colleague):
        await approve(db, first, who, now)
    the_batch = await batch(db)
    async with reading(db) as session:
        assert (await agreements.of_batch(session, the_batch.id or 0)).together == 0

    await approve(db, first, Actor("T1", "UCAM"), now)

    async with reading(db) as session:
        found = await agreements.of_batch(session, the_batch.id or 0)
    assert (found.together, found.agreed, len(found.people)) == (1, 1, 3)


async def test_the_log_runs_from_a_day_on_and_words_that_were_erased_leave_their_fingerprint(
    db: Database, project: Project, actor: Actor, now: datetime
) -> None:
    first, second = [one.id or 0 for one in (await texts(db, project))[:2]]
    await approve(db, first, actor, now)
    await approve(db, second, actor, now + timedelta(days=1))
    async with transaction(db) as session:
        await session.exec(update(Completion).where(col(Completion.id) == second).values(text="", original=""))

    [late] = await log_of(db, project, since=now + timedelta(hours=1))

    assert (late.subject_id, late.text) == (second, "") and len(late.text_sha256) == 64


async def test_owners_get_the_log_by_direct_message_and_nobody_else_does(
    db: Database, project: Project, actor: Actor, colleague: Actor, now: datetime
) -> None:
    with pytest.raises(NotAllowed):
        async with transaction(db) as session:
            await audit.send(session, project.id or 0, colleague, now=now)
    await approve(db, (await texts(db, project))[0].id or 0, actor, now)
    async with transaction(db) as session:
        await audit.send(session, project.id or 0, actor, now=now)

    [file] = [row for row in (await said(db)).values() if row.kind == "audit_file"]
    assert file.channel == "UANA" and (await said(db))[file.thread_key].channel == "UANA"


async def test_a_text_that_looks_like_a_formula_is_none_in_the_table(
    db: Database, project: Project, actor: Actor, now: datetime
) -> None:
    await edit(db, (await texts(db, project))[0].id or 0, 1, actor, '=HYPERLINK("http://evil")', now)

    table = to_csv(COLUMNS, map(row_of, await log_of(db, project))).decode("utf-8-sig")

    assert """'=HYPERLINK""" in table and """,=HYPER""" not in table
    async with reading(db) as session:
        stored = (await session.exec(select(AuditEntry.who))).all()
    assert "UANA" in stored
