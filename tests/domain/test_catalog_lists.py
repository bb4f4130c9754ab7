"""Columns with several values are recognised, and commas in names and prose are not taken for lists."""

from __future__ import annotations

import pytest

from bot.domain.catalog import describe_list, profile_column
from bot.domain.catalog_lists import split_values


def separator(header: str, *values: str) -> str | None:
    return profile_column(header, [(value, 1) for value in values]).multi_value


@pytest.mark.parametrize(
    ("header", "values", "expected"),
    [
        ("Details", ("tablets,syrup", "injection,tablets"), ","),
        ("Substance", ("a;b", "c", "d"), ";"),
        ("Labels", ("a | b", "c | d | e"), " | "),
        ("facets", ("color:red|size:L", "color:blue"), "|"),
        ("Sizes", ("S, M, L", "M"), ","),
        ("Colour", ("red, blue", "blue", "red"), ","),
        ("材料", ("木、铁", "铁"), "、"),
        ("tags", ('["a","b"]', '["c"]'), "json"),
        ("Pictures", ("http://a.b/1.png, http://a.b/2.png", "http://a.b/1.png"), ","),
    ],
)
def test_lists_are_recognised(header: str, values: tuple[str, ...], expected: str) -> None:
    assert separator(header, *values) == expected


@pytest.mark.parametrize(
    ("header", "values"),
    [
        ("Name", ("Hoodie - Red, No", "Hoodie - Green, No", "Hoodie - Blue, Yes", "Hoodie")),
        ("Holder", ("Zentiva, k.s.", "Novo, Inc.", "Acme, Inc.", "Bayer AG")),
        ("Description", ("Soft, warm and light. Made in Italy; washable.", "A lamp; it is bright. Very nice, too.")),
        ("Price", ("1,50", "2,75", "3,20")),
        ("Size", ("1,5 x 2,5", "2,5 x 3")),
        ("Category", ("Clothing > Tops", "Clothing > Hats")),
        ("Group", ("LS - ANALG. (A, B, C)", "OTHER (D, E)")),
        ("Area", ("Arthritis, Psoriatic", "Crohn Disease", "Anemia, Aplastic")),
        ("Title", ("Lamp | Desk light", "Chair", "Table", "Bed", "Rug")),
        ("Empty", ()),
    ],
)
def test_single_values_are_left_alone(header: str, values: tuple[str, ...]) -> None:
    assert separator(header, *values) is None


def test_values_are_trimmed_and_empty_ones_dropped() -> None:
    assert split_values(" a ;; b\u00a0; ", ";") == ["a", "b"]


def test_brackets_are_not_taken_apart() -> None:
    assert split_values("A (B; C); D", ";") == ["A (B; C)", "D"]


def test_arrays_are_taken_apart_and_their_objects_stay_json() -> None:
    assert split_values('["a", {"b": 1}, null, ""]', "json") == ["a", '{"b": 1}']
    assert split_values("[broken", "json") == ["[broken"]


def test_a_list_column_tells_how_many_texts_it_gives() -> None:
    counts = [("tablets,syrup", 1), ("gel", 2), ("", 5)]
    column = profile_column("Details", counts)

    described = describe_list(profile_column("Details", [("tablets,syrup", 1), ("syrup", 1)]), counts)

    assert (described.rows, described.texts, described.example) == (3, 4, ("tablets", "syrup"))
    assert column.missing == 5 and column.distinct == 2
