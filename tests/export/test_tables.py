"""Tables that leave the bot run nowhere and lose nothing."""

from __future__ import annotations

import csv
import io

import pytest
from openpyxl import load_workbook

from bot.export.tables import to_csv, to_xlsx

DANGEROUS = ["=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(1)", "\t=1+1", "\r=1", "＝1+1", "|calc", " =1", "\u00a0=1"]


def read_csv(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize("cell", DANGEROUS)
def test_a_formula_gets_an_apostrophe_in_csv(cell: str) -> None:
    assert read_csv(to_csv(["a"], [[cell]]))[1] == [f"'{cell}"]
    assert read_csv(to_csv([cell], []))[0] == [f"'{cell}"]


@pytest.mark.parametrize("cell", ["-2", "-2.50", "+49 30 123", "-1e5", "-3%", "a=b", "", "00042"])
def test_negative_numbers_and_other_text_stay(cell: str) -> None:
    assert read_csv(to_csv(["a", "b"], [[cell, "x"]]))[1][0] == cell


def test_csv_opens_in_spreadsheets_with_its_accents() -> None:
    data = to_csv(["Größe"], [['é, "x"\nzwei']])

    assert data.startswith(b"\xef\xbb\xbf") and b"\r\n" in data
    assert read_csv(data) == [["Größe"], ['é, "x"\nzwei']]


def test_every_cell_of_a_workbook_is_text() -> None:
    book = load_workbook(io.BytesIO(to_xlsx(["sku", "=name"], [["00042", "=1+1"], ["1e5", "-2+3"]], sheet="A/B: [x]")))
    page = book.active

    assert page is not None and page.title == "A B   x "
    assert [[cell.value for cell in row] for row in page] == [["sku", "=name"], ["00042", "=1+1"], ["1e5", "-2+3"]]
    assert {cell.data_type for row in page for cell in row} == {"s"}
    assert page["B2"].quotePrefix and not page["A2"].quotePrefix


def test_characters_that_a_workbook_cannot_hold_are_left_out_and_long_texts_cut() -> None:
    page = load_workbook(io.BytesIO(to_xlsx(["a"], [["x\x00\x0by\ud83dz"], ["w" * 40_000]]))).active

    assert page is not None
    assert page["A2"].value == "xyz" and len(str(page["A3"].value)) == 32_767
