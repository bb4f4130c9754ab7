"""Which rows belong to one product: known by a platform's columns, by how the rows stand, or by a person's choice."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.domain.catalog_words import names_a_product, word_set, words_of
from bot.ingest.grid import Grid
from bot.ingest.row_steps import filled_cells
from bot.ingest.table import Cells

Marks = NDArray[np.bool_]
Places = NDArray[np.intp]

KEY_WORDS = word_set(
    "id code sku handle slug group parent number no key ref reference style ean gtin model コード 编号 رمز"
)
TOGETHER = 0.95  # share of the rows in which a product's own columns are filled once and empty in its other rows
MANY = 0.05  # share of rows that belong to a row above before that is believed to be no accident
WORTH_IT = 1.15  # rows for each product from which folding is worth an offer
VARIATION = re.compile(r"(?:^|\|)\s*sku=([^,|]+)", re.IGNORECASE)
SHOPIFY = frozenset({"option1name", "option1value", "variantsku", "variantprice", "bodyhtml"})


@dataclass(frozen=True, slots=True)
class ProductKey:
    """`groups[row]` is the number of the row's product, counted from 0 in order of appearance.

    `certain` means fold without asking. `parents`: rows whose filled cells speak for the whole product (a variant's
    own name does not). `platform` is whose export it is, "" where that is not known."""

    column: str
    groups: Places
    certain: bool = False
    platform: str = ""
    parents: Marks | None = None

    @property
    def products(self) -> int:
        return int(self.groups.max()) + 1 if len(self.groups) else 0


def find_key(grid: Grid, chosen: str | None = None) -> ProductKey | None:
    """The product key of a cleaned table, None where every row is a product. `chosen` is a column a person named, ""
    for "every row is a product"; a column that is not there (any more) counts as no choice."""
    if chosen == "" or not grid.cells or len(grid.cells[0]) < 2:
        return None
    sheet = _Sheet(grid)
    if chosen not in grid.names:
        chosen = None
    for find in (*PLATFORMS, _by_empty_parents, _by_blanks_below, _by_repeats):
        found = find(sheet)
        if found is not None and _folds(found) and chosen in (None, found.column):
            return found
    return None if chosen is None else sheet.chosen(chosen)


def _folds(key: ProductKey) -> bool:
    return key.products < len(key.groups)


def plain(name: str) -> str:
    """A header without case, blanks and punctuation: "Body (HTML)" is "bodyhtml"."""
    return re.sub(r"[\W_]+", "", name.casefold())


class _Sheet:
    """A table with its columns by plain name."""

    def __init__(self, grid: Grid) -> None:
        self.grid = grid
        self.places = {plain(name): place for place, name in reversed(list(enumerate(grid.names)))}
        self.rows = len(grid.cells[0])
        self.filled = [filled_cells(cells) for cells in grid.cells]

    def has(self, *names: str) -> bool:
        return all(name in self.places for name in names)

    def has_any(self, names: Iterable[str]) -> bool:
        return any(name in self.places for name in names)

    def cells(self, name: str) -> Cells:
        return self.grid.cells[self.places[name]]

    def texts(self, name: str) -> list[str]:
        return self.cells(name).texts() if name in self.places else [""] * self.rows

    def title(self, name: str) -> str:
        return self.grid.names[self.places[name]]

    def by_value(self, place: int) -> Places:
        """Rows with the same text are one product, wherever they stand; a row without one is a product of its own."""
        codes, filled = self.grid.cells[place].codes.astype(np.intp), self.filled[place]
        return numbered(np.where(filled, codes, len(codes) + np.arange(self.rows)))

    def by_run(self, place: int) -> Places:
        """A text begins a product; the rows below with the same one, or with none, belong to it."""
        codes, filled = self.grid.cells[place].codes, self.filled[place]
        last = np.maximum.accumulate(np.where(filled, np.arange(self.rows), 0))
        begins = filled & (codes != np.concatenate([[-1], codes[last[:-1]]]))
        begins[0] = True
        return np.cumsum(begins) - 1

    def chosen(self, name: str) -> ProductKey:
        """Blank cells below a text belong to it where those rows lack the product's name, too."""
        place = self.grid.names.index(name)
        blank = ~self.filled[place]
        named = [at for at, title in enumerate(self.grid.names) if at != place and names_a_product(title)]
        own = any(self.filled[at][blank].any() for at in named)
        groups = self.by_run(place) if blank.any() and not own else self.by_value(place)
        return ProductKey(name, groups, certain=True)

    def are_constant(self, groups: Places, places: Iterable[int]) -> bool:
        return all(is_constant(self.grid.cells[place], self.filled[place], groups) for place in places)

    def named(self) -> list[int]:
        """The columns that hold a product's name, by their headers."""
        return [place for place, name in enumerate(self.grid.names) if names_a_product(name)]


def numbered(labels: Places) -> Places:
    """Labels as numbers from 0 in order of first appearance."""
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.intp)
    rank[np.argsort(first, kind="stable")] = np.arange(len(first))
    return rank[inverse]


def is_constant(cells: Cells, filled: Marks, groups: Places) -> bool:
    """Whether no product has two different texts in this column; empty cells do not count."""
    rows = np.flatnonzero(filled)
    pairs = np.unique(groups[rows] * np.intp(len(cells.values)) + cells.codes[rows])
    return len(pairs) == len(np.unique(groups[rows]))


