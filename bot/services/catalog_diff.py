"""Compares two versions of a catalog: what is new, changed and gone, and what that means for its texts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.catalog_diff import (
    NAME_LENGTH,
    SHOWN_CELLS,
    SHOWN_EXAMPLES,
    SHOWN_NAMES,
    CatalogDiff,
    Key,
    Keyed,
    ProductChange,
    Switch,
    VersionCard,
    cell_changes,
    changed_behind,
    choose_key,
)
from bot.domain.catalog_saved import restored, roles_from
from bot.domain.people import Actor
from bot.errors import NotFound, NotYet
from storage import catalog as catalogs
from storage import catalog_diff as queries
from storage import project as projects
from storage import review as reviews
from storage.catalog import Row
from storage.models import Catalog, CatalogState, Project


def key_between(old: Catalog, new: Catalog) -> Key:
    """By what the products of two versions are matched."""
    return choose_key(restored(old.profile), restored(new.profile), roles_from(old.roles), roles_from(new.roles))


async def matched(session: AsyncSession, old: Catalog, new: Catalog) -> dict[int, int]:
    """The product of the new version for each of the old one's, by id; those that are gone are not there."""
    if old.id == new.id:
        return {row[0]: row[0] async for rows in pages(session, old) for row in rows}
    key = key_between(old, new)
    before = await _index(session, old, Keyed(key, is_new=False))
    after = await _index(session, new, Keyed(key, is_new=True))
    return {product: after[known] for known, product in before.items() if known in after}


async def _index(session: AsyncSession, catalog: Catalog, keyed: Keyed) -> dict[tuple[str, int], int]:
    return {
        keyed.of(position, name, values): product
        async for rows in pages(session, catalog)
        for product, position, name, values in rows
    }


async def pages(session: AsyncSession, catalog: Catalog) -> AsyncIterator[list[Row]]:
    """All products of a catalog in the order of the file, at most 500 at a time."""
    last = -1
    while rows := await catalogs.page(session, catalog.id or 0, after=last):
        yield rows
        last = rows[-1][1]


async def compare(session: AsyncSession, project_id: int, old: Catalog, new: Catalog) -> CatalogDiff:
    """What `new` brings against `old`, which is in use. Reads both whole; changes nothing."""
    count = _Count(splits={**old.splits, **new.splits})
    for text in await queries.decided_texts(session, project_id, old.id or 0):
        count.texts[text.product_id].append(text.values)
    match = await matched(session, old, new)
    known = {now: before for before, now in match.items()}
    async for rows in pages(session, new):
        before = await catalogs.products_by_id(session, [known[row[0]] for row in rows if row[0] in known])
        by_id = {row[0]: row for row in before}
        for row in rows:
            count.take(by_id.get(known.get(row[0], 0)), row)
    async for rows in pages(session, old):
        count.take_gone([row for row in rows if row[0] not in match])
    return _diff(count, old, new)


@dataclass(slots=True)
class _Count:
    """What is seen while both versions are read side by side."""

    splits: Mapping[str, str]
    texts: defaultdict[int, list[dict[str, object]]] = field(default_factory=lambda: defaultdict(list))
    same: int = 0
    texts_back: int = 0
    texts_kept: int = 0
    texts_gone: int = 0
    changed: int = 0
    changes: list[ProductChange] = field(default_factory=list)
    new: int = 0
    new_names: list[str] = field(default_factory=list)
    gone: int = 0
    gone_names: list[str] = field(default_factory=list)

    def take(self, old: Row | None, new: Row) -> None:
        if old is None:
            self.new += 1
            self.new_names += [new[2][:NAME_LENGTH]] if len(self.new_names) < SHOWN_NAMES else []
            return
        cells = cell_changes(old[3], new[3])
        self.same += not cells
        self.changed += bool(cells)
        if cells and len(self.changes) < SHOWN_EXAMPLES:
            self.changes.append(ProductChange(new[2][:NAME_LENGTH], cells[:SHOWN_CELLS]))
        for values in self.texts.get(old[0], ()):
            back = bool(changed_behind(values, old[3], new[3], self.splits))
            self.texts_back += back
            self.texts_kept += not back

    def take_gone(self, rows: Sequence[Row]) -> None:
        for product, _, name, _ in rows:
            self.gone += 1
            self.texts_gone += len(self.texts.get(product, ()))
            self.gone_names += [name[:NAME_LENGTH]] if len(self.gone_names) < SHOWN_NAMES else []


