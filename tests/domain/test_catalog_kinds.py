"""A column's kind is an opinion about its cells."""

from __future__ import annotations

import pytest

from bot.domain.catalog import profile_column
from bot.domain.catalog_kinds import Kind, kind_of_value


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("00042", Kind.NUMBER),
        ("-2", Kind.NUMBER),
        ("1,234.50", Kind.NUMBER),
        ("11,361,40", Kind.NUMBER),
        ("65 %", Kind.NUMBER),
        ("1e3", Kind.NUMBER),
        ("€ 9.50", Kind.NUMBER),
        ("352 AED", Kind.TEXT),
        ("2026-11-22", Kind.DATE),
        ("22/11/2026", Kind.DATE),
        ("29-APR-2015", Kind.DATE),
        ("2025-01-02T03:04:05.000Z", Kind.DATE),
        ("1-2", Kind.TEXT),
        ("true", Kind.BOOL),
        ("https://a.b/c?d=e", Kind.URL),
        ("<p>Hi</p>", Kind.HTML),
        ("a < b", Kind.TEXT),
        ('["a"]', Kind.OBJECT),
        ("[a", Kind.TEXT),
        ("Lamp", Kind.TEXT),
        ("NA", Kind.TEXT),
    ],
)
def test_the_kind_of_a_cell(value: str, kind: Kind) -> None:
    assert kind_of_value(value) is kind


def test_nine_of_ten_cells_must_agree() -> None:
    numbers = [(str(n), 1) for n in range(9)]

    assert profile_column("a", [*numbers, ("x", 1)]).kind is Kind.NUMBER
    assert profile_column("a", [*numbers, ("x", 2)]).kind is Kind.TEXT


def test_a_column_of_descriptions_with_some_tags_is_html() -> None:
    assert profile_column("Body", [("<p>a</p>", 4), ("plain", 6)]).kind is Kind.HTML


def test_a_column_without_values_is_text() -> None:
    column = profile_column("a", [("", 7)])

    assert (column.kind, column.missing, column.distinct, column.examples) == (Kind.TEXT, 7, 0, ())
