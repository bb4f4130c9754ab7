"""Another version of a catalog is taken into use: what must be over before, and the order to bring its texts over."""

from __future__ import annotations

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.completion import RunKind
from bot.errors import NotYet
from bot.log import current_trace
from storage import catalog_diff as queries
from storage import completion as runs
from storage.engine import wake_after_commit
from storage.models import Project

JOB = "versions"


async def require_quiet(session: AsyncSession, project_id: int) -> None:
    """Raises NotYet while texts are on their way to another version."""
    if await queries.open_switch(session, project_id) is not None:
        raise NotYet("I am still bringing your texts over to the new version.", todo="Try again in a minute.")


async def require_idle(session: AsyncSession, project_id: int) -> None:
    """Raises NotYet while texts are on their way, or being written."""
    await require_quiet(session, project_id)
    live = await runs.live_run(session, project_id, list(RunKind))
    if live is not None:
        raise NotYet(
            "I am writing texts for the catalog in use.",
            kept="Nothing was changed.",
            todo="Wait for them, or stop with /tune stop.",
        )


async def order(session: AsyncSession, project: Project, *, old: int, new: int, who: str, now: datetime) -> bool:
    """Have the project's texts brought over from version `old` to `new`. False where there are none."""
    if not await queries.has_texts(session, project.id or 0, {old, new}):
        return False
    await queries.add_switch(
        session,
        team_id=project.team_id,
        project_id=project.id,
        old_catalog_id=old,
        new_catalog_id=new,
        started_by=who,
        created_at=now,
        trace_id=current_trace(),
    )
    wake_after_commit(session, JOB)
    return True
