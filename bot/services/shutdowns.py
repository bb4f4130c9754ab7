"""The ends of models: who is warned, once each at 60, 30 and 7 days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.shutdown import WARN_AT, Ending, in_words, soonest, warning_due
from bot.services import project as projects
from storage import shutdowns
from storage.models import Project, ProjectModel


@dataclass(frozen=True, slots=True)
class Watched:
    """A model that a project depends on. `model_id` names a tuned one; `profile` is its provider's."""

    provider: str
    profile: str
    name: str
    base: str
    model_id: int = 0


async def warn_of(
    session: AsyncSession, project: Project, watched: Watched, known: Ending, *, now: datetime
) -> date | None:
    """Say that a model ends where a warning is due. The day it ends, or None where nobody knows one."""
    end = await _end_of(session, watched, known)
    if end is None:
        return None
    given = await shutdowns.warned(session, project_id=project.id or 0, model=watched.name, ends=end)
    days = warning_due(end, now.date(), given)
    if days is None:
        return end
    passed = [each for each in WARN_AT if each >= days]
    fresh = await shutdowns.warn(
        session, team_id=project.team_id, project_id=project.id or 0, model=watched.name, ends=end, days=passed, now=now
    )
    if fresh:
        await _say(session, project, watched, end, days=days, now=now)
    return end


async def _end_of(session: AsyncSession, watched: Watched, known: Ending) -> date | None:
    """What the provider said of the model itself; else, for a tuned one, what is known or said of its base."""
    own = await shutdowns.day(session, provider=watched.provider, model=watched.name)
    if own is not None or not watched.model_id:
        return own or known.base
    base = await shutdowns.day(session, provider=watched.provider, model=watched.base)
    return known.tuned or soonest([base, known.base])


async def _say(
    session: AsyncSession, project: Project, watched: Watched, end: date, *, days: int, now: datetime
) -> None:
    when, name = in_words(end, now.date()), projects.escaped(watched.name)
    if watched.model_id:
        text = (
            f"The tuned model {name} {when}: after that it writes nothing any more. The {_texts(project)} it "
            "learned from are frozen here, and another provider's model can learn the same from them."
        )
    else:
        text = (
            f"The model {name}, which {projects.in_quotes(project)} uses, {when}. Choose another one in time: "
            "/tune template has it under More."
        )
    await projects.note(
        session,
        team_id=project.team_id,
        channel=project.channel_id,
        text=text,
        key=f"shutdown:{project.id}:{watched.name}:{end}:{days}",
        now=now,
        button="train.elsewhere" if watched.model_id else "",
        label="Train again elsewhere …" if watched.model_id else "",
        value=str(watched.model_id) if watched.model_id else "",
    )


def _texts(project: Project) -> str:
    return f"texts of {projects.in_quotes(project)}"


def of_tuned(model: ProjectModel, profile: str) -> Watched:
    return Watched(model.provider, profile, model.name, model.base_model, model.id or 0)
