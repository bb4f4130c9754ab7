"""Two versions of a catalog: which products are the same ones, and what became of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from enum import StrEnum
from itertools import takewhile
from typing import Any

from bot.domain.catalog import Column, Profile, Roles
from bot.domain.review import facts_of

# Columns that tell products apart, the most telling first, written without case, blanks and punctuation.
KEY_COLUMNS = (
    "sku", "productsku", "variantsku", "itemsku", "articlenumber", "articleno", "articleid", "itemnumber", "itemno",
    "itemid", "productnumber", "productno", "productcode", "productid", "partnumber", "partno", "mpn", "gtin", "ean",
    "ean13", "upc", "isbn", "asin", "barcode", "handle", "slug", "modelnumber", "externalid", "uuid", "uid", "id",
    "code", "ref", "reference",
)  # fmt: skip
# A key column is filled in nearly every row, and nearly no text stands in it twice.
FILLED, UNIQUE = 0.9, 0.99
# Names tell products apart where at least every second one is another; else rows are matched by their place.
NAMES_UNIQUE = 0.5
SHOWN_EXAMPLES = 8
SHOWN_CELLS = 4
SHOWN_NAMES = 10
CELL_LENGTH = 120
LEAD = 20  # characters before a difference inside a long cell
NAME_LENGTH = 80
# Longer than one chunk of texts takes, and short enough that a killed worker is soon replaced.
SWITCH_LEASE = timedelta(seconds=60)


class MatchedBy(StrEnum):
    COLUMN = "column"
    NAME = "name"
    PLACE = "place"


@dataclass(frozen=True, slots=True)
class Key:
    """By what two versions' products are matched; `old` and `new` are the column's names, which may differ in case."""

    by: MatchedBy
    old: str = ""
    new: str = ""

    @property
    def words(self) -> str:
        named = {MatchedBy.NAME: "the product's name", MatchedBy.PLACE: "the place in the file"}
        return named.get(self.by, f"the column {self.new}")


@dataclass(frozen=True, slots=True)
class CellChange:
    column: str
    old: str
    new: str

    @property
    def words(self) -> str:
        """`Price: 9.50 → 11.00`, with words for nothing."""
        return f"{self.column}: {_shown(self.old)} → {_shown(self.new)}"

    def short(self) -> CellChange:
        """Cells of any length cut to what can be shown, around the first difference."""
        if max(len(self.old), len(self.new)) <= CELL_LENGTH:
            return self
        same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(self.old, self.new, strict=False)))
        start = max(0, same - LEAD)
        return CellChange(self.column, _part(self.old, start), _part(self.new, start))


@dataclass(frozen=True, slots=True)
class ProductChange:
    product: str
    cells: tuple[CellChange, ...]


@dataclass(frozen=True, slots=True)
class CatalogDiff:
    """What a version brings. `texts_back` approved texts go back to review, `texts_gone` stay out of later datasets."""

    old_name: str
    old_version: int
    matched_by: str
    new: int = 0
    changed: int = 0
    gone: int = 0
    same: int = 0
    texts_back: int = 0
    texts_gone: int = 0
    texts_kept: int = 0
    columns_new: tuple[str, ...] = ()
    columns_gone: tuple[str, ...] = ()
    changes: tuple[ProductChange, ...] = ()
    new_names: tuple[str, ...] = ()
    gone_names: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> CatalogDiff:
        lists = {name: tuple(raw.get(name, ())) for name in ("columns_new", "columns_gone", "new_names", "gone_names")}
        changes = tuple(
            ProductChange(one["product"], tuple(CellChange(**cell) for cell in one["cells"]))
            for one in raw.get("changes", ())
        )
        return cls(**{**raw, **lists, "changes": changes})


@dataclass(frozen=True, slots=True)
class Switch:
    """How texts came over to the version in use; counts of texts people had decided on or were about to."""

    done: bool
    kept: int = 0
    sent_back: int = 0
    set_aside: int = 0
    unplaced: int = 0


@dataclass(frozen=True, slots=True)
class VersionCard:
    """What a catalog's card says about versions. `again`: it was in use before and can be again.

    `resplits`: columns by place that can still be split another way, with what that gives."""

    number: int = 0
    diff: CatalogDiff | None = None
    comparing: bool = False
    switch: Switch | None = None
    again: bool = False
    in_use: str = ""
    in_use_number: int = 0
    decided: int = 0


def choose_key(old: Profile, new: Profile, old_roles: Roles, new_roles: Roles) -> Key:
    """By what to match: the product key, else a column of unique numbers, else the name, else the place."""
    there = {_plain(column.name): column for column in old.columns}
    for column in sorted(new.columns, key=_rank):
        before = there.get(_plain(column.name))
        telling = _rank(column) < len(KEY_COLUMNS) or _is_product_key(column.name, new)
        if before and telling and _tells(before, old.products) and _tells(column, new.products):
            return Key(MatchedBy.COLUMN, before.name, column.name)
    named = _names_tell(old, old_roles) and _names_tell(new, new_roles)
    return Key(MatchedBy.NAME if named else MatchedBy.PLACE)


def _is_product_key(name: str, profile: Profile) -> bool:
    """Rows that were folded into products tell by what."""
    folding = profile.folding
    return folding is not None and folding.done and name == folding.key


def _rank(column: Column) -> int:
    plain = _plain(column.name)
    return KEY_COLUMNS.index(plain) if plain in KEY_COLUMNS else len(KEY_COLUMNS)


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.casefold())


def _tells(column: Column, rows: int) -> bool:
    filled = rows - column.missing
    return filled >= FILLED * rows and column.distinct >= UNIQUE * filled and filled > 0


def _names_tell(profile: Profile, roles: Roles) -> bool:
    named = roles.product_name or (profile.columns[0].name if profile.columns else "")
    column = next((one for one in profile.columns if one.name == named), None)
    return column is not None and column.distinct >= NAMES_UNIQUE * profile.products


@dataclass(slots=True)
class Keyed:
    """Gives each product of one version, in the order of the file, the text it is known by: a repeated one is
    numbered."""

    key: Key
    is_new: bool
    seen: Counter[str] = field(default_factory=Counter)

    def of(self, position: int, name: str, values: Mapping[str, Any]) -> tuple[str, int]:
        if self.key.by is MatchedBy.PLACE:
            return (str(position), 0)
        column = self.key.new if self.is_new else self.key.old
        cell = str(values.get(column) or "").strip() if self.key.by is MatchedBy.COLUMN else ""
        text = f"key {cell}" if cell else f"name {' '.join(name.split()).casefold()}"
        self.seen[text] += 1
        return (text, self.seen[text])


def cell_changes(
    old: Mapping[str, Any], new: Mapping[str, Any], columns: Iterable[str] | None = None
) -> tuple[CellChange, ...]:
    """Cells that differ, blanks at their ends aside; of all columns that both have, or of these (a column that is
    not there any more is empty)."""
    looked_at = [name for name in old if name in new] if columns is None else columns
    pairs = ((name, str(old.get(name) or "").strip(), str(new.get(name) or "").strip()) for name in looked_at)
    return tuple(CellChange(*pair) for pair in pairs if pair[1] != pair[2])


def columns_behind(values: Mapping[str, Any], product: Mapping[str, Any]) -> tuple[str, ...]:
    """The columns a text stands on: those of its prompt, and the facts that people checked it against."""
    return tuple(dict.fromkeys([*values, *(column for column, _ in facts_of(values, product))]))


def changed_behind(
    values: Mapping[str, Any], old: Mapping[str, Any], new: Mapping[str, Any], splits: Iterable[str]
) -> tuple[CellChange, ...]:
    """What changed in the cells that a text stands on. Split columns are left out: one value of theirs is looked for
    among the new prompts."""
    apart = set(splits)
    return cell_changes(old, new, [name for name in columns_behind(values, old) if name not in apart])


def change_in_words(cells: Sequence[CellChange]) -> str:
    """`Price: 9.50 → 11.00; Weight: 2 kg → 3 kg`"""
    shown = "; ".join(cell.short().words for cell in cells[:SHOWN_CELLS])
    return f"{shown}; and {len(cells) - SHOWN_CELLS} more" if len(cells) > SHOWN_CELLS else shown


def place_among(
    text: str, values: Mapping[str, Any], place: int, offered: Sequence[tuple[str, Mapping[str, Any]]]
) -> int | None:
    """Which of a product's prompts stands for an earlier one: the same words, else the same values, else, where the
    template shares no column with the earlier one, the same place. None: there is none any more."""
    for number, (words, _) in enumerate(offered):
        if words == text:
            return number
    shared = False
    for number, (_, theirs) in enumerate(offered):
        common = [name for name in values if name in theirs]
        shared = shared or bool(common)
        if common and all(str(values[name]) == str(theirs[name]) for name in common):
            return number
    return place if not shared and 0 <= place < len(offered) else None


def place_of_value(
    values: Mapping[str, Any], splits: Iterable[str], offered: Sequence[Mapping[str, Any]]
) -> int | None:
    """For a product whose other cells changed: the prompt with the same value of every split column. None: that
    value is gone."""
    apart = [name for name in splits if name in values]
    for number, theirs in enumerate(offered):
        if all(str(values[name]) == str(theirs.get(name, values[name])) for name in apart):
            return number
    return None


def _part(cell: str, start: int) -> str:
    """The cell from shortly before the difference, with an ellipsis where something is left out."""
    rest = ("…" if start else "") + cell[start:]
    return rest if len(rest) <= CELL_LENGTH else rest[: CELL_LENGTH - 1] + "…"


def _shown(cell: str) -> str:
    return cell or "(empty)"