def _diff(count: _Count, old: Catalog, new: Catalog) -> CatalogDiff:
    before = [column.name for column in restored(old.profile).columns]
    after = [column.name for column in restored(new.profile).columns]
    return CatalogDiff(
        old_name=old.filename,
        old_version=old.version,
        matched_by=key_between(old, new).words,
        new=count.new,
        changed=count.changed,
        gone=count.gone,
        same=count.same,
        texts_back=count.texts_back,
        texts_gone=count.texts_gone,
        texts_kept=count.texts_kept,
        columns_new=tuple(name for name in after if name not in before)[:SHOWN_NAMES],
        columns_gone=tuple(name for name in before if name not in after)[:SHOWN_NAMES],
        changes=tuple(_cut(one) for one in count.changes),
        new_names=tuple(count.new_names),
        gone_names=tuple(count.gone_names),
    )


def _cut(change: ProductChange) -> ProductChange:
    """Long cells are kept as far as they are shown."""
    return replace(change, cells=tuple(cell.short() for cell in change.cells))


async def version_card(session: AsyncSession, catalog: Catalog, project: Project | None) -> VersionCard:
    """What the catalog's card says about versions."""
    if project is None or project.catalog_id is None:
        return VersionCard()
    if catalog.state == CatalogState.READY:
        current = catalog.diff_against == project.catalog_id and bool(catalog.diff)
        return VersionCard(diff=CatalogDiff.from_json(catalog.diff) if current else None, comparing=not current)
    used = await catalogs.by_id(session, project.catalog_id)
    if catalog.state != CatalogState.USED or used is None:
        return VersionCard()
    if used.id != catalog.id:
        return VersionCard(catalog.version, again=True, in_use=used.filename, in_use_number=used.version)
    counts = await reviews.counts(session, project_id=project.id)
    switch = await _switch(session, project, catalog)
    diff = CatalogDiff.from_json(catalog.diff) if catalog.diff else None
    return VersionCard(catalog.version, diff=diff, switch=switch, decided=counts.pairs)


async def _switch(session: AsyncSession, project: Project, catalog: Catalog) -> Switch | None:
    last = await queries.last_switch(session, project.id or 0, catalog.id or 0)
    if last is None:
        return None
    return Switch(last.done_at is not None, last.kept, last.sent_back, last.set_aside, last.unplaced)


async def diff_of(session: AsyncSession, catalog_id: int, actor: Actor) -> tuple[str, CatalogDiff]:
    """The file's name and the stored comparison, for *Look closer*. Raises NotFound, NotYet."""
    catalog = await catalogs.by_id(session, catalog_id)
    if catalog is None or catalog.team_id != actor.team_id:
        raise NotFound("This catalog is gone.", todo="Drop the file again.")
    if not catalog.diff:
        raise NotYet("I am still comparing the two versions.", todo="Try again in a minute.")
    return catalog.filename, CatalogDiff.from_json(catalog.diff)


async def team_of(session: AsyncSession, catalog_id: int) -> str:
    catalog = await catalogs.by_id(session, catalog_id)
    return catalog.team_id if catalog else ""


async def compare_waiting(session: AsyncSession, new_id: int, old_id: int) -> CatalogDiff | None:
    """Compare a waiting catalog with the one in use. None: one of them is gone."""
    new, old = await catalogs.by_id(session, new_id), await catalogs.by_id(session, old_id)
    project = None if new is None else await projects.by_id(session, new.project_id or 0)
    if new is None or old is None or project is None:
        return None
    return await compare(session, project.id or 0, old, new)
