"""Text tables of every shape."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import BadCatalog
from bot.ingest.columnar import read_regular
from bot.ingest.delimited import find_dialect, read_records
from bot.ingest.limits import Limits
from bot.ingest.read import read_table, read_text
from bot.ingest.table import ReadOptions, Table


def table(text: str, **options: Any) -> Table:
    return read_table(text.encode(), options=ReadOptions(**options))


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "^", "~", "\x1f", "¦", "#"])
def test_any_one_character_delimiter_is_found(delimiter: str) -> None:
    text = "Name,Type,Price\nLamp,light,10\nDesk,table,20\n".replace(",", delimiter)

    found = table(text)

    assert found.columns == ("Name", "Type", "Price")
    assert found.rows[1] == ["Desk", "table", "20"]
    assert found.profile.source.delimiter == delimiter


def test_decimal_commas_do_not_hide_semicolons() -> None:
    found = table("Name;Preis;Text\nLampe;1,50;schön, hell\nTisch;2,75;groß, rund\n")

    assert found.rows[0] == ["Lampe", "1,50", "schön, hell"]


def test_a_single_column_has_no_delimiter() -> None:
    found = table("Name\nLamp\nDesk, large\nChair: red\n")

    assert list(found.rows) == [["Lamp"], ["Desk, large"], ["Chair: red"]]
    assert found.profile.source.delimiter is None


def test_quotes_keep_delimiters_and_line_ends_in_their_cell() -> None:
    found = table('name,text\n"a, b","one\ntwo ""x"""\nc,d\n')

    assert list(found.rows) == [["a, b", 'one\ntwo "x"'], ["c", "d"]]


def test_inches_are_not_quotes() -> None:
    assert table('name,size\nScreen,15"\nTV,40"\n').rows[0] == ["Screen", '15"']


def test_blanks_between_delimiter_and_quote_are_allowed() -> None:
    assert list(table('name, text\nA, "x, y"\nB, "z"\n').rows) == [["A", "x, y"], ["B", "z"]]


def test_a_quote_that_never_closes_swallows_no_rows() -> None:
    found = table('name,text\nA,"good\nB,fine\nC,ok\n')

    assert [row[0] for row in found.rows] == ["A", "B", "C"]
    assert "line 2 is never closed" in found.profile.warnings[0]


def test_the_separator_line_of_excel_is_passed_over() -> None:
    found = table("sep=;\nName;Type\nLamp;light\nDesk;table\n")

    assert found.columns == ("Name", "Type") and found.profile.source.header_row == 2


def test_trailing_pipes_make_no_column() -> None:
    found = read_text("Product Name | Type | Details |\nParacetamol | Generic Drug | tablets,syrup |\n")

    assert found.columns == ("Product Name", "Type", "Details")
    assert list(found.rows) == [["Paracetamol", "Generic Drug", "tablets,syrup"]]


def test_prose_around_a_markdown_table_is_passed_over() -> None:
    found = read_text("Here it is:\n\n```\n| a | b |\n|---|:-:|\n| 1 | x\\|y |\n```\nThanks!")

    assert found.columns == ("a", "b") and list(found.rows) == [["1", "x|y"]]


@pytest.mark.parametrize("text", ["hello", "", "a sentence, with a comma"])
def test_a_message_without_a_table_is_told_so(text: str) -> None:
    with pytest.raises(BadCatalog, match="no table"):
        read_text(text)


def test_a_link_to_a_google_sheet_is_answered_with_the_way_to_download_it() -> None:
    with pytest.raises(BadCatalog, match="Download"):
        read_text("https://docs.google.com/spreadsheets/d/abc/edit#gid=0")


@pytest.mark.parametrize(
    ("limits", "name"),
    [
        (Limits(rows=3), "rows"),
        (Limits(columns=1), "columns"),
        (Limits(cell_length=8), "cell length"),
        (Limits(file_bytes=10), "file size"),
    ],
)
def test_every_limit_is_named_in_its_refusal(limits: Limits, name: str) -> None:
    text = "name,text\n" + "lamp,a long description\n" * 5

    with pytest.raises(BadCatalog, match=f"'{name}'"):
        read_table(text.encode(), limits=limits)


def test_values_stay_as_they_are_written() -> None:
    cells = ["00042", "NA", "null", "9.50", "11,361,40", "12345678901234567890", "1E5", "TRUE", "-0", "3/4"]

    found = table("code\n" + "\n".join(f'"{cell}"' for cell in cells) + "\n")

    assert found.column("code") == cells


simple = st.text(
    st.characters(codec="utf-8", exclude_characters="\r\0\ufeff\x1d", exclude_categories=["Cs"]), max_size=6
)


@settings(max_examples=60)
@given(st.lists(st.lists(simple, min_size=3, max_size=3), min_size=1, max_size=6))
def test_the_quick_way_reads_what_the_plain_parser_reads(some: list[list[str]]) -> None:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerow(["name", "type", "price"])
    for number in range(300):
        writer.writerow(
            [f"{cell}{number}" if place == 0 else cell for place, cell in enumerate(some[number % len(some)])]
        )
    text = out.getvalue()
    dialect = find_dialect(text)

    grid = read_regular(text, dialect, Limits(), None)
    records = list(read_records(text, dialect, Limits()))[1:]

    assert grid is not None and grid.names == ["name", "type", "price"]
    assert [list(row) for row in zip(*(cells.texts() for cells in grid.cells), strict=True)] == [
        r.cells for r in records
    ]
