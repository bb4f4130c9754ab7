"""Tables keep every text once and give back what went in."""

from __future__ import annotations

import pickle

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bot.ingest.table import Cells, Rows

texts = st.text("ab ", max_size=2)
tables = st.lists(st.lists(texts, min_size=3, max_size=3), min_size=1, max_size=12)


def rows_of(table: list[list[str]]) -> Rows:
    return Rows(tuple(Cells.of(column) for column in zip(*table, strict=True)))


@given(tables)
def test_rows_come_back_as_they_went_in(table: list[list[str]]) -> None:
    rows = rows_of(table)

    assert list(rows) == table and [rows[place] for place in range(len(rows))] == table
    assert rows[1:] == table[1:] and rows[-1] == table[-1] and len(rows) == len(table)
    assert list(pickle.loads(pickle.dumps(rows))) == table  # noqa: S301


@given(tables, st.data())
def test_a_choice_of_rows_has_no_text_that_is_not_used(table: list[list[str]], data: st.DataObject) -> None:
    keep = np.array(data.draw(st.lists(st.integers(0, len(table) - 1), unique=True)), dtype=np.intp)
    column = [row[0] for row in table]

    chosen = Cells.of(column).rows(keep)

    assert chosen.texts() == [column[place] for place in keep]
    assert list(chosen.values) == list(dict.fromkeys(chosen.texts()))


@given(st.lists(texts, min_size=1))
def test_counts_are_in_order_of_appearance(column: list[str]) -> None:
    assert Cells.of(column).counts() == [(text, column.count(text)) for text in dict.fromkeys(column)]


@given(st.lists(texts, min_size=1))
def test_texts_that_become_equal_are_merged(column: list[str]) -> None:
    cells = Cells.of(column)

    stripped = cells.mapped([text.strip() for text in cells.values])

    assert stripped.texts() == [text.strip() for text in column]
    assert len(set(stripped.values)) == len(stripped.values)
