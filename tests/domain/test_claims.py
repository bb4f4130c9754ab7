"""Claims: what no cell says is found, what a cell says in other words is let through."""

import csv
from pathlib import Path

import pytest

from bot.domain.claims import unsupported

SAMPLE = Path(__file__).parents[2] / "bot/demo/samples/harbour_and_pine.csv"


def found(text: str, *sources: str) -> list[tuple[str, str]]:
    return [(str(claim.kind), claim.words) for claim in unsupported(text, sources)]


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("1.5 kg", "1,5kg"),
        ("1.5 kg", "1.50 kg"),
        ("1500 g", "Weight: 1.5 kg"),
        ("1,500 pieces", "1.500 pcs"),
        ("1 500 pieces", "1500"),
        ("0.5 l", "500 ml"),
        ("12 in wide", "30.5 cm"),
        ("a two-year guarantee", "2 years warranty"),
        ("two years", "Warranty (years): 2"),
        ("5 years", "five years"),
        ("$25", "25.00"),
        ("30 °C", "wash at 30°C"),
        ("7 days", "007"),
        ("wooden", "oak"),
        ("a wool jumper", "100 % merino"),
        ("aluminium", "aluminum"),
        ("steel", "stainless-steel"),
        ("water resistant", "waterproof to 30 m"),
        ("dishwasher safe", "Dishwasher-Safe: yes"),
        ("eco-friendly", "sustainable bamboo"),
        ("not waterproof", "a lamp"),
        ("keeps them safe", "a box"),
        ("Not intended to treat, cure or prevent any disease.", "tea"),
        ("Silver grey, a glass of wine", "vase"),
        ("The XR500 lamp", "Lamp XR500"),
        ("all-in-one", "lamp"),
    ],
)
def test_what_a_source_says_in_other_words_is_let_through(text: str, source: str) -> None:
    assert found(text, source) == []


@pytest.mark.parametrize(
    ("text", "source", "claims"),
    [
        ("holds 500 ml", "0.7 l", [("figure", "500 ml")]),
        ("holds 500 ml", "500 g", [("unit", "500 ml")]),
        ("2 years", "three years", [("figure", "2 years")]),
        ("for twelve months", "lamp", [("figure", "twelve months")]),
        ("since 1987", "lamp", [("figure", "1987")]),
        ("stainless steel", "steel", [("material", "stainless steel")]),
        ("an oak frame", "wooden", [("material", "oak")]),
        ("a solid silver spoon", "a spoon, silver", [("material", "solid silver")]),
        ("pure Cotton", "linen", [("material", "Cotton")]),
        ("waterproof", "water resistant", [("claim", "waterproof")]),
        ("waterproof", "not waterproof", [("claim", "waterproof")]),
        ("It cures, with no side effects", "tea", [("claim", "cures"), ("claim", "no side effects")]),
        ("Certified organic", "tea", [("claim", "Certified"), ("claim", "organic")]),
        ("guaranteed", "tea", [("claim", "guaranteed")]),
        ("dishwasher safe", "safe", [("claim", "dishwasher safe")]),
    ],
)  # fmt: skip
def test_what_no_source_says_is_found_with_its_kind(text: str, source: str, claims: list[tuple[str, str]]) -> None:
    assert found(text, source) == claims


def test_places_are_those_of_the_text_as_written() -> None:
    text = "FIne ½ İstanbul: 500\u00a0ml of Straße, safe"

    assert [text[claim.start : claim.end] for claim in unsupported(text, [])] == ["500\u00a0ml", "safe"]


def test_a_text_supports_itself() -> None:
    text = "A 1.234,50 kg oak chest, f1.4, 2-in-1, 10x20x30 cm, $5, 100% cotton, never organic, safe for 3 years."

    assert found(text, text) == []


def test_the_house_texts_of_the_sample_catalog_hardly_raise_an_alarm() -> None:
    with SAMPLE.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["Our description"].strip()]

    marked = [row for row in rows if unsupported(row["Our description"], [*list(row.values())[:-1], "Harbour & Pine"])]

    assert len(rows) >= 30 and len(marked) <= len(rows) // 10
