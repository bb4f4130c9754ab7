"""What people decided about a file is kept, and carried to the next one as far as it fits."""

from __future__ import annotations

import json
from dataclasses import replace

from bot.domain.catalog_reading import EVERY_ROW, ReadOptions, for_next_version, for_slack, options_from, saved_options
from bot.domain.catalog_saved import restored, saved
from bot.ingest.read import read_text

WISHES = ReadOptions(
    sheet="B", member="a.csv", header_row=0, delimiter=";", encoding="cp932", skip_steps=frozenset({"trim"}),
    add_steps=frozenset({"html"}), product_key=EVERY_ROW, extract=frozenset({"amount:Price"}),
)  # fmt: skip


def test_options_survive_the_database() -> None:
    assert options_from(json.loads(json.dumps(saved_options(WISHES)))) == WISHES
    assert saved_options(ReadOptions()) == {} and options_from({"pasted": True, "roles": {}}) == ReadOptions()


def test_in_slack_products_are_folded_and_repetitions_left_out_unless_somebody_said_no() -> None:
    assert for_slack(ReadOptions()).fold and "duplicate_rows" in for_slack(ReadOptions()).add_steps
    refused = ReadOptions(skip_steps=frozenset({"duplicate_rows"}))
    assert "duplicate_rows" not in for_slack(refused).add_steps


def test_the_next_file_is_cleaned_alike_and_laid_out_as_it_is() -> None:
    carried = for_next_version(WISHES)

    assert (carried.skip_steps, carried.extract, carried.product_key) == (WISHES.skip_steps, WISHES.extract, EVERY_ROW)
    assert (carried.sheet, carried.header_row, carried.encoding) == (None, None, None)


def test_the_same_layout_is_told_from_another() -> None:
    assert WISHES.laid_out_as(replace(WISHES, product_key="SKU", extract=frozenset()))
    assert not WISHES.laid_out_as(replace(WISHES, header_row=2))


def test_a_profile_survives_the_database_with_what_was_folded_and_offered() -> None:
    text = "Handle,Title,Option1 Value,Variant Price\nlamp,Lamp,S,9 EUR\nlamp,,L,10 EUR\ndesk,Desk,,90 EUR\n"
    profile = read_text(text, options=ReadOptions(fold=True)).profile

    assert profile.folding is not None and profile.features
    assert restored(json.loads(json.dumps(saved(profile)))) == profile
