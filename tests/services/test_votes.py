"""Votes of several people: a quorum, a group that must agree, changes of mind, edits that others endorse, disputes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlmodel import update
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.people import Actor
from bot.domain.review import CompletionCard, ReviewState, Surface, VerdictKind
from bot.errors import AlreadyDecided, BadForm, NotAllowed, Stale
from bot.services import bulk, disputes, editing, queue, settings
from bot.services import review as service
from storage import review as queries
from storage.engine import Database, reading, transaction
from storage.models import Completion, Outbox, Project
from tests.support.given_texts import approve, batch, given_existing_texts, said, state, text, texts

Work = Callable[[AsyncSession], Awaitable[object]]
CAM, DAN = Actor("T1", "UCAM"), Actor("T1", "UDAN")
FIRST = "Tea number 0 tastes of long afternoons and of rain on the roof."


async def do(db: Database, work: Work) -> None:
    async with transaction(db) as session:
        await work(session)


async def rule_of(db: Database, project: Project, actor: Actor, now: datetime, **values: object) -> None:
    async with transaction(db) as session:
        await settings.change(
            session,
            project.id or 0,
            actor,
            lambda old: replace(old, **values),
            now=now,  # type: ignore[arg-type]
        )


async def reject(db: Database, completion_id: int, actor: Actor, now: datetime, version: int = 1) -> None:
    await do(db, lambda session: service.decide(
        session, completion_id, version, actor, VerdictKind.REJECTED, surface=Surface.MODAL, now=now, reason="no",
    ))  # fmt: skip


async def edit(db: Database, completion_id: int, actor: Actor, words: str, now: datetime, version: int = 1) -> None:
    await do(db, lambda session: editing.edit(
        session, completion_id, version, actor, words, text_allowed=True, now=now,
    ))  # fmt: skip


async def undo(db: Database, completion_id: int, actor: Actor, now: datetime) -> None:
    await do(db, lambda session: service.undo(session, completion_id, actor, now=now))


async def card_of(db: Database, completion_id: int) -> CompletionCard:
    async with reading(db) as session:
        return await service.card(session, completion_id)


@pytest.fixture
async def project(db: Database, actor: Actor, now: datetime) -> Project:
    """Six texts of which two people must say the same."""
    made = await given_existing_texts(db, actor, now, 6)
    await rule_of(db, made, actor, now, votes=2)
    return made


@pytest.fixture
async def first(db: Database, project: Project) -> int:
    return (await texts(db, project))[0].id or 0


async def test_two_votes_decide_and_until_then_nobody_sees_who_said_what(
    db: Database, first: int, actor: Actor, colleague: Actor, now: datetime
) -> None:
    await approve(db, first, actor, now)
    half = await card_of(db, first)
    await approve(db, first, colleague, now)
    whole = await card_of(db, first)

    assert (half.decided, half.votes_in, half.votes_needed) == (None, 1, 2)
    assert whole.decided is not None
    assert (whole.decided.voters, whole.decided.tally) == (("UANA", "UBEN"), "2 approved")
    assert await state(db, first) == (ReviewState.APPROVED, "UBEN")
    with pytest.raises(AlreadyDecided):
        await reject(db, first, CAM, now)


async def test_a_decision_redraws_its_card_at_once_and_the_figures_on_waiting_cards_within_half_a_minute(
    db: Database, project: Project, first: int, actor: Actor, colleague: Actor, now: datetime
) -> None:
    async with transaction(db) as session:  # everything that was said so far stands in Slack
        await session.exec(update(Outbox).values(sent=Outbox.wanted, not_before=now))
    for who in (actor, colleague):
        await approve(db, first, who, now)

    news = {key: row.not_before - now for key, row in (await said(db)).items() if row.sent and row.wanted > row.sent}
    mine = news.pop(f"sample:{first}")
    figures = {wait for key, wait in news.items() if key.startswith("sample:")}
    assert mine == timedelta() and figures == {timedelta(seconds=30)}


async def test_of_five_who_vote_at_once_two_are_counted_and_each_once(
    db: Database, first: int, actor: Actor, colleague: Actor, now: datetime
) -> None:
    people = [actor, colleague, CAM, DAN, Actor("T1", "UEVE")]

    ends = await asyncio.gather(*(approve(db, first, who, now) for who in people * 2), return_exceptions=True)

    async with reading(db) as session:
        cast = [verdict.reviewer for verdict in await queries.verdicts(session, first)]
    assert len(cast) == len(set(cast)) == 2 and (await text(db, first)).votes_in == 2
    assert all(end is None or isinstance(end, AlreadyDecided) for end in ends)


async def test_the_newest_vote_of_a_person_counts_and_can_be_taken_back(
    db: Database, first: int, actor: Actor, colleague: Actor, now: datetime
) -> None:
    await approve(db, first, actor, now)
    await reject(db, first, actor, now)
    await reject(db, first, colleague, now)
    assert (await state(db, first))[0] == ReviewState.REJECTED

    await undo(db, first, actor, now)

    assert await state(db, first) == (ReviewState.OPEN, "") and (await text(db, first)).votes_in == 1
    with pytest.raises(NotAllowed, match="not voted"):
        await undo(db, first, CAM, now)


async def test_without_a_yes_from_the_group_nothing_counts_and_a_no_does(
    db: Database, project: Project, actor: Actor, colleague: Actor, now: datetime
) -> None:
    await rule_of(db, project, actor, now, votes=1, group=("UCAM",), group_name="Regulatory")
    one, two, *_ = [row.id or 0 for row in await texts(db, project)]

    await approve(db, one, actor, now)
    waits = await card_of(db, one)
    await approve(db, one, CAM, now)
    await reject(db, two, colleague, now)

    assert waits.decided is None and waits.waits_for == "Regulatory"
    assert await state(db, one) == (ReviewState.APPROVED, "UCAM")
    assert (await state(db, two))[0] == ReviewState.REJECTED
    async with reading(db) as session:
        assert await service.waiting_for(session, project, actor) == 4  # a seconder of no use is not asked


async def test_an_edit_is_its_editors_vote_for_the_new_words_and_older_votes_do_not_count(
    db: Database, first: int, actor: Actor, colleague: Actor, now: datetime
) -> None:
    await approve(db, first, colleague, now)
    await edit(db, first, actor, "Better.", now)
    half = await text(db, first)
    await approve(db, first, CAM, now, version=2)

    assert (half.review, half.votes_in, half.text, half.version) == (ReviewState.OPEN, 1, "Better.", 2)
    assert await state(db, first) == (ReviewState.EDITED, "UCAM")
    decided = (await card_of(db, first)).decided
    assert decided is not None and decided.tally == "1 approved, 1 edited"


async def test_an_edit_that_nobody_endorsed_is_undone_with_its_words(
    db: Database, first: int, actor: Actor, colleague: Actor, now: datetime
) -> None:
    await edit(db, first, actor, "Better.", now)
    await undo(db, first, actor, now)
    assert ((await text(db, first)).text, (await text(db, first)).version) == (FIRST, 3)

    await edit(db, first, actor, "Better.", now, version=3)
    await approve(db, first, colleague, now, version=4)
    await undo(db, first, actor, now)
    assert ((await text(db, first)).text, (await text(db, first)).votes_in) == ("Better.", 1)


async def test_yes_against_no_goes_to_the_owner_who_sees_who_said_what(
    db: Database, first: int, actor: Actor, colleague: Actor, now: datetime
) -> None:
    await approve(db, first, colleague, now)
    await reject(db, first, CAM, now)
    assert (await state(db, first))[0] == ReviewState.DISPUTED
    assert [row.channel for key, row in (await said(db)).items() if key.startswith("dispute:")] == ["UANA"]
    with pytest.raises(Stale, match="disagree"):
        await approve(db, first, DAN, now)
    with pytest.raises(NotAllowed, match="<@UANA> has the last word"):
        await do(db, lambda session: disputes.rule(session, first, 1, colleague, 0, now=now))

    await do(db, lambda session: disputes.rule(session, first, 1, actor, 0, now=now))

    decided = (await card_of(db, first)).decided
    assert decided is not None and decided.ruled and decided.tally == "1 approved, 1 rejected"
    assert await state(db, first) == (ReviewState.APPROVED, "UANA")
    with pytest.raises(NotAllowed, match="last word"):
        await undo(db, first, CAM, now)
    await undo(db, first, actor, now)
    assert (await state(db, first))[0] == ReviewState.DISPUTED


async def test_two_different_edits_are_shown_with_the_first_words_and_one_is_chosen(
    db: Database, project: Project, first: int, actor: Actor, colleague: Actor, now: datetime
) -> None:
    await rule_of(db, project, actor, now, adjudicators=("UDAN",))
    await edit(db, first, colleague, "Ben's.", now)
    await edit(db, first, CAM, "Cam's.", now, version=2)

    async with reading(db) as session:
        card = await disputes.dispute(session, first)
    assert [(choice.text, choice.who) for choice in card.choices] == [
        (FIRST, ""),
        ("Ben's.", "UBEN"),
        ("Cam's.", "UCAM"),
    ]
    await do(db, lambda session: disputes.rule(session, first, card.version, DAN, 1, now=now))
    after = await text(db, first)
    assert (after.text, after.review, after.decided_by, after.version) == ("Ben's.", ReviewState.EDITED, "UDAN", 4)


async def test_who_disagreed_may_come_round(db: Database, first: int, colleague: Actor, now: datetime) -> None:
    await approve(db, first, colleague, now)
    await reject(db, first, CAM, now)

    await approve(db, first, CAM, now)

    assert await state(db, first) == (ReviewState.APPROVED, "UCAM")


async def test_fewer_votes_needed_decides_what_has_enough(
    db: Database, project: Project, first: int, actor: Actor, colleague: Actor, now: datetime
) -> None:
    await approve(db, first, colleague, now)

    await rule_of(db, project, actor, now, votes=1)

    assert await state(db, first) == (ReviewState.APPROVED, "UBEN")


async def test_settings_are_for_owners_and_make_sense(
    db: Database, project: Project, actor: Actor, colleague: Actor, now: datetime
) -> None:
    with pytest.raises(NotAllowed):
        await rule_of(db, project, colleague, now, votes=1)
    with pytest.raises(BadForm, match="name"):
        await rule_of(db, project, actor, now, group=("UCAM",))
    with pytest.raises(BadForm, match="who is in it"):
        await rule_of(db, project, actor, now, group_name="Regulatory")


async def test_people_are_shown_different_texts_until_only_second_votes_are_missing(
    db: Database, project: Project, actor: Actor, colleague: Actor, now: datetime
) -> None:
    mine, theirs = await _next(db, project, actor, now), await _next(db, project, colleague, now)
    assert mine != theirs
    for row in await texts(db, project):
        await approve(db, row.id or 0, actor, now)
    assert await _next(db, project, actor, now) is None
    assert await _next(db, project, CAM, now + timedelta(minutes=1)) not in (None, theirs)
    assert await _next(db, project, CAM, now + timedelta(minutes=1)) is not None


async def _next(db: Database, project: Project, who: Actor, now: datetime) -> int | None:
    async with transaction(db) as session:
        card = await queue.next_for(session, project.id or 0, who, now=now)
    return card.id if card else None


async def test_a_text_that_a_colleague_left_open_is_anybodys_again_when_nothing_else_is_left(
    db: Database, project: Project, actor: Actor, colleague: Actor, now: datetime
) -> None:
    *others, last = [row.id or 0 for row in await texts(db, project)]
    for one in others:
        await approve(db, one, colleague, now)
        await approve(db, one, CAM, now)

    assert await _next(db, project, colleague, now) == last == await _next(db, project, actor, now)


async def test_kinds_come_in_turn_and_near_repeats_of_decided_texts_last(
    db: Database, project: Project, actor: Actor, now: datetime
) -> None:
    ids = [row.id or 0 for row in await texts(db, project)]
    kinds = ["oak", "oak", "oak", "ash", "ash", "elm"]
    found = queue.places([(i, {"wood": kind}) for i, kind in zip(ids, kinds, strict=True)], "wood", {"elm": 1})
    assert [turn for _, _, turn in found] == [0, 1, 2, 0, 1, 1]
    async with transaction(db) as session:
        for completion_id, _, turn in found:
            row = await session.get(Completion, completion_id)
            assert row is not None
            row.turn, row.shown = turn, True
            row.like_id = ids[0] if completion_id == ids[3] else None
            session.add(row)
    await approve(db, ids[0], actor, now)
    await approve(db, ids[0], CAM, now)

    seen = []
    while (found_id := await _next(db, project, DAN, now)) is not None:
        seen.append(ids.index(found_id))
        await approve(db, found_id, DAN, now)
    assert seen == [1, 4, 5, 2, 3]


async def test_the_rest_is_approved_at_once_marked_unread_and_taken_back_as_one(
    db: Database, project: Project, actor: Actor, colleague: Actor, now: datetime
) -> None:
    await rule_of(db, project, actor, now, votes=1)
    batch_id = (await batch(db)).id or 0
    looked = await _next(db, project, colleague, now)
    async with reading(db) as session:
        rest = await bulk.rest(session, batch_id, colleague)
    assert (rest.count, rest.unseen, len(rest.listed), rest.held_back) == (6, 5, 4, 0)

    async with transaction(db) as session:
        made = await bulk.approve_rest(session, batch_id, rest.last_id, colleague, now=now)
    async with reading(db) as session:
        pairs = await service.pairs(session, project.id or 0)
    assert [pair.completion_id for pair in pairs if pair.looked_at] == [looked] and len(pairs) == 6
    with pytest.raises(NotAllowed):
        await do(db, lambda session: bulk.undo(session, made.id, actor, now=now))
    await do(db, lambda session: bulk.undo(session, made.id, colleague, now=now))

    assert {row.review for row in await texts(db, project)} == {ReviewState.OPEN}
    with pytest.raises(Stale):
        await do(db, lambda session: bulk.undo(session, made.id, colleague, now=now))


async def test_texts_with_words_that_no_cell_supports_stay_out_of_an_approval_at_once_unless_they_are_wanted(
    db: Database, project: Project, colleague: Actor, now: datetime
) -> None:
    one, *_ = await texts(db, project)
    await set_words(db, one.id or 0, "This tea weighs 4711 kg.")
    batch_id = (await batch(db)).id or 0

    async with reading(db) as session:
        rest = await bulk.rest(session, batch_id, colleague)
        sound = await bulk.sound(session, batch_id, rest.last_id, colleague)
    async with transaction(db) as session:
        made = await bulk.approve_rest(session, batch_id, rest.last_id, colleague, now=now, only=sound)

    assert (rest.count, rest.doubtful, rest.doubtful_unseen, rest.held_back) == (5, 1, 1, 0)
    assert made.count == 5 and (await state(db, one.id or 0))[0] == ReviewState.OPEN
    async with transaction(db) as session:
        assert (await bulk.approve_rest(session, batch_id, rest.last_id, colleague, now=now)).count == 1


async def set_words(db: Database, completion_id: int, words: str) -> None:
    async with transaction(db) as session:
        row = await session.get(Completion, completion_id)
        assert row is not None
        row.text = words
        session.add(row)


async def test_an_approval_at_once_is_one_vote_a_text_and_stops_at_the_rules_of_the_house(
    db: Database, project: Project, actor: Actor, colleague: Actor, now: datetime
) -> None:
    one, two, *rest = [row.id or 0 for row in await texts(db, project)]
    await approve(db, one, actor, now)
    async with transaction(db) as session:
        row = await session.get(Project, project.id)
        assert row is not None
        row.style = {**row.style, "never_say": ["number 1 tastes"]}
        session.add(row)

    async with transaction(db) as session:
        made = await bulk.approve_rest(session, (await batch(db)).id or 0, 10**9, colleague, now=now)

    assert made.count == 5 and (await state(db, one))[0] == ReviewState.APPROVED
    assert [(await text(db, i)).votes_in for i in (two, *rest)] == [0, 1, 1, 1, 1]
