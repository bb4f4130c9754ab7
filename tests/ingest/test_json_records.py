"""JSON in the shapes that catalogs come in."""

from __future__ import annotations

import pytest

from bot.errors import BadCatalog
from bot.ingest.limits import Limits
from bot.ingest.read import read_table
from bot.ingest.table import Table

A = '{"name": "Lamp", "price": 1.50}'
B = '{"name": "Desk", "price": 20}'


def table(text: str) -> Table:
    return read_table(text.encode())


@pytest.mark.parametrize(
    "text",
    [
        f"[{A}, {B}]",
        f'{{"status": "ok", "data": {{"page": 1, "items": [{A}, {B}]}}}}',
        '{"name": ["Lamp", "Desk"], "price": [1.50, 20]}',
        '{"name": {"0": "Lamp", "1": "Desk"}, "price": {"0": 1.50, "1": 20}}',
        '{"columns": ["name", "price"], "index": [0, 1], "data": [["Lamp", 1.50], ["Desk", 20]]}',
        '[["name", "price"], ["Lamp", 1.50], ["Desk", 20]]',
        f"{A}\n{B}\n",
        f"\n{A}\r\n  \r\n{B}",
        f"\ufeff[{A},\n {B}]",
    ],
)
def test_every_usual_shape_gives_the_same_table(text: str) -> None:
    found = table(text)

    assert found.columns == ("name", "price")
    assert list(found.rows) == [["Lamp", "1.50"], ["Desk", "20"]]
    assert found.profile.verdict == "accept"


def test_records_by_key_keep_their_key() -> None:
    found = table(f'{{"sku-1": {A}, "sku-2": {B}}}')

    assert found.columns == ("key", "name", "price") and found.column("key") == ["sku-1", "sku-2"]


def test_objects_glued_together_are_taken_apart_and_told() -> None:
    found = table(A + B + "\n" + A)

    assert len(found.rows) == 3 and "same line" in found.profile.warnings[0]


def test_missing_keys_null_and_empty_lists_are_empty_cells() -> None:
    found = table('[{"a": 1, "b": null}, {"a": 2, "c": []}, {"a": 0, "b": false, "c": ""}]')

    assert list(found.rows) == [["1", "", ""], ["2", "", ""], ["0", "false", ""]]


def test_nested_values_stay_json_with_numbers_as_written() -> None:
    found = table('[{"a": {"w": 1.50, "t": ["x", {"n": 12345678901234567890}]}}, {"a": ["é"]}]')

    assert found.column("a") == ['{"w":1.50,"t":["x",{"n":12345678901234567890}]}', '["é"]']


def test_half_a_surrogate_and_nul_do_not_survive() -> None:
    found = table('[{"a": "x\\ud83dy", "b": {"c": "\\ud83d"}}, {"a": "x\\u0000y", "b": 1}]')

    assert found.column("a") == ["xy", "xy"]
    "".join(found.column("b")).encode()


def test_a_field_named_twice_is_told() -> None:
    found = table('[{"a": 1, "a": 2}, {"a": 3}]')

    assert found.column("a") == ["2", "3"] and "twice" in found.profile.warnings[0]


def test_a_line_separator_inside_a_text_cuts_nothing() -> None:
    assert table('{"a": "x\u2028y"}\n{"a": "z"}\n').column("a") == ["x\u2028y", "z"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[]", "empty"),
        ("[1, 2]", "not records"),
        ('{"a": []}', "no list of products"),
        ('[{"a": 1}, {"a"', "line 1, character"),
        ('{"a": 1}\n{"a": \n', "Line 2"),
        ("[" * 100_000, "nesting"),
        ("[" + '{"a":' * 100_000, "nesting"),
        ('[{"a": ' + "[" * 70 + "1" + "]" * 70 + "}]", "nesting"),
        ("[{}, {}]", "no fields"),
    ],
)
def test_what_is_no_catalog_is_explained(text: str, words: str) -> None:
    with pytest.raises(BadCatalog, match=words):
        table(text)


def test_too_many_records_and_fields_are_refused_by_name() -> None:
    with pytest.raises(BadCatalog, match="'rows'"):
        read_table(f"[{A},{B}]".encode(), limits=Limits(rows=1))
    with pytest.raises(BadCatalog, match="'columns'"):
        read_table(f"[{A},{B}]".encode(), limits=Limits(columns=1))
