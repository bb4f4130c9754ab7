"""Rounds: which templates and house style were in force while texts were asked for.

A round begins when a template or the style changes after somebody said yes to the one before, or after one of its
prompts was drawn; until then a change amends it. Prompts belong to the round of their two versions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.project import Style
from bot.domain.prompt_mix import Mix, mix_from, saved_mix
from bot.services.project import style_of
from bot.services.prompt import templates_of
from storage import prompt as queries
from storage.models import Project
from storage.models import PromptRound as Row


@dataclass(frozen=True, slots=True)
class PromptRound:
    """One round; `signed_by` is empty until an owner said yes to it."""

    number: int
    templates: Mix
    style: Style
    template_version: int
    style_version: int
    by: str
    at: datetime
    signed_by: str = ""
    signed_at: datetime | None = None


async def rounds(session: AsyncSession, project_id: int) -> list[PromptRound]:
    """What was in force round by round, the first one first."""
    return [_frozen(row) for row in await queries.rounds(session, project_id)]


def round_of(rounds: Sequence[PromptRound], template_version: int, style_version: int) -> PromptRound | None:
    """The round that a prompt with these versions was drawn in; None for versions from before rounds were kept."""
    begun = [one for one in rounds if one.template_version <= template_version and one.style_version <= style_version]
    return begun[-1] if begun else None


async def number(session: AsyncSession, project_id: int) -> int:
    """The number of the round that is on."""
    last = await queries.last_round(session, project_id)
    return 1 if last is None else last.number


async def record(session: AsyncSession, project: Project, *, by: str, now: datetime) -> None:
    """Keep what is in force now: as a new round if the last one was used, else in its place."""
    last = await queries.last_round(session, project.id or 0)
    values = {
        "templates": saved_mix(templates_of(project), whole=True),
        "style": style_of(project).as_json(),
        "template_version": project.template_version,
        "style_version": project.style_version,
        "by": by or project.created_by,
        "at": now,
    }
    if last is None:
        await queries.add_round(session, project.id or 0, 1, **values)
    elif (last.templates, last.style) != (values["templates"], values["style"]):
        if await _is_used(session, last):
            await queries.add_round(session, project.id or 0, last.number + 1, **values)
        else:
            await queries.change_round(session, project.id or 0, last.number, **values)


async def sign(session: AsyncSession, project: Project, *, by: str, now: datetime) -> None:
    """An owner said yes to what is in force."""
    await record(session, project, by=by, now=now)
    current = await number(session, project.id or 0)
    await queries.change_round(session, project.id or 0, current, signed_by=by, signed_at=now)


async def _is_used(session: AsyncSession, last: Row) -> bool:
    return bool(last.signed_by) or await queries.drawn_with(
        session, last.project_id, template_version=last.template_version, style_version=last.style_version
    )


def _frozen(row: Row) -> PromptRound:
    return PromptRound(
        number=row.number,
        templates=mix_from(str(row.templates[0]["text"]), row.templates),
        style=Style.from_json(row.style),
        template_version=row.template_version,
        style_version=row.style_version,
        by=row.by,
        at=row.at,
        signed_by=row.signed_by,
        signed_at=row.signed_at,
    )
