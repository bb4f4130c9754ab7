"""A catalog read otherwise: which column is what, which rows are one product, which cleaning, which sheet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.cards_catalog import CatalogFix, Fix
from bot.domain.catalog import Profile, Roles
from bot.domain.catalog_reading import EVERY_ROW, ReadOptions, options_from, saved_options
from bot.domain.catalog_saved import restored, roles_from, saved_roles
from bot.domain.people import Actor
from bot.errors import BadForm, Stale
from bot.services.catalog import JOB, of_project, redraw
from bot.services.catalog_choice import correct
from storage import catalog as catalogs
from storage.engine import wake_after_commit
from storage.models import Catalog, CatalogState

SOURCES = ("sheet", "member", "header_row", "delimiter", "encoding")


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
        source=profile.source,
        folding=profile.folding,
        done=profile.steps,
        offered=profile.offered,
        features=profile.features,
        sheets=profile.sheets,
        members=profile.members,
        readings=profile.readings,
    )


async def fix(session: AsyncSession, actor: Actor, catalog_id: int, wanted: Fix, *, now: datetime) -> None:
    """Correct which column is what; whatever changes the rows themselves has the file read again.

    Raises BadForm, Stale."""
    catalog = await of_project(session, actor, catalog_id)
    profile = restored(catalog.profile)
    before = options_from(catalog.options)
    after = options_after(before, profile, wanted)
    if not after.laid_out_as(before):
        await _read_again(session, catalog, after, {})
    else:
        _check(wanted.roles)
        said = _said_of_columns(profile, wanted)
        if after != before or wanted.roles.product_name != catalog.roles.get("product_name"):
            await _read_again(session, catalog, after, said)
        else:
            await correct(session, catalog, roles=saved_roles(wanted.roles), splits=_splits(profile, wanted))
    await redraw(session, catalog, now=now)


async def fold(session: AsyncSession, actor: Actor, catalog_id: int, *, folded: bool, now: datetime) -> None:
    """Read the file again with rows of one product folded, or with every row as a product. Raises Stale."""
    catalog = await of_project(session, actor, catalog_id)
    found = restored(catalog.profile).folding
    if found is None:
        raise Stale("The columns have changed.", todo="Look at the card again.")
    if found.done != folded:
        options = replace(options_from(catalog.options), product_key=found.key if folded else EVERY_ROW)
        await _read_again(session, catalog, options, {})
        await redraw(session, catalog, now=now)


def options_after(before: ReadOptions, profile: Profile, wanted: Fix) -> ReadOptions:
    """What was decided before, with what this form changed: what it left as it was shown is left open."""
    changes: dict[str, Any] = {}
    for name in SOURCES:
        value, shown = getattr(wanted, name), getattr(profile.source, name)
        if value is not None and value != (0 if name == "header_row" and shown is None else shown):
            changes[name] = value
    folding = profile.folding
    shown_key = folding.key if folding is not None and folding.done else EVERY_ROW
    if wanted.product_key is not None and wanted.product_key != shown_key:
        changes["product_key"] = wanted.product_key
    if wanted.features is not None:
        changes["extract"] = wanted.features
    return replace(_with_steps(before, profile, wanted), **changes)


def _with_steps(before: ReadOptions, profile: Profile, wanted: Fix) -> ReadOptions:
    if wanted.steps is None:
        return before
    done = {step.name for step in profile.steps}
    refused = done - wanted.steps
    asked = {step.name for step in profile.offered} & wanted.steps
    return replace(
        before,
        skip_steps=(before.skip_steps | refused) - asked,
        add_steps=(before.add_steps | asked) - refused,
    )


def _said_of_columns(profile: Profile, wanted: Fix) -> dict[str, Any]:
    """What a person said about columns beyond what was guessed; it holds for the next reading as well."""
    said: dict[str, Any] = {}
    if wanted.roles != profile.roles:
        said["roles"] = saved_roles(wanted.roles)
    if set(wanted.split) != set(profile.default_splits()):
        said["splits"] = _splits(profile, wanted)
    return said


def _splits(profile: Profile, wanted: Fix) -> dict[str, str]:
    return {name: separator for name, separator in profile.splits().items() if name in wanted.split}


def _check(roles: Roles) -> None:
    if roles.existing_text and roles.existing_text == roles.product_name:
        raise BadForm({"existing_text": "This column holds the product's name already. Choose another one."})


async def _read_again(session: AsyncSession, catalog: Catalog, options: ReadOptions, said: Mapping[str, Any]) -> None:
    kept = {name: value for name, value in catalog.options.items() if name == "pasted"}
    if not await catalogs.move(
        session, catalog.id or 0, expected=[CatalogState.READY], to=CatalogState.WAITING,
        options=kept | saved_options(options) | dict(said), attempts=0, lease_until=None, diff_against=None,
    ):  # fmt: skip
        raise Stale("This catalog is no longer open to changes.", todo="Drop the file again to change how it is read.")
    wake_after_commit(session, JOB)
