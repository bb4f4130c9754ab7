"""The card of a frozen set: both counts, what stays out, and a step that leads on."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from bot.domain.dataset import DatasetCard
from bot.domain.message import Message
from bot.views.dataset import dataset_card
from bot.views.ids import Action

CARD = DatasetCard(
    id=3, project_id=7, number=2, pairs=20, train=17, validation=3, prompts=240, undecided=163, doubles=0, from_slack=0,
    sha256="ab" * 32, created_by="UANA", created_at=datetime(2026, 11, 22, 9, tzinfo=UTC), try_usd=0.0002,
)  # fmt: skip
FEW = replace(CARD, pairs=4, train=4, validation=0)


def actions_of(message: Message) -> dict[str, str]:
    """Action ids to values, in their order."""
    rows = [block["elements"] for block in message.blocks if block["type"] == "actions"]
    return {element["action_id"]: element.get("value", "") for row in rows for element in row}


def test_both_counts_and_what_stays_out_are_said_and_shown() -> None:
    message = dataset_card(CARD)

    assert message.text == (
        "Training set, version 2, is frozen. 20 approved: enough to try. 50 to 100 start to help, "
        "the guide asks for 200. 240 prompts. 163 undecided stay out."
    )
    assert "240 (the guide asks for 200)" in str(message.blocks)


def test_with_enough_texts_the_next_step_is_to_teach() -> None:
    assert actions_of(dataset_card(CARD)) == {Action.TRAIN_OPEN: "7:3", Action.PAIRS_OPEN: "7"}


def test_below_ten_examples_take_the_place_of_teaching() -> None:
    message = dataset_card(FEW)

    assert "4 approved. 10 is the provider's minimum, 50 to 100 start to help, the guide asks for 200." in message.text
    assert actions_of(message) == {
        Action.DATASET_FEW_SHOT: "3", Action.PROJECT_NEXT: "7", Action.PAIRS_OPEN: "7",
    }  # fmt: skip


def test_once_they_are_examples_the_card_leads_to_their_use() -> None:
    message = dataset_card(replace(FEW, few_shot=True))

    assert actions_of(message) == {Action.TRY_MODEL: "7", Action.FINISH_OPEN: "7"}
    assert "Before and after · under 1 cent" in str(message.blocks)


def test_doubles_and_texts_from_slack_are_accounted_for() -> None:
    message = dataset_card(replace(CARD, undecided=0, doubles=1, from_slack=2))

    assert "1 stays out: a later text for the same prompt was approved." in message.text
    assert "2 came through Slack and stay out, as set up here." in message.text


def test_a_later_version_says_what_is_new_and_what_was_seen_before_the_freeze() -> None:
    card = replace(CARD, before=1, diff="+18 pairs, 3 edited again, 1 removed", held=3, imported=1, found="2 texts <b>")

    message = dataset_card(card)

    assert "Against version 1: +18 pairs, 3 edited again, 1 removed." in message.text
    assert "3 of the texts to check with were kept aside before and stay so." in str(message.blocks)
    assert "Seen before the freeze: 2 texts &lt;b&gt;." in str(message.blocks)
    assert "1 was imported and vouched for by an owner." in str(message.blocks)
