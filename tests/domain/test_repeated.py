"""Hints that come again and again."""

import pytest

from bot.domain.project import Style
from bot.domain.repeated import Said, free_words, is_alike, repeated, with_hint


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Mention the handle", "please mention the handle!"),
        ("shorter", "Shorter."),
        ("make it shorter please", "shorter"),
        ("Do not say luxury", "do not say luxury "),
    ],
)
def test_hints_that_wish_for_the_same(one: str, other: str) -> None:
    assert is_alike(one, other)


@pytest.mark.parametrize(
    ("one", "other"), [("shorter", "longer"), ("mention the handle", "mention the lid"), ("", ""), ("!", "?")]
)
def test_hints_that_do_not(one: str, other: str) -> None:
    assert not is_alike(one, other)


def test_three_times_is_often_and_names_the_first_and_the_people() -> None:
    said = [Said("c1", "UANA", "Mention the handle"), Said("c2", "UBEN", "Shorter"),
            Said("c3", "UBEN", "mention handle"), Said("v4", "UANA", "please mention the handle")]  # fmt: skip

    again = repeated("mention the handle", said)

    assert again is not None and (again.ref, again.times, again.people) == ("c1", 3, ("UANA", "UBEN"))
    assert repeated("Shorter", said) is None


def test_ticked_reasons_are_not_free_words() -> None:
    assert free_words("Too long; Not our tone; says brass", ("Too long", "Not our tone")) == "says brass"


def test_a_hint_becomes_a_word_not_to_say_or_a_sentence_of_the_tone() -> None:
    style = Style(tone="Warm", never_say=("cheap",))

    assert with_hint(style, "Don't say “luxury”, please").never_say == ("cheap", "luxury")
    assert with_hint(style, "never use the word perfect").never_say == ("cheap", "perfect")
    assert with_hint(style, "mention the handle.").tone == "Warm. mention the handle"
    assert with_hint(Style(tone="Warm. Mention the handle"), "mention the handle") == Style(
        tone="Warm. Mention the handle"
    )
