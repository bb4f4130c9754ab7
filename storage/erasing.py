"""Blanking and deleting by what the tables say of themselves, so that a table added later is not forgotten.

Blanking empties every column that can hold somebody's words: all strings and JSON but those named here as ids, hashes,
people, states and figures. A table belongs to a project or a workspace by its own column or through a foreign key."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import JSON, Column, Enum, String, Table, UniqueConstraint, delete, update
from sqlmodel import AutoString, SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.dataset import Line, line_hash
from bot.domain.deletion import CHUNK
from storage.models import Completion, Dataset, Erasure, Inbox, Pair, Project, ProjectModel

# Columns that stay: ids, hashes, people, states, models and figures. Everything else that can hold words is emptied.
KEPT = frozenset({
    "team_id", "channel_id", "user_id", "who", "by", "reviewer", "uploader", "slack_file_id", "sha256", "text_sha256",
    "fingerprint", "file_key", "trace_id", "tag", "attempt", "provider", "provider_job_id", "provider_event_id",
    "base_model", "tuned_model", "base_provider", "tuned_provider", "model", "training_file", "validation_file",
    "deployment_id", "output", "raw_state", "state", "level", "surface", "code", "verdict", "finish_reason", "day",
    "ends_on", "lease_owner", "losses", "figures", "history", "chart_file",
})  # fmt: skip
ENDS_OF_KEPT = ("_by",)
KEPT_IN = {"projectmodel": {"name"}}
# The project's own row stands for what is gone, and the erasure's is its receipt.
APART = {"project", "erasure"}


def words_in(table: Table) -> dict[str, Any]:
    """The columns of a table that can hold words, each with what it holds when it is emptied."""
    kept = KEPT | KEPT_IN.get(table.name, set())
    unique = {column.name for key in table.constraints if isinstance(key, UniqueConstraint) for column in key.columns}
    words = (c for c in table.columns if _holds_words(c) and c.name not in kept | unique)
    return {c.name: _empty(table, c) for c in words if not c.name.endswith(ENDS_OF_KEPT)}


def _holds_words(column: Column[Any]) -> bool:
    return isinstance(column.type, JSON) or is_string(column)


def is_string(column: Column[Any]) -> bool:
    """Strings of ours, but not the values of an enum."""
    return isinstance(column.type, String | AutoString) and not isinstance(column.type, Enum)


def _empty(table: Table, column: Column[Any]) -> Any:
    if not isinstance(column.type, JSON):
        return None if column.nullable else ""
    default = _model_of(table).model_fields[column.name].default_factory
    return default() if default is not None else {}  # type: ignore[call-arg]


def _model_of(table: Table) -> type[SQLModel]:
    return next(m.class_ for m in SQLModel._sa_registry.mappers if m.local_table is table)


def belonging(table: Table, owner: str, value: Any) -> Any:
    """The condition that a row belongs to `owner` (`project_id` or `team_id`); None where the table has no such tie."""
    if owner in table.columns:
        return table.columns[owner] == value
    for key in sorted(table.foreign_keys, key=lambda key: key.parent.name):
        if key.column.table is not table and (there := belonging(key.column.table, owner, value)) is not None:
            return key.parent.in_(select(key.column).where(there))
    return None


def blankable() -> Sequence[Table]:
    """Tables with words of projects, in an order that stays."""
    found = (t for t in _tables() if t.name not in APART and belonging(t, "project_id", 0) is not None)
    return [table for table in found if words_in(table)]


def _tables() -> Iterable[Table]:
    return SQLModel.metadata.sorted_tables


async def blank_some(session: AsyncSession, table: Table, project_id: int, *, after: int) -> tuple[int, int]:
    """Empty up to 500 rows behind row `after`; how many, and the last one's id. (0, after): the table is done."""
    mine = belonging(table, "project_id", project_id)
    found = select(table.c.id).where(mine, table.c.id > after).order_by(table.c.id).limit(CHUNK)
    ids = [int(one) for one in (await session.exec(found)).all()]
    if not ids:
        return 0, after
    if table.name == "pair":
        await bury(session, ids)
    else:
        values = words_in(table) | ({"outdated": True} if table.name == "completion" else {})
        await session.exec(update(table).where(table.c.id.in_(ids)).values(**values))
    return len(ids), ids[-1]


async def bury(session: AsyncSession, pair_ids: Sequence[int]) -> None:
    """Make tombstones of frozen lines: their words go, their hashes stay, and their versions can't be used again."""
    found = select(Pair).where(col(Pair.id).in_(pair_ids))
    tombs: dict[int, int] = {}
    for pair in (await session.exec(found)).all():
        if is_tombstone(pair):
            continue
        pair.sha256 = pair.sha256 or hash_of(pair)
        pair.system = pair.prompt = pair.completion = pair.original = pair.stratum = ""
        session.add(pair)
        tombs[pair.dataset_id] = tombs.get(pair.dataset_id, 0) + 1
    await session.flush()
    for dataset_id, count in tombs.items():
        grown = update(Dataset).where(col(Dataset.id) == dataset_id)
        await session.exec(grown.values(erased_pairs=col(Dataset.erased_pairs) + count, files={}))


def is_tombstone(pair: Pair) -> bool:
    return not pair.prompt and not pair.completion


def hash_of(pair: Pair) -> str:
    """The hash of a frozen line as its words are now."""
    line = Line(
        completion_id=pair.completion_id, version=pair.completion_version, product_id=pair.product_id, product="",
        system=pair.system, prompt=pair.prompt, text=pair.completion, original="", origin=pair.origin, decided_by="",
        split=pair.split,
    )  # fmt: skip
    return line_hash(line)


async def blank_project(session: AsyncSession, project_id: int) -> None:
    """What is left of the project's own row: its number, and who made it when."""
    values = words_in(Project.__table__) | {  # type: ignore[attr-defined]
        "name": f"Deleted project {project_id}", "active": False, "catalog_id": None, "tuned_model": "",
        "few_shot": False, "waiting_for_catalog": False,
    }  # fmt: skip
    await session.exec(update(Project).where(col(Project.id) == project_id).values(**values))
    still = update(ProjectModel).where(col(ProjectModel.project_id) == project_id)
    await session.exec(still.values(next_look_at=None))


async def blank_texts(session: AsyncSession, completion_ids: Sequence[int]) -> None:
    """Empty single texts with everything that was said of them; they are left out of everything from now on."""
    table = Completion.__table__  # type: ignore[attr-defined]
    mine = update(Completion).where(col(Completion.id).in_(completion_ids))
    await session.exec(mine.values(**words_in(table) | {"outdated": True}))


async def delete_some(session: AsyncSession, team_id: str, *, keep_event: str) -> int:
    """Delete up to 500 rows of a workspace, in an order that no foreign key minds; 0 when none is left."""
    for table in reversed(list(_tables())):
        mine = belonging(table, "team_id", team_id)
        if mine is None or table.name == Erasure.__tablename__:
            continue
        if table.name == Inbox.__tablename__:
            mine = mine & (table.c.event_id != keep_event)
        ids = list((await session.exec(select(table.c.id).where(mine).limit(CHUNK))).all())
        if ids:
            await session.exec(delete(table).where(table.c.id.in_(ids)))
            return len(ids)
    return 0
