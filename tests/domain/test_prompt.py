"""Templates and the prompts they give."""

from __future__ import annotations

import pytest

from bot.domain.catalog import Profile, Roles, Source, Verdict
from bot.domain.prompt import Count, count_prompts, expand, suggest_template, used_columns
from bot.domain.prompt_bind import template_name
from bot.errors import BadTemplate

COLUMNS = ("Product Name", "Type", "Details")
ROWS = [
    ["Paracetamol", "Generic Drug", "tablets,syrup"],
    ["Doxycycline", "Antibiotic", "injection,tablets"],
]
SEED = "Write a description of [product name], mention [type] and [details]"


def texts(template: str, rows: list[list[str]] = ROWS, **splits: str) -> list[str]:
    return [prompt.text for prompt in expand(template, rows, COLUMNS, splits)]


def test_the_seed_example_comes_out_exactly() -> None:
    assert texts(SEED, Details=",") == [
        "Write a description of Paracetamol, mention Generic Drug and tablets",
        "Write a description of Paracetamol, mention Generic Drug and syrup",
        "Write a description of Doxycycline, mention Antibiotic and injection",
        "Write a description of Doxycycline, mention Antibiotic and tablets",
    ]


def test_a_prompt_knows_its_row_and_its_values() -> None:
    prompts = list(expand("[details] of [product name]", ROWS, COLUMNS, {"Details": ","}))

    assert [prompt.row for prompt in prompts] == [0, 0, 1, 1]
    assert prompts[1].values == ("syrup", "Paracetamol")
    assert used_columns("[details] of [product name]", COLUMNS) == ("Details", "Product Name")


@pytest.mark.parametrize("written", ["product name", "PRODUCT_NAME", "Product-Name", " productname ", "Product  Name"])
def test_a_column_is_found_whatever_its_case_and_blanks(written: str) -> None:
    assert texts(f"[{written}]") == ["Paracetamol", "Doxycycline"]


def test_an_unknown_column_names_the_nearest_one() -> None:
    with pytest.raises(BadTemplate, match=r"no column 'prodct nam'.*\[Product Name\]"):
        expand("About [prodct nam]", ROWS, COLUMNS)


def test_two_split_columns_give_every_combination_in_catalog_order() -> None:
    rows = [["A;B", "t", "1,2"]]

    assert texts("[product name][details]", rows, **{"Product Name": ";", "Details": ","}) == ["A1", "A2", "B1", "B2"]


def test_a_column_named_twice_has_the_same_value_in_both_places() -> None:
    assert texts("[details]/[details]", ROWS[:1], Details=",") == ["tablets/tablets", "syrup/syrup"]


def test_rows_with_an_empty_column_are_reported_and_give_no_prompt() -> None:
    told = []

    prompts = list(
        expand(SEED, [["A", "", ""], ["B", "t", " "], *ROWS], COLUMNS, on_missing=lambda *what: told.append(what))
    )

    assert [prompt.row for prompt in prompts] == [2, 3]
    assert told == [(0, ("Type", "Details")), (1, ("Details",))]


def test_counting_agrees_with_expanding() -> None:
    rows = [["A", "", "x"], *ROWS]

    count = count_prompts(SEED, rows, COLUMNS, {"Details": ","})

    assert count == Count(prompts=4, rows=3, rows_missing=1, missing={"Type": 1}, each=(4,))


def test_words_are_said_where_a_cell_is_empty() -> None:
    assert texts("[type|any kind] [product name]", [["A", "", "x"], ["B", "t", "x"]]) == ["any kind A", "t B"]


def test_an_optional_part_disappears_with_its_column() -> None:
    template = "About [product name]{, available as [details]}."

    assert texts(template, [["A", "", ""], ["B", "", "gel"]]) == ["About A.", "About B, available as gel."]


def test_an_optional_part_disappears_if_one_of_its_columns_is_empty() -> None:
    assert texts("[product name]{ ([type], [details])}", [["A", "t", ""], ["B", "t", "d"]]) == ["A", "B (t, d)"]


def test_words_for_empty_cells_keep_an_optional_part() -> None:
    assert texts("[product name]{ as [details|usual]}", [["A", "", ""]]) == ["A as usual"]


def test_the_first_values_of_a_list_stay_together() -> None:
    rows = [["A", "t", "one, two,three ,four"]]

    assert texts("[product name]: [details: first 3]", rows, Details=",") == ["A: one, two, three"]


def test_doubled_brackets_and_braces_are_literal() -> None:
    assert texts("[[x]] {{y}} [type]", ROWS[:1]) == ["[x] {y} Generic Drug"]


def test_cells_are_never_read_as_templates() -> None:
    rows = [["[type]", "{[details]}", "[[x]]"]]

    assert texts("[product name] [type] [details]", rows) == ["[type] {[details]} [[x]]"]


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("no columns", "names no column"),
        ("[product name", "never closed"),
        ("product name]", "closes nothing"),
        ("[]", "are empty"),
        ("{words}[type]", "names no column"),
        ("{[type]", "never closed"),
        ("{a {b [type]} [type]}", "holds another"),
        ("[details: first 0]", "no value"),
        ("[x" + "y" * 20_000 + "]", "characters"),
    ],
)
def test_a_broken_template_is_explained(template: str, words: str) -> None:
    with pytest.raises(BadTemplate, match=words):
        expand(template, ROWS, COLUMNS)


def test_errors_come_before_the_first_prompt_is_asked_for() -> None:
    with pytest.raises(BadTemplate):
        expand("[nothing like it]", iter(()), COLUMNS)


@pytest.mark.parametrize("column", ["a]b", "[c]", "x|y", "n: first 2", "two\nlines", "{z}"])
def test_odd_column_names_can_be_written_in_a_template(column: str) -> None:
    [prompt] = expand(f"<[{template_name(column)}]>", [["value"]], [column])

    assert prompt.text == "<value>"


def test_a_column_called_like_the_syntax_wins_over_the_syntax() -> None:
    [prompt] = expand("[name|alias]", [["", "right"]], ["name", "name|alias"])

    assert prompt.text == "right"


def test_of_two_columns_with_the_same_key_the_exact_name_wins() -> None:
    columns = ["price", "Price", "PRICE"]

    assert [next(expand(f"[{name}]", [["a", "b", "c"]], columns)).text for name in columns] == ["a", "b", "c"]


def test_the_suggested_template_uses_what_was_recognised() -> None:
    profile = Profile(Source("x.csv"), Verdict.ACCEPT, roles=Roles("Product Name", "Type", "Details"))

    assert suggest_template(profile) == "Write a description of [Product Name], mention [Type] and [Details]"
