"""The review's cards and forms: what a person reads, hears and can press."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.domain.message import Message
from bot.domain.review import (
    CARD_TEXT,
    BatchCard,
    CompletionCard,
    Decided,
    ReviewCounts,
    ReviewState,
    Surface,
)
from bot.views import editing as forms
from bot.views import review as views
from bot.views.ids import Action

HOSTILE = "<!here> *bold* <@U1> & ```"
CARD = CompletionCard(
    id=7,
    version=2,
    number=3,
    total=40,
    product="Oak & Ash Tray",
    facts=(("Wood", "oak"), ("Width", "40 cm")),
    prompt="Write a description of Oak & Ash Tray",
    text="A tray for slow mornings.",
    origin="model",
    model="small",
    project_id=5,
)
DECIDED = Decided(ReviewState.APPROVED, "UBEN", datetime(2026, 11, 22, tzinfo=UTC), Surface.BUTTON)


def buttons(blocks: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    rows = [block["elements"] for block in blocks if block["type"] == "actions"]
    return {button["action_id"]: button for row in rows for button in row}


def words(message: Message) -> str:
    return json.dumps(message.blocks, ensure_ascii=False)


def test_an_open_sample_has_product_facts_the_whole_text_and_its_buttons() -> None:
    message = views.sample_card(CARD)

    assert list(buttons(message.blocks)) == [
        Action.REVIEW_APPROVE, Action.REVIEW_EDIT, Action.REVIEW_REJECT, Action.REVIEW_AGAIN, Action.REVIEW_OWN,
        Action.REVIEW_HISTORY,
    ]  # fmt: skip
    assert {button["value"] for button in buttons(message.blocks).values()} == {"7:2"}
    assert "3 of 40 · written by small" in words(message) and "*Wood*\\noak" in words(message)
    assert ":+1:" in words(message) and message.version == 2


def test_a_screen_reader_hears_product_state_and_text() -> None:
    spoken = views.sample_card(CARD).text

    assert spoken == "Oak &amp; Ash Tray: waiting for a decision. A tray for slow mornings."
    assert views.sample_card(replace(CARD, decided=DECIDED)).text == "Oak &amp; Ash Tray: approved by <@UBEN>."


def test_the_notice_is_red_and_heard() -> None:
    message = views.sample_card(replace(CARD, notice="Never publish."))

    assert ":red_circle: *Never publish.*" in words(message) and "Never publish." in message.text


def test_words_of_a_model_are_quoted_exactly_and_never_markup() -> None:
    message = views.sample_card(replace(CARD, text=HOSTILE, product=HOSTILE))

    quoted = next(block for block in message.blocks if block["type"] == "rich_text")
    assert quoted["elements"][0]["elements"] == [{"type": "text", "text": HOSTILE}]
    assert "<!here>" not in message.text and "<@U1>" not in message.text


def test_a_text_that_had_to_be_cut_is_approved_from_its_full_view() -> None:
    message = views.sample_card(replace(CARD, text="x" * (CARD_TEXT + 1)))

    shown = buttons(message.blocks)
    assert Action.REVIEW_APPROVE not in shown
    assert shown[Action.REVIEW_FULL]["text"]["text"] == "Approve from full view"
    assert ":+1:" not in words(message) and len(words(message)) < 9_000


def test_the_largest_card_stays_within_a_message() -> None:
    huge = replace(CARD, text="t" * 9_000, facts=tuple((f"f{n}" * 20, "v" * 3_000) for n in range(8)))

    message = views.sample_card(huge)

    assert len(words(message)) < 9_000 and len(message.text) <= 4_000


@pytest.mark.parametrize(
    ("state", "line"),
    [
        (ReviewState.APPROVED, ":white_check_mark: *Approved* by <@UBEN> · Oak &amp; Ash Tray"),
        (ReviewState.EDITED, ":pencil2: *Edited* by <@UBEN> · Oak &amp; Ash Tray"),
        (ReviewState.REJECTED, ":no_entry_sign: *Rejected* by <@UBEN> · Oak &amp; Ash Tray · “too &lt;long&gt;”"),
    ],
)
def test_a_decided_card_is_one_line_with_undo_and_object(state: ReviewState, line: str) -> None:
    reason = "too <long>" if state == ReviewState.REJECTED else ""
    message = views.sample_card(replace(CARD, decided=replace(DECIDED, state=state, reason=reason)))

    assert message.blocks[0]["text"]["text"] == line
    assert list(buttons(message.blocks)) == [Action.REVIEW_UNDO, Action.REVIEW_OBJECT, Action.REVIEW_HISTORY]


def test_objections_are_shown_with_who_and_why() -> None:
    message = views.sample_card(replace(CARD, decided=replace(DECIDED, objections=(("UCAM", "a <b> c"),))))

    assert "<@UCAM> objects: a &lt;b&gt; c" in words(message)


def test_a_frozen_text_has_no_way_back() -> None:
    message = views.sample_card(replace(CARD, decided=DECIDED, frozen=True))

    assert buttons(message.blocks) == {} and "training set" in words(message)


def test_a_text_that_is_written_again_only_says_so() -> None:
    message = views.sample_card(replace(CARD, decided=replace(DECIDED, state=ReviewState.REPLACED)))

    assert buttons(message.blocks) == {} and "being written again" in message.text


def test_a_batch_leads_to_the_next_text_and_when_done_to_the_training_set() -> None:
    half = BatchCard(2, 5, "New texts", ReviewCounts(open=10, approved=4, edited=1, rejected=5), coming=3)
    done = BatchCard(2, 5, "New texts", ReviewCounts(open=0, approved=4, edited=1, rejected=5))

    assert "10 of 20" in words(views.batch_card(half)) and "3 being written" in words(views.batch_card(half))
    assert list(buttons(views.batch_card(half).blocks)) == [Action.REVIEW_NEXT, Action.DATASET_FREEZE, Action.PAUSE]
    assert list(buttons(views.batch_card(done).blocks)) == [Action.DATASET_FREEZE]
    assert "All decided. 5 texts can go into a training set." in views.batch_card(done).text


def test_nothing_agreed_to_means_nothing_to_freeze() -> None:
    none = BatchCard(2, 5, "New texts", ReviewCounts(rejected=5))

    assert Action.DATASET_FREEZE not in buttons(views.batch_card(none).blocks)
    assert buttons(views.batch_card(none).blocks)


def test_the_full_view_shows_every_character_and_submits_an_approval() -> None:
    text = "".join(f"word{n} " for n in range(1500))

    view = forms.full_view(replace(CARD, text=text))

    shown = [block for block in view["blocks"] if block["type"] == "rich_text"]
    assert "".join(block["elements"][0]["elements"][0]["text"] for block in shown) == text
    assert view["submit"]["text"] == "Approve" and view["private_metadata"] == "7:2"


def test_focus_mode_carries_on_and_can_skip() -> None:
    view = forms.full_view(CARD, following=True)

    assert view["private_metadata"] == "7:2:next" and view["submit"]["text"] == "Approve, next"
    assert f"{Action.REVIEW_NEXT}:skip" in buttons(view["blocks"])


def test_metadata_and_values_hold_ids_only() -> None:
    card = replace(CARD, text=HOSTILE, product=HOSTILE)
    for view in (forms.edit_form(card), forms.own_form(card), forms.reject_form(card), forms.again_form(card, usd=0.1)):
        assert view["private_metadata"] == "7:2"


def test_a_lost_race_shows_both_texts_and_an_open_one_can_be_saved_again() -> None:
    lost = forms.lost_race(replace(CARD, decided=DECIDED), "My typing", "Already approved by <@UBEN>.")
    open_ = forms.lost_race(CARD, "My typing", "The text has changed.")

    assert "submit" not in lost and "My typing" in json.dumps(lost) and CARD.text in json.dumps(lost)
    box = next(block for block in open_["blocks"] if block["type"] == "input")
    assert box["element"]["initial_value"] == "My typing" and box["block_id"] == "text_again"
    assert open_["private_metadata"] == "7:2"


def test_a_fact_that_the_title_says_already_is_not_said_again() -> None:
    card = replace(CARD, facts=(("Name", f" {CARD.product}"), *CARD.facts))

    assert words(views.sample_card(card)) == words(views.sample_card(CARD))
