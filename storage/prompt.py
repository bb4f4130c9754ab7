"""Queries about prompts that were drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.insert import insert_once
from storage.models import Outbox, Project, Prompt, PromptRound


async def add_once(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    """Insert those whose (project, fingerprint) is new."""
    if rows:
        insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        await session.exec(insert(Prompt).on_conflict_do_nothing(), params=rows)


async def by_fingerprints(session: AsyncSession, project_id: int, fingerprints: Sequence[str]) -> list[Prompt]:
    """The stored prompts, in the order asked for."""
    found = select(Prompt).where(Prompt.project_id == project_id, col(Prompt.fingerprint).in_(fingerprints))
    rows = {row.fingerprint: row for row in (await session.exec(found)).all()}
    return [rows[one] for one in fingerprints if one in rows]


async def show_next(session: AsyncSession, project_id: int, *, shown: int) -> bool:
    """Turn the sign-off card to the next ten. False: somebody else turned it already."""
    turned = update(Project).where(col(Project.id) == project_id, col(Project.prompts_round) == shown)
    return (await session.exec(turned.values(prompts_round=shown + 1))).rowcount == 1


async def cards_said(session: AsyncSession, team_id: str, project_id: int) -> Sequence[str]:
    """The keys of a project's sign-off cards so far."""
    found = select(Outbox.key).where(Outbox.team_id == team_id, col(Outbox.key).startswith(f"prompts:{project_id}:"))
    return (await session.exec(found)).all()


async def sign_off(session: AsyncSession, project_id: int, *, fingerprint: str, who: str) -> bool:
    """Record that an owner said yes. False: it was said already."""
    mark = update(Project).where(col(Project.id) == project_id, col(Project.signed_off) != fingerprint)
    return (await session.exec(mark.values(signed_off=fingerprint, signed_off_by=who))).rowcount == 1


async def drawn_with(session: AsyncSession, project_id: int, *, template_version: int, style_version: int) -> bool:
    """Whether any prompt was drawn with these versions."""
    found = select(Prompt.id).where(
        Prompt.project_id == project_id,
        Prompt.template_version == template_version,
        Prompt.style_version == style_version,
    )
    return (await session.exec(found.limit(1))).first() is not None


async def rounds(session: AsyncSession, project_id: int) -> Sequence[PromptRound]:
    """A project's rounds, the first one first."""
    found = select(PromptRound).where(PromptRound.project_id == project_id).order_by(col(PromptRound.number))
    return (await session.exec(found.execution_options(populate_existing=True))).all()


async def last_round(session: AsyncSession, project_id: int) -> PromptRound | None:
    found = select(PromptRound).where(PromptRound.project_id == project_id).order_by(col(PromptRound.number).desc())
    return (await session.exec(found.limit(1).execution_options(populate_existing=True))).first()


async def add_round(session: AsyncSession, project_id: int, number: int, **values: Any) -> bool:
    """False: a colleague began this round at the same moment."""
    return await insert_once(session, PromptRound, project_id=project_id, number=number, **values) is not None


async def change_round(session: AsyncSession, project_id: int, number: int, **values: Any) -> None:
    mine = update(PromptRound).where(col(PromptRound.project_id) == project_id, col(PromptRound.number) == number)
    await session.exec(mine.values(**values))