def _shopify(sheet: _Sheet) -> ProductKey | None:
    handle = next((name for name in ("handle", "urlhandle") if sheet.has(name)), None)
    if handle is None or not sheet.has("title") or not sheet.has_any(SHOPIFY):
        return None
    return ProductKey(sheet.title(handle), sheet.by_value(sheet.places[handle]), True, "Shopify")


def _woocommerce(sheet: _Sheet) -> ProductKey | None:
    """Variations name their parent by its SKU, or by "id:" and its ID."""
    if not (sheet.has("parent", "type", "name") and sheet.has_any(("sku", "id"))):
        return None
    row_of = {sku: row for row, sku in enumerate(sheet.texts("sku")) if sku}
    row_of |= {f"id:{number}": row for row, number in enumerate(sheet.texts("id")) if number}
    parents = sheet.texts("parent")
    labels = [row_of.get(parent, row) if parent else row for row, parent in enumerate(parents)]
    is_parent = np.array([label == row for row, label in enumerate(labels)], dtype=bool)
    return ProductKey(sheet.title("parent"), numbered(np.array(labels)), True, "WooCommerce", is_parent)


def _magento(sheet: _Sheet) -> ProductKey | None:
    """Store views repeat the SKU; configurable products name their variants' SKUs; older exports leave it blank."""
    if not sheet.has("sku"):
        return None
    if sheet.has("attributeset", "type") and sheet.has_any(("store", "productwebsites")):
        return ProductKey(sheet.title("sku"), sheet.by_run(sheet.places["sku"]), True, "Magento")
    if not sheet.has("producttype") or not sheet.has_any(("configurablevariations", "storeviewcode")):
        return None
    skus = sheet.texts("sku")
    owner = {
        child.strip().casefold(): sku.casefold()
        for sku, variations in zip(skus, sheet.texts("configurablevariations"), strict=True)
        for child in VARIATION.findall(variations)
    }
    own = [sku.casefold() or f"\0{row}" for row, sku in enumerate(skus)]
    labels = Cells.of(owner.get(sku, sku) for sku in own).codes.astype(np.intp)
    is_parent = np.array(
        [sku not in owner and not view for sku, view in zip(own, sheet.texts("storeviewcode"), strict=True)]
    )
    return ProductKey(sheet.title("sku"), numbered(labels), True, "Magento", is_parent)


def _vendure(sheet: _Sheet) -> ProductKey | None:
    if not sheet.has("name", "slug", "optiongroups", "optionvalues"):
        return None
    return ProductKey(sheet.title("name"), sheet.by_run(sheet.places["name"]), True, "Vendure")


def _feed(sheet: _Sheet) -> ProductKey | None:
    """Product feeds group variants by an id of their own; where titles differ within a group, people decide."""
    group = next((name for name in ("itemgroupid", "gitemgroupid") if sheet.has(name)), None)
    if group is None:
        return None
    groups = sheet.by_value(sheet.places[group])
    return ProductKey(sheet.title(group), groups, sheet.are_constant(groups, sheet.named()), "product feed")


PLATFORMS: tuple[Callable[[_Sheet], ProductKey | None], ...] = (_shopify, _woocommerce, _magento, _vendure, _feed)


def _by_empty_parents(sheet: _Sheet) -> ProductKey | None:
    """A key that every row has, in runs, and columns that only the first row of a run fills."""
    for place in _runs(sheet):
        groups = sheet.by_value(place)
        first = np.diff(groups, prepend=-1) != 0
        once = [at for at in range(len(sheet.filled)) if at != place and _only_where(sheet.filled[at], first)]
        if once and (len(once) > 1 or set(once) & set(sheet.named())) and (~first).sum() >= MANY * sheet.rows:
            return ProductKey(sheet.grid.names[place], groups, True)
    return None


def _by_blanks_below(sheet: _Sheet) -> ProductKey | None:
    """A name only in a product's first row, blank below together with other columns, while others go on."""
    for place in sheet.named():
        filled = sheet.filled[place]
        if filled.all() or not filled[0] or (~filled).sum() < MANY * sheet.rows:
            continue
        with_it = [at for at in range(len(sheet.filled)) if at != place and _only_where(sheet.filled[at], filled)]
        goes_on = [at for at in range(len(sheet.filled)) if sheet.filled[at][~filled].all() and _differs(sheet, at)]
        if with_it and goes_on:
            return ProductKey(sheet.grid.names[place], sheet.by_run(place), len(with_it) > 1)
    return None


def _by_repeats(sheet: _Sheet) -> ProductKey | None:
    """An id in runs of rows that agree on the name: offered, because it could be a price history just as well."""
    named = sheet.named()
    for place in _runs(sheet):
        name = sheet.grid.names[place]
        if not set(words_of(name)) & KEY_WORDS and place not in named:
            continue
        groups = sheet.by_value(place)
        if sheet.rows >= WORTH_IT * (int(groups.max()) + 1) and sheet.are_constant(groups, named):
            return ProductKey(name, groups)
    return None


def _runs(sheet: _Sheet) -> list[int]:
    """Columns without gaps whose equal texts stand together, several rows of at least one."""
    found = []
    for place, cells in enumerate(sheet.grid.cells):
        runs = int(np.count_nonzero(np.diff(cells.codes))) + 1
        if 1 < len(cells.values) == runs < sheet.rows and sheet.filled[place].all():
            found.append(place)
    return found


def _only_where(filled: Marks, first: Marks) -> bool:
    """Filled in (nearly) all marked rows and in no other."""
    return not filled[~first].any() and filled[first].sum() >= TOGETHER * first.sum()


def _differs(sheet: _Sheet, place: int) -> bool:
    return len(sheet.grid.cells[place].values) > 1
