"""`tunesmith catalog inspect` and its JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bot.cli.catalog import catalog_app

KEYS = {
    "file", "verdict", "problem", "format", "compression", "member", "encoding", "delimiter", "sheet", "header_row",
    "rows", "duplicates", "columns", "warnings",
}  # fmt: skip
COLUMN_KEYS = {"name", "kind", "missing", "distinct", "multi_value", "examples"}


@pytest.fixture
def products(tmp_path: Path) -> Path:
    path = tmp_path / "products.csv"
    path.write_text("Name;Details;[odd] *header*\nLamp;red, blue;\nDesk;blue;<b>\n")
    return path


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(catalog_app, ["inspect", *arguments])
    return result.exit_code, result.stdout


def inspected(*arguments: str) -> tuple[int, dict[str, Any]]:
    code, out = run(*arguments, "--json")
    assert out.count("\n") == 1
    return code, json.loads(out)


def test_json_has_every_key_of_the_contract(products: Path) -> None:
    code, said = inspected(str(products))

    assert code == 0 and set(said) >= KEYS
    assert (said["file"], said["verdict"], said["problem"]) == ("products.csv", "accept", None)
    assert (said["format"], said["delimiter"], said["header_row"], said["rows"]) == ("csv", ";", 1, 2)
    assert all(set(column) >= COLUMN_KEYS for column in said["columns"])
    details = said["columns"][1]
    assert (details["name"], details["kind"], details["multi_value"]) == ("Details", "text", ",")
    assert (details["missing"], details["distinct"], details["examples"]) == (0, 2, ["red, blue", "blue"])


def test_a_rejected_file_has_the_same_keys_a_problem_and_exit_code_one(tmp_path: Path) -> None:
    (tmp_path / "empty.csv").touch()

    code, said = inspected(str(tmp_path / "empty.csv"))

    assert code == 1 and set(said) >= KEYS
    assert said["verdict"] == "reject" and "empty" in said["problem"] and said["columns"] == []


def test_people_see_the_columns_and_what_lists_mean(products: Path) -> None:
    code, out = run(str(products))

    assert code == 0
    assert "can be used" in out and "[odd] *header*" in out
    assert "3 texts if each gets its own, 2 if" in " ".join(out.split())


def test_wrong_usage_has_exit_code_two() -> None:
    assert run("no such file.csv")[0] == 2
    assert run()[0] == 2


def test_what_a_person_knows_better_can_be_said(products: Path) -> None:
    _, said = inspected(str(products), "--header-row", "0", "--encoding", "cp1252")

    assert (said["header_row"], said["encoding"], said["rows"]) == (None, "cp1252", 3)
    assert said["verdict"] == "accept_with_warning" and said["warnings"]


VARIANTS = """Handle,Title,Option1 Value,Variant Price
lamp,Lamp,Small,9.50 EUR
lamp,,Large,12.00 EUR
desk,Desk,Oak,99.00 EUR
"""


@pytest.fixture
def shop(tmp_path: Path) -> str:
    path = tmp_path / "shop.csv"
    path.write_text(VARIANTS)
    return str(path)


def test_products_are_counted_beside_rows_and_folded_when_asked_for(shop: str) -> None:
    _, before = inspected(shop)
    _, after = inspected(shop, "--fold")

    for said in (before, after):
        assert (said["rows"], said["products"], said["product_key"]) == (3, 2, "Handle")
    assert [column["missing"] for column in before["columns"]] == [0, 1, 0, 0]
    assert after["columns"][2]["multi_value"] == ", " and after["columns"][1]["missing"] == 0
    assert "3 rows are 2 products by 'Handle', as in every Shopify export (--fold)" in " ".join(run(shop)[1].split())
    assert "folded into 2 products by 'Handle'" in " ".join(run(shop, "--fold")[1].split())


def test_features_and_steps_are_asked_for_by_name(shop: str) -> None:
    _, said = inspected(shop, "--extract", "amount:Variant Price", "--skip-step", "trim")

    assert [column["name"] for column in said["columns"]][-2:] == ["Variant Price amount", "Variant Price currency"]
    assert "(--extract 'amount:Variant Price')" in " ".join(run(shop)[1].split())


@pytest.mark.parametrize(("wish", "value"), [("--product-key", "Style"), ("--extract", "unit:Weight")])
def test_a_wish_for_what_is_not_there_is_refused_in_a_sentence(shop: str, wish: str, value: str) -> None:
    code, said = inspected(shop, wish, value)

    assert code == 1 and value in said["problem"]
