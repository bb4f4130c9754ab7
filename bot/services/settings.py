"""A project's settings: only owners change them, and open texts follow at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.audit import Audited, changes
from bot.domain.catalog_saved import restored
from bot.domain.people import Actor
from bot.domain.project import ProjectSettings, Role
from bot.domain.reminders import is_zone
from bot.domain.settings import SettingsCard
from bot.domain.votes import MOST_VOTES
from bot.errors import BadForm
from bot.services.project import as_owner, settings_of
from bot.services.votes import recount
from storage import audit, queue
from storage import catalog as catalogs
from storage import project as projects
from storage.engine import wake_after_commit
from storage.models import Project

Change = Callable[[ProjectSettings], ProjectSettings]


async def card(session: AsyncSession, project_id: int, actor: Actor) -> SettingsCard:
    """What the window shows. Raises NotAllowed, NotFound."""
    project = await as_owner(session, project_id, actor)
    catalog = await catalogs.by_id(session, project.catalog_id) if project.catalog_id else None
    columns = restored(catalog.profile).columns if catalog else ()
    return SettingsCard(
        project_id=project_id,
        project=project.name,
        settings=settings_of(project),
        columns=tuple(column.name for column in columns),
        owners=tuple(await projects.members(session, project_id, Role.OWNER)),
    )


async def change(session: AsyncSession, project_id: int, actor: Actor, change: Change, *, now: datetime) -> None:
    """Take new settings; texts that have votes enough by the new rule are decided. Raises BadForm, NotAllowed."""
    project = await as_owner(session, project_id, actor)
    old, new = settings_of(project), change(settings_of(project))
    if new == old:
        return
    _check(new)
    await projects.change(session, project_id, settings=new.as_json())
    detail = changes(old.as_json(), new.as_json())
    await audit.note(session, project, actor.user_id, Audited.SETTINGS, now=now, detail=detail)
    project.settings = new.as_json()
    if new.spread_by != old.spread_by:
        await queue.displace(session, project_id)
        wake_after_commit(session, "arrange")
    if (new.votes, new.group) != (old.votes, old.group):
        await _recount(session, project, now=now)


def _check(new: ProjectSettings) -> None:
    if not 1 <= new.votes <= MOST_VOTES:
        raise BadForm({"votes": f"Choose 1 to {MOST_VOTES} people."})
    if new.group and not new.group_name:
        raise BadForm({"group_name": "Give the group a name, such as Regulatory."})
    if new.time_zone and not is_zone(new.time_zone):
        raise BadForm({"time_zone": "Type a time zone as Europe/Berlin or America/New_York, or leave this empty."})
    if new.group_name and not new.group:
        raise BadForm({"group": "Say who is in it, or leave its name empty."})


async def _recount(session: AsyncSession, project: Project, *, now: datetime) -> None:
    for completion_id in await queue.with_votes(session, project.id or 0):
        await recount(session, completion_id, now=now)
