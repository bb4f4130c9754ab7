"""Messages about writing: what a person reads, hears and can press."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from bot.domain.completion import Offer, RunCard, RunKind, RunState, TryCard, TryText
from bot.domain.message import Message
from bot.views import completion as views
from bot.views.ids import Action

HOSTILE = "<!channel> *bold* & <https://x.example|click>"
CARD = TryCard(
    run_id=12,
    project_id=3,
    state=RunState.DONE,
    texts=tuple(TryText(f"Tray {n}", (("Wood", "oak"),), "A tray. " * 20) for n in range(5)),
    model="small",
    usd=0.004,
    offers=(Offer(10, 0.008, 5), Offer(60, 0.5, 30), Offer(3_500, None, 1_750, is_all=True)),
    existing=40,
)
RUN = RunCard(9, 3, RunKind.WRITE, RunState.RUNNING, 60, 15, 0, 30.0, 0.01, "UANA", "small")


def buttons(message: Message) -> dict[str, dict[str, Any]]:
    rows = [block["elements"] for block in message.blocks if block["type"] == "actions"]
    return {button["action_id"]: button for row in rows for button in row}


def words(message: Message) -> str:
    return json.dumps(message.blocks, ensure_ascii=False)


def test_each_offer_has_price_and_minutes_on_its_button_and_ids_in_its_value() -> None:
    shown = buttons(views.try_card(CARD))

    assert shown[f"{Action.WRITE_MORE}:10"]["text"]["text"] == "10 more · under 1 cent · 5 min review"
    assert shown[f"{Action.WRITE_MORE}:60"]["text"]["text"] == "60 more · $0.50 · 30 min review"
    every = shown[f"{Action.WRITE_MORE}:3500"]
    assert every["text"]["text"] == "All 3,500 · price unknown · 29 h 10 min review"
    assert (shown[f"{Action.WRITE_MORE}:60"]["value"], every["value"]) == ("12:60", "12:all")


def test_the_card_leads_on_to_template_style_and_the_texts_that_are_there() -> None:
    shown = buttons(views.try_card(CARD))

    assert {Action.TEMPLATE_OPEN, Action.STYLE_OPEN, Action.WRITE_EXISTING} <= set(shown)
    assert shown[Action.WRITE_EXISTING]["text"]["text"] == "Use the texts you already have (40)"
    assert shown[Action.WRITE_EXISTING]["value"] == "3"
    assert Action.WRITE_EXISTING not in buttons(views.try_card(replace(CARD, existing=0)))


def test_while_five_are_written_nothing_can_be_pressed() -> None:
    waiting = replace(CARD, state=RunState.RUNNING, texts=(TryText("Tray", ()), *CARD.texts[1:]), offers=())

    message = views.try_card(waiting)

    assert buttons(message) == {} and "4 of 5 written" in message.text
    assert "Being written" in words(message)


def test_a_try_that_failed_says_why_and_can_be_repeated() -> None:
    failed = replace(
        CARD, state=RunState.FAILED, texts=(TryText("Tray", ()),), offers=(), problem="The key is <wrong>."
    )

    message = views.try_card(failed)

    assert Action.WRITE_TRY in buttons(message)
    assert "The key is &lt;wrong&gt;." in message.text and "The key is &lt;wrong&gt;." in words(message)


def test_the_notice_stands_in_red_once_there_are_texts() -> None:
    assert ":red_circle: *Never publish.*" in words(views.try_card(replace(CARD, notice="Never publish.")))
    assert "red_circle" not in words(views.try_card(CARD))


def test_words_of_models_and_catalogs_stay_words() -> None:
    card = replace(CARD, texts=(TryText(HOSTILE, ((HOSTILE, HOSTILE),), HOSTILE),))

    message = views.try_card(card)

    assert "<!channel>" not in message.text
    markup = [block["text"]["text"] for block in message.blocks if block["type"] == "section"]
    assert not any("<!channel>" in text or "<https" in text for text in markup)
    quoted = next(block for block in message.blocks if block["type"] == "rich_text")
    assert quoted["elements"][0]["elements"] == [{"type": "text", "text": HOSTILE}]


def test_five_of_the_longest_texts_fit_into_a_message() -> None:
    card = replace(CARD, texts=tuple(TryText("p" * 200, (("f", "v" * 900),), "t" * 5_000) for _ in range(5)))

    message = views.try_card(card)

    assert len(words(message)) < 12_000 and len(message.blocks) <= 50 and len(message.text) <= 4_000


def test_progress_has_bar_speed_time_cost_and_stop() -> None:
    message = views.run_card(RUN)

    assert "15 of 60" in words(message) and "30 a minute · about 90 s left" not in words(message)
    assert "30 a minute · about 2 min left · cost so far $0.01" in words(message)
    stop = buttons(message)[Action.WRITE_STOP]
    assert stop["value"] == "9" and "kept" in stop["confirm"]["text"]["text"]
    assert message.text == "Writing new texts: 15 of 60 written."


@pytest.mark.parametrize("state", [RunState.STOPPING, RunState.DONE, RunState.STOPPED, RunState.FAILED])
def test_what_is_over_or_stopping_has_no_stop(state: RunState) -> None:
    assert Action.WRITE_STOP not in buttons(views.run_card(replace(RUN, state=state, batch_id=4)))


def test_the_ping_names_who_ordered_and_what_is_ready() -> None:
    done = replace(RUN, state=RunState.DONE, written=58, failed=2)

    assert views.run_done(done).text == "<@UANA> 58 texts are ready to review, about 29 min. 2 were not written."
    assert Action.REVIEW_NEXT in buttons(views.run_done(done))


def test_the_ping_of_a_run_that_ended_early_says_why() -> None:
    failed = replace(RUN, state=RunState.FAILED, written=0, problem="The key is wrong.")

    assert views.run_done(failed).text == "<@UANA> The writing ended early. The key is wrong. No text was written."
    assert Action.REVIEW_NEXT not in buttons(views.run_done(failed))
