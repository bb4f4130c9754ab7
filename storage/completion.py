"""Queries of writing: which runs are due and whose they are, and which texts they still want."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, func, or_
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.completion import RUN_ORDER, WRITING_LEASE, Origin, RunKind, RunState, WritingState
from bot.domain.review import PAIR_STATES, ReviewState
from storage.insert import insert_once
from storage.models import Batch, Completion, Product, Project, Prompt, Run
from storage.money import write_rows

LIVE = [state for state in RunState if not state.is_final]
UNWRITTEN = (WritingState.WANTED, WritingState.CLAIMED)


@dataclass(frozen=True)
class Wanted:
    """A text to be written and what its request is made of."""

    id: int
    system: str
    prompt: str
    hint: str
    parent_id: int | None


# runs


async def lock_project(session: AsyncSession, project_id: int) -> None:
    """Keep a second click (on PostgreSQL) from ordering the same at the same time."""
    await session.exec(select(Project.id).where(Project.id == project_id).with_for_update())


async def add_run(session: AsyncSession, **values: Any) -> Run:
    run = Run(**values)
    session.add(run)
    await session.flush()
    return run


async def run(session: AsyncSession, run_id: int) -> Run | None:
    found = select(Run).where(Run.id == run_id).execution_options(populate_existing=True)
    return (await session.exec(found)).first()


async def live_run(session: AsyncSession, project_id: int, kinds: Collection[RunKind]) -> Run | None:
    """A run of these kinds that is not over."""
    found = select(Run).where(Run.project_id == project_id, col(Run.kind).in_(kinds), col(Run.state).in_(LIVE))
    return (await session.exec(found.order_by(col(Run.id).desc()))).first()


async def last_try(session: AsyncSession, project_id: int) -> Run | None:
    found = select(Run).where(Run.project_id == project_id, Run.kind == RunKind.TRY)
    return (await session.exec(found.order_by(col(Run.id).desc()).limit(1))).first()


async def last_finish(session: AsyncSession, project_id: int) -> Run | None:
    """The latest order for the rest of the catalog."""
    found = select(Run).where(Run.project_id == project_id, Run.kind == RunKind.FINISH)
    return (await session.exec(found.order_by(col(Run.id).desc()).limit(1))).first()


async def due_runs(session: AsyncSession, *, now: datetime, limit: int) -> Sequence[Run]:
    """Runs that nobody works on, those that somebody waits for first."""
    place = case({kind: number for number, kind in enumerate(RUN_ORDER)}, value=col(Run.kind))
    found = (
        select(Run)
        .where(col(Run.state).in_(LIVE), or_(col(Run.lease_until).is_(None), col(Run.lease_until) < now))
        .order_by(place, col(Run.id))
        .limit(limit)
    )
    return (await session.exec(found)).all()


async def claim_run(session: AsyncSession, run_id: int, *, owner: str, now: datetime) -> bool:
    """Take a run to work on it. False when somebody else has it, or it is over."""
    take = update(Run).where(
        col(Run.id) == run_id,
        col(Run.state).in_(LIVE),
        or_(col(Run.lease_until).is_(None), col(Run.lease_until) < now),
    )
    return await _one(session, take.values(lease_owner=owner, lease_until=now + WRITING_LEASE))


async def renew(session: AsyncSession, run_id: int, *, owner: str, now: datetime) -> bool:
    """Keep one's run, at the start of every transaction that writes for it. False: it is somebody else's by now."""
    mine = update(Run).where(col(Run.id) == run_id, col(Run.lease_owner) == owner)
    return await _one(session, mine.values(lease_until=now + WRITING_LEASE))


async def let_go(session: AsyncSession, run_id: int, *, owner: str) -> None:
    mine = update(Run).where(col(Run.id) == run_id, col(Run.lease_owner) == owner)
    await session.exec(mine.values(lease_owner="", lease_until=None))


async def end_run(
    session: AsyncSession, run_id: int, *, owner: str, state: RunState, problem: str, now: datetime
) -> bool:
    """End one's run. False: it was over already, or is somebody else's."""
    mine = update(Run).where(col(Run.id) == run_id, col(Run.lease_owner) == owner, col(Run.state).in_(LIVE))
    values = {"state": state, "problem": problem, "finished_at": now, "lease_owner": "", "lease_until": None}
    return await _one(session, mine.values(**values))


async def ask_to_stop(session: AsyncSession, run_id: int) -> bool:
    asked = update(Run).where(col(Run.id) == run_id, col(Run.state) == RunState.RUNNING)
    return await _one(session, asked.values(state=RunState.STOPPING))


async def stopping(session: AsyncSession, run_ids: Collection[int]) -> set[int]:
    """Which of these runs somebody wants to stop."""
    found = select(Run.id).where(col(Run.id).in_(run_ids), Run.state == RunState.STOPPING)
    return {int(i) for i in (await session.exec(found)).all() if i is not None}


async def set_wanted(session: AsyncSession, run_id: int, wanted: int) -> None:
    await session.exec(update(Run).where(col(Run.id) == run_id).values(wanted=wanted))


async def _one(session: AsyncSession, statement: Any) -> bool:
    return bool((await session.exec(statement)).rowcount == 1)


# their texts


async def add_texts(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert texts, each (run, prompt, sample) once; at most 500."""
    if rows:
        insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        filled = [Completion(**row).model_dump(exclude={"id"}) for row in rows]
        await session.exec(insert(Completion).on_conflict_do_nothing(), params=filled)


