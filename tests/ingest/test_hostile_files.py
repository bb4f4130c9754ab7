"""No odd or hostile upload crashes the reader, and each gets the verdict a careful person would give."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from bot.domain.prompt import expand
from bot.domain.prompt_bind import template_name
from bot.errors import BadCatalog
from bot.ingest.read import inspect, read_table
from bot.ingest.table import Table
from bot.ingest.worker import Reader
from tests.ingest.shared_data import DATA, MISSING, cases

Case = dict[str, Any]
HOSTILE = cases("hostile", "expectations.json")
HERE = DATA / "hostile"
beside = pytest.mark.skipif(not HERE.exists(), reason=MISSING)


def column_at(table: Table, column: str | int) -> int:
    return column if isinstance(column, int) else table.columns.index(column)


@pytest.mark.parametrize(("case", "path"), HOSTILE)
def test_the_verdict_is_one_of_the_right_ones(case: Case, path: Path) -> None:
    started = time.monotonic()

    profile = inspect(path)

    assert time.monotonic() - started < case["max_seconds"]
    assert profile.verdict in (case["verdict"], *case["also_acceptable"]), (profile.problem, profile.warnings)
    said = " ".join((profile.problem or "", *profile.warnings))
    assert (profile.verdict == "accept") == (not said.strip())
    assert "\0" not in said and "Traceback" not in said and "Error" not in said


@pytest.mark.parametrize(("case", "path"), [entry for entry in HOSTILE if entry.values[0].get("verdict") != "reject"])
def test_what_is_accepted_comes_out_right(case: Case, path: Path) -> None:
    table = read_table(path)

    if "rows" in case:
        assert len(table.rows) in (case["rows"], *case.get("rows_also_fine", ()))
    if "columns" in case:
        assert list(table.columns[: len(case["columns"])]) == case["columns"]
    if "n_columns" in case:
        assert len(set(table.columns)) == case["n_columns"]
    for cell in case.get("cells", ()):
        assert table.rows[cell["row"]][column_at(table, cell["column"])] == cell["value"]
    for row in table.rows:
        for text in row:
            assert "\0" not in text
            text.encode()


@beside
def test_ragged_lines_are_named() -> None:
    said = " ".join(inspect(HERE / "ragged_rows.csv").warnings)

    assert all(f"{line}" in said for line in (3, 5, 6))


@beside
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("zip_locked.zip", "password-protected"),
        ("zip_ratio.zip", "compression ratio"),
        ("json_deep.json", "nesting"),
        ("json_truncated.json", "line 1, character"),
        ("truncated.csv.gz", "rows would be missing"),
        ("invoice.xlsx", "PDF"),
    ],
)
def test_a_refusal_says_why(name: str, words: str) -> None:
    assert words in (inspect(HERE / name).problem or "")


@beside
def test_hidden_sheets_stay_hidden_until_they_are_asked_for() -> None:
    profile = inspect(HERE / "hidden_sheet_and_rows.xlsx")

    assert len(profile.sheets) == 1
    assert any("hidden sheets were not read" in warning for warning in profile.warnings)
    assert any("hidden in the sheet" in warning for warning in profile.warnings)


@beside
def test_every_column_of_placeholder_headers_can_be_named_in_a_template() -> None:
    table = read_table(HERE / "placeholder_headers.csv")

    for place, name in enumerate(table.columns):
        [prompt] = expand(f"<[{template_name(name)}]>", table.rows, table.columns)
        assert prompt.text == f"<{table.rows[0][place]}>"


@beside
def test_joiners_of_emoji_and_persian_stay_and_overrides_go() -> None:
    names = read_table(HERE / "bidi_cells.csv").column("name")

    assert "\u200d" in names[3] and "\u200c" in names[4]
    assert not any("\u202e" in name or "\u200b" in name for name in names)


@beside
async def test_a_hostile_file_leaves_the_reader_ready_for_the_next_one() -> None:
    async with Reader() as reader:
        for name in ("far_away_cell.xlsx", "zip_ratio.zip", "json_deep.json", "utf16_odd_length.csv"):
            try:
                await reader.read(HERE / name, name)
            except BadCatalog as error:
                assert str(error)

        table = await reader.read(HERE / "cr_only.csv", "cr_only.csv")

    assert len(table.rows) == 4
