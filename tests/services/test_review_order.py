"""Thumbs in the database: whatever order they come in and however often, votes converge and each decision is one."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from shutil import copy

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.people import Actor
from bot.domain.review import SETTLED_AS, ReviewState, Surface, ThumbSeen, VerdictKind, stance
from bot.errors import AlreadyDecided
from bot.services import review as service
from storage import outbox
from storage import review as queries
from storage.engine import Database, connect, reading, transaction
from storage.models import Completion, Inbox
from tests.support.given_texts import given_existing_texts, texts

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
ANA, BEN = Actor("T1", "UANA"), Actor("T1", "UBEN")
PEOPLE = {"UANA": ANA, "UBEN": BEN}
EMOJI = st.sampled_from(["+1", "+1::skin-tone-3", "-1"])

# who, emoji, there or gone, when
Reaction = tuple[str, str, bool, int]


class Desk:
    """A database with texts; every example takes the first one, opened again, under a message of its own."""

    def __init__(self, db: Database, completion_id: int) -> None:
        self.db, self.id, self.example = db, completion_id, 0

    async def clean(self) -> None:
        """Open the text, under a card that nobody has touched."""
        self.example += 1
        async with transaction(self.db) as session:
            row = await session.get(Completion, self.id)
            said = await outbox.by_key(session, "T1", f"sample:{self.id}")
            assert row is not None and said is not None
            row.review, row.decided_by, row.decided_on, row.decided_at = ReviewState.OPEN, "", None, None
            said.ts, said.posted_in, said.shown_version = f"1700000000.{self.example:06}", "C1", row.version
            session.add_all([row, said])
            for verdict in await queries.verdicts(session, self.id):
                await session.delete(verdict)

    async def hear(self, reaction: Reaction) -> None:
        who, emoji, present, when = reaction
        event = Inbox(
            team_id="T1",
            event_id=f"Ev{self.example}-{reaction}",
            kind="reaction_added" if present else "reaction_removed",
            ids={"user": who, "channel": "C1", "ts": f"1700000000.{self.example:06}", "reaction": emoji},
            event_ts=f"{1700001000 + when}.000000",
            created_at=NOW,
        )
        async with transaction(self.db) as session:
            await service.reaction_changed(session, event, PEOPLE[who], now=NOW)

    async def press(self, who: str, kind: VerdictKind) -> None:
        try:
            async with transaction(self.db) as session:
                row = await queries.completion(session, self.id)
                assert row is not None
                await service.decide(session, self.id, row.version, PEOPLE[who], kind, surface=Surface.BUTTON, now=NOW)
        except AlreadyDecided:
            return

    async def state(self) -> tuple[ReviewState, str]:
        async with reading(self.db) as session:
            row = await queries.completion(session, self.id)
        assert row is not None
        return row.review, row.decided_by

    async def one_verdict_stands_for_a_decided_text_and_none_for_an_open_one(self) -> None:
        state, who = await self.state()
        async with reading(self.db) as session:
            standing = [v for v in await queries.verdicts(session, self.id) if v.undone_at is None]
        expected = [] if state == ReviewState.OPEN else [(state, who)]
        assert [(SETTLED_AS[verdict.kind], verdict.reviewer) for verdict in standing] == expected


@pytest.fixture
def loop() -> asyncio.Runner:
    with asyncio.Runner() as runner:
        yield runner  # type: ignore[misc]


@pytest.fixture
def desk(loop: asyncio.Runner, sqlite_template: Path, tmp_path: Path) -> Desk:
    """On SQLite; the races themselves are decided by single statements, which other tests run on both databases."""

    async def made() -> Desk:
        copy(sqlite_template, tmp_path / "desk.sqlite3")
        db = connect(f"sqlite:///{tmp_path / 'desk.sqlite3'}")
        project = await given_existing_texts(db, ANA, NOW, 6)
        return Desk(db, (await texts(db, project))[0].id or 0)

    desk = loop.run(made())
    yield desk  # type: ignore[misc]
    loop.run(desk.db.close())


def wish_of(heard: Sequence[Reaction]) -> VerdictKind | None:
    """What one person's thumbs say in the end: the last word on each emoji, the latest that is there."""
    last = {emoji: (present, when) for _, emoji, present, when in sorted(heard, key=lambda one: one[3])}
    return stance(ThumbSeen(emoji, present, f"{when:06}") for emoji, (present, when) in last.items())


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=st.lists(st.tuples(EMOJI, st.booleans()), max_size=6), data=st.data())
def test_one_persons_thumbs_end_alike_in_every_order(
    loop: asyncio.Runner, desk: Desk, said: list[tuple[str, bool]], data: st.DataObject
) -> None:
    sent: list[Reaction] = [("UANA", emoji, present, when) for when, (emoji, present) in enumerate(said)]
    twice = data.draw(st.lists(st.sampled_from(sent), max_size=3)) if sent else []
    heard = data.draw(st.permutations(sent + twice))

    async def story() -> None:
        await desk.clean()
        for reaction in heard:
            await desk.hear(reaction)
            await desk.one_verdict_stands_for_a_decided_text_and_none_for_an_open_one()
        wish = wish_of(sent)
        assert await desk.state() == ((SETTLED_AS[wish], "UANA") if wish else (ReviewState.OPEN, ""))

    loop.run(story())


STEPS = st.one_of(
    st.tuples(st.just("thumb"), st.sampled_from(["UANA", "UBEN"]), EMOJI, st.booleans()),
    st.tuples(st.just("press"), st.sampled_from(["UANA", "UBEN"]), st.sampled_from(["approved", "rejected"])),
    st.tuples(st.just("undo")),
)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, max_size=10))
def test_two_people_with_thumbs_and_buttons_decide_each_text_once(
    loop: asyncio.Runner, desk: Desk, steps: list[tuple[object, ...]]
) -> None:
    async def story() -> None:
        await desk.clean()
        for when, step in enumerate(steps):
            before = await desk.state()
            await _take(desk, step, when)
            after = await desk.state()
            if before[0] != ReviewState.OPEN and after[0] != ReviewState.OPEN:
                assert before[1] == after[1], "a decision goes to somebody else only after it was undone"
            await desk.one_verdict_stands_for_a_decided_text_and_none_for_an_open_one()

    loop.run(story())


async def _take(desk: Desk, step: tuple[object, ...], when: int) -> None:
    if step[0] == "thumb":
        await desk.hear((str(step[1]), str(step[2]), bool(step[3]), when))
    elif step[0] == "press":
        await desk.press(str(step[1]), VerdictKind(str(step[2])))
    else:
        _, who = await desk.state()
        if who:
            async with transaction(desk.db) as session:
                await service.undo(session, desk.id, PEOPLE[who], now=NOW)
