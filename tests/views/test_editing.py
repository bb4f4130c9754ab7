"""The windows about one text: long texts in parts, reasons to tick, the history of an edit."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from bot.domain.editing import PART, History, Part, Version, joined
from bot.domain.project import REJECT_REASONS
from bot.views import editing as forms
from bot.views.history import SHOWN, history
from tests.views.test_review import CARD, HOSTILE

AT = datetime(2026, 11, 22, 9, tzinfo=UTC)


def inputs(view: dict[str, Any]) -> list[dict[str, Any]]:
    return [block for block in view["blocks"] if block["type"] == "input"]


def test_a_long_text_is_edited_in_parts_that_make_the_same_text_again() -> None:
    text = "\n\n".join(f"Paragraph {n}. " + "word " * 180 + "end." for n in range(8))

    boxes = inputs(forms.edit_form(replace(CARD, text=text)))

    assert [box["label"]["text"] for box in boxes] == [f"The text, part {n} of 4" for n in range(1, 5)]
    parts = [Part(box["element"]["initial_value"], box["block_id"].split(":")[2]) for box in boxes]
    assert joined(parts) == text and all(len(part.text) <= PART for part in parts)


def test_a_short_text_has_one_box() -> None:
    [box] = inputs(forms.edit_form(CARD))

    assert box["block_id"] == "text" and box["element"]["initial_value"] == CARD.text


def test_reject_offers_the_projects_reasons_and_free_words() -> None:
    ticks, box = inputs(forms.reject_form(CARD, reasons=REJECT_REASONS))

    assert [option["text"]["text"] for option in ticks["element"]["options"]] == list(REJECT_REASONS)
    assert ticks["optional"] and box["optional"] and box["block_id"] == "reason"
    assert len(inputs(forms.reject_form(CARD, reasons=()))) == 1


def test_a_lost_race_shows_what_was_typed_to_save_again_or_to_copy() -> None:
    again = forms.lost_race(CARD, "typed " * 900, "It has changed.")
    assert "".join(box["element"]["initial_value"] for box in inputs(again)).count("typed") == 900
    assert all(box["block_id"].startswith("text_again:") for box in inputs(again))

    refused = json.dumps(forms.not_saved("My words.", "You may not."))
    assert "My words." in refused and "You may not." in refused and '"input"' not in refused


def test_the_history_shows_who_when_and_what_changed_newest_first() -> None:
    versions = (
        Version(1, "A warm red lamp."),
        Version(2, "A cosy red lamp.", "A warm red lamp.", "UANA", AT),
        Version(3, f"A cosy red lamp {HOSTILE}", "A cosy red lamp.", "UBEN", AT, taken_back=True),
    )

    view = history(History(CARD, versions))

    said = json.dumps(view, ensure_ascii=False)
    assert said.index("*Version 3* · <@UBEN>") < said.index("*Version 2* · <@UANA>") < said.index("*Version 1*")
    assert "taken back" in said and "written by small" in said
    runs = [run for block in view["blocks"] if block["type"] == "rich_text" for run in block["elements"][0]["elements"]]
    assert {"type": "text", "text": "warm", "style": {"strike": True}} in runs
    assert {"type": "text", "text": "cosy", "style": {"bold": True}} in runs


def test_a_long_history_stays_within_a_modal() -> None:
    changes = tuple(Version(n, f"text {n}", f"text {n - 1}", "UANA", AT) for n in range(2, 60))

    view = history(History(CARD, (Version(1, "text 1"), *changes)))

    assert len(view["blocks"]) <= 100 and f"{58 - SHOWN} earlier changes are left out." in json.dumps(view)
