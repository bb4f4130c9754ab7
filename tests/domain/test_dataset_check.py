"""Findings in words for a busy person."""

from __future__ import annotations

from bot.domain.dataset_check import asks, kinds, words_of
from bot.preflight import RULES
from bot.preflight.rules import THE_TEXT, TOGETHER

FROM_PAIRS = {rule.code for rule in (*THE_TEXT, *TOGETHER)} | {"empty_content"}


def test_a_kind_is_a_sentence_with_its_figure() -> None:
    assert words_of("personal_data", ["It holds an e-mail address."] * 3) == "3 texts carry an e-mail address"
    assert words_of("personal_data", ["an e-mail address", "a card number"]) == "2 texts carry personal data"
    assert words_of("secret", ["a key"]) == "1 text holds a key or a password"


def test_every_finding_about_a_pair_has_words_of_its_own() -> None:
    assert all("_" not in words_of(code, ["x"]) and ":" not in words_of(code, ["x"]) for code in FROM_PAIRS)
    assert RULES.keys() >= FROM_PAIRS


def test_two_findings_in_one_text_are_one_text_and_what_cannot_train_comes_first() -> None:
    found = [("near_duplicate", "like it", 1, False), ("personal_data", "an e-mail address", 1, False),
             ("personal_data", "a card number", 1, False), ("special_tokens", "<|x|>", 2, False)]  # fmt: skip

    listed = kinds(found)

    assert [(kind.code, kind.open, kind.total) for kind in listed] == [
        ("special_tokens", 1, 1), ("personal_data", 1, 1), ("near_duplicate", 1, 1),
    ]  # fmt: skip
    assert [kind.blocks for kind in listed] == [True, False, False]
    assert not kinds([("special_tokens", "<|x|>", 2, True)])[0].blocks


def test_what_reviewers_saw_on_the_card_is_not_asked_again() -> None:
    assert not asks(["house_rule", "unsupported_claim"]) and not asks([])
    assert asks(["house_rule", "edge_blanks"])
