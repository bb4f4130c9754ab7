"""What votes come to."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.review import ReviewState, Surface, VerdictKind
from bot.domain.votes import Quorum, Vote, choices, outcome, tally, vote_of

NOW = datetime(2026, 11, 22, tzinfo=UTC)
YES, NO, EDIT = VerdictKind.APPROVED, VerdictKind.REJECTED, VerdictKind.EDITED


def vote(who: str, kind: VerdictKind, version: int = 1, text: str = "") -> Vote:
    return Vote(who, kind, version, NOW, Surface.BUTTON, text)


def test_one_vote_decides_where_one_is_needed() -> None:
    assert outcome([], 1, Quorum()) == ReviewState.OPEN
    assert outcome([vote("a", YES)], 1, Quorum()) == ReviewState.APPROVED
    assert outcome([vote("a", NO)], 1, Quorum()) == ReviewState.REJECTED
    assert outcome([vote("a", EDIT, text="new")], 2, Quorum()) == ReviewState.EDITED


def test_disagreement_shows_only_when_all_have_spoken() -> None:
    mixed = [vote("a", YES), vote("b", NO)]

    assert outcome(mixed, 1, Quorum(3)) == ReviewState.OPEN
    assert outcome([*mixed, vote("c", YES)], 1, Quorum(3)) == ReviewState.DISPUTED


def test_the_group_must_say_yes_but_need_not_say_no() -> None:
    quorum = Quorum(2, frozenset({"r"}), "Regulatory")

    assert outcome([vote("a", YES), vote("b", YES)], 1, quorum) == ReviewState.OPEN
    assert outcome([vote("a", YES), vote("b", YES), vote("r", YES)], 1, quorum) == ReviewState.APPROVED
    assert outcome([vote("a", NO), vote("b", NO)], 1, quorum) == ReviewState.REJECTED


def test_what_was_said_of_older_words_does_not_count() -> None:
    said = [vote("a", YES), vote("b", EDIT, text="new")]

    assert outcome(said, 2, Quorum(2)) == ReviewState.OPEN
    assert outcome([*said, vote("a", YES, 2)], 2, Quorum(2)) == ReviewState.EDITED
    assert vote_of(said, 2, "a") is None and vote_of(said, 2, "b") == said[1]


def test_two_peoples_different_words_are_a_disagreement_and_ones_own_are_not() -> None:
    assert outcome([vote("a", EDIT, 1, "x"), vote("b", EDIT, 2, "y")], 3, Quorum(3)) == ReviewState.DISPUTED
    assert outcome([vote("a", EDIT, 1, "x"), vote("a", EDIT, 2, "y")], 3, Quorum(1)) == ReviewState.EDITED


def test_choices_are_the_first_words_and_each_edit_once() -> None:
    said = [vote("a", EDIT, 1, "x"), vote("b", EDIT, 2, "y"), vote("c", EDIT, 3, "x")]

    assert [(one.text, one.who) for one in choices("first", said)] == [("first", ""), ("x", "a"), ("y", "b")]
    assert tally([vote("a", YES), vote("b", NO), vote("c", YES)]).words == "2 approved, 1 rejected"


@given(st.lists(st.sampled_from([YES, NO]), max_size=6), st.integers(1, 6), st.randoms())
def test_the_order_of_votes_does_not_matter_and_unanimity_decides(
    kinds: list[VerdictKind], needed: int, luck: object
) -> None:
    votes = [vote(f"u{number}", kind) for number, kind in enumerate(kinds)]
    shuffled = sorted(votes, key=lambda one: hash((str(luck), one.who)))

    state = outcome(votes, 1, Quorum(needed))
    assert state == outcome(shuffled, 1, Quorum(needed))
    assert (state == ReviewState.OPEN) == (len(votes) < needed)
    assert (state == ReviewState.DISPUTED) == (len(votes) >= needed and len(set(kinds)) == 2)
