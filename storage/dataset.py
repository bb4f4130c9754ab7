"""Queries of frozen datasets: versions, their lines, and the files made of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, insert
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.dataset import Line
from storage.insert import insert_once
from storage.models import Dataset, Pair, Person, Product

# Rows of one INSERT statement; all of a version still stand in one transaction, because a freeze is one moment.
ROWS_AT_ONCE = 500


async def by_id(session: AsyncSession, dataset_id: int) -> Dataset | None:
    found = select(Dataset).where(Dataset.id == dataset_id).execution_options(populate_existing=True)
    return (await session.exec(found)).first()


async def same(session: AsyncSession, project_id: int, sha256: str) -> Dataset | None:
    """The version that holds exactly these texts."""
    found = select(Dataset).where(Dataset.project_id == project_id, Dataset.sha256 == sha256)
    return (await session.exec(found.order_by(col(Dataset.id).desc()))).first()


async def latest(session: AsyncSession, project_id: int) -> Dataset | None:
    found = select(Dataset).where(Dataset.project_id == project_id).order_by(col(Dataset.number).desc())
    return (await session.exec(found)).first()


async def next_number(session: AsyncSession, project_id: int) -> int:
    found = select(func.max(Dataset.number)).where(Dataset.project_id == project_id)
    return int((await session.exec(found)).one() or 0) + 1


async def add(session: AsyncSession, *, lines: Sequence[Line], **values: Any) -> int | None:
    """A new version with its lines; its id, or None where a colleague froze this number at the same moment."""
    dataset_id = await insert_once(session, Dataset, **values)
    if dataset_id is None:
        return None
    rows = [_row(dataset_id, position, line) for position, line in enumerate(lines)]
    for start in range(0, len(rows), ROWS_AT_ONCE):
        await session.exec(insert(Pair), params=rows[start : start + ROWS_AT_ONCE])
    return dataset_id


def _row(dataset_id: int, position: int, line: Line) -> dict[str, Any]:
    return {
        "dataset_id": dataset_id,
        "position": position,
        "completion_id": line.completion_id,
        "completion_version": line.version,
        "product_id": line.product_id,
        "split": line.split,
        "system": line.system,
        "prompt": line.prompt,
        "completion": line.text,
        "original": line.original,
        "origin": line.origin,
        "decided_by": line.decided_by,
    }


async def lines(session: AsyncSession, dataset_id: int) -> Sequence[Line]:
    """The lines of a version in their order."""
    found = (
        select(Pair, Product.name)
        .join(Product, col(Product.id) == Pair.product_id)
        .where(Pair.dataset_id == dataset_id)
        .order_by(col(Pair.position))
    )
    return [_line(pair, name) for pair, name in (await session.exec(found)).all()]


def _line(pair: Pair, product: str) -> Line:
    return Line(
        completion_id=pair.completion_id,
        version=pair.completion_version,
        product_id=pair.product_id,
        product=product,
        system=pair.system,
        prompt=pair.prompt,
        text=pair.completion,
        original=pair.original,
        origin=pair.origin,
        decided_by=pair.decided_by,
        split=pair.split,
    )


async def remember_files(session: AsyncSession, dataset_id: int, files: Mapping[str, str]) -> None:
    """Note where the files of a version are kept: file name to key."""
    await session.exec(update(Dataset).where(col(Dataset.id) == dataset_id).values(files=dict(files)))


async def names(session: AsyncSession, team_id: str) -> dict[str, str]:
    """User ids of a workspace to the names we know."""
    found = select(Person.user_id, Person.name).where(Person.team_id == team_id, Person.name != "")
    return dict((await session.exec(found)).all())
