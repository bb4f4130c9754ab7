"""The columns of the finished table."""

from __future__ import annotations

from bot.domain.evaluation import table_columns


def test_two_columns_are_added_after_the_catalogs_own() -> None:
    assert table_columns(("Name", "Type")) == ("Name", "Type", "Text", "Checked by")


def test_a_catalog_that_has_such_columns_keeps_them() -> None:
    assert table_columns(("Name", "text", "Checked by")) == ("Name", "text", "Checked by", "Text (2)", "Checked by (2)")
