"""The comparison's windows and cards: words first, nothing that tells who wrote, and Slack's limits."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from bot.domain.comparison import (
    TUNED_OR_EXAMPLES,
    TUNED_OR_PLAIN,
    Choice,
    ComparisonState,
    Contender,
    Judged,
    Outcome,
    Tally,
)
from bot.domain.comparison_cards import BlindPair, CompareOffer, ComparisonCard, ContenderFacts, ResultCard
from bot.domain.comparison_verdict import HEADLINES, Verdict
from bot.domain.rounds import Next, NextKind, Round
from bot.views import comparison as views
from bot.views import comparison_result as results
from bot.views.blocks import MESSAGE_CHARACTERS
from bot.views.ids import Action
from tests.views.test_dataset import actions_of

HOSTILE = "<!here> *bold* & <@U1>"
OFFER = CompareOffer(7, 24, (12, 24), 5, 72, 48, 20, "small", "ft:small:tea", "the lab", 0.42, ("Name", "Type"), 4)
CARD = ComparisonCard(3, 7, ComparisonState.VOTING, 24, 72, 72, 0, 48, 12, 2, 15, "UANA", has_tuned=True, usd=0.3)
PAIR = BlindPair(41, 3, "Oak & Ash Tray", (("Wood", "oak"),), "First.", HOSTILE, 3, 48)
FACTS = tuple(
    ContenderFacts(who, "small", 24, 0, 38.0, 1, 2, 3, 0.71, usd, 2400.0)
    for who, usd in zip(Contender, (0.06, None, 0.12), strict=True)
)
JUDGED = Judged(1, TUNED_OR_PLAIN, "Oak <Tray>", "tray", "Meet the tray.", "A tray.", Outcome.WORSE, votes=2)
RESULT = ResultCard(
    id=3, project_id=7, verdict=Verdict.TUNED, by_kind={"tray": Tally(5, 1), "cup": Tally(3, 0, 1), "one": Tally(1)},
    tallies={TUNED_OR_PLAIN: Tally(17, 4, 3, 2), TUNED_OR_EXAMPLES: Tally(13, 7, 4)}, kind_column="Type", facts=FACTS,
    next=Next(NextKind.WRITE_REST, "It won."), judged=(JUDGED, replace(JUDGED, id=2, outcome=Outcome.BETTER)),
    products=24, voters=3, votes=60, unjudged=0, base_model="small", tuned_model="ft:small:tea", started_by="UANA",
    rounds=(Round(1, 1, 30, "small", "ft:small:tea", losses=((5, 1.0, 0.9), (9, 0.4, 0.5)), verdict=Verdict.TUNED),),
)  # fmt: skip


def test_the_offer_says_the_price_first_and_again_on_its_button() -> None:
    view = views.offer_modal(OFFER)

    assert view["submit"]["text"] == "Write · $0.42" and "*Price*  about $0.42" in view["blocks"][0]["text"]["text"]
    assert "about 20 minutes of one person" in str(view) and "ft:small:tea" in str(view)
    unknown = views.offer_modal(replace(OFFER, usd=None, rounds=1))
    assert unknown["submit"]["text"] == "Write at unknown price" and Action.COMPARE_ROUNDS in str(unknown)


def test_a_pair_shows_both_texts_exactly_and_only_its_own_number() -> None:
    view = views.blind_modal(PAIR)

    assert view["private_metadata"] == "41"
    quotes = [block["elements"][0]["elements"][0]["text"] for block in view["blocks"] if block["type"] == "rich_text"]
    assert quotes == ["First.", HOSTILE]
    buttons = [e for block in view["blocks"] if block["type"] == "actions" for e in block["elements"]]
    assert [(e["action_id"], e["value"]) for e in buttons] == [
        (f"{Action.COMPARE_VOTE}:{choice}", "41") for choice in Choice
    ]
    assert "You have judged 3 of 48" in str(view)


def test_an_answer_given_before_is_marked_and_the_way_back_shown() -> None:
    view = views.blind_modal(replace(PAIR, choice=Choice.BAD, previous_id=40))

    assert "✓ Both bad" in str(view) and "✓ A" not in str(view)
    assert f'"{Action.COMPARE_BACK}", "value": "40"' in json.dumps(view)


def test_the_open_card_never_says_who_is_ahead() -> None:
    message = views.comparison_card(CARD)

    assert message.text == "Did it help? Which text is better? 12 of 48 pairs judged by 2 people."
    assert actions_of(message) == {Action.COMPARE_NEXT: "3", Action.COMPARE_END: "3"}
    assert "36 pairs were judged by nobody yet" in str(message.blocks)
    assert not any(word in str(message.blocks).lower() for word in ("tuned", "plain model", "win rate"))


@pytest.mark.parametrize(
    ("state", "action"),
    [(ComparisonState.WRITING, None), (ComparisonState.ENDED, None), (ComparisonState.FAILED, Action.COMPARE_RETRY)],
)
def test_a_card_that_nobody_can_judge_offers_only_what_helps(state: ComparisonState, action: str | None) -> None:
    message = views.comparison_card(replace(CARD, state=state, problem=f"No credit is left. {HOSTILE}"))

    assert list(actions_of(message)) == ([action] if action else [])
    assert "<!here>" not in message.text


def test_the_result_says_words_before_figures() -> None:
    message = results.result_card(RESULT)

    assert message.text.startswith(
        "The tuned model writes better. It is better than the plain model, and better than the plain model with "
        "examples in its prompt. Reviewers preferred the tuned model in 17 of 24, the plain model in 4, and saw no "
        "difference in 3; that is very unlikely to be chance."
    )
    shown = str(message.blocks)
    assert "win rate 77% (95% interval 57% to 89%), sign test p = 0.007. Both texts were bad in 2." in shown
    assert "tray 5 : 1 · cup 3 : 0 (1 same)" in shown and "one 1" not in shown
    assert list(actions_of(message)) == [Action.FINISH_OPEN, Action.COMPARE_FLIPS, Action.COMPARE_ROUNDS]


def test_the_facts_name_every_contender_and_an_unknown_price_stays_unknown() -> None:
    [words] = [str(b["text"]["text"]) for b in results.result_card(RESULT).blocks if "price of 1,000" in str(b)]

    assert all(words.count(name) == len(words.splitlines()) for name in ("plain ", "examples ", "tuned "))
    assert "*price of 1,000*  plain $0.06 · examples ? · tuned $0.12" in words


def test_examples_that_are_enough_can_be_taken_with_one_press() -> None:
    enough = replace(RESULT, verdict=Verdict.EXAMPLES_ENOUGH, next=Next(NextKind.USE_EXAMPLES, "They do."))

    assert next(iter(actions_of(results.result_card(enough)))) == Action.COMPARE_EXAMPLES
    assert next(iter(actions_of(results.result_card(replace(enough, uses_examples=True))))) == Action.FINISH_OPEN


def test_every_verdict_has_its_sentence() -> None:
    assert set(results.SENTENCES) == set(HEADLINES) == set(Verdict)


def test_what_got_worse_comes_before_what_got_better() -> None:
    words = str(results.flips_modal(RESULT)["blocks"])

    assert words.index("Worse: 1") < words.index("Better: 1") and "Oak &lt;Tray&gt;" in words


def test_every_round_says_how_it_was_taught_and_judged() -> None:
    words = str(results.rounds_modal(RESULT.rounds)["blocks"])

    assert "how far off: 0.40 and 0.50" in words and "*Round 1*  The tuned model writes better" in words
    assert "No model was taught here yet" in str(results.rounds_modal(()))


def test_win_rates_of_rounds_are_a_picture_that_can_be_read_aloud() -> None:
    first = replace(RESULT.rounds[0], vs_plain=Tally(6, 6), vs_examples=Tally(0, 0))
    second = replace(first, number=2, vs_plain=Tally(9, 3), vs_examples=Tally(3, 9))

    assert results.win_rates((first, second))[0][1] == ((1.0, 50.0), (2.0, 75.0))
    assert "round 2 75 percent; against examples: round 2 25 percent" in results.win_rates_in_words((first, second))


def test_the_longest_result_and_the_longest_texts_fit() -> None:
    long = "x" * 20_000
    flips = tuple(replace(JUDGED, id=n, challenger_text=long, rival_text=long, product=long) for n in range(96))
    kinds = {f"{n} {'t' * 300}": Tally(3, 2) for n in range(50)}
    card = replace(RESULT, judged=flips, by_kind=kinds, next=Next(NextKind.CLEAN, "r" * 500), notice="Learning model.")

    assert len(json.dumps(results.result_card(card).blocks)) < MESSAGE_CHARACTERS
    for view in (results.flips_modal(card), views.blind_modal(replace(PAIR, left=long, right=long, product=long))):
        assert len(view["blocks"]) <= 100 and max(map(longest, view["blocks"])) <= 3000
    many = tuple(replace(RESULT.rounds[0], number=n) for n in range(1, 21))
    assert len(results.rounds_modal(many)["blocks"]) <= 100


def longest(block: dict[str, Any]) -> int:
    return max((len(word) for word in _strings(block)), default=0)


def _strings(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [word for one in value.values() for word in _strings(one)]
    if isinstance(value, list):
        return [word for one in value for word in _strings(one)]
    return [value] if isinstance(value, str) else []
