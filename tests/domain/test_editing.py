"""Long texts in parts: nothing is lost between taking apart and putting together."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.editing import PART, joined, parts_of, reject_reasons
from bot.domain.review import EDIT_TEXT
from bot.errors import BadForm

WORDS = st.lists(st.sampled_from(["word", "\n\n", "\n", " ", "安全", "a" * 50, ". "]), max_size=400)


@given(WORDS.map(lambda words: "".join(words * 5)))
def test_parts_make_the_same_text_again_and_fit_their_boxes(text: str) -> None:
    parts = parts_of(text)

    assert joined(parts) == text.rstrip()
    assert all(len(part.text) <= EDIT_TEXT for part in parts)


def test_a_text_that_fits_is_one_part_and_a_long_one_is_parted_at_a_paragraph() -> None:
    assert len(parts_of("a" * EDIT_TEXT)) == 1
    paragraph = "word " * 300
    parts = parts_of("\n\n".join([paragraph.strip()] * 4))
    assert [part.joint for part in parts] == ["paragraph", "paragraph", "paragraph", "none"]


def test_a_text_without_blanks_is_parted_all_the_same() -> None:
    assert [len(part.text) for part in parts_of("a" * 5000)] == [PART, PART, 200]


def test_an_emptied_part_takes_its_gap_along() -> None:
    parts = parts_of("\n\n".join(["word " * 400 + "end."] * 3))
    emptied = (parts[0], dataclasses.replace(parts[1], text=""), *parts[2:])

    assert joined(emptied) == parts[0].text + "\n\n" + parts[2].text


def test_reasons_are_told_apart_and_bounded() -> None:
    assert reject_reasons(["Too long", "", "Too long", "Not ours"]) == ("Too long", "Not ours")
    with pytest.raises(BadForm, match="Up to 10"):
        reject_reasons(map(str, range(11)))
    with pytest.raises(BadForm, match="longer than 75"):
        reject_reasons(["x" * 76])
