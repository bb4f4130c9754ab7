"""Deletions that were carried out without Slack or a provider, and all that a database says."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from sqlmodel import SQLModel, select

from bot.domain.people import Actor
from bot.services import deletion
from storage import deletion as queries
from storage.engine import Database, reading, transaction

ANA = Actor("T1", "UANA", name="Ana")
WORKER = "tests"


async def blanked(db: Database, project_id: int, now: datetime, actor: Actor = ANA) -> None:
    """Delete a project as its owner would, and carry it out as the job does."""
    async with transaction(db) as session:
        name = (await deletion.window(session, project_id, actor)).name
        erasure_id = await deletion.delete(session, project_id, actor, name, now=now)
        row = await queries.claim(session, erasure_id, owner=WORKER, now=now)
        assert row is not None
        await deletion.plan(session, row, owner=WORKER, now=now)
    while True:
        async with transaction(db) as session:
            if not await deletion.blank_step(session, row, owner=WORKER, now=now):
                return


async def everything_said_in(db: Database, *, but: tuple[str, ...] = ("erasure",)) -> set[str]:
    """Every string of every table, those in JSON too."""
    found: set[str] = set()
    async with reading(db) as session:
        for table in (t for t in SQLModel.metadata.sorted_tables if t.name not in but):
            for row in (await session.exec(select(*table.columns))).all():
                found |= set(_strings(list(row)))
    return found


def _strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [word for key, one in value.items() for word in [*_strings(key), *_strings(one)]]
    if isinstance(value, list | tuple):
        return [word for one in value for word in _strings(one)]
    return [json.dumps(value, default=str)]
