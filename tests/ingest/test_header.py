"""The header is found below titles, in two rows, or not at all, and can be chosen by a person."""

from __future__ import annotations

import pytest

from bot.errors import BadCatalog
from bot.ingest.read import read_table
from bot.ingest.table import ReadOptions, Table


def table(text: str, header_row: int | None = None) -> Table:
    return read_table(text.encode(), options=ReadOptions(header_row=header_row))


@pytest.mark.parametrize(
    "titles",
    ["My shop\n\n", '# Export\n# made today\n"Prices, in EUR"\n\n', "Catalog 2026,,,\n,,,\n", "Made:,2026-01-01\n\n\n"],
)
def test_titles_above_the_header_are_passed_over(titles: str) -> None:
    found = table(titles + "Name,Type,Colour,Price\nLamp,light,red,10\nDesk,table,brown,20\n")

    assert found.columns == ("Name", "Type", "Colour", "Price")
    assert found.profile.source.header_row == titles.count("\n") + 1
    assert found.profile.verdict == "accept"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Product,,Price,\nName,Type,EUR,USD\n", ("Product Name", "Product Type", "Price EUR", "Price USD")),
        ("Name,Price,,Stock\n,EUR,USD,\n", ("Name", "Price EUR", "Price USD", "Stock")),
        ("Name,Price,Price,Stock\n,EUR,USD,\n", ("Name", "Price EUR", "Price USD", "Stock")),
    ],
)
def test_two_header_rows_are_joined_and_told(text: str, names: tuple[str, ...]) -> None:
    found = table(text + "Lamp,1,11,5\nDesk,2,22,50\n")

    assert found.columns == names and len(found.rows) == 2
    assert "two rows (lines 1 and 2)" in found.profile.warnings[0]


@pytest.mark.parametrize(
    "text",
    [
        "Lamp,light,10\nDesk,table,20\nBed,sleep,30\n",
        '"1","A","Human"\n"2","B","Human"\n"3","C","Human"\n',
        "Lamp,2026-01-01,x\nDesk,2026-01-02,y\n",
        "Lamp,https://a.b/1\nDesk,https://a.b/2\n",
    ],
)
def test_data_in_the_first_row_is_no_header(text: str) -> None:
    found = table(text)

    assert found.columns[0] == "column_1" and len(found.rows) == text.count("\n")
    assert found.profile.source.header_row is None
    assert found.profile.verdict == "accept_with_warning"


@pytest.mark.parametrize(
    "text",
    [
        "name,type\nLamp,light\nDesk,table\n",
        "Product,2024,2025,2026\nLamp,1,2,3\nDesk,4,5,6\n",
        "A,B\nx,1\ny,2\n",
        "Name,,Price\nLamp,a,1\nDesk,b,2\n",
        "name,name,price\nx,y,1\nz,w,2\n",
    ],
)
def test_names_above_other_data_are_a_header(text: str) -> None:
    assert table(text).profile.source.header_row == 1


def test_a_person_can_choose_the_header() -> None:
    text = "a,b\nLamp,1\nDesk,2\nBed,3\n"

    assert table(text, header_row=2).columns == ("Lamp", "1")
    assert table(text, header_row=0).columns == ("column_1", "column_2")
    assert len(table(text, header_row=0).rows) == 4
    with pytest.raises(BadCatalog, match="no line 9"):
        table(text, header_row=9)


def test_names_are_made_different_and_line_breaks_become_blanks() -> None:
    found = table('Name,price,price, PRICE ,"two\nlines",\nLamp,1,2,3,4,5\nDesk,1,2,3,4,5\n')

    assert found.columns == ("Name", "price", "price (2)", "PRICE (3)", "two lines", "column_6")
    assert found.rows[0] == ["Lamp", "1", "2", "3", "4", "5"]


def test_a_cell_too_many_is_kept_and_its_line_named() -> None:
    found = table("name,type\nA,b\nC,d,e\nF\n")

    assert found.columns == ("name", "type", "column_3")
    assert list(found.rows) == [["A", "b", ""], ["C", "d", "e"], ["F", "", ""]]
    said = " ".join(found.profile.warnings)
    assert "Line 3 has one cell more" in said and "'column_3'" in said and "Line 4 has fewer" in said


@pytest.mark.parametrize("text", ["name,type\n", "name\n", "\n\n\n", ",,,\n,,,\n"])
def test_a_file_without_products_is_refused(text: str) -> None:
    with pytest.raises(BadCatalog, match=r"no products|empty|nothing"):
        table(text)
