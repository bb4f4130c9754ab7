"""Whatever stands in a cell, it changes its own prompt and no other, and nothing in it is read as a template."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.catalog_lists import split_values
from bot.domain.dataset import chat_messages
from bot.domain.project import Style
from bot.domain.prompt import LIST_JOIN, count_all, count_prompts, expand
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


def rendered(place: int, name: str, kind: str, details: str) -> str:
    """What each of the templates is to say, written down by hand."""
    two = LIST_JOIN.join(split_values(details, ",")[:2])
    return [
        f"Write about {name}, mention {kind} and {details}",
        f"{details} {name}" + (f", a {kind}" if kind.strip() else ""),
        (name if name.strip() else "something") + (f" with {two}" if two.strip() else "") + " [sic]",
        f"{kind if kind.strip() else 'no type'} of {kind if kind.strip() else 'no type'}: {details}",
    ][place]


@given(st.integers(0, 3), rows)
def test_a_cell_stands_at_its_placeholders_as_it_is_and_nothing_in_it_is_read(
    place: int, table: list[list[str]]
) -> None:
    for prompt in expand(TEMPLATES[place], table, COLUMNS):
        assert prompt.text == rendered(place, *table[prompt.row])


@given(rows, splits, st.data())
def test_with_several_templates_no_cell_changes_the_prompts_of_other_products_in_any_of_them(
    table: list[list[str]], split: dict[str, str], data: st.DataObject
) -> None:
    victim = data.draw(st.integers(0, len(table) - 1))
    changed = [list(row) for row in table]
    changed[victim] = [data.draw(cells) for _ in COLUMNS]

    def others(rows_: list[list[str]]) -> list[list[object]]:
        return [[p for p in expand(template, rows_, COLUMNS, split) if p.row != victim] for template in TEMPLATES]

    assert others(table) == others(changed)
    assert count_all(TEMPLATES, table, COLUMNS, split).prompts == sum(
        len(list(expand(template, table, COLUMNS, split))) for template in TEMPLATES
    )


@given(rows, st.lists(st.tuples(st.text(min_size=1), st.text(min_size=1)), max_size=3))
def test_no_cell_comes_into_the_instruction_and_none_adds_a_message_or_a_role(
    table: list[list[str]], glossary: list[tuple[str, str]]
) -> None:
    system = Style(tone="warm", glossary=tuple(glossary)).system_prompt()

    for prompt in expand(TEMPLATES[1], table, COLUMNS):
        asked = chat_messages(system, prompt.text)
        assert asked == ({"role": "system", "content": system}, {"role": "user", "content": prompt.text})


@given(rows)
def test_a_required_list_of_separators_alone_gives_no_prompt_with_a_hole(table: list[list[str]]) -> None:
    for prompt in expand(TEMPLATES[0], table, COLUMNS, {"Details": ",", "Type": ";"}):
        assert all(value.strip() for value in prompt.values)


def test_separators_alone_leave_a_row_out_in_every_way_of_making_prompts() -> None:
    table = [["A", "tea", " , ,"], ["B", "tea", "x,"]]
    columnar = Rows(tuple(Cells.of(column) for column in zip(*table, strict=True)))
    split = {"Details": ","}

    assert [p.text for p in expand(TEMPLATES[0], table, COLUMNS, split)] == ["Write about B, mention tea and x"]
    assert list(texts(TEMPLATES[0], columnar, COLUMNS, split)) == ["Write about B, mention tea and x"]
    assert count_prompts(TEMPLATES[0], table, COLUMNS, split).missing == {"Details": 1}


def test_no_attribute_of_a_value_can_be_reached() -> None:
    [prompt] = expand("[a]", [["{0.__class__} %s {x!r}"]], ["a"])

    assert prompt.text == "{0.__class__} %s {x!r}"


def rows_of(*columns: Any) -> Rows:
    return Rows(tuple(Cells.of(column) for column in columns))


def test_the_quick_way_leaves_out_incomplete_rows_and_splits_like_the_other() -> None:
    table = rows_of(["A", "B", "", "D"], ["1,2", "", "3", "4, 5,"])

    assert list(texts("[a]-[b]", table, ["a", "b"], {"b": ","})) == ["A-1", "A-2", "D-4", "D-5"]
