"""Tables as pandas data frames, for Parquet files and for people who go on in a notebook. Importing this loads
pandas."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

import pandas as pd


def to_frame(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> pd.DataFrame:
    """All cells as text: codes keep their zeros, and "NA" stays a word."""
    return pd.DataFrame(list(rows), columns=list(columns), dtype="str")


def to_parquet(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """A Parquet file of text columns. Raises ValueError for a column name that stands twice."""
    out = io.BytesIO()
    to_frame(columns, rows).to_parquet(out, index=False)
    return out.getvalue()
