"""A job's card in plain words, whatever the provider says."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.tuning import JobCard, Preview, TrainForm, TrainOffer
from bot.domain.tuning_state import JobState
from bot.views import tuning as views
from bot.views.blocks import MESSAGE_BLOCKS, MESSAGE_CHARACTERS
from bot.views.ids import Action
from tests.views.test_dataset import actions_of

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
RUNNING = JobCard(
    id=5, project_id=7, state=JobState.RUNNING, raw_state="running", sent=True, dataset=2, pairs=17, base_model="small",
    provider_label="the lab", started_by="UANA", created_at=NOW - timedelta(minutes=5), step=12, total_steps=45,
    estimated_finish=NOW + timedelta(minutes=4), losses=(2.9, 1.1), preview_product="Tea <9>", usd=0.42,
    previews=(Preview(0, "small", "Plain tea."), Preview(10, "ft:1", ""), Preview(12, "ft:2", "Meet tea.")),
)  # fmt: skip
DONE = replace(RUNNING, state=JobState.SUCCEEDED, tuned_model="ft:small:tea", finished_at=NOW, try_usd=0.0)
OFFER = TrainOffer(7, 3, 2, 17, 3, "small", "the lab", usd=0.42, seconds=240, few=True)


def all_words(blocks: object) -> str:
    """Every text that people see."""
    return " ".join(re.findall(r"'text': '((?:[^'\\]|\\.)*)'", str(blocks)))


def test_a_running_job_tells_step_time_and_what_it_writes() -> None:
    message = views.job_card(RUNNING, NOW)
    words = str(message.blocks)

    assert message.text == "Teaching small: Teaching the model (step 12 of 45)."
    assert "12 of 45" in words and "about 4 minutes left" in words
    assert "how far off it is: 2.90 at first, 1.10 now (training loss, less is better)" in words
    assert "Plain tea." in words and "Meet tea." in words and "What it writes after step 12" in words
    assert "*Tea &lt;9&gt;*, which it is not taught with" in words
    assert actions_of(message) == {Action.TRAIN_TELL_ME: "5", Action.TRAIN_CANCEL: "5"}


@pytest.mark.parametrize("state", list(JobState))
def test_every_state_has_words_in_the_text_for_screen_readers(state: JobState) -> None:
    message = views.job_card(replace(RUNNING, state=state, raw_state="marinating", error="It broke."), NOW)

    assert message.text and state.value.upper() not in message.text
    assert len(message.blocks) <= MESSAGE_BLOCKS and len(str(message.blocks)) <= MESSAGE_CHARACTERS
    assert actions_of(message)


def test_a_word_that_nobody_knows_is_quoted() -> None:
    card = replace(RUNNING, state=JobState.UNKNOWN, raw_state="marinating")

    assert "The provider says “marinating”, a word I do not know. I keep asking" in views.job_card(card, NOW).text


def test_before_it_is_sent_it_says_so() -> None:
    card = replace(RUNNING, state=JobState.PENDING, sent=False)

    assert "Sending the texts to the lab" in views.job_card(card, NOW).text


def test_a_cancel_that_was_asked_for_is_shown_and_not_offered_again() -> None:
    message = views.job_card(replace(RUNNING, cancel_asked_by="UANA"), NOW)

    assert "Cancelling" in message.text
    assert Action.TRAIN_CANCEL not in actions_of(message)


def test_a_silent_provider_is_named_with_what_it_said_last() -> None:
    card = replace(RUNNING, silent_since=NOW - timedelta(hours=2), error="The lab has trouble.")
    message = views.job_card(card, NOW)

    assert "the lab does not answer for over an hour" in message.text
    assert "It last said: The lab has trouble. I keep asking." in str(message.blocks)


def test_the_end_names_the_model_and_leads_on() -> None:
    message = views.job_done(DONE, channel="C1")

    assert "The model has learned your voice from 17 texts: `ft:small:tea`." in message.text and "<#C1>" in message.text
    assert actions_of(message) == {Action.TRY_MODEL: "7", Action.FINISH_OPEN: "7"}
    assert "Before and after · free" in str(message.blocks)
    assert "ft:small:tea" in views.job_done_thread(DONE).text


def test_a_failure_says_why_what_is_kept_and_offers_another_try() -> None:
    card = replace(DONE, state=JobState.FAILED, tuned_model="", error="A line has no answer <b>.")
    message = views.job_done(card, channel="C1")

    assert "A line has no answer &lt;b&gt;." in message.text and "Your training set is kept." in message.text
    assert actions_of(message) == {Action.TRAIN_OPEN: "7"}


def test_the_order_is_three_lines_with_the_price_on_its_button() -> None:
    view = views.train_modal(OFFER, "c1")
    words = str(view["blocks"])

    assert view["submit"]["text"] == "Start · $0.42" and view["private_metadata"] == "3:c1"
    assert [line in words for line in ("small at the lab (recommended)", "about $0.42", "about 4 minutes")] == [
        True
    ] * 3
    assert "epochs" not in words


def test_an_unknown_price_is_confirmed_as_unknown() -> None:
    view = views.train_modal(replace(OFFER, usd=None), "c1")

    assert view["submit"]["text"] == "Start at unknown price"
    assert "price unknown: ask your provider first" in str(view["blocks"])


def test_more_has_everything_else_in_words_and_keeps_what_was_chosen() -> None:
    view = views.train_modal(OFFER, "c1", form=TrainForm(epochs=3, learning_rate=0.5, suffix="tea"))
    words = str(view["blocks"])

    assert "Rounds over the texts (epochs)" in words and "Learning speed (learning rate)" in words
    assert (
        "'initial_option': {'text': {'type': 'plain_text', 'text': '3 rounds'" in words
        and "'initial_value': '0.5'" in words
    )


def test_words_of_the_trade_never_stand_alone() -> None:
    shown = [views.job_card(RUNNING, NOW), views.job_card(DONE, NOW), views.job_done(DONE, channel="C1")]
    words = " ".join(f"{message.text} {all_words(message.blocks)}" for message in shown)

    assert not re.search(r"JSONL|LoRA|\bepochs?\b|\btokens?\b", words)
    assert all("training loss, less" in words[found.start() - 9 :][:40] for found in re.finditer("loss", words))


def test_times_are_in_words() -> None:
    assert [views.span(seconds) for seconds in (None, 0, 40, 240, 6000)] == [
        "a while", "2 seconds", "40 seconds", "4 minutes", "1 h 40 min",
    ]  # fmt: skip


def test_a_product_that_it_learns_from_is_not_passed_off_as_unseen() -> None:
    assert "one of those it is taught with" in str(views.job_card(replace(RUNNING, preview_taught=True), NOW).blocks)
