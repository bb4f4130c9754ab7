"""Marks as people read them: in one compact block, in the text itself, and by ear."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from bot.domain.marks import CUT_SHORT, Mark, MarkKind, marks_of
from bot.domain.project import Style
from bot.views import marks as views
from bot.views.ids import Action
from bot.views.review import sample_card
from tests.views.test_review import CARD, buttons, words

TEXT = "An oak mug & a cure; holds 500 ml."
STYLE = Style(never_say=("cure",), max_words=5)


def lines(marks: tuple[Mark, ...]) -> list[str]:
    [block] = views.marks_block(marks)
    said: str = block["elements"][0]["text"]
    return said.splitlines()


def test_each_kind_of_mark_is_one_line_in_words() -> None:
    marks = marks_of(TEXT, sources=["500 g"], style=STYLE, finish_reason=CUT_SHORT)

    assert lines(marks) == [
        ":scissors: Cut off: It stops at the length limit, so its end is missing.",
        ":no_entry: House rule: “cure” must not be said · 8 words, at most 5 wanted",
        ":mag: Check: *oak* stands in no cell of this product.",
        ":mag: Check: *500 ml* stands in its cells with another unit.",
    ]


def test_many_marks_are_counted_and_hostile_words_are_no_markup() -> None:
    marks = tuple(Mark(MarkKind.UNSUPPORTED, f"<!here> *{n}*") for n in range(9))

    [line] = lines(marks)

    assert line.startswith(":mag: Check: *&lt;!here&gt; 0*, *&lt;!here&gt; 1*") and "and 4 more stand in no" in line
    assert views.marks_block(()) == []


def test_marked_places_are_bold_and_the_text_stays_as_it_is() -> None:
    marks = marks_of(TEXT, sources=[], style=STYLE)

    runs = views.marked_quote(TEXT, marks)["elements"][0]["elements"]

    assert "".join(run["text"] for run in runs) == TEXT
    assert [run["text"] for run in runs if run.get("style") == {"bold": True}] == ["oak", "cure", "500 ml"]


def test_marks_across_the_parts_of_a_long_text_lose_nothing() -> None:
    text = "word " * 60
    blocks = views.marked_parts(text, (Mark(MarkKind.HOUSE_RULE, "", "", 95, 108),), size=100, most=9)

    runs: list[dict[str, Any]] = [run for block in blocks for run in block["elements"][0]["elements"]]
    assert "".join(run["text"] for run in runs) == text
    assert "".join(run["text"] for run in runs if run.get("style")) == text[95:108]


def test_a_card_says_its_marks_to_eye_and_ear() -> None:
    marks = marks_of(CARD.text + " Safe.", sources=[], style=Style(never_say=("tray",)))
    message = sample_card(replace(CARD, text=CARD.text + " Safe.", marks=marks))

    assert "*Safe* stands in no cell" in words(message)
    assert "House rule: “tray” must not be said. Check: Safe stands in no cell of this product. A tray" in message.text


def test_a_text_written_again_stands_below_the_old_one_with_the_way_back() -> None:
    message = sample_card(replace(CARD, was="An <old> text.", was_id=6, hint="shorter & *bold*"))

    said = words(message)
    assert said.index("*Was*") < said.index("An <old> text.") < said.index("*Is now*") < said.index(CARD.text)
    assert "hint: “shorter &amp; *bold*”" in said
    accessory = next(block["accessory"] for block in message.blocks if "accessory" in block)
    assert (accessory["action_id"], accessory["value"]) == (Action.REVIEW_KEEP_OLD, "7:2")
    assert Action.REVIEW_APPROVE in buttons(message.blocks)


def test_the_largest_card_with_everything_stays_within_a_message() -> None:
    marks = tuple(Mark(MarkKind.UNSUPPORTED, "w" * 200, "", n * 30, n * 30 + 9) for n in range(60))
    rules = tuple(Mark(MarkKind.HOUSE_RULE, "", "m" * 300 + str(n)) for n in range(20))
    facts = tuple((f"f{n}" * 5, "v" * 3_000) for n in range(8))
    message = sample_card(
        replace(CARD, text="t" * 9_000, was="o" * 9_000, hint="h" * 500, marks=(*marks, *rules), facts=facts)
    )

    assert sum(len(text) for text in texts_in(message.blocks)) < 9_000
    assert len(message.text) <= 4_000 and len(json.dumps(message.blocks)) < 16_000


def texts_in(part: Any) -> list[str]:
    """Every text of some blocks, as Slack counts them."""
    if isinstance(part, dict):
        own = [part["text"]] if isinstance(part.get("text"), str) else []
        return own + [text for value in part.values() for text in texts_in(value)]
    return [text for one in part for text in texts_in(one)] if isinstance(part, list) else []
