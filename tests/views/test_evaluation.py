"""Side by side, and the end of the tour."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.completion import RunState, WritingState
from bot.domain.evaluation import FinishedCard, FinishOffer, TrialCard
from bot.views import evaluation as views
from bot.views.blocks import MESSAGE_CHARACTERS
from bot.views.ids import Action
from tests.views.test_dataset import actions_of

TRIAL = TrialCard(
    id=2, project_id=7, state=WritingState.WRITTEN, product="Tea <9>", facts=(("Type", "tea"),), prompt="Describe tea",
    base_model="small", tuned_model="ft:small:tea", base_text="Plain tea.", tuned_text="Meet tea.", try_usd=None,
)  # fmt: skip
OFFER = FinishOffer(
    7, 30, 12, 18, "ft:small:tea", "the lab", 0, 0.42, ("Name", "Type"), ("Price",), notice="Learning model."
)
FINISHED = FinishedCard(4, 7, RunState.DONE, agreed=12, written=18, missing=0, model="ft:small:tea", started_by="UANA")


def test_both_texts_stand_with_the_products_facts() -> None:
    message = views.trial_card(TRIAL)

    assert message.text == "Tea &lt;9&gt;. Before: Plain tea. After: Meet tea."
    assert "*Type*" in str(message.blocks) and "ft:small:tea" in str(message.blocks)
    assert actions_of(message) == {Action.FINISH_OPEN: "7", Action.TRY_MODEL: "7"}


def test_without_a_tuned_model_the_second_text_is_with_examples() -> None:
    assert "With your examples: Meet tea." in views.trial_card(replace(TRIAL, tuned_model="")).text


def test_while_it_is_written_it_says_so_and_offers_nothing() -> None:
    message = views.trial_card(replace(TRIAL, state=WritingState.CLAIMED, tuned_text=""))

    assert "being written" in message.text and "_Being written …_" in str(message.blocks)
    assert not actions_of(message)


def test_a_failed_trial_says_why() -> None:
    message = views.trial_card(replace(TRIAL, state=WritingState.FAILED, tuned_text="", problem="No credit is left."))

    assert "No credit is left." in message.text and actions_of(message)


def test_huge_facts_and_texts_fit_into_a_message() -> None:
    facts = tuple((f"Column {number}", "x" * 3000) for number in range(12))
    message = views.trial_card(replace(TRIAL, facts=facts, base_text="b" * 9000, tuned_text="t" * 9000))

    assert len(str(message.blocks)) <= MESSAGE_CHARACTERS and len(message.text) <= 4000


def test_a_product_it_was_taught_with_proves_little() -> None:
    assert "this proves little" in str(views.trial_card(replace(TRIAL, taught=True)).blocks)


def test_the_price_of_the_rest_comes_first_with_what_leaves() -> None:
    view = views.finish_modal(OFFER)
    words = str(view["blocks"])

    assert "about $0.42" in str(view["blocks"][0]) and view["submit"]["text"] == "Write · $0.42"
    assert "18 of 30; the other 12 are approved already" in words
    assert "Sends the columns Name, Type to the lab. Not sent: Price." in words
    assert "Learning model." in words


def test_with_nothing_left_to_write_there_is_still_a_table() -> None:
    view = views.finish_modal(replace(OFFER, left=0, agreed=30))

    assert view["submit"]["text"] == "Make the table" and "for nothing" in str(view["blocks"])


def test_the_end_counts_what_nobody_has_read() -> None:
    message = views.finished_card(FINISHED)

    assert message.text.startswith("The rest is written. 12 approved by people, 18 new and not checked.")
    assert "read by nobody yet" in str(message.blocks)
    assert actions_of(message) == {Action.TRY_MODEL: "7"}


def test_a_part_that_is_missing_can_be_written_again() -> None:
    message = views.finished_card(replace(FINISHED, state=RunState.STOPPED, missing=3, problem="It was stopped."))

    assert message.text.startswith("A part of the rest is written.") and "3 missing" in message.text
    assert next(iter(actions_of(message))) == Action.FINISH_OPEN
