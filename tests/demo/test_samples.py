"""The samples keep the promises that the tour makes about them."""

import csv
import json
import re
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeAlias, TypedDict

import pytest

SAMPLES = Path(__file__).parents[2] / "bot" / "demo" / "samples"
COLUMNS = ["SKU", "Product Name", "Type", "Details", "Material", "Price", "Supplier", "Our description"]
TEMPLATE_COLUMNS = ("Product Name", "Type", "Details")
SIGN_OFF = "— Harbour & Pine, made for ordinary days."
SKELETON = re.compile(
    r"Meet the (?P<name>[^.\n]+)\. (?P<middle>(?:An? |This |Here is an? )[^\n]+\.)\n"
    r"Fond of: (?P<fond>[^·\n]+ · [^·\n]+ · [^·\n]+)\n" + re.escape(SIGN_OFF)
)
CLAIMS = re.compile(
    r"\b(safe|safety|health\w*|hygien\w*|cure\w*|heal\w*|guarantee\w*|waterproof|fireproof|non-toxic)\b", re.I
)

Row: TypeAlias = dict[str, str]


class HouseStyle(TypedDict):
    language: str
    tone: str
    length_words: list[int]
    always_say: list[str]
    never_say: list[str]
    example_texts: list[str]


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    with (SAMPLES / "harbour_and_pine.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def described(rows: list[Row]) -> list[Row]:
    return [row for row in rows if row["Our description"]]


@pytest.fixture(scope="module")
def style() -> HouseStyle:
    loaded: HouseStyle = json.loads((SAMPLES / "house_style.json").read_text(encoding="utf-8"))
    return loaded


def values_of(row: Row) -> list[str]:
    return row["Details"].split("; ")


def fond_items(text: str) -> list[str]:
    found = SKELETON.fullmatch(text)
    assert found, text
    return found["fond"].split(" · ")


def thought_of(row: Row) -> str:
    """What a text says after naming its facts."""
    return row["Our description"].split("\n")[0].split(row["Details"], 1)[1]


def word_counts(text: str) -> tuple[int, int]:
    """Words as a person counts them, and as `split()` does with its lone dashes and dots: limits hold for both."""
    return len(re.findall(r"[\w'-]*\w", text)), len(text.split())


def test_sixty_products_in_eight_columns_forty_of_them_described(rows: list[Row], described: list[Row]) -> None:
    assert [list(row) for row in rows] == [COLUMNS] * 60
    assert len(described) == 40


def test_no_cell_is_empty_padded_or_left_over_except_the_missing_descriptions(rows: list[Row]) -> None:
    for row in rows:
        assert all(row[column] == row[column].strip() != "" for column in COLUMNS[:-1]), row


def test_every_number_and_name_is_unique(rows: list[Row]) -> None:
    for column in ("SKU", "Product Name"):
        assert len({row[column].casefold() for row in rows}) == 60


def test_numbers_keep_leading_zeros_and_prices_two_decimals(rows: list[Row]) -> None:
    for row in rows:
        assert re.fullmatch(r"00\d{4}", row["SKU"])
        assert re.fullmatch(r"[1-9]\d*\.\d{2}", row["Price"])


def test_the_tour_template_gives_sixty_six_different_prompts(rows: list[Row]) -> None:
    prompts = {
        f"Write a description of {row['Product Name']}, mention {row['Type']} and {value}"
        for row in rows
        for value in values_of(row)
    }

    assert len(prompts) == 66


def test_an_existing_text_never_has_to_choose_between_several_details(rows: list[Row], described: list[Row]) -> None:
    several = [row for row in rows if len(values_of(row)) > 1]

    assert len(several) == 6
    assert not any(row in described for row in several)


def test_facts_are_short_phrases_without_separators_of_their_own(rows: list[Row]) -> None:
    for row in rows:
        for fact in (row["Type"], *values_of(row)):
            assert re.fullmatch(r"[\w-]+( [\w-]+){0,2}", fact), fact


def test_described_and_open_products_are_mixed_through_the_file(rows: list[Row]) -> None:
    open_lines = [index for index, row in enumerate(rows) if not row["Our description"]]

    assert max(later - earlier for earlier, later in pairwise(open_lines)) <= 4


def test_every_text_follows_the_skeleton_with_its_facts_word_for_word(described: list[Row]) -> None:
    for row in described:
        found = SKELETON.fullmatch(row["Our description"])
        assert found, row["Our description"]
        assert found["name"] == row["Product Name"]
        assert row["Type"] in found["middle"]
        assert row["Details"] in found["middle"]


def test_every_text_stays_within_the_house_length(described: list[Row], style: HouseStyle) -> None:
    shortest, longest = style["length_words"]
    assert (shortest, longest) == (30, 45)
    for text in [*(row["Our description"] for row in described), *style["example_texts"]]:
        assert all(shortest <= count <= longest for count in word_counts(text)), (word_counts(text), text)


def test_no_text_invents_a_number(described: list[Row]) -> None:
    for row in described:
        facts = " ".join(row[column] for column in TEMPLATE_COLUMNS)
        assert set(re.findall(r"\d+", row["Our description"])) <= set(re.findall(r"\d+", facts)), row["SKU"]


def test_no_text_gives_away_a_column_that_the_template_does_not_send(described: list[Row]) -> None:
    for row in described:
        told = row["Our description"].removesuffix(SIGN_OFF)
        sent = " ".join(row[column] for column in TEMPLATE_COLUMNS)
        assert row["Supplier"] not in told
        assert row["Material"] in sent or not re.search(rf"\b{row['Material']}\b", told), row["SKU"]


def test_every_text_has_a_thought_and_a_fondness_of_its_own(described: list[Row]) -> None:
    thoughts = Counter(thought_of(row) for row in described)
    fondnesses = Counter(item.casefold() for row in described for item in fond_items(row["Our description"]))

    assert [thought for thought, count in thoughts.items() if count > 1] == []
    assert [item for item, count in fondnesses.items() if count > 1] == []


def test_no_text_makes_a_claim_or_uses_a_word_the_house_avoids(described: list[Row], style: HouseStyle) -> None:
    for row in described:
        text = row["Our description"]
        assert not CLAIMS.search(text), text
        assert not any(word.casefold() in text.casefold() for word in style["never_say"]), text


def test_texts_use_plain_letters_and_the_two_marks_of_the_house(described: list[Row]) -> None:
    assert {letter for row in described for letter in row["Our description"] if not letter.isascii()} == {"—", "·"}


def test_the_house_style_shows_the_voice_on_products_outside_the_catalog(rows: list[Row], style: HouseStyle) -> None:
    names = {row["Product Name"] for row in rows}
    examples = [SKELETON.fullmatch(text) for text in style["example_texts"]]

    assert style["language"] == "English"
    assert style["always_say"] == [SIGN_OFF]
    assert len(examples) == 2
    assert all(found and found["name"] not in names for found in examples)


def test_kitchen_parts_are_twelve_objects_of_one_shape() -> None:
    parts: list[dict[str, Any]] = json.loads((SAMPLES / "kitchen_parts.json").read_text(encoding="utf-8"))

    assert len(parts) == len({part["part_number"] for part in parts}) == len({part["name"] for part in parts}) == 12
    assert {tuple(part) for part in parts} == {("part_number", "name", "type", "details", "fits", "price")}
    assert sum(len(part["details"]) for part in parts) == 18
    assert all(isinstance(part["details"], list) and part["part_number"].startswith("00") for part in parts)


def test_the_seed_table_is_the_one_everybody_quotes() -> None:
    assert (SAMPLES / "seed.txt").read_text(encoding="utf-8").splitlines() == [
        "Product Name | Type | Details |",
        "Paracetamol | Generic Drug | tablets,syrup |",
        "Doxycycline | Antibiotic | injection,tablets |",
    ]
