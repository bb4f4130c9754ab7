"""The renderer of the sign-off card."""

from __future__ import annotations

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.deps import Deps
from bot.domain.message import Message
from bot.domain.models import ModelInfo
from bot.domain.outbox import Say
from bot.errors import BotError
from bot.services import prompt_card as service
from bot.services.project import settings_of
from bot.views import prompt as views
from storage import project as projects
from storage.models import Outbox, Project


async def prompts(deps: Deps, session: AsyncSession, row: Outbox) -> Message | None:
    project = await projects.by_id(session, row.subject_id)
    if project is None or project.catalog_id is None:
        return None
    return views.prompts_card(await service.card(session, project, key=row.key, model=_model(deps, project)))


def _model(deps: Deps, project: Project) -> ModelInfo | None:
    """The model that would write; None while none is set up."""
    try:
        return deps.models.generate(settings_of(project))
    except BotError:
        return None


RENDERERS = {Say.PROMPTS: prompts}
