"""Numbers and dates of workbooks look as the sheet shows them; XML spreadsheets of 2003 are sheets, too."""

from __future__ import annotations

import datetime as dt
import io

import pytest
from openpyxl import Workbook

from bot.errors import BadCatalog
from bot.ingest.cell_formats import parse_format
from bot.ingest.read import read_table
from bot.ingest.table import ReadOptions

DAY = dt.date(2026, 1, 5)
SHOWN = [
    ("0%", 0.01, "1%"), ("0.00%", 0.125, "12.50%"), ("00000", 1234, "01234"), ("0.00", 9.5, "9.50"),
    ('"$"#,##0.00', 1234.5, "$1234.50"), ("#,##0.00 [$€-407];-#,##0.00 [$€-407]", -3, "-3.00 €"), ("0.##", 1.5, "1.5"),
    ("0.0", 2.25, "2.3"), ("dd.mm.yyyy;@", DAY, "05.01.2026"), ("[$-409]m/d/yy", DAY, "1/5/26"), ('0 "kg"', 3, "3 kg"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "value", "text"), SHOWN)
def test_a_format_shows_a_value_as_the_sheet_does(code: str, value: float | dt.date, text: str) -> None:
    found = parse_format(code)

    assert found is not None and found.shown(value) == text


SILENT = ["General", "@", "0.00E+00", "# ?/?", "d-mmm-yy", "[>100]0", "#,##0,", "h:mm", "", "[h]:mm", "0" * 10_000]


@pytest.mark.parametrize("code", SILENT)
def test_formats_that_depend_on_the_reader_say_nothing(code: str) -> None:
    assert parse_format(code) is None


def workbook() -> bytes:
    book = Workbook()
    page = book.active
    assert page is not None
    for row in (["Name", "Rate", "Code", "Since"], ["Lamp", 0.01, 42, DAY], ["Desk", 0.5, 7, DAY]):
        page.append(row)
    for row in page.iter_rows(min_row=2, min_col=2):
        for cell, code in zip(row, ("0%", "00000", "dd.mm.yyyy"), strict=True):
            cell.number_format = code
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_workbook_is_read_as_shown_and_says_so() -> None:
    table = read_table(workbook())

    assert list(table.rows) == [["Lamp", "1%", "00042", "05.01.2026"], ["Desk", "50%", "00007", "05.01.2026"]]
    [step] = table.profile.steps
    assert (step.name, step.count) == ("formats", 6) and "such as 1% for 0.01" in step.words


def test_a_workbook_can_be_read_as_stored() -> None:
    table = read_table(workbook(), options=ReadOptions(skip_steps=frozenset({"formats"})))

    assert table.rows[0] == ["Lamp", "0.01", "42", "2026-01-05"]
    assert [step.name for step in table.profile.offered] == ["formats"]


XML = """<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>
<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">
<Styles><Style ss:ID="p"><NumberFormat ss:Format="0%"/></Style></Styles>
<Worksheet ss:Name="Products"><Table>
<Row><Cell><Data ss:Type="String">Name</Data></Cell><Cell><Data ss:Type="String">Price</Data></Cell>
<Cell><Data ss:Type="String">Rate</Data></Cell><Cell><Data ss:Type="String">Since</Data></Cell></Row>
<Row><Cell><Data ss:Type="String">Lamp &amp; <B>shade</B></Data></Cell><Cell><Data ss:Type="Number">9.50</Data></Cell>
<Cell ss:StyleID="p"><Data ss:Type="Number">0.05</Data></Cell>
<Cell><Data ss:Type="DateTime">2026-01-05T00:00:00.000</Data></Cell></Row>
<Row ss:Index="9"><Cell><Data ss:Type="String">Desk</Data></Cell>
<Cell ss:Index="3"><Data ss:Type="Number">1</Data></Cell></Row>
</Table></Worksheet>
<Worksheet ss:Name="Notes"><Table><Row><Cell><Data ss:Type="String">Text</Data></Cell></Row>
<Row><Cell><Data ss:Type="String">hello</Data></Cell></Row></Table></Worksheet></Workbook>"""


def test_an_xml_spreadsheet_of_2003_is_read_by_sheets() -> None:
    table = read_table(XML.encode())

    assert list(table.rows) == [["Lamp & shade", "9.50", "5%", "2026-01-05"], ["Desk", "", "1", ""]]
    assert (table.profile.source.format, table.profile.source.sheet) == ("xml", "Products")
    assert "'Notes'" in table.profile.warnings[0]


def test_a_sheet_of_an_xml_spreadsheet_can_be_chosen() -> None:
    assert list(read_table(XML.encode(), options=ReadOptions(sheet="notes")).rows) == [["hello"]]
    with pytest.raises(BadCatalog, match="'Products', 'Notes'"):
        read_table(XML.encode(), options=ReadOptions(sheet="C"))


def test_a_cell_far_to_the_right_is_refused_before_it_costs_memory() -> None:
    with pytest.raises(BadCatalog, match="columns"):
        read_table(XML.replace('ss:Index="3"', 'ss:Index="99999999"').encode())
