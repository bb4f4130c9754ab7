"""The columns of the finished table."""

from __future__ import annotations

from bot.domain.evaluation import OUR_COLUMNS, table_columns


def test_our_columns_are_added_after_the_catalogs_own() -> None:
    assert table_columns(("Name", "Type")) == ("Name", "Type", *OUR_COLUMNS)


def test_a_catalog_that_has_such_columns_keeps_them() -> None:
    ours = ("Text (2)", "Looked at", "Checked by (2)", "House rules", "Not in the catalog")

    assert table_columns(("Name", "text", "Checked by")) == ("Name", "text", "Checked by", *ours)
