"""The columns that a first template needs are recognised by their headers."""

from __future__ import annotations

import pytest

from bot.domain.catalog import profile_column
from bot.domain.catalog_roles import guess_roles

LONG = "A bright little lamp that you will not want to switch off, ever again."


def roles(*columns: tuple[str, str]) -> tuple[str | None, ...]:
    found = guess_roles([profile_column(name, [(value, 1)]) for name, value in columns], rows=1)
    return found.product_name, found.type, found.details, found.existing_text


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ([("Product Name", "Lamp"), ("Type", "light"), ("Details", "red")], ("Product Name", "Type", "Details")),
        ([("id", "1"), ("title", "Lamp"), ("category", "light"), ("tags", "red")], ("title", "category", "tags")),
        ([("Kategorie", "Licht"), ("Bezeichnung", "Lampe"), ("Farbe", "rot")], ("Bezeichnung", "Kategorie", None)),
        ([("品名", "牛乳"), ("区分", "飲料"), ("規格", "1L")], ("品名", "区分", "規格")),
        ([("Medicine status", "ok"), ("Name of medicine", "X")], ("Name of medicine", None, None)),
        ([("DrugName", "X"), ("Form", "gel")], ("DrugName", "Form", None)),
    ],
)
def test_name_type_and_details(columns: list[tuple[str, str]], expected: tuple[str | None, ...]) -> None:
    assert roles(*columns)[:3] == expected


def test_a_written_description_is_offered_as_existing_text() -> None:
    columns = [("Name", "Lamp"), ("Description", LONG), ("Our description", LONG)]

    assert roles(*columns)[3] == "Our description"


def test_a_short_text_is_no_written_description() -> None:
    assert roles(("Name", "Lamp"), ("Description", "bright"))[3] is None


def test_without_telling_headers_the_most_different_text_is_the_name() -> None:
    columns = [profile_column("column_1", [("1", 1), ("2", 1)]), profile_column("column_2", [("Lamp", 1), ("Bed", 1)])]

    assert guess_roles(columns, rows=2).product_name == "column_2"
