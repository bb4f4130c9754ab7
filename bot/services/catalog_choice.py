"""What people make of a catalog that was read: corrected, split, taken into use."""

from __future__ import annotations

from datetime import datetime
from pathlib import PurePath
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.catalog import Profile, Roles
from bot.domain.catalog_saved import restored, roles_from
from bot.domain.people import Actor
from bot.domain.prompt import suggest_template
from bot.domain.prompt_bind import bind, key_of
from bot.errors import BadTemplate, Stale
from bot.services import catalog_switch, prompt_card
from bot.services import project as projects
from bot.services.catalog import SOON, of_project, redraw, redraw_project
from storage import catalog as catalogs
from storage import outbox
from storage import project as stored_projects
from storage.models import Catalog, CatalogState, Project


async def split(
    session: AsyncSession, actor: Actor, catalog_id: int, *, column: int, per_value: bool, now: datetime
) -> None:
    """One text per value of the column at this place, or one per product. Raises Stale once the catalog is in use."""
    catalog = await of_project(session, actor, catalog_id)
    profile = restored(catalog.profile)
    if column >= len(profile.columns):
        raise Stale("The columns have changed.", todo="Look at the card again.")
    await correct(session, catalog, splits=splits_with(catalog, profile, column, per_value=per_value))
    await redraw(session, catalog, now=now)


def splits_with(catalog: Catalog, profile: Profile, column: int, *, per_value: bool) -> dict[str, str]:
    """The catalog's splits, with the column at this place split or not."""
    name = profile.columns[column].name
    splits = {known: separator for known, separator in catalog.splits.items() if known != name}
    if per_value and (separator := profile.splits().get(name)):
        splits[name] = separator
    return splits


async def correct(session: AsyncSession, catalog: Catalog, **values: Any) -> None:
    """Change what was understood of a catalog that waits for *Use it*. Raises Stale."""
    if not await catalogs.move(
        session, catalog.id or 0, expected=[CatalogState.READY], to=CatalogState.READY, diff_against=None, **values
    ):
        raise Stale("This catalog is no longer open to changes.", todo="Drop the file again to change how it is read.")


async def use(
    session: AsyncSession, actor: Actor, catalog_id: int, *, now: datetime, elsewhere: bool = False
) -> Project:
    """Take a catalog into use: as the project's (next version), or with `elsewhere` for a project of its own.

    A template that does not fit it is replaced by a suggested one. Raises Stale, NotAllowed."""
    catalog = await of_project(session, actor, catalog_id)
    project = await projects.as_reviewer(session, catalog.project_id or 0, actor)
    if elsewhere:
        name = PurePath(catalog.filename).stem[: projects.LONGEST_NAME]
        project = await projects.start(session, actor, channel_id=project.channel_id, name=name, now=now)
    former = project.catalog_id
    if former is not None:
        await catalog_switch.require_idle(session, project.id or 0)
    version = await catalogs.next_version(session, project.id or 0)
    if not await catalogs.move(
        session, catalog_id, expected=[CatalogState.READY], to=CatalogState.USED, project_id=project.id, version=version
    ):
        raise Stale("This catalog is in use or cancelled already.")
    await put_to_use(session, project, catalog)
    if former is not None:
        await catalog_switch.order(session, project, old=former, new=catalog_id, who=actor.user_id, now=now)
        await outbox.refresh(session, team_id=catalog.team_id, key=f"catalog:{former}", due=now + SOON)
    await prompt_card.show(session, project, now=now, by=actor.user_id)
    await redraw(session, catalog, now=now)
    for other in await catalogs.open_of_project(session, project.id or 0):
        await outbox.refresh(session, team_id=catalog.team_id, key=f"catalog:{other}", due=now + SOON)
    await redraw_project(session, catalog, now=now)
    return project


async def put_to_use(session: AsyncSession, project: Project, catalog: Catalog) -> None:
    profile = restored(catalog.profile)
    values: dict[str, Any] = {"catalog_id": catalog.id, "waiting_for_catalog": False}
    values |= {"prompts_round": 0, "signed_off": "", "signed_off_by": ""}
    if not _fits(project.template, profile):
        suggested = template_for(profile, roles_from(catalog.roles))
        values |= {"template": suggested, "template_version": project.template_version + 1}
    await stored_projects.change(session, project.id or 0, **values)
    await stored_projects.by_id(session, project.id or 0)  # the row as it is now


def _fits(template: str, profile: Profile) -> bool:
    try:
        bind(template, [column.name for column in profile.columns])
    except BadTemplate:
        return False
    return True


def template_for(profile: Profile, roles: Roles) -> str:
    """A first template from the recognised columns; a table of prompts with their texts brings its own."""
    if roles.existing_text and (written := next((c.name for c in profile.columns if key_of(c.name) == "prompt"), None)):
        return f"[{written}]"
    return suggest_template(_with_roles(profile, roles))


def _with_roles(profile: Profile, roles: Roles) -> Profile:
    return Profile(profile.source, profile.verdict, columns=profile.columns, roles=roles)
