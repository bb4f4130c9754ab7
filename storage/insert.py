"""Insert a row unless its unique key is taken: one function for both databases."""

from __future__ import annotations

from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession


async def insert_once(session: AsyncSession, table: type[SQLModel], **values: Any) -> int | None:
    """The new row's id, or None where a row with the same unique key is there already."""
    row = table(**values)
    columns = {name: getattr(row, name) for name in table.model_fields if name != "id"}
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = insert(table).values(**columns).on_conflict_do_nothing().returning(table.__table__.c.id)  # type: ignore[attr-defined]
    found = (await session.exec(statement)).first()
    return None if found is None else int(found[0])
