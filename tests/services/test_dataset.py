"""Freezing: what goes in, what stays out, and what follows."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest
from sqlmodel import col, select, update

from bot.domain.completion import Origin
from bot.domain.dataset import Split
from bot.domain.outbox import Say
from bot.domain.people import Actor
from bot.domain.review import Surface, VerdictKind
from bot.errors import BotError, NotAllowed, NotYet
from bot.services import dataset as service
from bot.services import review
from storage import dataset as queries
from storage import outbox
from storage.engine import Database, reading, transaction
from storage.models import Catalog, Completion, Dataset, Outbox, Pair
from tests.support.given_catalog import fresh
from tests.support.given_dataset import given_decided, given_frozen


async def test_approved_and_edited_texts_are_frozen_and_the_rest_stays_out(
    db: Database, actor: Actor, now: datetime
) -> None:
    frozen = await given_frozen(db, actor, now, approved=12, edited=2, rejected=3, open_=5)

    async with reading(db) as session:
        card = await service.card(session, frozen.id)
        lines = await queries.lines(session, frozen.id)
    assert (card.pairs, card.undecided, card.train + card.validation) == (14, 5, 14)
    assert card.can_train and card.validation >= 1
    edited = [line for line in lines if line.original]
    assert {line.text for line in edited} == {"Text 13, by hand.", "Text 14, by hand."}
    assert {line.original for line in edited} == {"Text 13.", "Text 14."}


async def test_freezing_twice_with_nothing_changed_is_the_same_version(
    db: Database, actor: Actor, now: datetime
) -> None:
    first = await given_frozen(db, actor, now, approved=12)
    async with reading(db) as session:
        project_id = (await service.need(session, first.id)).project_id

    async with transaction(db) as session:
        again = await service.freeze(session, project_id, actor, now=now + timedelta(hours=1))

    assert (again.id, again.number, again.is_new) == (first.id, 1, False)
    async with reading(db) as session:
        assert len((await session.exec(select(Dataset))).all()) == 1
        assert len((await session.exec(select(Pair))).all()) == 12


async def test_one_more_decision_makes_a_new_version_and_leaves_the_old_one_alone(
    db: Database, actor: Actor, now: datetime
) -> None:
    first = await given_frozen(db, actor, now, approved=12, open_=1)
    async with transaction(db) as session:
        before = await queries.lines(session, first.id)
        waiting = (await session.exec(select(Completion).where(col(Completion.decided_by) == ""))).one()
        approved = VerdictKind.APPROVED
        await review.decide(session, waiting.id or 0, 1, actor, approved, surface=Surface.BUTTON, now=now)
        second = await service.freeze(session, waiting.project_id, actor, now=now)

    async with reading(db) as session:
        assert (second.number, len(await queries.lines(session, second.id))) == (2, 13)
        assert await queries.lines(session, first.id) == before


async def test_nothing_approved_is_nothing_to_freeze(db: Database, actor: Actor, now: datetime) -> None:
    project = await given_decided(db, actor, now, approved=0, open_=3)

    with pytest.raises(NotYet, match="nothing to freeze"):
        async with transaction(db) as session:
            await service.freeze(session, project.id or 0, actor, now=now)


async def test_only_owners_freeze(db: Database, actor: Actor, colleague: Actor, now: datetime) -> None:
    project = await given_decided(db, actor, now, approved=12)

    with pytest.raises(NotAllowed):
        async with transaction(db) as session:
            await service.freeze(session, project.id or 0, colleague, now=now)


async def test_texts_typed_in_slack_stay_out_where_the_settings_ask_for_it(
    db: Database, actor: Actor, now: datetime
) -> None:
    project = await given_decided(db, actor, now, approved=12, edited=3)

    async with transaction(db) as session:
        await session.exec(update(Catalog).values(origin=Origin.EXTERNAL))
        frozen = await service.freeze(session, project.id or 0, actor, now=now, without_slack=True)
        card = await service.card(session, frozen.id)

    assert (card.pairs, card.from_slack) == (12, 3)


async def test_texts_about_a_catalog_that_came_through_slack_stay_out_by_the_same_rule(
    sqlite_db: Database, actor: Actor, now: datetime
) -> None:
    project = await given_decided(sqlite_db, actor, now, approved=12)

    with pytest.raises(NotYet, match="All 12 approved texts, or their products, came through Slack"):
        async with transaction(sqlite_db) as session:
            await service.freeze(session, project.id or 0, actor, now=now, without_slack=True)


async def test_undo_is_closed_once_a_text_is_frozen(db: Database, actor: Actor, now: datetime) -> None:
    await given_frozen(db, actor, now, approved=12)
    async with reading(db) as session:
        text = (await session.exec(select(Completion).order_by(col(Completion.id)))).first()
    assert text is not None

    with pytest.raises(BotError, match=r"frozen|training set"):
        async with transaction(db) as session:
            await review.undo(session, text.id or 0, actor, now=now)


async def test_cards_of_frozen_texts_are_drawn_anew_without_undo(db: Database, actor: Actor, now: datetime) -> None:
    project = await given_decided(db, actor, now, approved=12)
    async with transaction(db) as session:
        text = (await session.exec(select(Completion).order_by(col(Completion.id)))).first()
        assert text is not None
        key = f"sample:{text.id}"
        await outbox.say(
            session, team_id="T1", key=key, kind=Say.SAMPLE, subject_id=text.id or 0, channel="C1", now=now
        )
        await service.freeze(session, project.id or 0, actor, now=now)

        row = await outbox.by_key(session, "T1", key)

    assert row is not None and row.wanted == 2


async def test_card_and_files_are_said_once_with_the_files_in_the_cards_thread(
    db: Database, actor: Actor, now: datetime
) -> None:
    frozen = await given_frozen(db, actor, now, approved=12)

    async with reading(db) as session:
        said = (await session.exec(select(Outbox).where(col(Outbox.kind).in_([Say.DATASET, Say.DATASET_FILE])))).all()
    files = [row for row in said if row.kind is Say.DATASET_FILE]
    assert [row.key for row in said if row.kind is Say.DATASET] == [f"dataset:{frozen.id}"]
    assert {row.thread_key for row in files} == {f"dataset:{frozen.id}"}
    assert sorted(row.key.split(":")[2] for row in files) == [
        "dataset-v1-check.jsonl", "dataset-v1-lineage.csv", "dataset-v1-manifest.json",
        "dataset-v1-prompt-completion.jsonl", "dataset-v1-train.jsonl", "dataset-v1.xlsx",
    ]  # fmt: skip


async def test_files_hold_what_the_providers_read(db: Database, actor: Actor, now: datetime) -> None:
    frozen = await given_frozen(db, actor, now, approved=20)
    async with reading(db) as session:
        lines = await queries.lines(session, frozen.id)

    files = service.build_files(service.file_names(1, has_validation=True), lines, {actor.user_id: "Ana"})

    train = [json.loads(line) for line in files["dataset-v1-train.jsonl"].splitlines()]
    check = [json.loads(line) for line in files["dataset-v1-check.jsonl"].splitlines()]
    assert len(train) + len(check) == 20 and len(check) >= 2
    assert [message["role"] for message in train[0]["messages"]] == ["system", "user", "assistant"]
    first = files["dataset-v1-prompt-completion.jsonl"].splitlines()[0]
    assert first == f'{{"prompt": "{lines[0].prompt}", "completion": "{lines[0].text}"}}'.encode()
    taught = {line.product for line in lines if line.split is Split.TRAIN}
    assert not taught & {line.product for line in lines if line.split is Split.VALIDATION}
    again = service.build_files(["dataset-v1.xlsx"], lines, {})
    assert again["dataset-v1.xlsx"].startswith(b"PK")


async def test_few_texts_become_examples_in_the_prompt(db: Database, actor: Actor, now: datetime) -> None:
    frozen = await given_frozen(db, actor, now, approved=3, edited=1)
    async with transaction(db) as session:
        project = await service.use_as_examples(session, frozen.id, actor, now=now)

    project = await fresh(db, project.id or 0)
    async with reading(db) as session:
        shown = await service.examples(session, project)
        project.tuned_model = "ft:small:x"
        assert await service.examples(session, project) == ()
    assert len(shown) == 4 and shown[0].text == "Text 4, by hand."  # what people cared to change comes first
