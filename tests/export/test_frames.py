"""Data frames and Parquet files keep every cell as it is written."""

from __future__ import annotations

import io

import pandas as pd
import pytest

from bot.export.frames import to_frame, to_parquet

COLUMNS = ["sku", "note"]
ROWS = [["00042", "NA"], ["1e5", ""], ["9.50", "null\nzwei"]]


def test_a_frame_keeps_text_as_text() -> None:
    assert to_frame(COLUMNS, ROWS).to_numpy().tolist() == ROWS


def test_a_parquet_file_gives_back_the_same_cells() -> None:
    frame = pd.read_parquet(io.BytesIO(to_parquet(COLUMNS, iter(ROWS))))

    assert list(frame.columns) == COLUMNS and frame.to_numpy().tolist() == ROWS


def test_a_column_name_that_stands_twice_is_an_error() -> None:
    with pytest.raises(ValueError, match="Duplicate"):
        to_parquet(["a", "a"], [["1", "2"]])
