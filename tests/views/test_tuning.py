"""A job's card in plain words, whatever the provider says."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.domain.shutdown import Ending
from bot.domain.tuned import ModelsCard, ServingState, TunedCard
from bot.domain.tuning import JobCard, Metric, Preview, TrainForm, TrainOffer
from bot.domain.tuning_chart import losses_in_words
from bot.domain.tuning_failure import remedy
from bot.domain.tuning_state import JobState
from bot.domain.tuning_terms import ModelChoice, Retry, Terms
from bot.views import tuned
from bot.views import tuning as views
from bot.views import tuning_order as order
from bot.views.blocks import MESSAGE_BLOCKS, MESSAGE_CHARACTERS
from bot.views.ids import Action
from bot.views.span import span
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
    assert actions_of(message) == {Action.TRY_MODEL: "7", Action.COMPARE_OPEN: "7", Action.FINISH_OPEN: "7"}
    assert "Before and after · free" in str(message.blocks)
    assert "ft:small:tea" in views.job_done_thread(DONE).text


def test_a_failure_says_why_what_is_kept_and_offers_another_try() -> None:
    card = replace(DONE, state=JobState.FAILED, tuned_model="", error="A line has no answer <b>.")
    message = views.job_done(card, channel="C1")

    assert "A line has no answer &lt;b&gt;." in message.text and "Your training set is kept." in message.text
    assert actions_of(message) == {Action.TRAIN_OPEN: "7"}


def test_the_order_is_three_lines_with_the_price_on_its_button() -> None:
    view = order.train_modal(OFFER, "c1")
    words = str(view["blocks"])

    assert view["submit"]["text"] == "Start · $0.42" and view["private_metadata"] == "3:c1"
    assert [line in words for line in ("small at the lab (recommended)", "about $0.42", "about 4 minutes")] == [
        True
    ] * 3
    assert "epochs" not in words


def test_an_unknown_price_is_confirmed_as_unknown() -> None:
    view = order.train_modal(replace(OFFER, usd=None), "c1")

    assert view["submit"]["text"] == "Start at unknown price"
    assert "price unknown: ask your provider first" in str(view["blocks"])


def test_more_has_everything_else_in_words_and_keeps_what_was_chosen() -> None:
    view = order.train_modal(OFFER, "c1", form=TrainForm(epochs=3, learning_rate=0.5, suffix="tea"))
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
    assert [span(seconds) for seconds in (None, 0, 40, 240, 6000)] == [
        "a while", "2 seconds", "40 seconds", "4 minutes", "1 h 40 min",
    ]  # fmt: skip


def test_a_product_that_it_learns_from_is_not_passed_off_as_unseen() -> None:
    assert "one of those it is taught with" in str(views.job_card(replace(RUNNING, preview_taught=True), NOW).blocks)


def test_the_chart_is_shown_with_the_same_in_words() -> None:
    points = (Metric(1, 2.9), Metric(20, 1.9, 2.4), Metric(40, 1.1, 1.8))
    message = views.job_card(replace(DONE, chart_file="F1", points=points), NOW)

    [image] = [block for block in message.blocks if block["type"] == "image"]
    assert image["slack_file"] == {"id": "F1"} and image["alt_text"] == losses_in_words(points)
    assert not any(block["type"] == "image" for block in views.job_card(DONE, NOW).blocks)


def test_a_failure_has_its_fix_as_the_first_button() -> None:
    error = "Line 17 has no assistant turn."
    failed = replace(DONE, state=JobState.FAILED, error=error, remedy=remedy(error), tuned_model="", dataset_id=3)
    message = views.job_card(failed, NOW)

    assert "Leave line 17 out" in message.text
    first, second = message.blocks[-1]["elements"]
    assert (first["action_id"], first["value"], first["style"]) == (Action.TRAIN_DROP, f"{failed.id}:17", "primary")
    assert (second["action_id"], second["value"]) == (Action.TRAIN_OPEN, f"{failed.project_id}:3")


def test_a_model_that_costs_by_the_hour_has_its_price_on_the_button_and_nothing_else_to_press() -> None:
    served = TunedCard(9, 1, 1, "tea", "small", "the lab", ServingState.ASKING, 1, 20, NOW, hourly=True, hourly_usd=3.3)
    message = views.job_card(replace(DONE, served=served), NOW)

    [button] = message.blocks[-1]["elements"]
    assert button["text"]["text"] == "Start it · $3.30 an hour" and button["action_id"] == Action.TUNED_START
    assert "bills $3.30 an hour from now until it is stopped" in button["confirm"]["text"]["text"]
    unknown = views.job_card(replace(DONE, served=replace(served, hourly_usd=None)), NOW)
    assert unknown.blocks[-1]["elements"][0]["text"]["text"] == "Start it · unknown price an hour"


def test_a_running_one_says_since_when_and_how_much_so_far() -> None:
    since = NOW - timedelta(hours=5)
    served = TunedCard(9, 1, 1, "tea", "small", "the lab", ServingState.READY, 1, 20, NOW, in_use=True, hourly=True,
                       hourly_usd=3.0, running_since=since, usd_so_far=15.0)  # fmt: skip
    message = views.job_card(replace(DONE, served=served), NOW)

    assert "In use. Running since" in str(message.blocks) and "(5 h 0 min), about $15.00 so far" in str(message.blocks)
    assert Action.TUNED_STOP in actions_of(message) and Action.TRY_MODEL in actions_of(message)


def test_the_window_names_who_gets_the_texts_and_until_when_the_model_lives() -> None:
    january = date(2027, 1, 14)
    terms = Terms("OpenAI", "api.openai.com", ending=Ending(january, date(2027, 1, 6), january), unverified=True)
    words = str(order.train_modal(replace(OFFER, terms=terms), "c1", today=date(2026, 11, 22))["blocks"])

    assert "(OpenAI, api.openai.com)" in words and "has not been tried yet" in words
    assert "small ends on 14 January 2027, in 53 days." in words
    assert "The last day to teach it is 6 January 2027." in words
    closed = str(order.train_modal(replace(OFFER, terms=terms), "c1", today=date(2027, 1, 7))["blocks"])
    assert "no longer teaches small" in closed


def test_the_window_says_what_using_the_model_costs_afterwards() -> None:
    words = str(order.train_modal(replace(OFFER, terms=Terms(hourly=True, hourly_usd=3.3)), "c1")["blocks"])

    assert "using the model costs about $3.30 an hour while it runs, and only you start it" in words


def test_every_field_under_more_has_its_advice_in_the_providers_own_terms() -> None:
    absolute = Terms(rate_is_factor=False, rate_default=1e-5, epochs_default=3, batch_default=8, longest_suffix=18)
    view = order.train_modal(replace(OFFER, terms=absolute), "c1", form=TrainForm())

    fields = {block["block_id"]: block for block in view["blocks"] if block["type"] == "input"}
    assert set(fields) == {"epochs", "batch_size", "learning_rate", "suffix", "model"}
    assert all(block["hint"]["text"] for block in fields.values())
    assert "usual there is 1e-05" in fields["learning_rate"]["hint"]["text"]
    assert "3 rounds, as usual there" in str(fields["epochs"]) and "8, as usual there" in str(fields["batch_size"])
    factor = order.train_modal(replace(OFFER, terms=Terms()), "c1", form=TrainForm())
    assert "times the usual one" in str(factor["blocks"])


def test_teaching_elsewhere_offers_the_other_models_and_says_why() -> None:
    offer = replace(OFFER, choices=(ModelChoice("llama", "Nebius"),), retry=Retry("tea will end.", "another model"))
    view = order.train_modal(offer, "c1", form=TrainForm(model="llama"), context="e7")

    assert view["private_metadata"].endswith(":c1:e7")
    assert "tea will end." in str(view["blocks"]) and "llama at Nebius" in str(view["blocks"])


def test_the_list_of_models_never_turns_a_name_into_a_picture_and_fits_a_message() -> None:
    card = TunedCard(9, 1, 1, "ft:small:tea:a1", "small", "the lab", ServingState.READY, 1, 20, NOW)
    many = ModelsCard(1, tuple(replace(card, id=number) for number in range(40)), card)
    message = tuned.models_card(many, NOW)

    assert "`ft:small:tea:a1`" in str(message.blocks) and "*ft:small:tea:a1*" not in str(message.blocks)
    assert len(message.blocks) <= MESSAGE_BLOCKS and len(message.text) <= 4000
    assert "28 older ones are not shown." in str(message.blocks)
