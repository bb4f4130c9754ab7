"""Pairs on their way into a dataset: each finding leads back to its pair, and says whether it mends itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.project import Style
from bot.errors import BotError
from bot.preflight import Finding, Options, Pair, apply_fix, can_fix, check_pairs
from tests.preflight.files import TEXTS, THINGS

PAIRS = [
    Pair(f"{at}:1", f"Describe the {thing}.", text) for at, (thing, text) in enumerate(zip(THINGS, TEXTS, strict=True))
]


def codes(findings: list[Finding]) -> list[tuple[str, str]]:
    return [(finding.key, finding.code) for finding in findings]


def only(pair: Pair, code: str) -> Finding:
    [found] = [finding for finding in check_pairs([pair]) if finding.code == code]
    return found


def test_good_pairs_have_no_findings() -> None:
    assert check_pairs(PAIRS) == []


def test_a_finding_leads_to_its_pair_and_to_the_other_one() -> None:
    twin = replace(PAIRS[4], key="99:2", answer=PAIRS[4].answer.replace("large", "big"))

    [found] = check_pairs([*PAIRS, twin])

    assert (found.key, found.other, found.code, found.line) == ("99:2", "4:1", "conflicting_answers", 13)


def test_what_no_source_says_is_pointed_at_only_where_there_are_sources() -> None:
    silk = Pair("7:1", "Describe the scarf.", "Pure silk, 180 cm long.")
    known = replace(silk, sources=("Scarf", "silk", "180 cm"))

    assert check_pairs([silk]) == [] and check_pairs([known]) == []
    claims = check_pairs([replace(silk, sources=("Scarf", "cotton"))])
    assert {finding.code for finding in claims} == {"unsupported_claim"} and len(claims) >= 2


def test_the_house_style_and_refused_origins_are_looked_at() -> None:
    pair = Pair("7:1", "Describe the scarf.", "A cheap scarf.", origin="slack_edit")

    found = check_pairs([pair], Options(style=Style(never_say=("cheap",))), refused_origins=["slack_edit"])

    assert codes(found) == [("7:1", "house_rule"), ("7:1", "origin")]


def test_what_is_held_out_may_not_be_among_the_rest() -> None:
    held_out = replace(PAIRS[4], key="99:1", held_out=True)

    assert codes(check_pairs([*PAIRS, held_out])) == [("4:1", "held_out_leak")]


def test_an_empty_text_is_found_before_anything_else() -> None:
    assert codes(check_pairs([Pair("7:1", "Describe the scarf.", " \n")])) == [("7:1", "empty_content")]


@pytest.mark.parametrize(
    ("answer", "code", "mended"),
    [
        (" Soft wool. \n", "edge_blanks", "Soft wool."),
        ("Soft\u0007 wool.", "control_characters", "Soft wool."),
        ("Soft wool.<|im_end|>", "special_tokens", "Soft wool."),
        ("[INST] Soft wool.", "template_markup", "Soft wool."),
        ("Soft wool for the cafÃ©.", "mojibake", "Soft wool for the café."),
    ],
)
def test_what_can_be_mended_by_rule_is(answer: str, code: str, mended: str) -> None:
    pair = Pair("7:1", "Describe the scarf.", answer)

    fixed = apply_fix(pair, only(pair, code))

    assert can_fix(code) and fixed is not None and fixed.answer == mended
    assert check_pairs([fixed]) == []


def test_what_only_a_person_can_mend_is_left_to_one() -> None:
    pair = Pair("7:1", "Describe the scarf.", "Buy the [product name] today.")

    assert not can_fix("placeholder")
    with pytest.raises(BotError, match="person"):
        apply_fix(pair, only(pair, "placeholder"))


def test_a_double_is_dropped_and_a_repeated_answer_kept() -> None:
    twins = check_pairs([*PAIRS, replace(PAIRS[0], key="9:9")])
    again = check_pairs(
        [*PAIRS, replace(PAIRS[0], key="9:9", prompt="Tell me all about that thing on the desk, please.")]
    )

    assert codes(twins) == [("9:9", "duplicate")] and apply_fix(PAIRS[0], twins[0]) is None
    assert codes(again) == [("9:9", "repeated_answer")] and apply_fix(PAIRS[0], again[0]) is PAIRS[0]
