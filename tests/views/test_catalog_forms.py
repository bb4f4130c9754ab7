"""*Fix columns*: only what there is a choice in, with what a choice would come to, and what Slack takes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.cards_catalog import CatalogFix
from bot.domain.catalog import Column, Feature, Folding, ListColumn, Reading, Roles, Source, Step
from bot.domain.catalog_kinds import Kind
from bot.local.workspace.limits import check_view
from bot.views import catalog_forms as forms

COLUMNS = (
    Column("Handle", Kind.TEXT, 0, 2, None, ()),
    Column("Title", Kind.TEXT, 0, 2, None, ()),
    Column("Size", Kind.TEXT, 0, 2, ", ", ()),
    Column("Picture", Kind.URL, 0, 2, ", ", ()),
)
LISTS = (ListColumn("Size", ", ", 2, 5, ("S", "M")), ListColumn("Picture", ", ", 2, 9, ("a", "b")))
FORM = CatalogFix(
    7, COLUMNS, Roles("Title"), LISTS, (), source=Source("shop.csv", format="csv", delimiter=",", header_row=1),
    folding=Folding("Handle", 636, 278, certain=True, done=True),
    done=(Step("title_rows", 2, "Two rows."), Step("trim", 5, "5 cells.")), offered=(Step("html", 1, "1 cell."),),
    features=(Feature("amount:Price", "Price", ("Price amount", "Price currency"), ("9 EUR", "9", "EUR")),),
)  # fmt: skip


def field(form: CatalogFix, name: str) -> dict[str, Any] | None:
    blocks = forms.fix_modal(form)["blocks"]
    return next((block["element"] for block in blocks if block["block_id"] == name), None)


def labels(element: dict[str, Any] | None, part: str = "options") -> list[str]:
    return [option["text"]["text"] for option in (element or {}).get(part, ())]


def test_the_product_key_says_what_it_comes_to_and_every_row_is_the_other_choice() -> None:
    element = field(FORM, "product_key")

    assert labels(element)[:2] == ["Every row is a product", "Rows with the same Handle: 278 products"]
    assert element is not None and element["initial_option"]["value"] == "0"
    unfolded = field(replace(FORM, folding=None), "product_key")
    assert unfolded is not None and unfolded["initial_option"]["value"] == forms.EVERY_ROW


def test_steps_are_ticked_where_they_were_done_and_named_for_people() -> None:
    element = field(FORM, "steps_0")

    assert labels(element) == ["Take blanks off the ends of cells", "Turn web markup into plain text"]
    assert labels(element, "initial_options") == ["Take blanks off the ends of cells"]
    assert element is not None and [o["description"]["text"] for o in element["options"]] == ["5 cells", "1 cell"]


def test_new_columns_are_offered_with_an_example_and_lists_of_pictures_are_not_split() -> None:
    element = field(FORM, "features")

    assert labels(element) == ["Price amount and Price currency"]
    assert element is not None and element["options"][0]["description"]["text"] == "from Price, such as 9"
    assert labels(field(FORM, "split")) == ["Size: 5 texts"]


def test_how_the_file_is_read_is_asked_only_where_there_is_a_choice() -> None:
    assert all(field(FORM, name) is None for name in ("sheet", "member", "encoding"))
    assert labels(field(FORM, "delimiter"), "options")[0] == "Comma  ,"
    doubtful = replace(
        FORM, source=replace(FORM.source, encoding="cp1252"), members=("a.csv", "b.csv"),
        readings=(Reading("cp932", "カ"), Reading("cp1252", "Café")),
    )  # fmt: skip
    assert labels(field(doubtful, "encoding")) == ["カ  (cp932)", "Café  (cp1252)"]
    element = field(doubtful, "encoding")
    assert element is not None and element["initial_option"]["value"] == "1"
    assert labels(field(doubtful, "member")) == ["a.csv", "b.csv"]
    parquet = replace(FORM, source=Source("a", format="parquet"))
    assert field(parquet, "header_row") is None and field(parquet, "delimiter") is None


WORD = st.text(min_size=1, max_size=300)


@settings(max_examples=40, deadline=None)
@given(names=st.lists(WORD, min_size=1, max_size=130, unique=True), words=WORD, delimiter=st.characters())
def test_whatever_a_file_says_the_form_is_one_that_slack_takes(names: list[str], words: str, delimiter: str) -> None:
    columns = tuple(Column(name, Kind.TEXT, 0, 1, None, ()) for name in names)
    steps = tuple(Step(name, 3, words) for name in forms.STEPS)
    form = CatalogFix(
        7, columns, Roles(names[-1]), (ListColumn(names[0], ",", 1, 2, (words,)),), (names[0],),
        source=Source("f", format="csv", delimiter=delimiter), folding=Folding(names[-1], 9, 3, done=True),
        done=steps[:12], offered=steps[12:], members=(words, words + "x"), sheets=(words, words + "y"),
        features=tuple(Feature(f"unit:{name}", name, (words, name), (words, words)) for name in names[:12]),
        readings=(Reading("a", words), Reading("b", words + "z")),
    )  # fmt: skip

    check_view(forms.fix_modal(form), "modal")
