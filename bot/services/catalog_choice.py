"""What people make of a catalog that was read: corrected, split, taken into use."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.cards_catalog import CatalogFix
from bot.domain.catalog import Profile, Roles
from bot.domain.catalog_saved import restored, roles_from, saved_roles
from bot.domain.people import Actor
from bot.domain.prompt import suggest_template
from bot.domain.prompt_bind import bind, key_of
from bot.errors import BadForm, BadTemplate, Stale
from bot.services import project as projects
from bot.services import prompt_card
from bot.services.catalog import JOB, SOON, of_project, redraw, redraw_project
from storage import catalog as catalogs
from storage import outbox
from storage import project as stored_projects
from storage.engine import wake_after_commit
from storage.models import Catalog, CatalogState, Project


@dataclass(frozen=True, slots=True)
class Fix:
    """What a person corrected: which column is what, which columns get one text per value, which sheet is read."""

    roles: Roles
    split: tuple[str, ...]
    sheet: str = ""


async def split(
    session: AsyncSession, actor: Actor, catalog_id: int, *, column: int, per_value: bool, now: datetime
) -> None:
    """One text per value of the column at this place, or one per product. Raises Stale once the catalog is in use."""
    catalog = await of_project(session, actor, catalog_id)
    profile = restored(catalog.profile)
    if column >= len(profile.columns):
        raise Stale("The columns have changed.", todo="Look at the card again.")
    name = profile.columns[column].name
    splits = {known: separator for known, separator in catalog.splits.items() if known != name}
    if per_value and (separator := profile.splits().get(name)):
        splits[name] = separator
    await _correct(session, catalog, splits=splits)
    await redraw(session, catalog, now=now)


async def fix_form(session: AsyncSession, actor: Actor, catalog_id: int) -> CatalogFix:
    """What the form *Fix columns* shows."""
    catalog = await of_project(session, actor, catalog_id)
    profile = restored(catalog.profile)
    return CatalogFix(
        id=catalog_id,
        columns=profile.columns,
        roles=roles_from(catalog.roles),
        lists=profile.lists,
        splits=tuple(catalog.splits),
        sheets=profile.sheets,
        sheet=profile.source.sheet or "",
    )


async def fix(session: AsyncSession, actor: Actor, catalog_id: int, wanted: Fix, *, now: datetime) -> None:
    """Correct which column is what. Another sheet, or another column for the names, has the file read again.

    Raises BadForm, Stale."""
    catalog = await of_project(session, actor, catalog_id)
    profile = restored(catalog.profile)
    if wanted.sheet and wanted.sheet != (profile.source.sheet or ""):
        await _read_again(session, catalog, options={"sheet": wanted.sheet})
    else:
        _check(wanted.roles)
        splits = {name: separator for name, separator in profile.splits().items() if name in wanted.split}
        roles = saved_roles(wanted.roles)
        if wanted.roles.product_name != catalog.roles.get("product_name"):
            kept = {name: value for name, value in catalog.options.items() if name in ("sheet", "pasted")}
            await _read_again(session, catalog, options=kept | {"roles": roles, "splits": splits})
        else:
            await _correct(session, catalog, roles=roles, splits=splits)
    await redraw(session, catalog, now=now)


def _check(roles: Roles) -> None:
    if roles.existing_text and roles.existing_text == roles.product_name:
        raise BadForm({"existing_text": "This column holds the product's name already. Choose another one."})


async def _correct(session: AsyncSession, catalog: Catalog, **values: Any) -> None:
    if not await catalogs.move(
        session, catalog.id or 0, expected=[CatalogState.READY], to=CatalogState.READY, **values
    ):
        raise Stale("This catalog is no longer open to changes.", todo="Drop the file again to change how it is read.")


async def _read_again(session: AsyncSession, catalog: Catalog, *, options: dict[str, Any]) -> None:
    again = CatalogState.WAITING
    if not await catalogs.move(
        session, catalog.id or 0, expected=[CatalogState.READY], to=again, options=options, attempts=0, lease_until=None
    ):
        raise Stale("This catalog is no longer open to changes.", todo="Drop the file again to change how it is read.")
    wake_after_commit(session, JOB)


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
    version = await catalogs.next_version(session, project.id or 0)
    if not await catalogs.move(
        session, catalog_id, expected=[CatalogState.READY], to=CatalogState.USED, project_id=project.id, version=version
    ):
        raise Stale("This catalog is in use or cancelled already.")
    await _put_to_use(session, project, catalog)
    await prompt_card.show(session, project, now=now)
    await redraw(session, catalog, now=now)
    for other in await catalogs.open_of_project(session, project.id or 0):
        await outbox.refresh(session, team_id=catalog.team_id, key=f"catalog:{other}", due=now + SOON)
    await redraw_project(session, catalog, now=now)
    return project


async def _put_to_use(session: AsyncSession, project: Project, catalog: Catalog) -> None:
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
