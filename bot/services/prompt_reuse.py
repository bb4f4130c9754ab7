"""Templates and house styles of other projects, for those who may decide on the texts of both."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.cards_prompt import Choice
from bot.domain.people import Actor
from bot.domain.project import Style
from bot.domain.prompt_mix import NamedTemplate, by_id
from bot.errors import NotAllowed, NotFound
from bot.services import project as projects
from bot.services.prompt import templates_of
from storage import project as stored
from storage.models import Project

# Slack's menus hold a hundred entries; asking about more projects than that would also take too long for a click.
MOST_PROJECTS = 40
MOST_CHOICES = 100


async def other_projects(session: AsyncSession, actor: Actor, project: Project) -> list[Project]:
    """The workspace's other projects that this person may decide in: this channel's, put aside or not, first."""
    here = await stored.all_in(session, actor.team_id, project.channel_id)
    everywhere = await stored.all_of_team(session, actor.team_id)
    others = {one.id: one for one in [*here, *everywhere] if one.id != project.id}
    return [one for one in list(others.values())[:MOST_PROJECTS] if await _may_see(session, actor, one)]


async def _may_see(session: AsyncSession, actor: Actor, project: Project) -> bool:
    try:
        await projects.as_reviewer(session, project.id or 0, actor)
    except NotAllowed:
        return False
    return True


async def templates_elsewhere(session: AsyncSession, actor: Actor, project: Project) -> list[Choice]:
    """Every template of the other projects, as `project.template`."""
    found = [
        Choice(f"{other.id}.{one.id}", _label(other, one, templates_of(other)))
        for other in await other_projects(session, actor, project)
        for one in templates_of(other)
        if one.text
    ]
    return found[:MOST_CHOICES]


def _label(project: Project, template: NamedTemplate, mix: Sequence[NamedTemplate]) -> str:
    return f"{project.name}: {template.name}" if len(mix) > 1 else project.name


async def template_elsewhere(session: AsyncSession, actor: Actor, value: str) -> NamedTemplate:
    """The template that was chosen. Raises NotFound, NotAllowed."""
    project_id, _, template_id = value.partition(".")
    project = await projects.as_reviewer(session, int(project_id), actor)
    found = by_id(templates_of(project), int(template_id))
    if found is None:
        raise NotFound("That template is gone.", todo="Choose another one.")
    return found


async def styles_elsewhere(session: AsyncSession, actor: Actor, project: Project) -> list[Choice]:
    """The other projects that have a house style."""
    others = await other_projects(session, actor, project)
    return [Choice(str(one.id), one.name) for one in others if one.style_version][:MOST_CHOICES]


async def style_elsewhere(session: AsyncSession, actor: Actor, project_id: int) -> Style:
    """The style that was chosen. Raises NotFound, NotAllowed."""
    return projects.style_of(await projects.as_reviewer(session, project_id, actor))
