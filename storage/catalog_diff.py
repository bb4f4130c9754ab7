"""Queries about versions of a catalog: comparisons that are due, and texts on their way from one to another."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.catalog_diff import SWITCH_LEASE
from bot.domain.completion import WritingState
from bot.domain.review import PAIR_STATES
from storage.models import Batch, Catalog, CatalogState, CatalogSwitch, Completion, Outbox, Project, Prompt


@dataclass(frozen=True, slots=True)
class DecidedText:
    """A text that people agreed to, by the product and the cells that it stands on."""

    product_id: int
    values: dict[str, Any]


# comparisons


async def to_compare(session: AsyncSession, *, limit: int) -> Sequence[tuple[int, int]]:
    """Catalogs that wait for *New version* and were not compared with the one in use: both ids."""
    found = (
        select(Catalog.id, Project.catalog_id)
        .join(Project, col(Project.id) == Catalog.project_id)
        .where(Catalog.state == CatalogState.READY, col(Project.catalog_id).is_not(None))
        .where(or_(col(Catalog.diff_against).is_(None), col(Catalog.diff_against) != col(Project.catalog_id)))
        .order_by(col(Catalog.id))
        .limit(limit)
    )
    return [(int(new or 0), int(old or 0)) for new, old in (await session.exec(found)).all()]


async def keep_diff(session: AsyncSession, catalog_id: int, *, against: int, diff: dict[str, Any]) -> bool:
    """Store a comparison. False: the catalog is not waiting any more."""
    ready = update(Catalog).where(col(Catalog.id) == catalog_id, col(Catalog.state) == CatalogState.READY)
    return (await session.exec(ready.values(diff=diff, diff_against=against))).rowcount == 1


async def decided_texts(session: AsyncSession, project_id: int, catalog_id: int) -> list[DecidedText]:
    """Every text of this version that people agreed to."""
    found = (
        select(Completion.product_id, Prompt.values)
        .join(Prompt, col(Prompt.id) == Completion.prompt_id)
        .where(Completion.project_id == project_id, Prompt.catalog_id == catalog_id)
        .where(col(Completion.review).in_(PAIR_STATES), col(Completion.outdated).is_(False))
    )
    return [DecidedText(product, dict(values)) for product, values in (await session.exec(found)).all()]


# switches


async def has_texts(session: AsyncSession, project_id: int, catalog_ids: Collection[int]) -> bool:
    """Whether anything was ever written for these versions."""
    found = select(Completion.id).join(Prompt, col(Prompt.id) == Completion.prompt_id)
    found = found.where(Completion.project_id == project_id, col(Prompt.catalog_id).in_(catalog_ids))
    return (await session.exec(found.limit(1))).first() is not None


async def add_switch(session: AsyncSession, **values: Any) -> CatalogSwitch:
    switch = CatalogSwitch(**values)
    session.add(switch)
    await session.flush()
    return switch


async def open_switch(session: AsyncSession, project_id: int) -> CatalogSwitch | None:
    """The one that is under way."""
    found = select(CatalogSwitch).where(CatalogSwitch.project_id == project_id, col(CatalogSwitch.done_at).is_(None))
    return (await session.exec(found)).first()


async def last_switch(session: AsyncSession, project_id: int, catalog_id: int) -> CatalogSwitch | None:
    """The latest one to this version."""
    found = select(CatalogSwitch).where(
        CatalogSwitch.project_id == project_id, CatalogSwitch.new_catalog_id == catalog_id
    )
    found = found.order_by(col(CatalogSwitch.id).desc()).limit(1)
    return (await session.exec(found.execution_options(populate_existing=True))).first()


async def due_switches(session: AsyncSession, *, now: datetime, limit: int) -> Sequence[int]:
    """Switches that nobody works on."""
    found = select(CatalogSwitch.id).where(col(CatalogSwitch.done_at).is_(None), _free(now))
    return [int(i) for i in (await session.exec(found.order_by(col(CatalogSwitch.id)).limit(limit))).all() if i]


def _free(now: datetime) -> Any:
    return or_(col(CatalogSwitch.lease_until).is_(None), col(CatalogSwitch.lease_until) < now)


async def claim_switch(session: AsyncSession, switch_id: int, *, owner: str, now: datetime) -> CatalogSwitch | None:
    """Take a switch to work on it. None: somebody else has it, or it is done."""
    mine = update(CatalogSwitch).where(
        col(CatalogSwitch.id) == switch_id, col(CatalogSwitch.done_at).is_(None), _free(now)
    )
    won = (await session.exec(mine.values(lease_owner=owner, lease_until=now + SWITCH_LEASE))).rowcount == 1
    return await _switch(session, switch_id) if won else None


async def renew_switch(session: AsyncSession, switch_id: int, *, owner: str, now: datetime) -> CatalogSwitch | None:
    """Keep one's switch, first thing in every transaction that writes for it. None: the lease was lost."""
    mine = update(CatalogSwitch).where(
        col(CatalogSwitch.id) == switch_id,
        col(CatalogSwitch.lease_owner) == owner,
        col(CatalogSwitch.done_at).is_(None),
    )
    kept = (await session.exec(mine.values(lease_until=now + SWITCH_LEASE))).rowcount == 1
    return await _switch(session, switch_id) if kept else None


