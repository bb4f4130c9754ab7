"""Taking a person out of every table, by what the tables say of themselves.

A column that is exactly a person's id names them, whatever table it stands in; sentences, keys and JSON may mention
them. What the company's texts say is left as it is: those are erased, where that is wanted, by `erasing`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import JSON, Column, String, Table, cast, delete, or_, update
from sqlmodel import SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.deletion import CHUNK
from bot.domain.outbox import SayState
from bot.domain.project import Role
from bot.domain.review import VerdictKind
from storage.erasing import is_string
from storage.models import Completion, Dataset, JobWatcher, Member, Outbox, Pair, Person, Project, Verdict
from storage.project import members

# Words of catalogs, prompts and texts: nobody's id is looked for in them.
CONTENT = {"product", "prompt", "pair", "completion", "contendertext", "trial", "catalog", "promptround"}
# What puts other words in a text's place.
WRITTEN = (VerdictKind.EDITED, VerdictKind.RULED)


async def rename(session: AsyncSession, user_id: str, pseudonym: str) -> dict[str, int]:
    """Put the pseudonym wherever a column is the person's id; how many rows by table."""
    counts: dict[str, int] = {}
    for table in SQLModel.metadata.sorted_tables:
        names = [c.name for c in table.columns if is_string(c)]
        rows = 0
        for name in names:
            changed = update(table).where(table.c[name] == user_id).values({name: pseudonym})
            rows += int((await session.exec(changed)).rowcount)
        if rows:
            counts[table.name] = rows
    return counts


async def reword(session: AsyncSession, user_id: str, pseudonym: str) -> dict[str, int]:
    """Put it into sentences, keys and JSON that mention the id; how many rows by table."""
    counts: dict[str, int] = {}
    for table in (t for t in SQLModel.metadata.sorted_tables if t.name not in CONTENT):
        columns = [c for c in table.columns if is_string(c) or isinstance(c.type, JSON)]
        if columns and (rows := await _reword(session, table, columns, user_id, pseudonym)):
            counts[table.name] = rows
    return counts


async def _reword(
    session: AsyncSession, table: Table, columns: Sequence[Column[Any]], user_id: str, pseudonym: str
) -> int:
    word = re.compile(rf"(?<![A-Za-z0-9]){re.escape(user_id)}(?![A-Za-z0-9])")
    mentions = or_(*(cast(c, String).contains(user_id, autoescape=True) for c in columns))
    changed = 0
    for row in (await session.exec(select(table.c.id, *columns).where(mentions))).mappings():
        new = {c.name: _reworded(row[c.name], word, pseudonym) for c in columns if row[c.name] is not None}
        new = {name: value for name, value in new.items() if value != row[name]}
        if new:
            await session.exec(update(table).where(table.c.id == row["id"]).values(**new))
            changed += 1
    return changed


def _reworded(value: Any, word: re.Pattern[str], pseudonym: str) -> Any:
    if isinstance(value, str):
        return word.sub(pseudonym, value)
    return json.loads(word.sub(pseudonym, json.dumps(value, ensure_ascii=False)))


async def leave(session: AsyncSession, user_id: str) -> list[int]:
    """Take the person out of projects, groups and lists of who is told; the projects that nobody owns now."""
    owned = (await session.exec(select(Member.project_id).where(Member.user_id == user_id).distinct())).all()
    for table in (Member, JobWatcher):
        await session.exec(delete(table).where(col(table.user_id) == user_id))
    await _leave_groups(session, user_id)
    mute = update(Outbox).where(col(Outbox.channel) == user_id, col(Outbox.state) == SayState.OPEN)
    await session.exec(mute.values(state=SayState.DEAD, problem="this person was forgotten"))
    await session.exec(update(Outbox).where(col(Outbox.channel) == user_id).values(posted_in="", ts=""))
    await session.exec(
        update(Person).where(col(Person.user_id) == user_id).values(name="", dm_channel="", tell="off", tz="")
    )
    return [project_id for project_id in owned if not await members(session, project_id, Role.OWNER)]


async def _leave_groups(session: AsyncSession, user_id: str) -> None:
    mentions = cast(col(Project.settings), String).contains(user_id, autoescape=True)
    for project in (await session.exec(select(Project).where(mentions))).all():
        without = {name: _without(value, user_id) for name, value in project.settings.items()}
        await session.exec(update(Project).where(col(Project.id) == project.id).values(settings=without))


def _without(value: Any, user_id: str) -> Any:
    return [one for one in value if one != user_id] if isinstance(value, list) else value


async def written_by(session: AsyncSession, user_id: str) -> Iterator[Sequence[int]]:
    """The texts whose words today, or in a frozen version, this person typed: ids in chunks of 500."""
    typed = select(Verdict.completion_id).where(
        Verdict.reviewer == user_id, col(Verdict.kind).in_(WRITTEN), Verdict.text != ""
    )
    ids = sorted(set((await session.exec(typed)).all()))
    return (ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK))


async def pairs_of(session: AsyncSession, completion_ids: Sequence[int], user_id: str) -> list[int]:
    """The frozen lines with words that this person typed."""
    found = (
        select(Pair.id)
        .join(Verdict, col(Verdict.completion_id) == Pair.completion_id)
        .where(col(Pair.completion_id).in_(completion_ids), Verdict.reviewer == user_id)
        .where(Verdict.text == Pair.completion, Verdict.text != "")
    )
    return sorted({int(one) for one in (await session.exec(found)).all() if one is not None})


async def today_by(session: AsyncSession, completion_ids: Sequence[int], user_id: str) -> list[int]:
    """Those of the texts that read today as this person typed them."""
    found = (
        select(Completion.id)
        .join(Verdict, col(Verdict.completion_id) == Completion.id)
        .where(col(Completion.id).in_(completion_ids), Verdict.reviewer == user_id)
        .where(Verdict.text == Completion.text, Verdict.text != "")
    )
    return sorted({int(one) for one in (await session.exec(found)).all() if one is not None})


async def blank_words(session: AsyncSession, user_id: str) -> int:
    """Empty what the person typed into verdicts: texts and reasons; how many rows."""
    mine = update(Verdict).where(
        col(Verdict.reviewer) == user_id, or_(col(Verdict.text) != "", col(Verdict.reason) != "")
    )
    return int((await session.exec(mine.values(text="", reason=""))).rowcount)


async def drop_exports(session: AsyncSession, user_id: str) -> set[str]:
    """Forget stored files of frozen versions that name the person; they are made anew when asked for. Their keys."""
    named = (
        select(Pair.dataset_id).where(or_(col(Pair.decided_by) == user_id, col(Pair.fixed_by) == user_id)).distinct()
    )
    keys: set[str] = set()
    for dataset in (await session.exec(select(Dataset).where(col(Dataset.id).in_(named)))).all():
        keys |= {str(key) for key in dataset.files.values()}
        await session.exec(update(Dataset).where(col(Dataset.id) == dataset.id).values(files={}))
    return keys


async def is_known(session: AsyncSession, user_id: str) -> bool:
    """Whether any table names the person."""
    for table in SQLModel.metadata.sorted_tables:
        strings = [table.c[c.name] == user_id for c in table.columns if is_string(c)]
        if strings and (await session.exec(select(table.c.id).where(or_(*strings)).limit(1))).first() is not None:
            return True
    return False
