"""Every real catalog is read as its ground truth says."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest

from bot.domain.catalog import Profile
from bot.domain.catalog_lists import split_values
from bot.domain.prompt import count_prompts
from bot.ingest.cleaning import trimmed
from bot.ingest.read import read_table
from bot.ingest.table import ReadOptions, Table
from tests.ingest.shared_data import cases

Case = dict[str, Any]
CATALOGS = cases("catalogs", "expected.json")
BIG = "mhlw_price_history_big.zip"


@cache
def table_of(path: Path) -> Table:
    return read_table(path)


@cache
def as_stored(path: Path) -> Table:
    """Numbers as the file stores them: what the spot checks compare with."""
    table = table_of(path)
    if not any(step.name == "formats" for step in table.profile.steps):
        return table
    return read_table(path, options=ReadOptions(skip_steps=frozenset({"formats"})))


def profile_of(path: Path) -> Profile:
    return table_of(path).profile


def names_of(case: Case) -> list[str]:
    names = case["columns"] or [""] * case["n_columns"]
    return [name or f"column_{place}" for place, name in enumerate(names, start=1)]


@pytest.mark.parametrize(("case", "path"), CATALOGS)
def test_the_verdict_and_the_size_are_right(case: Case, path: Path) -> None:
    profile = profile_of(path)

    assert profile.verdict == case["verdict"], profile.warnings
    assert profile.problem is None
    assert (profile.rows, len(profile.columns)) == (case["n_rows"], case["n_columns"])
    assert profile.duplicates == case["exact_duplicate_rows"]


@pytest.mark.parametrize(("case", "path"), CATALOGS)
def test_the_header_and_the_format_are_found(case: Case, path: Path) -> None:
    source = profile_of(path).source

    assert [column.name for column in profile_of(path).columns] == names_of(case)
    assert source.format == case["format"]
    assert source.compression == case.get("container")
    if case["format"] in ("csv", "tsv", "xlsx"):
        assert source.header_row == case.get("header_row")
    if case["format"] in ("csv", "tsv"):
        assert source.encoding in (case["encoding"], *case["encodings_also_fine"])
        assert source.delimiter == case["delimiter"]


@pytest.mark.parametrize(("case", "path"), CATALOGS)
def test_columns_with_several_values_are_recognised_without_false_alarms(case: Case, path: Path) -> None:
    found = profile_of(path).splits()
    truth = {entry["column"]: entry for entry in case["multi_valued"]}

    for name, entry in truth.items():
        separator = "json" if entry["separator"].startswith("(JSON") else entry["separator"]
        if entry["confidence"] == "certain":
            assert found[name].strip() == separator.strip(), name
    assert not set(found) - set(truth)


@pytest.mark.parametrize(("case", "path"), CATALOGS)
def test_lists_are_taken_apart_into_the_right_values(case: Case, path: Path) -> None:
    table = table_of(path)
    for entry in case["multi_valued"]:
        if entry["column"] not in (splits := table.profile.splits()) or entry["separator"].startswith("(JSON"):
            continue
        cells = table.column(entry["column"])
        several = sum(1 for cell in cells if len(split_values(cell, splits[entry["column"]])) > 1)
        slack = entry["rows_with_separator_inside_brackets"]
        assert abs(several - entry["rows_with_2_or_more"]) <= slack, entry["column"]


@pytest.mark.parametrize(("case", "path"), CATALOGS)
def test_cells_stay_as_they_are_written(case: Case, path: Path) -> None:
    table = as_stored(path)
    for check in case["spot_checks"]:
        row = dict(zip(table.columns, table.rows[check["row"]], strict=True))
        for name, value in check["cells"].items():
            if isinstance(value, str):
                assert row[name or "column_9"] == trimmed(value)


@pytest.mark.parametrize(("case", "path"), CATALOGS)
def test_missing_cells_are_counted(case: Case, path: Path) -> None:
    found = {column.name: column.missing for column in profile_of(path).columns if column.missing}

    names = {"": f"column_{case['n_columns']}"}
    assert found == {names.get(name, name): count for name, count in case["missing_cells"].items()}


@pytest.mark.parametrize(("case", "path"), CATALOGS)
def test_only_rows_with_every_used_cell_give_prompts(case: Case, path: Path) -> None:
    fields = case["template_fields"]
    table = table_of(path)
    template = " ".join(f"[{name}]" for name in fields.values())

    count = count_prompts(template, table.rows, table.columns)

    assert count.rows - count.rows_missing == count.prompts == case["template_rows_complete"]
