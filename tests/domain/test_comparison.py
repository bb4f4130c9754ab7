"""Blind pairs: who meets whom, what votes mean, what the verdict may say."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.comparison import (
    EXAMPLES_OR_PLAIN,
    TUNED_OR_EXAMPLES,
    TUNED_OR_PLAIN,
    Choice,
    Contender,
    Outcome,
    Tally,
    Written,
    meetings,
    next_for,
    outcome_of,
    settled,
)
from bot.domain.comparison_verdict import (
    HEADLINES,
    Standing,
    Verdict,
    chance,
    how_many_more,
    in_words,
    more_products,
    standing,
    verdict,
)


def texts(products: int, *who: Contender) -> list[Written]:
    return [
        Written(10 * prompt + place, prompt, contender, f"{contender} {prompt}")
        for prompt in range(products)
        for place, contender in enumerate(who or tuple(Contender))
    ]


def test_every_product_comes_once_before_any_comes_again_and_the_questions_take_turns() -> None:
    found = meetings(texts(6), seed=3)

    assert [one.prompt_id for one in found] == [0, 1, 2, 3, 4, 5] * 2
    assert [one.pairing for one in found[:4]] == [TUNED_OR_PLAIN, TUNED_OR_EXAMPLES] * 2
    assert Counter(one.pairing for one in found) == {TUNED_OR_PLAIN: 6, TUNED_OR_EXAMPLES: 6}


@given(st.integers(0, 10**6), st.integers(1, 30))
def test_each_side_has_the_challenger_half_of_the_times_whatever_the_seed(seed: int, products: int) -> None:
    found = meetings(texts(products), seed=seed)

    left = Counter(one.pairing for one in found if one.left_id % 10 == 2)
    assert all(abs(2 * left[pairing] - products) <= 1 for pairing in (TUNED_OR_PLAIN, TUNED_OR_EXAMPLES))
    assert found == meetings(texts(products), seed=seed)


def test_the_sides_cannot_be_learned_from_one_comparison_for_the_next() -> None:
    assert meetings(texts(24), seed=1) != meetings(texts(24), seed=2)


def test_a_text_that_is_missing_leaves_its_pairs_out_and_without_a_tuned_model_examples_are_judged() -> None:
    short = [one for one in texts(3) if one.id != 2]

    assert len(meetings(short, seed=1)) == 4
    plain = meetings(texts(3, Contender.PLAIN, Contender.EXAMPLES), seed=1)
    assert [one.pairing for one in plain] == [EXAMPLES_OR_PLAIN] * 3
    assert meetings([], seed=1) == []


def test_the_pair_with_the_fewest_votes_comes_next_and_none_twice() -> None:
    open_, votes = [11, 12, 13, 14], {11: 2, 12: 1, 13: 1, 14: 1}

    seen: list[int] = []
    while (chosen := next_for("U1", open_, votes, seen)) is not None:
        seen.append(chosen)

    assert sorted(seen) == open_ and seen[-1] == 11
    assert len({next_for(f"U{n}", open_, {}, ()) for n in range(40)}) == 4  # people start at different places


@pytest.mark.parametrize(
    ("choice", "left", "means"),
    [
        (Choice.A, True, Outcome.BETTER), (Choice.B, True, Outcome.WORSE), (Choice.A, False, Outcome.WORSE),
        (Choice.B, False, Outcome.BETTER), (Choice.SAME, True, Outcome.SAME), (Choice.BAD, False, Outcome.SAME),
    ],
)  # fmt: skip
def test_a_vote_means_the_same_whichever_side_the_text_stood_on(choice: Choice, left: bool, means: Outcome) -> None:
    assert outcome_of(choice, challenger_left=left) is means


def test_several_votes_on_a_product_count_as_one() -> None:
    better, worse, same = Outcome.BETTER, Outcome.WORSE, Outcome.SAME

    assert settled([better, better, worse]) is better and settled([better, worse]) is same
    assert settled([same, same, better]) is same and settled([]) is None


def test_the_words_keep_to_the_test() -> None:
    clear, close = Tally(17, 4, 3), Tally(17, 7)

    assert in_words(TUNED_OR_PLAIN, clear) == (
        "Reviewers preferred the tuned model in 17 of 24, the plain model in 4, and saw no difference in 3; "
        "that is very unlikely to be chance."
    )
    assert close.p_value == pytest.approx(0.0639, abs=1e-4) and chance(close) == "that may be chance"
    assert standing(close) is Standing.OPEN and standing(Tally(18, 6)) is Standing.BETTER
    assert "may well be chance" in in_words(TUNED_OR_PLAIN, Tally(7, 5))
    assert "Nobody has compared" in in_words(TUNED_OR_PLAIN, Tally())
    assert clear.win_rate == pytest.approx(18.5 / 24)


BETTER, WORSE, ALIKE, OPEN = Tally(12, 0), Tally(0, 12), Tally(6, 6), Tally(3, 1)


@pytest.mark.parametrize(
    ("plain", "examples", "word"),
    [
        (BETTER, BETTER, Verdict.TUNED),
        (BETTER, OPEN, Verdict.TUNED_OVER_PLAIN),
        (BETTER, ALIKE, Verdict.EXAMPLES_ENOUGH),
        (OPEN, ALIKE, Verdict.EXAMPLES_ENOUGH),
        (BETTER, WORSE, Verdict.EXAMPLES_BETTER),
        (ALIKE, BETTER, Verdict.NO_DIFFERENCE),
        (ALIKE, ALIKE, Verdict.NO_DIFFERENCE),
        (WORSE, BETTER, Verdict.WORSE),
        (OPEN, BETTER, Verdict.OPEN),
        (Tally(), Tally(), Verdict.OPEN),
    ],
)
def test_the_verdict_also_says_that_tuning_was_not_worth_it(plain: Tally, examples: Tally, word: Verdict) -> None:
    assert verdict({TUNED_OR_PLAIN: plain, TUNED_OR_EXAMPLES: examples}) is word


@pytest.mark.parametrize(
    ("votes", "word"),
    [
        (BETTER, Verdict.EXAMPLES_HELP), (WORSE, Verdict.WORSE), (ALIKE, Verdict.NO_DIFFERENCE), (OPEN, Verdict.OPEN),
    ],
)  # fmt: skip
def test_without_a_tuned_model_the_verdict_is_about_examples(votes: Tally, word: Verdict) -> None:
    assert verdict({EXAMPLES_OR_PLAIN: votes}) is word


def test_every_verdict_has_a_headline() -> None:
    assert set(HEADLINES) == set(Verdict)


def test_how_many_more_it_takes_follows_from_what_was_seen() -> None:
    assert more_products(Tally(9, 3)) == 23  # a share of 0.75 takes 35 untied votes
    assert more_products(Tally(9, 3, 12)) == 46  # half of the products tell nothing
    assert more_products(Tally(6, 6)) is None and more_products(Tally(0, 0, 5)) is None
    assert "About 23 more products" in how_many_more(Tally(9, 3))
    assert how_many_more(Tally(12, 0)) == "" and "hardly tell them apart" in how_many_more(Tally(4, 3))
