"""A used catalog changes its part: an earlier version comes back, or its lists are split in another way."""

from __future__ import annotations

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.catalog_saved import restored
from bot.domain.people import Actor
from bot.errors import NotFound, Stale
from bot.services import catalog_switch, prompt_card
from bot.services.catalog import SOON, of_project, redraw, redraw_project
from bot.services.catalog_choice import put_to_use, splits_with
from storage import catalog as catalogs
from storage import outbox
from storage import project as stored_projects
from storage.models import Catalog, CatalogState, Project


async def use_again(session: AsyncSession, actor: Actor, catalog_id: int, *, now: datetime) -> Project:
    """Go back to a version that was in use before, with every text and decision as it was there.

    Raises NotYet while texts are written or on their way, Stale where it is in use, NotAllowed."""
    catalog = await of_project(session, actor, catalog_id)
    project = await _project(session, catalog)
    if catalog.state != CatalogState.USED or project.catalog_id == catalog_id:
        raise Stale("This version is in use already.")
    await catalog_switch.require_idle(session, project.id or 0)
    former = project.catalog_id or 0
    await put_to_use(session, project, catalog)
    await catalog_switch.order(session, project, old=former, new=catalog_id, who=actor.user_id, now=now)
    await _show(session, catalog, project, now=now)
    await outbox.refresh(session, team_id=catalog.team_id, key=f"catalog:{former}", due=now + SOON)
    return project


async def resplit(
    session: AsyncSession, actor: Actor, catalog_id: int, *, column: int, per_value: bool, now: datetime
) -> None:
    """One text per value of the column at this place, or one per product, although the catalog is in use.

    A new round begins: the prompts are counted again and need a new yes. No text is lost: those whose prompt is
    still there stay in place, the others go on to be taught from. Raises NotYet, Stale, NotAllowed."""
    catalog = await of_project(session, actor, catalog_id)
    project = await _project(session, catalog)
    profile = restored(catalog.profile)
    if catalog.state != CatalogState.USED or project.catalog_id != catalog_id or column >= len(profile.columns):
        raise Stale("Another version of the catalog is in use by now.", todo="Look at its card.")
    splits = splits_with(catalog, profile, column, per_value=per_value)
    if splits == catalog.splits:
        return
    await catalog_switch.require_idle(session, project.id or 0)
    await catalogs.change(session, catalog_id, splits=splits)
    await stored_projects.change(session, project.id or 0, prompts_round=0, signed_off="", signed_off_by="")
    await catalog_switch.order(session, project, old=catalog_id, new=catalog_id, who=actor.user_id, now=now)
    await _show(session, catalog, project, now=now)


async def _project(session: AsyncSession, catalog: Catalog) -> Project:
    project = await stored_projects.by_id(session, catalog.project_id or 0)
    if project is None:
        raise NotFound("This catalog belongs to no project.", todo="Drop the file again.")
    return project


async def _show(session: AsyncSession, catalog: Catalog, project: Project, *, now: datetime) -> None:
    current = await stored_projects.by_id(session, project.id or 0)
    await prompt_card.show(session, current or project, now=now)
    await redraw(session, catalog, now=now)
    for other in await catalogs.open_of_project(session, project.id or 0):
        await outbox.refresh(session, team_id=catalog.team_id, key=f"catalog:{other}", due=now + SOON)
    await redraw_project(session, catalog, now=now)
