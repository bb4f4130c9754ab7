"""The rules of the house: whole words, in any script, and a required sentence however it is punctuated."""

import pytest

from bot.domain.house_rules import Rule, hits
from bot.domain.project import Style


def codes(text: str, style: Style) -> list[str]:
    return [hit.code for hit in hits(text, style)]


@pytest.mark.parametrize(
    ("phrase", "text", "found"),
    [
        ("cure", "It cures all.", "cures"),
        ("cure", "CURED ham", "CURED"),
        ("cure", "Curing takes a week.", "Curing"),
        ("remedy", "Old remedies", "remedies"),
        ("side effects", "without a side effect", "side effect"),
        ("best-selling", "our best selling lamp", "best selling"),
        ("must have", "a must-have", "must-have"),
        ("no side effects", "No  side\neffects!", "No  side\neffects"),
        ("安全", "この製品は安全です", "安全"),
        ("safe", "SAFEな椅子", "SAFE"),
        ("лечит", "Крем лечит всё", "лечит"),
        ("Ba\u0302le", "à Bâle", "Bâle"),
        ("straße", "in der STRASSE", "STRASSE"),
        ("cure", "cu\u00adre", "cu\u00adre"),
        ("obscu*", "obscurely lit", "obscurely"),
        ("C++", "written in c++ today", "c++"),
    ],
)
def test_a_forbidden_word_is_found_as_people_write_it(phrase: str, text: str, found: str) -> None:
    [hit] = hits(text, Style(never_say=(phrase,)))

    assert (hit.code, hit.words, text[hit.start : hit.end]) == (Rule.FORBIDDEN, found, found)


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("cure", "a secure, obscure manicure"),
        ("safe", "unsafe safety safest"),
        ("art", "party cart arty"),
        ("bar", "a barred window"),
        ("лечит", "вылечит"),
        ("", "anything"),
        ("  - ", "well-made"),
    ],
)
def test_a_forbidden_word_is_not_found_inside_another(phrase: str, text: str) -> None:
    assert hits(text, Style(never_say=(phrase,))) == ()


def test_of_two_forbidden_phrases_at_one_place_the_longer_is_told() -> None:
    [hit] = hits("It has no side effects.", Style(never_say=("side effects", "no side effects")))

    assert hit.words == "no side effects"


@pytest.mark.parametrize(
    "text",
    [
        "A lamp. — Harbour & Pine, made for ordinary days.",
        "HARBOUR & PINE -\nMade for  ordinary days",
        "Ours: harbour & pine; made for ordinary days!",
    ],
)  # fmt: skip
def test_a_required_sentence_may_be_punctuated_otherwise(text: str) -> None:
    assert hits(text, Style(always_say="— Harbour & Pine, made for ordinary days.")) == ()


def test_each_line_that_must_be_said_is_missed_by_itself() -> None:
    style = Style(always_say="Wipe clean.\n\nMade in Leeds.")

    [hit] = hits("A mug. Made in Leeds.", style)

    assert (hit.code, hit.words) == (Rule.MISSING_SENTENCE, "Wipe clean.")


def test_a_forbidden_word_inside_the_required_sentence_is_the_houses_own_business() -> None:
    style = Style(always_say="Keep in a safe place.", never_say=("safe",))

    assert codes("A knife. Keep in a safe place.", style) == []
    assert codes("A safe knife. Keep in a safe place.", style) == [Rule.FORBIDDEN]


def test_the_glossary_names_our_word_and_passes_over_it() -> None:
    style = Style(glossary=(("tee", "tee shirt"), ("colour", "color")))

    [hit] = hits("A tee shirt and a tee in one color", style)

    assert (hit.code, hit.start, hit.message) == (Rule.GLOSSARY, 18, "write “tee shirt”, not “tee”")


@pytest.mark.parametrize(("text", "code"), [("one two", Rule.TOO_SHORT), ("a b c d e f", Rule.TOO_LONG)])
def test_length_counts_words_that_hold_a_letter_or_digit(text: str, code: str) -> None:
    assert codes(text + " — · !", Style(min_words=3, max_words=5)) == [code]
    assert codes("one two — three", Style(min_words=3, max_words=3)) == []


def test_words_are_not_counted_where_a_script_has_no_blanks() -> None:
    assert codes("この製品はとても安全で使いやすいです", Style(min_words=30)) == []
