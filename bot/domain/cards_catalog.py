"""What the catalog's messages and forms show."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.domain.catalog import Column, Feature, Folding, ListColumn, Reading, Roles, Source, Step
from bot.domain.catalog_diff import VersionCard

SHOWN_PRODUCTS = 3
NO_ROLES = Roles()
NO_VERSION = VersionCard()
NO_SOURCE = Source(file="")


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
    version: VersionCard = NO_VERSION
    folding: Folding | None = None
    offered: tuple[Step, ...] = ()
    features: tuple[Feature, ...] = ()


@dataclass(frozen=True, slots=True)
class CatalogFix:
    """The form that corrects what was understood; `splits` are the columns that get one text per value.

    `done` and `offered` are cleaning steps; `sheets`, `members` and `readings` are the choices a file gives."""

    id: int
    columns: tuple[Column, ...]
    roles: Roles
    lists: tuple[ListColumn, ...]
    splits: tuple[str, ...]
    source: Source = NO_SOURCE
    folding: Folding | None = None
    done: tuple[Step, ...] = ()
    offered: tuple[Step, ...] = ()
    features: tuple[Feature, ...] = ()
    sheets: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    readings: tuple[Reading, ...] = ()


@dataclass(frozen=True, slots=True)
class Fix:
    """What a person saved in that form; None means that the form did not ask. `steps` and `features` are those that
    are wanted, `product_key` is "" where every row is a product, `header_row` 0 where there is no header."""

    roles: Roles
    split: tuple[str, ...]
    sheet: str | None = None
    member: str | None = None
    header_row: int | None = None
    delimiter: str | None = None
    encoding: str | None = None
    product_key: str | None = None
    steps: frozenset[str] | None = None
    features: frozenset[str] | None = None
