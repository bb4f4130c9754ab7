"""Queries about catalogs and their products."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, insert, or_
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.insert import insert_once
from storage.models import Catalog, CatalogState, Outbox, Product

# Longer than a download (100 MB) and a reading (180 s) together.
READING_LEASE = timedelta(minutes=10)
# SQLite takes 32,766 values a statement; five columns of 500 rows are far below.
CHUNK = 500

# What a product is looked at by: its id, its place in the catalog, its name and its cells.
Row = tuple[int, int, str, dict[str, Any]]
_ROW = (col(Product.id), col(Product.position), col(Product.name), col(Product.values))


async def by_id(session: AsyncSession, catalog_id: int) -> Catalog | None:
    found = select(Catalog).where(Catalog.id == catalog_id).execution_options(populate_existing=True)
    return (await session.exec(found)).first()


async def roles_of(session: AsyncSession, catalog_id: int) -> dict[str, Any]:
    """Which column is what, without the rest of the catalog."""
    return dict((await session.exec(select(Catalog.roles).where(Catalog.id == catalog_id))).first() or {})


async def by_file(session: AsyncSession, team_id: str, channel_id: str, slack_file_id: str) -> Catalog | None:
    found = select(Catalog).where(
        Catalog.team_id == team_id, Catalog.channel_id == channel_id, Catalog.slack_file_id == slack_file_id
    )
    return (await session.exec(found.execution_options(populate_existing=True))).first()


async def with_file(session: AsyncSession, team_id: str, slack_file_id: str) -> Sequence[Catalog]:
    """Every catalog that came from this file, in whatever channel."""
    found = select(Catalog).where(Catalog.team_id == team_id, Catalog.slack_file_id == slack_file_id)
    return (await session.exec(found.order_by(col(Catalog.id)))).all()


async def add_once(session: AsyncSession, **values: Any) -> int | None:
    """A new catalog's id; None where this file is known in this channel."""
    return await insert_once(session, Catalog, **values)


async def is_our_upload(session: AsyncSession, team_id: str, slack_file_id: str) -> bool:
    """Whether the bot itself put this file into Slack."""
    found = select(Outbox.id).where(Outbox.team_id == team_id, Outbox.file_id == slack_file_id)
    return (await session.exec(found)).first() is not None


async def move(
    session: AsyncSession,
    catalog_id: int,
    *,
    expected: Collection[CatalogState],
    to: CatalogState,
    owner: str | None = None,
    **values: Any,
) -> bool:
    """Change the state, if it is one of `expected` and, where `owner` is given, the lease is theirs.

    False means somebody else got there first."""
    there = update(Catalog).where(col(Catalog.id) == catalog_id, col(Catalog.state).in_(expected))
    if owner is not None:
        there = there.where(col(Catalog.lease_owner) == owner)
    return (await session.exec(there.values(state=to, **values))).rowcount == 1


async def change(session: AsyncSession, catalog_id: int, **values: Any) -> None:
    await session.exec(update(Catalog).where(col(Catalog.id) == catalog_id).values(**values))


async def open_work(session: AsyncSession, *, now: datetime, limit: int) -> Sequence[Catalog]:
    """Files to look at before asking about them, files to read, and cancelled ones whose contents are still kept."""
    unseen = (col(Catalog.state) == CatalogState.ASKED) & (col(Catalog.filename) == "")
    waiting = col(Catalog.state) == CatalogState.WAITING
    found = (
        select(Catalog)
        .where(or_(unseen, waiting, _left_over()))
        .where(or_(col(Catalog.lease_until).is_(None), col(Catalog.lease_until) < now))
        .order_by(col(Catalog.id))
        .limit(limit)
    )
    return (await session.exec(found)).all()


def _left_over() -> Any:
    """Cancelled, but its file or its rows are still there."""
    return (col(Catalog.state) == CatalogState.CANCELLED) & ((col(Catalog.file_key) != "") | (col(Catalog.rows) > 0))


async def claim(session: AsyncSession, catalog_id: int, *, owner: str, now: datetime) -> bool:
    """Take one catalog to work on it. False when somebody else has it."""
    take = (
        update(Catalog)
        .where(col(Catalog.id) == catalog_id)
        .where(or_(col(Catalog.lease_until).is_(None), col(Catalog.lease_until) < now))
        .values(lease_owner=owner, lease_until=now + READING_LEASE)
    )
    return (await session.exec(take)).rowcount == 1


