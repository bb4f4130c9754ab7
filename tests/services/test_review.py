"""Review: the first one wins, everything can be undone until it is frozen, and all is kept with who, when and what."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.people import Actor
from bot.domain.review import WINDOW, ReviewCounts, ReviewState, Surface, VerdictKind
from bot.errors import AlreadyDecided, BadForm, BotError, NotAllowed, Stale
from bot.services import editing
from bot.services import review as service
from storage import review as queries
from storage.engine import Database, reading, transaction
from storage.models import Dataset, Inbox, Note, Outbox, Pair, Project
from tests.support.given_texts import approve, batch, given_existing_texts, said, state, text, texts

Work = Callable[[AsyncSession], Awaitable[object]]
GUEST = Actor("T1", "UGUEST", is_guest=True)


async def do(db: Database, work: Work) -> None:
    async with transaction(db) as session:
        await work(session)


def rejecting(completion_id: int, actor: Actor, now: datetime, version: int = 1) -> Work:
    return lambda session: service.decide(
        session, completion_id, version, actor, VerdictKind.REJECTED, surface=Surface.MODAL, now=now, reason="too long"
    )


def edited_as(
    completion_id: int, actor: Actor, words: str, now: datetime, version: int = 1, *, allowed: bool = True
) -> Work:
    return lambda session: editing.edit(session, completion_id, version, actor, words, text_allowed=allowed, now=now)


def undoing(completion_id: int, actor: Actor, now: datetime) -> Work:
    return lambda session: service.undo(session, completion_id, actor, now=now)


@pytest.fixture
async def project(db: Database, actor: Actor, now: datetime) -> Project:
    return await given_existing_texts(db, actor, now)


@pytest.fixture
async def first(db: Database, project: Project) -> int:
    return (await texts(db, project))[0].id or 0


async def frozen(db: Database, project: Project, completion_id: int, now: datetime) -> None:
    found = await text(db, completion_id)
    async with transaction(db) as session:
        dataset = Dataset(
            team_id="T1", project_id=project.id or 0, number=1, sha256="x", seed=1, pairs=1, train_pairs=1,
            validation_pairs=0, undecided=0, created_by="UANA", created_at=now,
        )  # fmt: skip
        session.add(dataset)
        await session.flush()
        pair = Pair(
            dataset_id=dataset.id or 0, position=0, completion_id=completion_id, completion_version=found.version,
            product_id=found.product_id, split="train", prompt="p", completion="c", origin=found.origin,
        )  # fmt: skip
        session.add(pair)


async def test_the_second_reviewer_is_told_who_was_first_and_changes_nothing(
    db: Database, first: int, actor: Actor, colleague: Actor, now: datetime
) -> None:
    await approve(db, first, actor, now)

    with pytest.raises(AlreadyDecided, match="Already approved by <@UANA>"):
        await do(db, rejecting(first, colleague, now))

    assert await state(db, first) == (ReviewState.APPROVED, "UANA")
    async with reading(db) as session:
        assert [verdict.reviewer for verdict in await queries.verdicts(session, first)] == ["UANA"]


async def test_pressing_approve_twice_is_pressing_it_once(
    db: Database, first: int, actor: Actor, now: datetime
) -> None:
    await approve(db, first, actor, now)
    await approve(db, first, actor, now)

    async with reading(db) as session:
        assert len(await queries.verdicts(session, first)) == 1


async def test_a_rejection_keeps_who_when_where_and_why(
    db: Database, first: int, colleague: Actor, now: datetime
) -> None:
    await do(db, rejecting(first, colleague, now))

    async with reading(db) as session:
        [verdict] = await queries.verdicts(session, first)
        card = await service.card(session, first)
    assert (verdict.reviewer, verdict.kind, verdict.reason) == ("UBEN", VerdictKind.REJECTED, "too long")
    assert (verdict.surface, verdict.at, verdict.version) == (Surface.MODAL, now, 1)
    assert card.decided is not None and card.decided.reason == "too long"


async def test_an_edit_settles_the_text_keeps_the_first_words_and_raises_the_version(
    db: Database, first: int, actor: Actor, now: datetime
) -> None:
    before = (await text(db, first)).text

    await do(db, edited_as(first, actor, "  Better words.  ", now))

    after = await text(db, first)
    assert (after.text, after.original, after.version) == ("Better words.", before, 2)
    assert (after.review, after.origin) == (ReviewState.EDITED, "slack_edit")


async def test_an_edit_that_changes_nothing_is_an_approval(
    db: Database, first: int, actor: Actor, now: datetime
) -> None:
    await do(db, edited_as(first, actor, (await text(db, first)).text + "\n", now))

    after = await text(db, first)
    assert (after.review, after.version, after.origin) == (ReviewState.APPROVED, 1, "existing")


async def test_an_edit_of_a_text_that_changed_meanwhile_is_stale(
    db: Database, first: int, actor: Actor, colleague: Actor, now: datetime
) -> None:
    await do(db, edited_as(first, actor, "Mine.", now))
    await do(db, undoing(first, actor, now))

    with pytest.raises(Stale):
        await do(db, edited_as(first, colleague, "Yours.", now, version=1))
    await do(db, edited_as(first, colleague, "Yours.", now, version=3))

    assert (await text(db, first)).text == "Yours."


async def test_an_empty_text_is_no_edit(db: Database, first: int, actor: Actor, now: datetime) -> None:
    with pytest.raises(BadForm) as problem:
        await do(db, edited_as(first, actor, " \n", now))

    assert "text" in problem.value.fields


async def test_where_slack_text_must_not_train_an_edit_is_refused(
    db: Database, first: int, actor: Actor, now: datetime
) -> None:
    with pytest.raises(NotAllowed, match="not used for training"):
        await do(db, edited_as(first, actor, "Typed.", now, allowed=False))

    assert (await state(db, first))[0] == ReviewState.OPEN


async def test_undo_opens_an_edited_text_with_its_first_words(
    db: Database, first: int, actor: Actor, now: datetime
) -> None:
    before = await text(db, first)
    await do(db, edited_as(first, actor, "Mine.", now))

    await do(db, undoing(first, actor, now + timedelta(minutes=1)))

    after = await text(db, first)
    assert (after.review, after.text, after.version) == (ReviewState.OPEN, before.text, 3)
    assert (after.origin, after.decided_by, after.decided_at) == ("existing", "", None)
    async with reading(db) as session:
        [verdict] = await queries.verdicts(session, first)
    assert (verdict.text, verdict.undone_by, verdict.undone_at) == ("Mine.", "UANA", now + timedelta(minutes=1))


async def test_undo_is_only_for_ones_own_decisions(
    db: Database, first: int, actor: Actor, colleague: Actor, now: datetime
) -> None:
    await approve(db, first, actor, now)

    with pytest.raises(NotAllowed, match="Object"):
        await do(db, undoing(first, colleague, now))

    assert await state(db, first) == (ReviewState.APPROVED, "UANA")


async def test_after_an_undo_somebody_else_may_decide(
    db: Database, first: int, actor: Actor, colleague: Actor, now: datetime
) -> None:
    await approve(db, first, actor, now)
    await do(db, undoing(first, actor, now))
    await do(db, rejecting(first, colleague, now))

    assert await state(db, first) == (ReviewState.REJECTED, "UBEN")


async def test_a_frozen_decision_can_neither_be_undone_nor_objected_to(
    db: Database, project: Project, first: int, actor: Actor, colleague: Actor, now: datetime
) -> None:
    await approve(db, first, actor, now)
    await frozen(db, project, first, now)

    with pytest.raises(NotAllowed, match="frozen"):
        await do(db, undoing(first, actor, now))
    with pytest.raises(NotAllowed, match="frozen"):
        await do(db, lambda session: service.object_to(session, first, colleague, "no", now=now))

    async with reading(db) as session:
        assert (await service.card(session, first)).frozen


async def test_an_objection_stands_on_the_card_and_its_decider_hears_of_it(
    db: Database, first: int, actor: Actor, colleague: Actor, now: datetime
) -> None:
    await approve(db, first, actor, now)
    await do(db, lambda session: service.object_to(session, first, colleague, " wrong <tea> ", now=now))

    async with reading(db) as session:
        card = await service.card(session, first)
    assert card.decided is not None and card.decided.objections == (("UBEN", "wrong <tea>"),)
    assert any(row.channel == "UANA" and key.startswith("objection:") for key, row in (await said(db)).items())
    assert await state(db, first) == (ReviewState.APPROVED, "UANA")


async def test_an_objection_needs_a_reason_and_somebody_elses_decision(
    db: Database, first: int, actor: Actor, colleague: Actor, now: datetime
) -> None:
    with pytest.raises(Stale):
        await do(db, lambda session: service.object_to(session, first, colleague, "why", now=now))
    await approve(db, first, actor, now)
    with pytest.raises(BadForm):
        await do(db, lambda session: service.object_to(session, first, colleague, " ", now=now))
    with pytest.raises(NotAllowed, match="your own"):
        await do(db, lambda session: service.object_to(session, first, actor, "why", now=now))


async def test_guests_and_other_workspaces_decide_nothing(db: Database, first: int, now: datetime) -> None:
    with pytest.raises(NotAllowed):
        await approve(db, first, GUEST, now)
    with pytest.raises(BotError):
        await approve(db, first, Actor("T2", "UANA"), now)

    assert (await state(db, first))[0] == ReviewState.OPEN


async def test_five_cards_stand_open_and_each_decision_shows_the_next(
    db: Database, project: Project, actor: Actor, now: datetime
) -> None:
    rows = await texts(db, project)
    shown = [key for key in await said(db) if key.startswith("sample:")]
    assert len(shown) == WINDOW == sum(row.shown for row in rows)

    await approve(db, rows[0].id or 0, actor, now)

    after = await texts(db, project)
    assert sum(row.shown and row.review == ReviewState.OPEN for row in after) == WINDOW
    assert f"sample:{rows[WINDOW].id}" in await said(db)
    assert (await said(db))[f"sample:{rows[WINDOW].id}"].thread_key == f"batch:{(await batch(db)).id}"


async def test_counts_and_pairs_follow_the_decisions(
    db: Database, project: Project, actor: Actor, colleague: Actor, now: datetime
) -> None:
    one, two, three, *rest = [row.id or 0 for row in await texts(db, project)]
    await approve(db, one, actor, now)
    await do(db, edited_as(two, colleague, "Better.", now))
    await do(db, rejecting(three, actor, now))

    async with reading(db) as session:
        counts = await service.counts(session, project.id or 0)
        settled = await service.pairs(session, project.id or 0)
        card = await service.batch_card(session, (await batch(db)).id or 0)
    assert counts == ReviewCounts(open=len(rest), approved=1, edited=1, rejected=1)
    assert counts.total == len(rest) + 3 == card.counts.total
    assert [(pair.completion_id, pair.text, pair.state.value) for pair in settled][1] == (two, "Better.", "edited")
    assert settled[0].text == settled[0].original and settled[1].original != "Better."
    assert settled[0].prompt.startswith("Write a description of Tea") and settled[0].product == "Tea 0"


async def test_what_waits_for_me_is_open_and_not_skipped(
    db: Database, project: Project, actor: Actor, colleague: Actor, now: datetime
) -> None:
    one, two, *_ = [row.id or 0 for row in await texts(db, project)]
    await approve(db, one, colleague, now)
    await do(db, lambda session: service.skip(session, two, actor, now=now))

    async with reading(db) as session:
        waiting = [await service.waiting_for(session, project, who) for who in (actor, colleague, GUEST)]
        mine = await service.next_for(session, project.id or 0, actor, now=now)
        theirs = await service.next_for(session, project.id or 0, colleague, now=now)
    assert waiting == [6, 7, 0]
    assert mine is not None and mine.id not in (one, two)
    assert theirs is not None and theirs.id == two


# thumbs


class Channel:
    """Slack as the inbox job sees it: reactions with times, on cards that were posted."""

    def __init__(self, db: Database, now: datetime) -> None:
        self.db, self.now, self.count = db, now, 0

    async def posted(self, key: str, *, version: int = 1) -> str:
        """Note that a message stands in Slack; its ts."""
        ts = f"1700000000.{(abs(hash(key)) % 999999):06}"
        async with transaction(self.db) as session:
            row = await queries_row(session, key)
            row.ts, row.posted_in, row.shown_version, row.sent = ts, "C1", version, row.wanted
            session.add(row)
        return ts

    async def thumb(
        self, who: Actor, ts: str, emoji: str = "+1", *, at: float, gone: bool = False, event: str = ""
    ) -> None:
        self.count += 1
        kind = "reaction_removed" if gone else "reaction_added"
        ids = {"user": who.user_id, "channel": "C1", "ts": ts, "reaction": emoji}
        event_id = event or f"Ev{self.count}"
        row = Inbox(
            team_id="T1", event_id=event_id, kind=kind, ids=ids, event_ts=f"{1700001000 + at:.6f}", created_at=self.now
        )
        async with transaction(self.db) as session:
            await service.reaction_changed(session, row, who, now=self.now)

    async def whispers(self) -> list[str]:
        async with reading(self.db) as session:
            from sqlmodel import col, select

            rows = (await session.exec(select(Outbox).where(Outbox.only_for != "").order_by(col(Outbox.id)))).all()
            notes = {note.id: note.text for note in (await session.exec(select(Note))).all()}
        return [f"{row.only_for}: {notes[row.subject_id]}" for row in rows]


async def queries_row(session: AsyncSession, key: str) -> Outbox:
    from storage import outbox

    row = await outbox.by_key(session, "T1", key)
    assert row is not None
    return row


@pytest.fixture
def channel(db: Database, now: datetime) -> Channel:
    return Channel(db, now)


@pytest.mark.parametrize("emoji", ["+1", "thumbsup", "+1::skin-tone-5"])
async def test_a_thumb_of_any_skin_approves_and_taking_it_back_undoes(
    db: Database, first: int, actor: Actor, channel: Channel, emoji: str
) -> None:
    ts = await channel.posted(f"sample:{first}")

    await channel.thumb(actor, ts, emoji, at=1)
    assert await state(db, first) == (ReviewState.APPROVED, "UANA")
    await channel.thumb(actor, ts, emoji, at=2, gone=True)
    assert await state(db, first) == (ReviewState.OPEN, "")


async def test_a_thumb_down_rejects_and_other_emoji_do_nothing(
    db: Database, first: int, actor: Actor, channel: Channel
) -> None:
    ts = await channel.posted(f"sample:{first}")

    await channel.thumb(actor, ts, "tada", at=1)
    assert (await state(db, first))[0] == ReviewState.OPEN
    await channel.thumb(actor, ts, "-1::skin-tone-2", at=2)
    assert (await state(db, first))[0] == ReviewState.REJECTED


async def test_events_out_of_order_or_twice_end_as_the_latest_says(
    db: Database, first: int, actor: Actor, channel: Channel
) -> None:
    ts = await channel.posted(f"sample:{first}")

    await channel.thumb(actor, ts, at=2, gone=True)
    await channel.thumb(actor, ts, at=1)
    await channel.thumb(actor, ts, at=1)

    assert (await state(db, first))[0] == ReviewState.OPEN
    async with reading(db) as session:
        assert await queries.verdicts(session, first) == []


async def test_two_thumbs_of_one_person_count_until_the_last_is_gone(
    db: Database, first: int, actor: Actor, channel: Channel
) -> None:
    ts = await channel.posted(f"sample:{first}")

    await channel.thumb(actor, ts, "+1", at=1)
    await channel.thumb(actor, ts, "+1::skin-tone-3", at=2)
    await channel.thumb(actor, ts, "+1", at=3, gone=True)
    assert (await state(db, first))[0] == ReviewState.APPROVED
    await channel.thumb(actor, ts, "-1", at=4)
    assert (await state(db, first))[0] == ReviewState.REJECTED
    await channel.thumb(actor, ts, "-1", at=5, gone=True)
    assert (await state(db, first))[0] == ReviewState.APPROVED


async def test_a_thumb_that_comes_too_late_is_told_so_and_never_counts_by_itself(
    db: Database, first: int, actor: Actor, colleague: Actor, channel: Channel, now: datetime
) -> None:
    ts = await channel.posted(f"sample:{first}")
    await approve(db, first, actor, now)

    await channel.thumb(colleague, ts, "-1", at=1)

    assert await state(db, first) == (ReviewState.APPROVED, "UANA")
    assert (await channel.whispers())[0].startswith("UBEN: Already approved by <@UANA>")
    await channel.thumb(colleague, ts, "-1", at=2, gone=True)
    assert await state(db, first) == (ReviewState.APPROVED, "UANA")


async def test_taking_a_thumb_back_does_not_undo_what_a_button_decided(
    db: Database, first: int, actor: Actor, channel: Channel, now: datetime
) -> None:
    ts = await channel.posted(f"sample:{first}")
    await approve(db, first, actor, now)

    await channel.thumb(actor, ts, at=1)
    await channel.thumb(actor, ts, at=2, gone=True)

    assert await state(db, first) == (ReviewState.APPROVED, "UANA")


async def test_undo_by_button_spends_the_thumb_that_is_still_there(
    db: Database, first: int, actor: Actor, channel: Channel, now: datetime
) -> None:
    ts = await channel.posted(f"sample:{first}")
    await channel.thumb(actor, ts, at=1)

    await do(db, undoing(first, actor, now))
    await channel.thumb(actor, ts, at=1)
    assert (await state(db, first))[0] == ReviewState.OPEN
    await channel.thumb(actor, ts, at=2, gone=True)
    await channel.thumb(actor, ts, at=3)

    assert (await state(db, first))[0] == ReviewState.APPROVED


async def test_a_spent_thumb_does_not_come_back_when_a_newer_one_is_taken_away(
    db: Database, first: int, actor: Actor, channel: Channel, now: datetime
) -> None:
    ts = await channel.posted(f"sample:{first}")
    await channel.thumb(actor, ts, "+1", at=1)
    await do(db, undoing(first, actor, now))

    await channel.thumb(actor, ts, "-1", at=2)
    await channel.thumb(actor, ts, "-1", at=3, gone=True)

    assert (await state(db, first))[0] == ReviewState.OPEN


async def test_a_thumb_under_an_older_version_is_ignored_with_a_hint(
    db: Database, first: int, actor: Actor, colleague: Actor, channel: Channel, now: datetime
) -> None:
    ts = await channel.posted(f"sample:{first}", version=1)
    await do(db, edited_as(first, actor, "New.", now))
    await do(db, undoing(first, actor, now))

    await channel.thumb(colleague, ts, at=1)

    assert (await state(db, first))[0] == ReviewState.OPEN
    assert "has changed since" in (await channel.whispers())[0]


async def test_a_thumb_does_not_approve_a_text_that_its_card_does_not_show_whole(
    db: Database, first: int, actor: Actor, channel: Channel
) -> None:
    ts = await channel.posted(f"sample:{first}")
    async with transaction(db) as session:
        found = await queries.completion(session, first)
        assert found is not None
        found.text = "long " * 1000
        session.add(found)

    await channel.thumb(actor, ts, at=1)

    assert (await state(db, first))[0] == ReviewState.OPEN
    assert "full view" in (await channel.whispers())[0]


async def test_a_thumb_on_a_card_about_money_spends_nothing_and_says_so(
    db: Database, project: Project, actor: Actor, channel: Channel
) -> None:
    before = len(await texts(db, project))
    key = next(key for key in await said(db) if key.startswith("prompts:"))
    ts = await channel.posted(key)

    await channel.thumb(actor, ts, at=1)
    await channel.thumb(actor, ts, at=2, gone=True)

    [whisper] = await channel.whispers()
    assert "spends nothing" in whisper
    assert len(await texts(db, project)) == before


async def test_a_guests_thumb_is_answered_and_decides_nothing(db: Database, first: int, channel: Channel) -> None:
    ts = await channel.posted(f"sample:{first}")

    await channel.thumb(GUEST, ts, at=1)

    assert (await state(db, first))[0] == ReviewState.OPEN
    assert "not one of this project's reviewers" in (await channel.whispers())[0]


async def test_reactions_on_other_messages_are_none_of_our_business(
    db: Database, first: int, actor: Actor, channel: Channel
) -> None:
    await channel.thumb(actor, "1700000000.999999", at=1)

    assert await channel.whispers() == []


async def test_a_thumb_on_a_frozen_text_cannot_be_taken_back(
    db: Database, project: Project, first: int, actor: Actor, channel: Channel, now: datetime
) -> None:
    ts = await channel.posted(f"sample:{first}")
    await channel.thumb(actor, ts, at=1)
    await frozen(db, project, first, now)

    await channel.thumb(actor, ts, at=2, gone=True)

    assert await state(db, first) == (ReviewState.APPROVED, "UANA")
