"""The steps of reading a catalog, each a short transaction of its job."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.catalog import Profile
from bot.domain.catalog_reading import ReadOptions, for_next_version, for_slack, options_from, saved_options
from bot.domain.catalog_saved import saved, saved_roles
from bot.domain.outbox import Say, retry_at
from storage import catalog as catalogs
from storage import outbox
from storage import project as projects
from storage.engine import wake_after_commit
from storage.models import Catalog, CatalogState

NAME_LENGTH = 200
MAX_ATTEMPTS = 5
SOON = timedelta(seconds=2)
OPEN = (CatalogState.ASKED, CatalogState.WAITING)


async def ask(session: AsyncSession, catalog: Catalog, *, filename: str, now: datetime) -> None:
    """Ask only the uploader whether the file is a catalog; nothing is downloaded before the answer."""
    if await _move(session, catalog, CatalogState.ASKED, CatalogState.ASKED, filename=filename):
        await outbox.say(
            session, team_id=catalog.team_id, key=f"catalog_question:{catalog.id}", kind=Say.CATALOG_QUESTION,
            subject_id=catalog.id or 0, channel=catalog.channel_id, only_for=catalog.uploader, now=now,
            trace_id=catalog.trace_id,
        )  # fmt: skip


async def pass_over(session: AsyncSession, catalog: Catalog) -> None:
    """A picture, or another file that can be no table: say nothing."""
    await catalogs.move(
        session, catalog.id or 0, expected=OPEN, to=CatalogState.CANCELLED, lease_owner="", lease_until=None
    )


async def begin(session: AsyncSession, catalog: Catalog, *, filename: str, now: datetime) -> None:
    """Show that the file is being read."""
    await catalogs.change(session, catalog.id or 0, filename=filename)
    await _say(session, catalog, now=now)


async def read_options(session: AsyncSession, catalog: Catalog) -> ReadOptions:
    """How this file is to be read: as people said, or else like the catalog that the project uses."""
    own = options_from(catalog.options)
    if own != ReadOptions():
        return for_slack(own)
    project = None if catalog.project_id is None else await projects.by_id(session, catalog.project_id)
    used = None if project is None or project.catalog_id is None else await catalogs.by_id(session, project.catalog_id)
    if used is None:
        return for_slack(own)
    like = for_next_version(options_from(used.options))
    await catalogs.change(session, catalog.id or 0, options=catalog.options | saved_options(like))
    return for_slack(like)


async def keep_file(session: AsyncSession, catalog: Catalog, *, file_key: str) -> None:
    await catalogs.change(session, catalog.id or 0, file_key=file_key, file_deleted_at=None)


async def store(
    session: AsyncSession, catalog: Catalog, columns: Sequence[str], rows: Sequence[Sequence[str]], *, first: int,
    named_by: str | None, owner: str, now: datetime,
) -> bool:  # fmt: skip
    """Store at most 500 products from place `first` on. False: the catalog was cancelled, or the lease lost."""
    if not await catalogs.keep_claim(session, catalog.id or 0, owner=owner, now=now):
        return False
    name_at = columns.index(named_by) if named_by in columns else 0
    products = (
        (first + number, _name(row, name_at), dict(zip(columns, row, strict=True))) for number, row in enumerate(rows)
    )
    await catalogs.add_products(session, catalog.id or 0, products)
    return True


def _name(row: Sequence[str], name_at: int) -> str:
    """The product's name on one line; a row without one is named by its first filled cell."""
    name = row[name_at] or next((cell for cell in row if cell), "")
    return " ".join(name.split())[:NAME_LENGTH]


async def forget_products(session: AsyncSession, catalog: Catalog) -> int:
    """Remove up to 500 products; 0 when none are left, and then the catalog knows of none."""
    removed = await catalogs.remove_products(session, catalog.id or 0)
    if not removed:
        await catalogs.change(session, catalog.id or 0, rows=0, profile={})
    return removed


async def ready(session: AsyncSession, catalog: Catalog, profile: Profile, *, owner: str, now: datetime) -> bool:
    """All products are stored: show what was understood. What a person corrected before a second reading stays."""
    roles = catalog.options.get("roles") or saved_roles(profile.roles)
    splits = catalog.options.get("splits")
    done = await catalogs.move(
        session, catalog.id or 0, expected=[CatalogState.WAITING], to=CatalogState.READY, owner=owner,
        profile=saved(profile), roles=roles, splits=_splits(profile, splits), rows=profile.products,
        problem="", lease_owner="", lease_until=None,
    )  # fmt: skip
    if done:
        wake_after_commit(session, "versions")
        await _say(session, catalog, now=now)
        await outbox.refresh(session, team_id=catalog.team_id, key=f"project:{catalog.project_id}", due=now + SOON)
    return done


def _splits(profile: Profile, chosen: dict[str, str] | None) -> dict[str, str]:
    """What a person chose, as far as those columns are lists now; else what is usual."""
    if chosen is None:
        return profile.default_splits()
    return {name: separator for name, separator in profile.splits().items() if name in chosen}


async def failed(session: AsyncSession, catalog: Catalog, problem: str, *, now: datetime) -> None:
    """It cannot be read: the card says why and what to do."""
    if await _move(session, catalog, CatalogState.WAITING, CatalogState.FAILED, problem=problem):
        await _say(session, catalog, now=now)


async def later(session: AsyncSession, catalog: Catalog, problem: str, *, owner: str, now: datetime) -> None:
    """Slack stumbled: try again on a back-off, and give up with a sentence after a few attempts."""
    if catalog.attempts + 1 >= MAX_ATTEMPTS and catalog.state == CatalogState.WAITING:
        await failed(session, catalog, problem, now=now)
    elif catalog.attempts + 1 >= MAX_ATTEMPTS:
        await pass_over(session, catalog)
    else:
        until = retry_at(catalog.attempts + 1, now)
        await catalogs.put_off(session, catalog.id or 0, owner=owner, until=until)


async def clear_away(session: AsyncSession, catalog: Catalog) -> bool:
    """Forget the stored file of a cancelled catalog; whether its bytes are nobody else's and can be deleted."""
    alone = await catalogs.uses_of_file(session, catalog.file_key) == 1
    await catalogs.change(session, catalog.id or 0, file_key="", lease_owner="", lease_until=None)
    return bool(catalog.file_key) and alone


async def _move(
    session: AsyncSession, catalog: Catalog, expected: CatalogState, to: CatalogState, **values: Any
) -> bool:
    freed: dict[str, Any] = {"lease_owner": "", "lease_until": None}
    return await catalogs.move(session, catalog.id or 0, expected=[expected], to=to, **values | freed)


async def _say(session: AsyncSession, catalog: Catalog, *, now: datetime) -> None:
    await outbox.say(
        session, team_id=catalog.team_id, key=f"catalog:{catalog.id}", kind=Say.CATALOG, subject_id=catalog.id or 0,
        channel=catalog.channel_id, now=now, trace_id=catalog.trace_id,
    )  # fmt: skip
