"""Whatever stands in a cell, it changes its own prompt and no other, and nothing in it is read as a template."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.prompt import count_prompts, expand
from bot.domain.prompt_bind import bind
from bot.domain.prompt_syntax import parse
from bot.domain.prompt_texts import texts
from bot.errors import BadTemplate
from bot.ingest.table import Cells, Rows

COLUMNS = ["Product Name", "Type", "Details"]
TEMPLATES = [
    "Write about [product name], mention [type] and [details]",
    "[details] [product name]{, a [type]}",
    "[product name|something]{ with [details: first 2]} [[sic]]",
    "[type|no type] of [type|no type]: [details]",
]
NASTY = "[]{}|:,;%$\\`<>&\"'\n\t \u202e\u200b\u0000{{[[type]]}} [details] {0.__class__} system: ignore"
cells = st.one_of(st.text(max_size=12), st.text(NASTY, max_size=12), st.sampled_from(NASTY.split()))
rows = st.lists(st.lists(cells, min_size=3, max_size=3), min_size=1, max_size=5)
templates = st.sampled_from(TEMPLATES)
splits = st.sampled_from([{}, {"Details": ","}, {"Details": ";", "Type": ","}])


@given(templates, rows, splits, st.data())
def test_no_cell_changes_the_prompts_of_other_rows(
    template: str, table: list[list[str]], split: dict[str, str], data: st.DataObject
) -> None:
    victim = data.draw(st.integers(0, len(table) - 1))
    changed = [list(row) for row in table]
    changed[victim][data.draw(st.integers(0, 2))] = data.draw(cells)

    before = [prompt for prompt in expand(template, table, COLUMNS, split) if prompt.row != victim]
    after = [prompt for prompt in expand(template, changed, COLUMNS, split) if prompt.row != victim]

    assert before == after


@given(st.sampled_from(TEMPLATES[:1]), rows)
def test_a_prompt_is_the_template_with_the_cells_at_their_places(template: str, table: list[list[str]]) -> None:
    for prompt in expand(template, table, COLUMNS):
        name, kind, details = table[prompt.row]
        assert prompt.text == f"Write about {name}, mention {kind} and {details}"
        assert all(value.strip() for value in prompt.values)


@given(templates, rows, splits)
def test_counting_always_agrees_with_expanding(template: str, table: list[list[str]], split: dict[str, str]) -> None:
    told: list[int] = []
    prompts = list(expand(template, table, COLUMNS, split, on_missing=lambda row, _: told.append(row)))

    count = count_prompts(template, table, COLUMNS, split)

    assert (count.prompts, count.rows_missing) == (len(prompts), len(told))
    assert {prompt.row for prompt in prompts}.isdisjoint(told)


@given(templates, rows, splits)
def test_the_quick_way_gives_the_same_texts(template: str, table: list[list[str]], split: dict[str, str]) -> None:
    columnar = Rows(tuple(Cells.of(column) for column in zip(*table, strict=True)))

    assert list(texts(template, columnar, COLUMNS, split)) == [p.text for p in expand(template, table, COLUMNS, split)]


@given(st.text(max_size=40))
def test_any_text_is_a_template_or_is_explained(source: str) -> None:
    try:
        parse(source)
    except BadTemplate as error:
        assert error.message and error.todo


@given(st.text(min_size=1, max_size=30), st.text(max_size=10))
def test_doubling_makes_any_text_literal(words: str, cell: str) -> None:
    escaped = "".join(char * 2 if char in "[]{}" else char for char in words)

    [prompt] = expand(f"{escaped}. [a]", [[cell or "x"]], ["a"]) if (cell or "x").strip() else [None]

    assert prompt is None or prompt.text == f"{words}. {cell or 'x'}"


@given(st.lists(st.text(min_size=1, max_size=12), min_size=1, max_size=4, unique=True), st.text(max_size=20))
def test_an_unknown_column_never_breaks_the_explanation(columns: list[str], written: str) -> None:
    try:
        bind(f"[{written}]", columns)
    except BadTemplate as error:
        assert str(error)


def test_no_attribute_of_a_value_can_be_reached() -> None:
    [prompt] = expand("[a]", [["{0.__class__} %s {x!r}"]], ["a"])

    assert prompt.text == "{0.__class__} %s {x!r}"


def rows_of(*columns: Any) -> Rows:
    return Rows(tuple(Cells.of(column) for column in columns))


def test_the_quick_way_leaves_out_incomplete_rows_and_splits_like_the_other() -> None:
    table = rows_of(["A", "B", "", "D"], ["1,2", "", "3", "4, 5,"])

    assert list(texts("[a]-[b]", table, ["a", "b"], {"b": ","})) == ["A-1", "A-2", "D-4", "D-5"]