async def change_switch(session: AsyncSession, switch_id: int, **values: Any) -> None:
    await session.exec(update(CatalogSwitch).where(col(CatalogSwitch.id) == switch_id).values(**values))


async def _switch(session: AsyncSession, switch_id: int) -> CatalogSwitch:
    found = select(CatalogSwitch).where(CatalogSwitch.id == switch_id).execution_options(populate_existing=True)
    return (await session.exec(found)).one()


# prompts and their texts


async def prompts_with_texts(
    session: AsyncSession, project_id: int, catalog_id: int, *, after: int, limit: int
) -> Sequence[Prompt]:
    """The next prompts of a version for which there are texts, by id."""
    written = select(Completion.id).where(Completion.prompt_id == Prompt.id)
    found = select(Prompt).where(Prompt.project_id == project_id, Prompt.catalog_id == catalog_id)
    found = found.where(col(Prompt.id) > after, written.exists()).order_by(col(Prompt.id)).limit(limit)
    return (await session.exec(found)).all()


async def texts_of(session: AsyncSession, prompt_ids: Collection[int]) -> Sequence[Completion]:
    """Every text of these prompts, the one that was decided on last at the end."""
    found = select(Completion).where(col(Completion.prompt_id).in_(prompt_ids))
    found = found.order_by(func.coalesce(Completion.decided_at, Completion.created_at), col(Completion.id))
    return (await session.exec(found.execution_options(populate_existing=True))).all()


async def by_fingerprint(session: AsyncSession, project_id: int, fingerprint: str) -> Prompt | None:
    found = select(Prompt).where(Prompt.project_id == project_id, Prompt.fingerprint == fingerprint)
    return (await session.exec(found)).first()


async def move_prompt(session: AsyncSession, prompt_id: int, **values: Any) -> None:
    """Bring a prompt to another place, or another version."""
    await session.exec(update(Prompt).where(col(Prompt.id) == prompt_id).values(**values))


async def move_texts(session: AsyncSession, prompt_id: int, *, to_prompt: int, product_id: int) -> None:
    here = update(Completion).where(col(Completion.prompt_id) == prompt_id)
    await session.exec(here.values(prompt_id=to_prompt, product_id=product_id))


async def set_aside(session: AsyncSession, completion_ids: Sequence[int]) -> None:
    """Keep these texts, but leave them out of everything."""
    if completion_ids:
        await session.exec(update(Completion).where(col(Completion.id).in_(completion_ids)).values(outdated=True))


async def revive(session: AsyncSession, project_id: int, catalog_id: int, *, limit: int) -> list[int]:
    """Take texts of this version that were set aside back into account; their ids, at most `limit`."""
    aside = (
        select(Completion.id)
        .join(Prompt, col(Prompt.id) == Completion.prompt_id)
        .where(Completion.project_id == project_id, Prompt.catalog_id == catalog_id, col(Completion.outdated))
        .limit(limit)
    )
    ids = [int(i) for i in (await session.exec(aside)).all() if i is not None]
    if ids:
        await session.exec(update(Completion).where(col(Completion.id).in_(ids)).values(outdated=False))
    return ids


async def batches_of(session: AsyncSession, project_id: int) -> Sequence[int]:
    """The review batches of a project."""
    return [int(i) for i in (await session.exec(select(Batch.id).where(Batch.project_id == project_id))).all() if i]


async def taken_places(
    session: AsyncSession, project_id: int, catalog_id: int, product_ids: Collection[int]
) -> set[int]:
    """Places of these products where a text stands that people decided on, or are about to."""
    found = (
        select(Prompt.position)
        .join(Completion, col(Completion.prompt_id) == Prompt.id)
        .where(Prompt.project_id == project_id, Prompt.catalog_id == catalog_id)
        .where(col(Completion.product_id).in_(product_ids), col(Completion.outdated).is_(False))
        .where(Completion.state == WritingState.WRITTEN)
        .where(or_(col(Completion.review).in_(PAIR_STATES), col(Completion.batch_id).is_not(None)))
    )
    return set((await session.exec(found)).all())


async def cards_of(session: AsyncSession, team_id: str, completion_ids: Collection[int]) -> Sequence[str]:
    """The keys of these texts' cards that stand in Slack."""
    keys = [f"sample:{one}" for one in completion_ids]
    found = select(Outbox.key).where(Outbox.team_id == team_id, col(Outbox.key).in_(keys))
    return (await session.exec(found)).all()
