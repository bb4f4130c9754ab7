"""Workbooks of every kind, as a person sees their values."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile

import pytest
from openpyxl import Workbook

from bot.errors import BadCatalog
from bot.ingest.read import read_table
from bot.ingest.table import ReadOptions
from tests.ingest.old_formats import ods, xls

ROWS = [["Name", "Price", "Größe"], ["Lamp", 1.5, "klein"], ["Desk", 20.0, "groß"]]


def xlsx(**sheets: list[list[object]]) -> bytes:
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        page = book.create_sheet(name)
        for row in rows:
            page.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize(("make", "name"), [(xls, "xls"), (ods, "ods"), (lambda rows: xlsx(A=rows), "xlsx")])
def test_xls_ods_and_xlsx_give_the_same_table(make: object, name: str) -> None:
    table = read_table(make(ROWS))  # type: ignore[operator]

    assert table.profile.source.format == name
    assert table.columns == ("Name", "Price", "Größe")
    assert list(table.rows) == [["Lamp", "1.5", "klein"], ["Desk", "20", "groß"]]


def test_values_look_as_they_do_on_the_screen() -> None:
    row = [
        7,
        4006381333931,
        1.10,
        "00042",
        True,
        dt.date(2026, 11, 22),
        dt.datetime.fromisoformat("2026-11-22 09:30"),
        1e20,
        None,
        "x",
    ]
    names = [f"n{place}" for place in range(len(row))]

    [cells] = read_table(xlsx(A=[names, row])).rows

    assert cells == [
        "7",
        "4006381333931",
        "1.1",
        "00042",
        "TRUE",
        "2026-11-22",
        "2026-11-22 09:30:00",
        "1" + "0" * 20,
        "",
        "x",
    ]


def test_the_first_sheet_with_a_table_is_read_and_the_others_are_named() -> None:
    data = xlsx(Notes=[], Products=[["Name"], ["Lamp"], ["Desk"]], Prices=[["Sum"], [3]])

    profile = read_table(data).profile

    assert profile.source.sheet == "Products"
    assert "'Products' was read" in profile.warnings[0] and "'Prices'" in profile.warnings[0]


def test_a_sheet_can_be_chosen_whatever_its_case() -> None:
    data = xlsx(A=[["Name"], ["Lamp"]], Prices=[["Name", "Sum"], ["Desk", 3]])

    table = read_table(data, options=ReadOptions(sheet="prices"))

    assert table.columns == ("Name", "Sum") and not table.profile.warnings
    with pytest.raises(BadCatalog, match="'A', 'Prices'"):
        read_table(data, options=ReadOptions(sheet="C"))


def test_rows_above_the_header_keep_the_numbers_of_the_sheet() -> None:
    data = xlsx(A=[["Our catalog"], [], [], ["Name", "Type", "Price"], ["Lamp", "light", 1], ["Desk", "table", 2]])

    profile = read_table(data).profile

    assert profile.source.header_row == 4 and profile.rows == 2
    assert [step.name for step in profile.steps] == ["title_rows"]


def test_a_cell_at_the_end_of_the_sheet_costs_no_memory() -> None:
    book = Workbook()
    page = book.active
    assert page is not None
    for row in ROWS:
        page.append(row)
    page.cell(1_048_576, 16_384, "stray")
    out = io.BytesIO()
    book.save(out)

    table = read_table(out.getvalue())

    assert len(table.rows) == 2 and len(table.columns) == 3
    assert "XFD1048576" in table.profile.warnings[0]


def changed(data: bytes, part: str, pattern: bytes, new: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as archive:
        for info in old.infolist():
            content = old.read(info)
            archive.writestr(info.filename, re.sub(pattern, new, content) if info.filename == part else content)
    return out.getvalue()


def test_errors_and_hidden_rows_are_told() -> None:
    data = xlsx(A=[["Name", "Price"], ["Lamp", "#REF!"], ["Desk", 2]])
    data = changed(data, "xl/worksheets/sheet1.xml", rb'<row r="3"', b'<row r="3" hidden="1"')

    said = " ".join(read_table(data).profile.warnings)

    assert "1 row is hidden" in said and "#REF!" in said


@pytest.mark.parametrize("inside", [b'<!DOCTYPE x [<!ENTITY a "b">]>', b'<!DOCTYPE x SYSTEM "http://127.0.0.1/x">'])
def test_entities_in_a_workbook_are_refused(inside: bytes) -> None:
    data = changed(xlsx(A=ROWS), "xl/worksheets/sheet1.xml", rb"<worksheet", inside + b"<worksheet")

    with pytest.raises(BadCatalog, match="entities"):
        read_table(data)


def test_a_password_is_told_from_damage() -> None:
    locked = xls(ROWS).replace("Workbook".encode("utf-16-le"), "EncryptedPackage".encode("utf-16-le")[:16])
    locked = locked[:-512] + "EncryptedPackage".encode("utf-16-le") + locked[-480:]

    with pytest.raises(BadCatalog, match="password"):
        read_table(locked)
    with pytest.raises(BadCatalog, match="damaged"):
        read_table(xlsx(A=ROWS)[:-400])
