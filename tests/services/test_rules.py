"""Marks on stored texts, what bulk approval leaves out, and hints that people keep giving."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlmodel import update

from bot.domain.marks import MarkKind
from bot.domain.people import Actor
from bot.domain.project import ProjectSettings, Style
from bot.errors import NotAllowed
from bot.services import editing, rules
from bot.services import review as reviews
from storage.engine import Database, reading, transaction
from storage.models import Completion, Note, Product, Project
from tests.support.given_texts import given_existing_texts, said, texts


@pytest.fixture
async def project(db: Database, actor: Actor, now: datetime) -> Project:
    return await given_existing_texts(db, actor, now)


async def ids(db: Database, project: Project) -> list[int]:
    return [row.id or 0 for row in await texts(db, project)]


async def changed(db: Database, completion_id: int, **values: object) -> None:
    async with transaction(db) as session:
        await session.exec(update(Completion).where(Completion.id == completion_id).values(**values))  # type: ignore[arg-type]


async def house(db: Database, project: Project, style: Style) -> None:
    async with transaction(db) as session:
        found = await session.get_one(Project, project.id)
        found.style = style.as_json()


async def rejected(db: Database, completion_id: int, who: Actor, reason: str, now: datetime) -> None:
    async with transaction(db) as session:
        await editing.reject(session, completion_id, 1, who, reason, now=now)


async def offers(db: Database, project: Project) -> list[Note]:
    keys = [row for key, row in (await said(db)).items() if key.startswith(f"house_style:{project.id}:")]
    async with reading(db) as session:
        return [await session.get_one(Note, row.subject_id) for row in keys]


async def test_a_card_marks_what_no_cell_says_and_what_the_house_forbids(
    db: Database, project: Project, now: datetime
) -> None:
    [first, *_] = await ids(db, project)
    await house(db, project, Style(never_say=("whistle",), always_say="Steep for 3 minutes."))
    await changed(db, first, text="Organic oolong; whistle. Steep for 3 minutes.", origin="model")

    async with reading(db) as session:
        marks = (await reviews.card(session, first)).marks

    assert [(mark.kind, mark.words) for mark in marks] == [
        (MarkKind.HOUSE_RULE, "whistle"), (MarkKind.UNSUPPORTED, "Organic"),
    ]  # fmt: skip


async def test_a_text_from_a_cell_does_not_vouch_for_itself(db: Database, project: Project) -> None:
    [first, *_] = await ids(db, project)
    organic = "Organic tea for rainy days."
    async with transaction(db) as session:
        row = await session.get_one(Completion, first)
        product = await session.get_one(Product, row.product_id)
        row.text = row.original = organic
        product.values = {**product.values, "Our description": organic}

    async with reading(db) as session:
        [mark] = (await reviews.card(session, first)).marks
    assert mark.words == "Organic"


async def test_a_text_cut_by_the_length_limit_is_marked_until_somebody_edits_it(
    db: Database, project: Project, actor: Actor, now: datetime
) -> None:
    [first, *_] = await ids(db, project)
    await changed(db, first, finish_reason="length", origin="model")

    async with reading(db) as session:
        assert [mark.kind for mark in (await reviews.card(session, first)).marks] == [MarkKind.CUT]
        assert list(await rules.blocks_bulk(session, [first])) == [first]
    await changed(db, first, origin="slack_edit")
    async with reading(db) as session:
        assert await rules.blocks_bulk(session, [first]) == {}


async def test_bulk_approval_leaves_out_what_breaks_a_rule_and_says_why(db: Database, project: Project) -> None:
    first, second, *_ = await ids(db, project)
    await house(db, project, Style(never_say=("cure",)))
    await changed(db, first, text="A cure.")
    await changed(db, second, text="An organic tea.")

    async with reading(db) as session:
        left_out = await rules.blocks_bulk(session, await ids(db, project))

    assert {key: [mark.message for mark in marks] for key, marks in left_out.items()} == {
        first: ["“cure” must not be said"]
    }


async def test_a_reason_given_three_times_is_offered_to_the_house_style_once(
    db: Database, project: Project, actor: Actor, colleague: Actor, now: datetime
) -> None:
    one, two, three, four, *_ = await ids(db, project)
    await rejected(db, one, actor, "Too long; Mention the <b>handle</b>", now)
    await rejected(db, two, colleague, "please mention the <b>handle</b>", now)
    assert await offers(db, project) == []

    await rejected(db, three, colleague, "mention the <b>handle</b>!", now)
    await rejected(db, four, colleague, "Mention the <b>handle</b>", now)

    [offer] = await offers(db, project)
    assert "asked 3 times" in offer.text and "&lt;b&gt;handle" in offer.text
    assert offer.button == "style.from_hint" and offer.value.startswith(f"{project.id}:v")


async def test_ticked_reasons_are_never_offered(db: Database, project: Project, actor: Actor, now: datetime) -> None:
    for completion_id in (await ids(db, project))[:4]:
        await rejected(db, completion_id, actor, "Too long; Not our tone", now)

    assert await offers(db, project) == []


async def test_of_a_reason_only_what_was_typed_is_offered(
    db: Database, project: Project, actor: Actor, now: datetime
) -> None:
    for completion_id in (await ids(db, project))[:3]:
        await rejected(db, completion_id, actor, "Too long; Not our tone; Mention the handle", now)

    [offer] = await offers(db, project)
    assert "Mention the handle" in offer.text and "Too long" not in offer.text


async def test_what_the_house_style_says_already_is_not_offered(
    db: Database, project: Project, actor: Actor, now: datetime
) -> None:
    await house(db, project, Style(tone="Plain. Mention the handle"))
    for completion_id in (await ids(db, project))[:4]:
        await rejected(db, completion_id, actor, "Mention the handle", now)

    assert await offers(db, project) == []


async def test_only_an_owner_sees_the_house_style_with_the_hint(
    db: Database, project: Project, actor: Actor, colleague: Actor, now: datetime
) -> None:
    await house(db, project, Style(tone="Plain"))
    for completion_id in (await ids(db, project))[:3]:
        await rejected(db, completion_id, colleague, "Never say “zesty”", now)
    [offer] = await offers(db, project)
    ref = offer.value.partition(":")[2]

    async with reading(db) as session:
        style, hint = await rules.style_with_hint(session, project.id or 0, ref, actor)
        with pytest.raises(NotAllowed):
            await rules.style_with_hint(session, project.id or 0, ref, colleague)
    assert (style.tone, style.never_say, hint) == ("Plain", ("zesty",), "Never say “zesty”")


def test_reasons_survive_the_database() -> None:
    settings = ProjectSettings(reject_reasons=("Wrong height",))

    assert ProjectSettings.from_json(settings.as_json()) == settings
