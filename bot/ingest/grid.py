"""What a format reader hands on: a rectangle of raw text cells and where it came from."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.domain.catalog import Reading, Step
from bot.ingest.table import Cells


@dataclass(slots=True)
class Grid:
    """Raw cells before cleaning. `names` is empty where the file names no columns;"""

    names: list[str]
    cells: list[Cells]
    format: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    header_row: int | None = None
    sheets: tuple[str, ...] = ()
    readings: tuple[Reading, ...] = ()
    warnings: list[str] = field(default_factory=list)
    """Sentences that ask for a look: they make the verdict `accept_with_warning`."""
    notes: list[Step] = field(default_factory=list)
    """What was passed over while reading, worth saying without changing the verdict."""
    offered: list[Step] = field(default_factory=list)
    """What could have been read otherwise."""