async def keep_claim(session: AsyncSession, catalog_id: int, *, owner: str, now: datetime) -> bool:
    """Renew the lease while rows are stored. False: it was lost, or the catalog was cancelled meanwhile."""
    mine = update(Catalog).where(
        col(Catalog.id) == catalog_id, col(Catalog.lease_owner) == owner, col(Catalog.state) == CatalogState.WAITING
    )
    return (await session.exec(mine.values(lease_until=now + READING_LEASE))).rowcount == 1


async def put_off(session: AsyncSession, catalog_id: int, *, owner: str, until: datetime) -> None:
    """Leave it for a later attempt."""
    mine = update(Catalog).where(col(Catalog.id) == catalog_id, col(Catalog.lease_owner) == owner)
    await session.exec(mine.values(lease_owner="", lease_until=until, attempts=col(Catalog.attempts) + 1))


async def uses_of_file(session: AsyncSession, file_key: str) -> int:
    """How many catalogs keep this stored file."""
    return (await session.exec(select(func.count()).select_from(Catalog).where(Catalog.file_key == file_key))).one()


async def next_version(session: AsyncSession, project_id: int) -> int:
    """The number of a project's next catalog, counting those that were used."""
    used = select(func.count()).select_from(Catalog)
    used = used.where(Catalog.project_id == project_id, Catalog.state == CatalogState.USED)
    return (await session.exec(used)).one() + 1


async def open_of_project(session: AsyncSession, project_id: int) -> Sequence[int]:
    """Catalogs of a project whose card still offers to use them."""
    found = select(Catalog.id).where(Catalog.project_id == project_id, Catalog.state == CatalogState.READY)
    return [found_id for found_id in (await session.exec(found)).all() if found_id is not None]


async def stored(session: AsyncSession, catalog_id: int) -> int:
    """How many products are stored already; an import that died goes on from there."""
    last = (await session.exec(select(func.max(Product.position)).where(Product.catalog_id == catalog_id))).one()
    return 0 if last is None else int(last) + 1


async def add_products(
    session: AsyncSession, catalog_id: int, products: Iterable[tuple[int, str, Mapping[str, str]]]
) -> None:
    """Insert (position, name, values), at most `CHUNK` of them."""
    rows = [
        {"catalog_id": catalog_id, "position": at, "name": name, "values": dict(values)}
        for at, name, values in products
    ]
    if len(rows) > CHUNK:
        raise ValueError(f"{len(rows)} products are too many for one transaction")
    if rows:
        await session.exec(insert(Product), params=rows)


async def remove_products(session: AsyncSession, catalog_id: int) -> int:
    """Delete up to `CHUNK` products; how many were left to delete."""
    some = select(Product.id).where(Product.catalog_id == catalog_id).limit(CHUNK)
    return (await session.exec(delete(Product).where(col(Product.id).in_(some)))).rowcount


async def page(session: AsyncSession, catalog_id: int, *, after: int = -1, limit: int = CHUNK) -> list[Row]:
    """Products by their place in the catalog, those after place `after`."""
    found = select(*_ROW).where(Product.catalog_id == catalog_id, col(Product.position) > after)
    return [_row(one) for one in await session.exec(found.order_by(col(Product.position)).limit(limit))]


async def products_at(session: AsyncSession, catalog_id: int, positions: Sequence[int]) -> list[Row]:
    """The products at these places, in the order asked for."""
    found = select(*_ROW).where(Product.catalog_id == catalog_id, col(Product.position).in_(positions))
    rows = {row[1]: row for row in map(_row, await session.exec(found))}
    return [rows[position] for position in positions if position in rows]


async def products_by_id(session: AsyncSession, ids: Sequence[int]) -> list[Row]:
    """These products, in the order asked for."""
    found = select(*_ROW).where(col(Product.id).in_(ids))
    rows = {row[0]: row for row in map(_row, await session.exec(found))}
    return [rows[one] for one in ids if one in rows]


def _row(found: Any) -> Row:
    product_id, position, name, values = found
    return int(product_id), int(position), str(name), dict(values)
