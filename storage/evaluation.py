"""Queries of trials, side by side, and of tables with the rest of the texts."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.completion import RunKind, RunState, WritingState
from bot.domain.dataset import Split
from bot.domain.evaluation import TRIAL_LEASE, FinishedText
from bot.domain.outbox import Say
from bot.domain.review import PAIR_STATES, ReviewState, Surface, VerdictKind
from storage import spot_check as spot_checks
from storage.models import Completion, Outbox, Pair, Person, Product, Project, Prompt, Run, Trial

OPEN = (WritingState.WANTED, WritingState.CLAIMED)
FINAL_RUNS = [state for state in RunState if state.is_final]


async def by_id(session: AsyncSession, trial_id: int) -> Trial | None:
    found = select(Trial).where(Trial.id == trial_id).execution_options(populate_existing=True)
    return (await session.exec(found)).first()


async def add(session: AsyncSession, **values: Any) -> Trial:
    trial = Trial(**values)
    session.add(trial)
    await session.flush()
    return trial


async def due(session: AsyncSession, *, now: datetime, limit: int) -> Sequence[int]:
    """Trials that nobody works on."""
    found = select(Trial.id).where(_waiting(now)).order_by(col(Trial.id)).limit(limit)
    return [trial_id for trial_id in (await session.exec(found)).all() if trial_id is not None]


def _waiting(now: datetime) -> Any:
    return col(Trial.state).in_(OPEN) & or_(col(Trial.lease_until).is_(None), col(Trial.lease_until) < now)


async def claim(session: AsyncSession, trial_id: int, *, owner: str, now: datetime) -> Trial | None:
    """Take a trial for the length of a lease. None: somebody else did."""
    mine = update(Trial).where(col(Trial.id) == trial_id, _waiting(now))
    values = {"state": WritingState.CLAIMED, "lease_owner": owner, "lease_until": now + TRIAL_LEASE}
    won = (await session.exec(mine.values(**values))).rowcount == 1
    return await by_id(session, trial_id) if won else None


async def change(session: AsyncSession, trial_id: int, *, owner: str, **values: Any) -> bool:
    """Record something of a trial that one holds. False: the lease was lost."""
    mine = update(Trial).where(col(Trial.id) == trial_id, col(Trial.lease_owner) == owner)
    return (await session.exec(mine.values(**values))).rowcount == 1


async def tried_products(session: AsyncSession, project_id: int) -> list[int]:
    """The products of a project's trials so far."""
    found = select(Prompt.product_id).join(Trial, col(Trial.prompt_id) == Prompt.id)
    return list((await session.exec(found.where(Trial.project_id == project_id))).all())


async def products_of(session: AsyncSession, dataset_id: int, catalog_id: int | None, split: Split) -> list[int]:
    """The products of one side of a dataset, as far as they stand in this catalog, in the dataset's order."""
    found = (
        select(Pair.product_id, func.min(Pair.position))
        .join(Product, col(Product.id) == Pair.product_id)
        .where(Pair.dataset_id == dataset_id, Pair.split == split, Product.catalog_id == catalog_id)
        .group_by(col(Pair.product_id))
        .order_by(func.min(Pair.position))
    )
    return [int(product_id) for product_id, _ in (await session.exec(found)).all()]


async def is_taught(session: AsyncSession, dataset_id: int, product_id: int) -> bool:
    """Whether a model learned from a text of this product."""
    found = select(Pair.id).where(
        Pair.dataset_id == dataset_id, Pair.product_id == product_id, Pair.split == Split.TRAIN
    )
    return (await session.exec(found)).first() is not None


async def named(session: AsyncSession, catalog_id: int | None, words: str, *, limit: int) -> Sequence[tuple[int, str]]:
    """Products whose name is, or else contains, these words: id and name, exact ones first."""
    lowered = words.casefold()
    name = func.lower(col(Product.name))
    found = (
        select(Product.id, Product.name)
        .where(Product.catalog_id == catalog_id, name.contains(lowered, autoescape=True))
        .order_by((name == lowered).desc(), func.length(col(Product.name)), col(Product.position))
        .limit(limit)
    )
    return [(int(product_id or 0), str(shown)) for product_id, shown in (await session.exec(found)).all()]


async def names(session: AsyncSession, catalog_id: int | None, *, limit: int) -> Sequence[str]:
    found = select(Product.name).where(Product.catalog_id == catalog_id).order_by(col(Product.position)).limit(limit)
    return (await session.exec(found)).all()


async def finished_unsaid(session: AsyncSession, *, limit: int) -> Sequence[Run]:
    """Runs that wrote the rest and are over, of which nobody has heard yet."""
    said = select(Outbox.id).where(
        Outbox.kind == Say.FINISHED, Outbox.subject_id == Run.id, Outbox.team_id == Run.team_id
    )
    found = select(Run).where(Run.kind == RunKind.FINISH, col(Run.state).in_(FINAL_RUNS), ~said.exists())
    return (await session.exec(found.order_by(col(Run.id)).limit(limit))).all()


async def agreed_texts(session: AsyncSession, project: Project) -> dict[int, FinishedText]:
    """By place in the catalog's expansion: the text that people agreed to last, and who settled it."""
    found = _texts(project).where(col(Completion.review).in_(PAIR_STATES), col(Completion.outdated).is_(False))
    rows = (await session.exec(found.order_by(col(Completion.decided_at), col(Completion.id)))).all()
    people = await _names(session, project.team_id)
    return {
        position: FinishedText(
            text.text, people.get(text.decided_by, text.decided_by), looked_at=text.decided_on != Surface.BULK
        )
        for position, text in rows
    }


async def written_texts(session: AsyncSession, project: Project, run_ids: Collection[int]) -> dict[int, FinishedText]:
    """By place in the catalog's expansion: what these runs wrote, the last one's where there are two."""
    found = _texts(project).where(
        col(Completion.run_id).in_(run_ids),
        Completion.state == WritingState.WRITTEN,
        col(Completion.outdated).is_(False),
    )
    looked_at = await spot_checks.found_of(session, run_ids)
    rows = (await session.exec(found.order_by(col(Completion.id)))).all()
    return {position: _read(text, looked_at.get(text.id or 0)) for position, text in rows}


def _read(text: Completion, found: VerdictKind | None) -> FinishedText:
    """What people rejected has no text any more."""
    if found == VerdictKind.REJECTED or text.review == ReviewState.REJECTED:
        return FinishedText("", rejected=True)
    return FinishedText(text.text, looked_at=found is not None)


def _texts(project: Project) -> Any:
    return (
        select(Prompt.position, Completion)
        .join(Completion, col(Completion.prompt_id) == Prompt.id)
        .where(Prompt.project_id == project.id, Prompt.catalog_id == project.catalog_id)
    )


async def _names(session: AsyncSession, team_id: str) -> Mapping[str, str]:
    found = select(Person.user_id, Person.name).where(Person.team_id == team_id, Person.name != "")
    return dict((await session.exec(found)).all())
