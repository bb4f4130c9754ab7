"""What is known about a catalog: its columns, which of them hold lists, and what each is likely to mean. Values
only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from bot.domain.catalog_kinds import Kind, kind_of
from bot.domain.catalog_lists import JSON_LIST, list_separator, split_values

EXAMPLES = 3
EXAMPLE_LENGTH = 200  # characters of one example value; a whole HTML body helps nobody


class Verdict(StrEnum):
    """Can this file be used as a catalog? `WARN` means yes, but somebody should look at `warnings` first."""

    ACCEPT = "accept"
    WARN = "accept_with_warning"
    REJECT = "reject"


@dataclass(frozen=True, slots=True)
class Column:
    """One column as a person would describe it. `multi_value` is a separator, "json" for arrays, None for one value."""

    name: str
    kind: Kind
    missing: int
    distinct: int
    multi_value: str | None
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ListColumn:
    """What splitting one multi-valued column means: `texts` if it is split, `rows` if it is not."""

    column: str
    separator: str
    rows: int
    texts: int
    example: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Roles:
    """Which column is probably what; None where nothing fits. `existing_text` holds descriptions already written."""

    product_name: str | None = None
    type: str | None = None
    details: str | None = None
    existing_text: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One cleaning step, done or offered: `count` cells or rows are changed by it."""

    name: str
    count: int
    words: str


@dataclass(frozen=True, slots=True)
class Folding:
    """Rows that belong together: `rows` rows are `products` products by the column `key`.

    `certain`: no need to ask. `done`: the table has a row for each product, and `collected` are the columns that became
    lists by it. `platform`: whose export this is, "" where that is not known."""

    key: str
    rows: int
    products: int
    certain: bool = False
    done: bool = False
    platform: str = ""
    collected: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Feature:
    """New columns that can be made out of one: its amounts, its units, its "key: value" lines.

    `name` is how it is asked for. `example` is a cell, and what the new columns say of it."""

    name: str
    column: str
    columns: tuple[str, ...]
    example: tuple[str, ...]
    done: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read the letters of a file whose encoding is a guess, with words that show the difference."""

    encoding: str
    preview: str


@dataclass(frozen=True, slots=True)
class Source:
    """How the bytes were understood. Line and row numbers count from 1."""

    file: str
    format: str | None = None
    compression: str | None = None
    member: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    header_row: int | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """Everything `catalog inspect` says about a file. A rejected file has a `problem` and no columns."""

    source: Source
    verdict: Verdict
    problem: str | None = None
    rows: int = 0
    duplicates: int = 0
    columns: tuple[Column, ...] = ()
    warnings: tuple[str, ...] = ()
    roles: Roles = Roles()
    lists: tuple[ListColumn, ...] = ()
    steps: tuple[Step, ...] = ()
    offered: tuple[Step, ...] = ()
    sheets: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    folding: Folding | None = None
    features: tuple[Feature, ...] = ()
    readings: tuple[Reading, ...] = ()

    @property
    def products(self) -> int:
        """The rows of the table: one for each product where rows were folded, else the file's rows."""
        return self.folding.products if self.folding is not None and self.folding.done else self.rows

    def column(self, name: str) -> Column:
        """The column of exactly this name. Raises KeyError."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    def splits(self) -> dict[str, str]:
        """Every recognised multi-valued column with its separator, as `expand` wants it."""
        return {column.name: column.multi_value for column in self.columns if column.multi_value is not None}

    def default_splits(self) -> dict[str, str]:
        """What gets one text per value unless a person says otherwise: not a product's variants, and not its
        attributes."""
        kept = set(self.folding.collected) if self.folding is not None else set()
        kept |= {feature.column for feature in self.features}
        return {name: separator for name, separator in self.splits().items() if name not in kept}

    def as_dict(self) -> dict[str, Any]:
        """The JSON shape of `catalog inspect --json`, flat; a few keys more than the contract names.

        `rows` are the file's; `products` are what they make by `product_key`, if it is recognised or chosen."""
        rest = asdict(self)
        source = rest.pop("source")
        known = self.folding if self.folding is not None and (self.folding.certain or self.folding.done) else None
        rest |= {"products": known.products if known else self.rows, "product_key": known.key if known else None}
        return {
            "file": source.pop("file"),
            "verdict": rest.pop("verdict"),
            "problem": rest.pop("problem"),
            **source,
            **rest,
        }


def rejected(source: Source, problem: str, warnings: Sequence[str] = ()) -> Profile:
    """The profile of a file that cannot be used."""
    return Profile(source=source, verdict=Verdict.REJECT, problem=problem, warnings=tuple(warnings))


def profile_column(name: str, counts: Sequence[tuple[str, int]], separator: str | None = None) -> Column:
    """Describe one column from its distinct values with their counts ("" stands for missing), in order of
    appearance. `separator` is given where the cells are known to be lists."""
    filled = [(value, count) for value, count in counts if value]
    if separator is None:
        kind = kind_of(filled)
        separator = list_separator(name, kind, filled)
    else:
        kind = kind_of([(part, count) for value, count in filled for part in split_values(value, separator)])
    return Column(
        name=name,
        kind=kind,
        missing=sum(count for value, count in counts if not value),
        distinct=len(filled),
        multi_value=separator,
        examples=tuple(value[:EXAMPLE_LENGTH] for value, _ in filled[:EXAMPLES]),
    )


def describe_list(column: Column, counts: Sequence[tuple[str, int]]) -> ListColumn:
    """What splitting a multi-valued column would mean; the example is the first value that holds several."""
    separator = column.multi_value or JSON_LIST
    rows = texts = 0
    example: tuple[str, ...] = ()
    for value, count in counts:
        if value:
            parts = split_values(value, separator)
            rows += count
            texts += len(parts) * count
            if not example and len(parts) > 1:
                example = tuple(parts)
    return ListColumn(column=column.name, separator=separator, rows=rows, texts=texts, example=example)