async def add_text(session: AsyncSession, **values: Any) -> Completion:
    text = Completion(**values)
    session.add(text)
    await session.flush()
    return text


async def texts_of(session: AsyncSession, run_id: int) -> Sequence[tuple[Completion, Prompt, Product]]:
    """A run's texts in the order in which they were wanted."""
    found = (
        select(Completion, Prompt, Product)
        .join(Prompt, col(Prompt.id) == Completion.prompt_id)
        .join(Product, col(Product.id) == Completion.product_id)
        .where(Completion.run_id == run_id)
        .order_by(col(Completion.id))
        .execution_options(populate_existing=True)
    )
    return (await session.exec(found)).all()


async def counts(session: AsyncSession, run_id: int) -> dict[WritingState, int]:
    """How many of a run's texts are in which state."""
    found = select(Completion.state, func.count()).where(Completion.run_id == run_id)
    rows = (await session.exec(found.group_by(col(Completion.state)))).all()
    return {WritingState(state): int(n) for state, n in rows}


async def written(session: AsyncSession, run_id: int) -> int:
    return (await counts(session, run_id)).get(WritingState.WRITTEN, 0)


async def usd_of(session: AsyncSession, run_id: int) -> tuple[float, int]:
    """What a run's texts cost as far as that is known, and for how many texts of a model it is not."""
    found = select(func.coalesce(func.sum(Completion.usd), 0.0), func.count(), func.count(col(Completion.usd))).where(
        Completion.run_id == run_id, Completion.state == WritingState.WRITTEN, Completion.model != ""
    )
    usd, written, priced = (await session.exec(found)).one()
    return float(usd or 0.0), int(written) - int(priced)


async def wanted(session: AsyncSession, run_id: int, *, after: int, limit: int) -> list[Wanted]:
    """The next texts of a run that nobody has written, by id."""
    found = (
        select(Completion, Prompt)
        .join(Prompt, col(Prompt.id) == Completion.prompt_id)
        .where(Completion.run_id == run_id, Completion.state == WritingState.WANTED, col(Completion.id) > after)
        .order_by(col(Completion.id))
        .limit(limit)
    )
    rows = (await session.exec(found)).all()
    return [Wanted(t.id or 0, prompt.system, prompt.text, t.hint, t.parent_id) for t, prompt in rows]


async def mark_claimed(session: AsyncSession, completion_ids: Collection[int]) -> None:
    unwritten = update(Completion).where(col(Completion.id).in_(completion_ids), col(Completion.state).in_(UNWRITTEN))
    await session.exec(unwritten.values(state=WritingState.CLAIMED))


async def take_back_claimed(session: AsyncSession, run_id: int) -> int:
    """The run's last worker died: what it had sent is wanted again. How many texts those are."""
    sent = update(Completion).where(col(Completion.run_id) == run_id, col(Completion.state) == WritingState.CLAIMED)
    return int((await session.exec(sent.values(state=WritingState.WANTED))).rowcount)


async def give_up_unwritten(session: AsyncSession, run_id: int, *, problem: str) -> int:
    """A run is over: what it did not write stays unwritten."""
    left = update(Completion).where(col(Completion.run_id) == run_id, col(Completion.state).in_(UNWRITTEN))
    return int((await session.exec(left.values(state=WritingState.FAILED, problem=problem))).rowcount)


async def save(session: AsyncSession, changes: Sequence[dict[str, Any]]) -> None:
    """Write results by id."""
    await write_rows(session, Completion, changes)


