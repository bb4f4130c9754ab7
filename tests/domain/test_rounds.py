"""What to do next, and why."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.comparison import Tally
from bot.domain.comparison_verdict import Verdict
from bot.domain.rounds import Evidence, NextKind, Round, best_validation, next_step

ROUND = Round(1, 1, pairs=120, base_model="small", tuned_model="ft:1", epochs=6, verdict=Verdict.NO_DIFFERENCE)
ROSE = ((10, 1.2, 0.9), (20, 0.6, 0.5), (30, 0.2, 0.55), (60, 0.1, 0.8))
NOTHING = Evidence(Verdict.NO_DIFFERENCE, (ROUND,))


def test_a_model_that_won_goes_to_work_whatever_else_there_is_to_say() -> None:
    won = Evidence(Verdict.TUNED, (replace(ROUND, losses=ROSE),), taught_hits={"claims": 0.9})

    assert next_step(won).kind is NextKind.WRITE_REST


def test_examples_that_do_as_well_are_used() -> None:
    for word in (Verdict.EXAMPLES_ENOUGH, Verdict.EXAMPLES_BETTER, Verdict.EXAMPLES_HELP):
        assert next_step(Evidence(word, (ROUND,))).kind is NextKind.USE_EXAMPLES


def test_an_open_question_asks_for_votes_and_a_hopeless_one_for_none() -> None:
    unjudged = next_step(Evidence(Verdict.OPEN, (ROUND,), unjudged=7))
    more = next_step(Evidence(Verdict.OPEN, (ROUND,), more_products=12, products=24))
    too_many = next_step(Evidence(Verdict.OPEN, (ROUND,), more_products=93, products=24))
    hopeless = next_step(Evidence(Verdict.TUNED_OVER_PLAIN, (ROUND,)))

    assert unjudged.kind is NextKind.VOTE and "7 pairs" in unjudged.reason
    assert more.kind is NextKind.VOTE and "36 products" in more.reason
    assert too_many.kind is NextKind.STOP
    assert hopeless.kind is NextKind.USE_EXAMPLES


def test_a_validation_loss_that_rose_asks_for_fewer_epochs() -> None:
    step = next_step(replace(NOTHING, rounds=(replace(ROUND, losses=ROSE),)))

    assert step.kind is NextKind.FEWER_EPOCHS
    assert "2 rounds" in step.reason and "instead of 6" in step.reason and "(0.80)" in step.reason
    assert best_validation([(10, 0.5), (20, 0.51)]) is None  # within the noise
    assert best_validation([(10, 0.5), (20, 0.4)]) is None and best_validation([]) is None


def test_taught_texts_that_break_a_rule_are_to_be_cleaned() -> None:
    step = next_step(replace(NOTHING, taught_hits={"forbidden": 0.05, "claims": 0.3}))

    assert (step.kind, step.topic) == (NextKind.CLEAN, "claims") and "30%" in step.reason
    assert next_step(replace(NOTHING, taught_hits={"forbidden": 0.05})).kind is not NextKind.CLEAN


def test_the_weakest_type_gets_more_texts_and_few_texts_get_more() -> None:
    kinds = {"lamp": Tally(5, 1), "tray": Tally(1, 4), "cup": Tally(0, 2)}

    weak = next_step(replace(NOTHING, by_kind=kinds))
    few = next_step(replace(NOTHING, rounds=(replace(ROUND, pairs=30),)))

    assert (weak.kind, weak.topic) == (NextKind.MORE_PAIRS, "tray") and "lost 4 of 5" in weak.reason
    assert few.kind is NextKind.MORE_PAIRS and "30 texts are few" in few.reason


def test_rounds_that_change_nothing_come_to_an_end() -> None:
    twice = next_step(replace(NOTHING, rounds=(ROUND, replace(ROUND, number=2)), by_kind={"tray": Tally(1, 4)}))

    assert twice.kind is NextKind.STOP and "2 rounds in a row" in twice.reason
    assert next_step(NOTHING).kind is NextKind.STOP  # enough texts, nothing found, no difference
