"""The house style's window."""

from __future__ import annotations

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.cards_prompt import StyleModal
from bot.domain.people import Actor
from bot.domain.project import Style
from bot.errors import BadForm
from bot.services import project as projects
from bot.services import prompt_reuse, prompt_rounds
from bot.services.prompt_card import after_change, change


async def style_modal(
    session: AsyncSession, actor: Actor, project_id: int, *, take: int | None = None, drawn: int = 0
) -> StyleModal:
    """The form as it is saved, or filled with the style of another project. Raises NotAllowed, NotFound."""
    project = await projects.as_reviewer(session, project_id, actor)
    takeable = await prompt_reuse.styles_elsewhere(session, actor, project)
    style = projects.style_of(project)
    if take is not None:
        style = await prompt_reuse.style_elsewhere(session, actor, take)
    return StyleModal(project_id, style, tuple(takeable), drawn)


async def save_style(session: AsyncSession, actor: Actor, project_id: int, style: Style, *, now: datetime) -> None:
    """Take a house style. Prompts that were signed off have to be looked at again. Raises NotAllowed, BadForm."""
    project = await projects.as_reviewer(session, project_id, actor)
    if style.min_words and style.max_words and style.min_words > style.max_words:
        raise BadForm({"max_words": "The most words cannot be fewer than the fewest."})
    if style != projects.style_of(project):
        await prompt_rounds.record(session, project, by=actor.user_id, now=now)
        await change(session, project, style=style.as_json(), style_version=project.style_version + 1)
    await after_change(session, project, by=actor.user_id, now=now)
