"""What a button costs whoever presses it."""

from __future__ import annotations

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.deps import Deps
from bot.errors import BotError
from bot.services import evaluation
from bot.services.project import settings_of
from storage import project as projects


async def try_usd(deps: Deps, session: AsyncSession, project_id: int) -> float | None:
    """Before and after for one product: two texts; None where the price is unknown."""
    project = await projects.by_id(session, project_id)
    if project is None:
        return None
    try:
        model = deps.models.generate(settings_of(project))
    except BotError:
        return None
    return await evaluation.trial_usd(session, project, model)
