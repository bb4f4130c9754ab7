"""The rules of the review: what thumbs say, and that every order of events ends alike."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bot.domain.review import (
    ReviewCounts,
    ReviewState,
    Step,
    Surface,
    ThumbSeen,
    VerdictKind,
    facts_of,
    follow_thumb,
    minutes_for,
    padded_ts,
    stance,
    verdict_of,
)
from bot.domain.votes import Quorum, Vote, outcome

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
UP, DOWN = VerdictKind.APPROVED, VerdictKind.REJECTED


@pytest.mark.parametrize("emoji", ["+1", "thumbsup", "+1::skin-tone-2", "+1::skin-tone-6", "THUMBSUP"])
def test_every_thumb_up_approves(emoji: str) -> None:
    assert verdict_of(emoji) == UP


@pytest.mark.parametrize("emoji", ["tada", "", "::", "white_check_mark", "+11"])
def test_other_emoji_say_nothing(emoji: str) -> None:
    assert verdict_of(emoji) is None


def test_of_two_thumbs_that_are_there_the_later_counts() -> None:
    up, down = ThumbSeen("+1", True, "1"), ThumbSeen("-1", True, "2")

    assert stance([up, down]) == stance([down, up]) == DOWN
    assert stance([up, ThumbSeen("-1", False, "3")]) == UP
    assert stance([ThumbSeen("+1", False, "1")]) is None
    assert stance([ThumbSeen("tada", True, "9"), up]) == UP


def test_times_of_different_width_sort_as_times() -> None:
    assert padded_ts("999.5") < padded_ts("1000.000001") < padded_ts("1000.1")


@pytest.mark.parametrize(
    ("wish", "state", "own", "reaction", "step"),
    [
        (UP, ReviewState.OPEN, None, False, Step.SETTLE),
        (None, ReviewState.OPEN, None, False, Step.NOTHING),
        (UP, ReviewState.APPROVED, UP, True, Step.NOTHING),
        (None, ReviewState.APPROVED, UP, True, Step.UNDO),
        (DOWN, ReviewState.APPROVED, UP, True, Step.CHANGE),
        (None, ReviewState.APPROVED, UP, False, Step.NOTHING),
        (DOWN, ReviewState.APPROVED, UP, False, Step.TOO_LATE),
        (DOWN, ReviewState.APPROVED, None, False, Step.TOO_LATE),
        (None, ReviewState.APPROVED, None, False, Step.NOTHING),
        (UP, ReviewState.REPLACED, None, False, Step.TOO_LATE),
        (UP, ReviewState.OPEN, UP, True, Step.NOTHING),
        (DOWN, ReviewState.OPEN, UP, True, Step.CHANGE),
        (None, ReviewState.OPEN, UP, True, Step.UNDO),
        (DOWN, ReviewState.OPEN, UP, False, Step.TOO_LATE),
        (None, ReviewState.DISPUTED, DOWN, True, Step.UNDO),
        (UP, ReviewState.DISPUTED, None, False, Step.TOO_LATE),
    ],
)
def test_what_follows_from_a_thumb(
    wish: VerdictKind | None, state: ReviewState, own: VerdictKind | None, reaction: bool, step: Step
) -> None:
    assert follow_thumb(wish, state, own=own, by_reaction=reaction) == step


def test_facts_are_those_of_the_prompt_first_and_long_texts_are_none() -> None:
    facts = facts_of({"Name": "Tray", "Gap": " "}, {"Name": "Tray", "Wood": "oak", "Description": "x" * 200, "No": ""})

    assert facts == (("Name", "Tray"), ("Wood", "oak"))


def test_a_text_that_exists_already_is_no_fact_however_short() -> None:
    product = {"Name": "Tray", "Wood": "oak", "Copy": "A tray."}

    assert facts_of({"Name": "Tray"}, product, "Copy") == (("Name", "Tray"), ("Wood", "oak"))


def test_minutes_are_whole_and_never_none_where_there_is_work() -> None:
    assert [minutes_for(count) for count in (0, 1, 2, 60, 200)] == [0, 1, 1, 30, 100]


def test_counts_add_up() -> None:
    counts = ReviewCounts(open=1, approved=2, edited=3, rejected=4)

    assert (counts.total, counts.decided, counts.pairs) == (10, 9, 5)


# one card, several people, events that come late, twice and in any order


@dataclass
class Card:
    """The least that a card is: who votes what by what, and the thumbs heard of."""

    needed: int = 1
    votes: dict[str, Vote] = field(default_factory=dict)
    thumbs: dict[tuple[str, str], ThumbSeen] = field(default_factory=dict)

    @property
    def state(self) -> ReviewState:
        return outcome(list(self.votes.values()), 1, Quorum(self.needed))

    def hear(self, who: str, emoji: str, present: bool, ts: int) -> None:
        known = self.thumbs.get((who, emoji))
        if known is not None and known.event_ts >= f"{ts:06}":
            return
        self.thumbs[who, emoji] = ThumbSeen(emoji, present, f"{ts:06}")
        self.follow(who)

    def follow(self, who: str) -> None:
        wish, own = self.wish_of(who), self.votes.get(who)
        by_reaction = own is not None and own.surface == Surface.REACTION
        step = follow_thumb(wish, self.state, own=own.kind if own else None, by_reaction=by_reaction)
        if step in (Step.UNDO, Step.CHANGE):
            del self.votes[who]
        if step in (Step.SETTLE, Step.CHANGE) and wish is not None and self.state == ReviewState.OPEN:
            self.vote(who, wish, Surface.REACTION)

    def wish_of(self, who: str) -> VerdictKind | None:
        return stance(thumb for (owner, _), thumb in self.thumbs.items() if owner == who)

    def vote(self, who: str, kind: VerdictKind, surface: Surface) -> None:
        self.votes.pop(who, None)
        self.votes[who] = Vote(who, kind, 1, NOW, surface)

    def undo(self, who: str) -> None:
        del self.votes[who]
        for key, thumb in self.thumbs.items():
            if key[0] == who:
                self.thumbs[key] = ThumbSeen(thumb.emoji, False, thumb.event_ts)


EMOJI = st.sampled_from(["+1", "+1::skin-tone-3", "-1"])
EVENTS = st.lists(st.tuples(EMOJI, st.booleans()), max_size=8)


@given(EVENTS, st.integers(1, 3), st.data())
def test_one_persons_thumbs_end_alike_in_every_order_and_however_often_they_come(
    said: list[tuple[str, bool]], needed: int, data: st.DataObject
) -> None:
    sent = [(emoji, present, ts) for ts, (emoji, present) in enumerate(said)]
    heard = data.draw(
        st.permutations(sent + data.draw(st.lists(st.sampled_from(sent), max_size=4) if sent else st.just([])))
    )
    in_order, jumbled = Card(needed), Card(needed)

    for event in sent:
        in_order.hear("ana", *event)
    for event in heard:
        jumbled.hear("ana", *event)

    wish = in_order.wish_of("ana")
    assert {who: vote.kind for who, vote in jumbled.votes.items()} == ({"ana": wish} if wish else {})
    assert jumbled.votes == in_order.votes


PEOPLE = st.sampled_from(["ana", "ben", "cam"])


class OneCard(RuleBasedStateMachine):
    """People press and react; Slack delivers reactions late, twice and out of order."""

    @initialize(needed=st.integers(1, 3))
    def new_card(self, needed: int) -> None:
        self.card, self.clock = Card(needed), 0
        self.on_the_way: list[tuple[str, str, bool, int]] = []
        self.delivered: list[tuple[str, str, bool, int]] = []

    @rule(who=PEOPLE, emoji=EMOJI, present=st.booleans())
    def somebody_reacts(self, who: str, emoji: str, present: bool) -> None:
        self.clock += 1
        self.on_the_way.append((who, emoji, present, self.clock))

    @precondition(lambda self: self.on_the_way)
    @rule(data=st.data())
    def an_event_arrives(self, data: st.DataObject) -> None:
        event = self.on_the_way.pop(data.draw(st.integers(0, len(self.on_the_way) - 1)))
        self.delivered.append(event)
        self.card.hear(*event)

    @precondition(lambda self: self.delivered)
    @rule(data=st.data())
    def an_event_arrives_again(self, data: st.DataObject) -> None:
        before = dict(self.card.votes)
        self.card.hear(*data.draw(st.sampled_from(self.delivered)))
        assert self.card.votes == before

    @rule(who=PEOPLE, kind=st.sampled_from([UP, DOWN]))
    def somebody_presses(self, who: str, kind: VerdictKind) -> None:
        if self.card.state == ReviewState.OPEN:
            self.card.vote(who, kind, Surface.BUTTON)

    @precondition(lambda self: self.card.votes)
    @rule(data=st.data())
    def somebody_undoes(self, data: st.DataObject) -> None:
        self.card.undo(data.draw(st.sampled_from(sorted(self.card.votes))))

    @invariant()
    def no_more_vote_than_are_needed(self) -> None:
        if hasattr(self, "card"):
            assert len(self.card.votes) <= self.card.needed
            assert (self.card.state == ReviewState.OPEN) == (len(self.card.votes) < self.card.needed)

    @invariant()
    def who_voted_by_thumb_still_holds_it_up(self) -> None:
        for vote in self.card.votes.values() if hasattr(self, "card") else []:
            assert vote.surface != Surface.REACTION or self.card.wish_of(vote.who) == vote.kind


TestOneCard = OneCard.TestCase
TestOneCard.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
