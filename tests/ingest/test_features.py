"""New columns are offered where most cells agree, and made beside the old ones."""

from __future__ import annotations

import pytest

from bot.ingest.features import attributes
from bot.ingest.read import read_table
from bot.ingest.table import ReadOptions, Table


def table(text: str, *extract: str) -> Table:
    return read_table(text.encode(), options=ReadOptions(extract=frozenset(extract)))


@pytest.mark.parametrize(
    ("cell", "amount", "currency"),
    [
        ("€ 1.299,00", "1.299,00", "€"), ("9.50 USD", "9.50", "USD"), ("352 AED", "352", "AED"),
        ("$5", "5", "$"), ("1'200.50 CHF", "1'200.50", "CHF"), ("1,980円", "1,980", "円"),
    ],
)  # fmt: skip
def test_a_price_gives_amount_and_currency_as_written(cell: str, amount: str, currency: str) -> None:
    found = table(f'name;Price\nLamp;"{cell}"\nDesk;"{cell}"\n', "amount:Price")

    assert found.columns == ("name", "Price", "Price amount", "Price currency")
    assert found.rows[0][1:] == [cell, amount, currency]


def test_a_measure_gives_number_and_unit() -> None:
    found = table("name,Weight\nLamp,1.5 kg\nDesk,20kg\nPin,3 g\n", "unit:Weight")

    assert found.column("Weight number") == ["1.5", "20", "3"] and found.column("Weight unit") == ["kg", "kg", "g"]


def test_keys_that_many_descriptions_have_become_columns() -> None:
    lines = ["name,Description"]
    lines += [f'Lamp {n},"<p>Nice: very.</p><ul><li>Material: oak {n}</li><li>Care: wipe</li></ul>"' for n in range(5)]
    lines += ["Desk,See https://x.example/a:b at 10:30", "Pin,Odd: once"]

    found = table("\n".join(lines), "all")

    assert {"Material", "Care"} <= set(found.columns) and "Odd" not in found.columns
    assert found.column("Material")[:2] == ["oak 0", "oak 1"] and found.column("Material")[-1] == ""


def test_nothing_is_added_without_a_wish_and_the_offer_shows_an_example() -> None:
    found = table("name,Price\nLamp,9 EUR\nDesk,20 EUR\n")

    assert found.columns == ("name", "Price")
    [offer] = found.profile.features
    assert (offer.name, offer.example, offer.done) == ("amount:Price", ("9 EUR", "9", "EUR"), False)


OTHERS = ["plain\n9.50\n20.00", "rate\n5%\n7%", "Product Name\nCarretera: red\nB: c\nB: d"]
CODES = "code\n" + "\n".join(f"{n}{chr(65 + n)}" for n in range(20))


@pytest.mark.parametrize("column", [*OTHERS, CODES])
def test_numbers_codes_percentages_and_names_offer_nothing(column: str) -> None:
    header, *cells = column.splitlines()
    lines = [f"{header};stock", *(f"{cell};{at}" for at, cell in enumerate(cells))]

    assert table("\n".join(lines)).profile.features == ()


def test_two_columns_with_the_same_keys_give_columns_with_different_names() -> None:
    rows = "\n".join(f"Lamp {n},color: red,color: blue" for n in range(4))

    found = table(f"name,facets,variant facets\n{rows}\n", "all")

    assert len(set(map(str.casefold, found.columns))) == len(found.columns) == 5


def test_addresses_and_times_are_no_attributes() -> None:
    assert attributes("see https://a.example: now\n10:30\nMaterial: oak") == [("Material", "oak")]


def test_a_wish_that_does_not_fit_is_passed_over() -> None:
    assert table("name,Price\nLamp,9\n", "amount:Price").columns == ("name", "Price")