# what is left to write


async def used_positions(session: AsyncSession, project: Project, fingerprint: str) -> set[int]:
    """Places of the prompts that an owner said yes to under this fingerprint, where a text is or will be.

    Texts that came over from another version of the catalog count where template and style are the same."""
    found = (
        select(Prompt.position)
        .join(Completion, col(Completion.prompt_id) == Prompt.id)
        .join(Run, col(Run.id) == Completion.run_id)
        .where(Completion.project_id == project.id, or_(col(Run.fingerprint) == fingerprint, _came_over(project)))
        .where(Completion.state != WritingState.FAILED, Prompt.position >= 0)
        .where(Prompt.catalog_id == project.catalog_id, col(Completion.outdated).is_(False))
    )
    return set((await session.exec(found)).all())


def _came_over(project: Project) -> Any:
    return (
        (col(Prompt.carried_from).is_not(None) | (col(Run.kind) == RunKind.CARRIED))
        & (col(Prompt.template_version) == project.template_version)
        & (col(Prompt.style_version) == project.style_version)
    )


async def settled_positions(
    session: AsyncSession, project: Project, *, run_id: int, resumed: Collection[int] = ()
) -> set[int]:
    """Places of prompts whose text people agreed to, that this run writes already, or that the runs it goes on with
    have written."""
    kept = (
        col(Completion.run_id).in_(resumed)
        & (col(Completion.state) == WritingState.WRITTEN)
        & (col(Completion.review) != ReviewState.REJECTED)
        & col(Completion.outdated).is_(False)
    )
    agreed = col(Completion.review).in_(PAIR_STATES) & col(Completion.outdated).is_(False)
    found = (
        select(Prompt.position)
        .join(Completion, col(Completion.prompt_id) == Prompt.id)
        .where(Prompt.project_id == project.id, Prompt.catalog_id == project.catalog_id, Prompt.position >= 0)
        .where(or_(agreed, col(Completion.run_id) == run_id, kept))
    )
    return set((await session.exec(found)).all())


async def products_with_existing(session: AsyncSession, project_id: int) -> set[int]:
    """Products whose own text is under review, or was."""
    found = select(Completion.product_id).join(Run, col(Run.id) == Completion.run_id)
    own = (col(Run.kind) == RunKind.EXISTING) | (col(Completion.origin) == Origin.EXISTING)
    found = found.where(Completion.project_id == project_id, own)
    return set((await session.exec(found)).all())


# batches


async def open_batch(session: AsyncSession, *, run: Run, title: str, now: datetime) -> tuple[int, bool]:
    """The run's review batch, and whether it is new."""
    there = await batch_of(session, run.id or 0)
    if there is not None:
        return there, False
    new = await insert_once(
        session, Batch, team_id=run.team_id, project_id=run.project_id, run_id=run.id, title=title, created_at=now
    )
    if new is not None:
        return new, True
    found = select(Batch.id).where(Batch.run_id == run.id)
    return int((await session.exec(found)).one() or 0), False


async def batch_of(session: AsyncSession, run_id: int) -> int | None:
    return (await session.exec(select(Batch.id).where(Batch.run_id == run_id))).first()


async def last_number(session: AsyncSession, batch_id: int) -> int:
    found = select(func.coalesce(func.max(Completion.number), 0)).where(Completion.batch_id == batch_id)
    return int((await session.exec(found)).one())


async def was_tried(session: AsyncSession, project: Project) -> bool:
    """Whether five of the prompts that an owner said yes to were written to try."""
    return (await session.exec(_tries(project).limit(1))).first() is not None


async def unreviewed_tries(session: AsyncSession, project: Project) -> Sequence[int]:
    """Texts to try of the prompts that an owner said yes to, as far as no batch holds them."""
    found = _tries(project).where(col(Completion.batch_id).is_(None)).order_by(col(Completion.id))
    return [int(i) for i in (await session.exec(found)).all() if i is not None]


def _tries(project: Project) -> Any:
    return (
        select(Completion.id)
        .join(Run, col(Run.id) == Completion.run_id)
        .where(
            Completion.project_id == project.id,
            Run.kind == RunKind.TRY,
            Run.fingerprint == project.signed_off,
            Completion.state == WritingState.WRITTEN,
        )
    )


async def set_total(session: AsyncSession, batch_id: int, total: int) -> None:
    await session.exec(update(Batch).where(col(Batch.id) == batch_id).values(total=total))
