"""The rules of the review: what thumbs say, and that every order of events ends alike."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bot.domain.review import (
    SETTLED_AS,
    ReviewCounts,
    ReviewState,
    Step,
    ThumbSeen,
    VerdictKind,
    facts_of,
    follow_thumb,
    minutes_for,
    padded_ts,
    stance,
    verdict_of,
)

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
        (UP, ReviewState.OPEN, False, False, Step.SETTLE),
        (None, ReviewState.OPEN, False, False, Step.NOTHING),
        (UP, ReviewState.APPROVED, True, True, Step.NOTHING),
        (None, ReviewState.APPROVED, True, True, Step.UNDO),
        (DOWN, ReviewState.APPROVED, True, True, Step.CHANGE),
        (None, ReviewState.APPROVED, True, False, Step.NOTHING),
        (DOWN, ReviewState.APPROVED, True, False, Step.TOO_LATE),
        (DOWN, ReviewState.APPROVED, False, True, Step.TOO_LATE),
        (None, ReviewState.APPROVED, False, True, Step.NOTHING),
        (UP, ReviewState.REPLACED, False, False, Step.TOO_LATE),
    ],
)
def test_what_follows_from_a_thumb(
    wish: VerdictKind | None, state: ReviewState, own: bool, reaction: bool, step: Step
) -> None:
    assert follow_thumb(wish, state, is_own=own, by_reaction=reaction) == step


def test_facts_are_those_of_the_prompt_first_and_long_texts_are_none() -> None:
    facts = facts_of({"Name": "Tray", "Gap": " "}, {"Name": "Tray", "Wood": "oak", "Description": "x" * 200, "No": ""})

    assert facts == (("Name", "Tray"), ("Wood", "oak"))


def test_minutes_are_whole_and_never_none_where_there_is_work() -> None:
    assert [minutes_for(count) for count in (0, 1, 2, 60, 200)] == [0, 1, 1, 30, 100]


def test_counts_add_up() -> None:
    counts = ReviewCounts(open=1, approved=2, edited=3, rejected=4)

    assert (counts.total, counts.decided, counts.pairs) == (10, 9, 5)


# one card, several people, events that come late, twice and in any order


@dataclass
class Card:
    """The least that a card is: who decided what by what, and the thumbs heard of."""

    state: ReviewState = ReviewState.OPEN
    who: str = ""
    by_reaction: bool = False
    thumbs: dict[tuple[str, str], ThumbSeen] = field(default_factory=dict)
    log: list[tuple[str, str]] = field(default_factory=list)

    def hear(self, who: str, emoji: str, present: bool, ts: int) -> None:
        known = self.thumbs.get((who, emoji))
        if known is not None and known.event_ts >= f"{ts:06}":
            return
        self.thumbs[who, emoji] = ThumbSeen(emoji, present, f"{ts:06}")
        self.follow(who)

    def follow(self, who: str) -> None:
        wish = self.wish_of(who)
        step = follow_thumb(wish, self.state, is_own=self.who == who, by_reaction=self.by_reaction)
        if step in (Step.UNDO, Step.CHANGE):
            self.open_again()
        if step in (Step.SETTLE, Step.CHANGE) and wish is not None:
            self.settle(who, wish, by_reaction=True)

    def wish_of(self, who: str) -> VerdictKind | None:
        return stance(thumb for (owner, _), thumb in self.thumbs.items() if owner == who)

    def settle(self, who: str, kind: VerdictKind, *, by_reaction: bool) -> None:
        assert self.state == ReviewState.OPEN, "a text is settled once"
        self.state, self.who, self.by_reaction = SETTLED_AS[kind], who, by_reaction
        self.log.append(("settled", who))

    def open_again(self) -> None:
        assert self.state != ReviewState.OPEN
        self.log.append(("undone", self.who))
        self.state, self.who, self.by_reaction = ReviewState.OPEN, "", False

    def spend(self, who: str) -> None:
        for key, thumb in self.thumbs.items():
            if key[0] == who:
                self.thumbs[key] = ThumbSeen(thumb.emoji, False, thumb.event_ts)


EMOJI = st.sampled_from(["+1", "+1::skin-tone-3", "-1"])
EVENTS = st.lists(st.tuples(EMOJI, st.booleans()), max_size=8)


@given(EVENTS, st.data())
def test_one_persons_thumbs_end_alike_in_every_order_and_however_often_they_come(
    said: list[tuple[str, bool]], data: st.DataObject
) -> None:
    sent = [(emoji, present, ts) for ts, (emoji, present) in enumerate(said)]
    heard = data.draw(
        st.permutations(sent + data.draw(st.lists(st.sampled_from(sent), max_size=4) if sent else st.just([])))
    )
    in_order, jumbled = Card(), Card()

    for event in sent:
        in_order.hear("ana", *event)
    for event in heard:
        jumbled.hear("ana", *event)

    assert (jumbled.state, jumbled.who) == (in_order.state, in_order.who)
    assert jumbled.state == (SETTLED_AS[wish] if (wish := in_order.wish_of("ana")) else ReviewState.OPEN)


PEOPLE = st.sampled_from(["ana", "ben", "cam"])


class OneCard(RuleBasedStateMachine):
    """People press and react; Slack delivers reactions late, twice and out of order."""

    @initialize()
    def new_card(self) -> None:
        self.card, self.clock = Card(), 0
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
        before = (self.card.state, self.card.who, len(self.card.log))
        self.card.hear(*data.draw(st.sampled_from(self.delivered)))
        assert (self.card.state, self.card.who, len(self.card.log)) == before

    @rule(who=PEOPLE, kind=st.sampled_from([UP, DOWN]))
    def somebody_presses(self, who: str, kind: VerdictKind) -> None:
        if self.card.state == ReviewState.OPEN:
            self.card.settle(who, kind, by_reaction=False)

    @precondition(lambda self: self.card.state != ReviewState.OPEN)
    @rule()
    def its_decider_undoes(self) -> None:
        who = self.card.who
        self.card.open_again()
        self.card.spend(who)

    @invariant()
    def every_decision_is_made_once_and_undone_by_its_own(self) -> None:
        standing = ""
        for what, who in self.card.log if hasattr(self, "card") else []:
            assert standing == ("" if what == "settled" else who)
            standing = who if what == "settled" else ""
        if hasattr(self, "card"):
            assert standing == self.card.who

    @invariant()
    def who_decided_by_thumb_still_holds_it_up(self) -> None:
        if hasattr(self, "card") and self.card.by_reaction:
            wish = self.card.wish_of(self.card.who)
            assert wish is not None and SETTLED_AS[wish] == self.card.state


TestOneCard = OneCard.TestCase
TestOneCard.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
