"""What the catalog's messages and forms show."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.domain.catalog import Column, ListColumn, Roles

SHOWN_PRODUCTS = 3
NO_ROLES = Roles()


class CatalogStage(StrEnum):
    """Where a catalog stands for those who look at its card."""

    ASKED = "asked"
    WAITING = "waiting"
    READY = "ready"
    USED = "used"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class CatalogQuestion:
    """ "Use this file as a product catalog?" `in_use` names the catalog that the channel's project has already."""

    id: int
    filename: str
    in_use: str = ""


@dataclass(frozen=True, slots=True)
class ListChoice:
    """A column with several values in a cell: `split` means one text per value."""

    column: ListColumn
    split: bool


@dataclass(frozen=True, slots=True)
class ExistingTexts:
    """How many products have a text already, and in which column."""

    column: str
    count: int
    rows: int


@dataclass(frozen=True, slots=True)
class CatalogCard:
    """What was understood of a file. `in_use` names the catalog that this one would replace."""

    id: int
    filename: str
    stage: CatalogStage
    project_id: int | None = None
    problem: str = ""
    rows: int = 0
    duplicates: int = 0
    columns: tuple[Column, ...] = ()
    roles: Roles = NO_ROLES
    lists: tuple[ListChoice, ...] = ()
    examples: tuple[tuple[tuple[str, str], ...], ...] = ()
    warnings: tuple[str, ...] = ()
    cleaned: tuple[str, ...] = ()
    existing: ExistingTexts | None = None
    in_use: str = ""
    uploader: str = ""


@dataclass(frozen=True, slots=True)
class CatalogFix:
    """The form that corrects what was understood; `splits` are the columns that get one text per value."""

    id: int
    columns: tuple[Column, ...]
    roles: Roles
    lists: tuple[ListColumn, ...]
    splits: tuple[str, ...]
    sheets: tuple[str, ...] = ()
    sheet: str = ""
