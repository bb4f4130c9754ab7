"""Catalogs as people bring them: a file in a channel, a modal, a pasted table; asked about, read, cancelled."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.completion import Origin
from bot.domain.people import Actor
from bot.domain.project import Role
from bot.errors import NotAllowed, NotFound, Stale
from bot.log import current_trace
from bot.services import project as projects
from storage import catalog as catalogs
from storage import outbox, people
from storage import project as stored_projects
from storage.engine import wake_after_commit
from storage.models import Catalog, CatalogState, Inbox, Project

JOB = "catalog"
SOON = timedelta(seconds=2)
UNANSWERED = (CatalogState.ASKED, CatalogState.FAILED, CatalogState.CANCELLED)
UNUSED = (CatalogState.ASKED, CatalogState.WAITING, CatalogState.READY, CatalogState.FAILED)


def is_direct(channel_id: str) -> bool:
    """A direct message: a file in it is meant for the bot."""
    return channel_id.startswith("D")


async def file_shared(session: AsyncSession, event: Inbox, actor: Actor | None, *, now: datetime) -> None:
    """In a direct message, or where a project waits for a catalog, a file is read; elsewhere its uploader is asked."""
    file_id, channel = str(event.ids["file"]), str(event.ids["channel"])
    if actor is None or await catalogs.is_our_upload(session, event.team_id, file_id):
        return
    project = await projects.of_channel(session, event.team_id, channel)
    if project is None and is_direct(channel):
        project = await _own_project(session, actor, channel, now=now)
        if project is None:
            return
    wanted = project is not None and (project.waiting_for_catalog or is_direct(channel))
    if not wanted and await _never_asks(session, event.team_id, channel):
        return
    await catalogs.add_once(
        session,
        team_id=event.team_id,
        channel_id=channel,
        project_id=project.id if project else None,
        filename="",
        slack_file_id=file_id,
        state=CatalogState.WAITING if wanted else CatalogState.ASKED,
        uploader=actor.user_id,
        created_at=now,
        trace_id=event.trace_id,
    )
    wake_after_commit(session, JOB)


async def _own_project(session: AsyncSession, actor: Actor, channel: str, *, now: datetime) -> Project | None:
    """A direct message's own project; a guest is told why there is none."""
    try:
        return await projects.start(session, actor, channel_id=channel, name="", now=now)
    except NotAllowed as refusal:
        key = f"refused:{channel}:{int(now.timestamp())}"
        await projects.note(session, team_id=actor.team_id, channel=channel, text=str(refusal), key=key, now=now)
        return None


async def _never_asks(session: AsyncSession, team_id: str, channel: str) -> bool:
    note = await people.channel(session, team_id, channel)
    return note is not None and note.never_ask


async def file_deleted(session: AsyncSession, event: Inbox, actor: Actor | None, *, now: datetime) -> None:
    """A file was deleted in Slack: what was not used yet goes with it; owners of what is in use hear of it."""
    for catalog in await catalogs.with_file(session, event.team_id, str(event.ids["file"])):
        if await catalogs.move(session, catalog.id or 0, expected=UNUSED, to=CatalogState.CANCELLED):
            await redraw(session, catalog, now=now)
        elif catalog.state == CatalogState.USED and catalog.project_id is not None:
            await _tell_owners(session, catalog, event, now=now)
    wake_after_commit(session, JOB)


async def _tell_owners(session: AsyncSession, catalog: Catalog, event: Inbox, *, now: datetime) -> None:
    project = await stored_projects.by_id(session, catalog.project_id or 0)
    if project is None:
        return
    for owner in await stored_projects.members(session, project.id or 0, Role.OWNER):
        await projects.note(
            session,
            team_id=catalog.team_id,
            channel=owner,
            text=f"The file behind the catalog of {projects.in_quotes(project)} was deleted in Slack. "
            f"The {catalog.rows:,} products that were read from it stay in use.",
            key=f"deleted:{event.event_id}:{catalog.id}:{owner}",
            now=now,
        )


async def get(session: AsyncSession, catalog_id: int, actor: Actor) -> Catalog:
    """The catalog, where it belongs to the actor's workspace. Raises NotFound."""
    catalog = await catalogs.by_id(session, catalog_id)
    if catalog is None or catalog.team_id != actor.team_id:
        raise NotFound("This catalog is gone.", todo="Drop the file again.")
    return catalog


async def add(
    session: AsyncSession,
    actor: Actor,
    *,
    channel: str,
    now: datetime,
    file_id: str | None = None,
    file_key: str = "",
    filename: str = "",
    pasted: bool = False,
    origin: Origin = Origin.SLACK_FILE,
) -> int:
    """A catalog that somebody chose, a file of Slack's or bytes kept already, is read at once; its id.

    Where the channel has no project, one is started that the actor owns. Raises Stale, NotAllowed."""
    project = await projects.of_channel(session, actor.team_id, channel)
    if project is None:
        project = await projects.start(session, actor, channel_id=channel, name="", now=now)
    await projects.as_reviewer(session, project.id or 0, actor)
    wake_after_commit(session, JOB)
    values: dict[str, Any] = {"uploader": actor.user_id, "project_id": project.id, "trace_id": current_trace()}
    new = await catalogs.add_once(
        session, team_id=actor.team_id, channel_id=channel, slack_file_id=file_id, file_key=file_key,
        filename=filename, state=CatalogState.WAITING, created_at=now, origin=origin,
        options={"pasted": True} if pasted else {}, **values,
    )  # fmt: skip
    return new if new is not None else await _wanted_after_all(session, actor, channel, file_id or "", values)


async def _wanted_after_all(
    session: AsyncSession, actor: Actor, channel: str, file_id: str, values: dict[str, Any]
) -> int:
    known = await catalogs.by_file(session, actor.team_id, channel, file_id)
    if known is None or known.id is None:
        raise NotFound("This file is gone.", todo="Drop it again.")
    if not await catalogs.move(session, known.id, expected=UNANSWERED, to=CatalogState.WAITING, attempts=0, **values):
        raise Stale("This file was read already.", todo="Its card stands further up.")
    return known.id


async def say_yes(session: AsyncSession, actor: Actor, catalog_id: int, *, now: datetime) -> None:
    """The uploader wants the file to be a catalog. Raises NotAllowed, Stale."""
    catalog = await _asked(session, actor, catalog_id)
    project = await projects.of_channel(session, actor.team_id, catalog.channel_id)
    if project is None:
        project = await projects.start(session, actor, channel_id=catalog.channel_id, name="", now=now)
    if not await catalogs.move(
        session, catalog_id, expected=[CatalogState.ASKED], to=CatalogState.WAITING, project_id=project.id
    ):
        raise Stale("This question was answered already.")
    wake_after_commit(session, JOB)


async def say_no(session: AsyncSession, actor: Actor, catalog_id: int, *, never: bool = False) -> None:
    """The uploader does not; with `never` nobody is asked about files of this channel again. Nothing was downloaded."""
    catalog = await _asked(session, actor, catalog_id)
    if never:
        await people.note_channel(session, actor.team_id, catalog.channel_id, never_ask=True)
    await catalogs.move(session, catalog_id, expected=[CatalogState.ASKED], to=CatalogState.CANCELLED)


async def _asked(session: AsyncSession, actor: Actor, catalog_id: int) -> Catalog:
    catalog = await get(session, catalog_id, actor)
    if catalog.uploader != actor.user_id:
        raise NotAllowed("Only who uploaded a file is asked about it.")
    return catalog


async def retry(session: AsyncSession, actor: Actor, catalog_id: int, *, now: datetime) -> None:
    """Download and read a file once more, as if nobody had said how: that may be why it failed. Pressed twice it
    happens once."""
    catalog = await of_project(session, actor, catalog_id)
    kept = {name: value for name, value in catalog.options.items() if name == "pasted"}
    again: dict[str, Any] = {"problem": "", "attempts": 0, "lease_until": None, "options": kept}
    await catalogs.move(session, catalog_id, expected=[CatalogState.FAILED], to=CatalogState.WAITING, **again)
    await redraw(session, catalog, now=now)
    wake_after_commit(session, JOB)


async def cancel(session: AsyncSession, actor: Actor, catalog_id: int, *, now: datetime) -> None:
    """Not this one: what was read of it is removed. Raises Stale once it is in use."""
    catalog = await of_project(session, actor, catalog_id)
    if not await catalogs.move(session, catalog_id, expected=UNUSED, to=CatalogState.CANCELLED):
        raise Stale("This catalog is in use already.", todo="Drop another file to replace it.")
    await redraw(session, catalog, now=now)
    await redraw_project(session, catalog, now=now)
    wake_after_commit(session, JOB)


async def of_project(session: AsyncSession, actor: Actor, catalog_id: int) -> Catalog:
    """The catalog, for somebody who works on its project. Raises NotFound, NotAllowed."""
    catalog = await get(session, catalog_id, actor)
    if catalog.project_id is None:
        raise NotFound("This catalog belongs to no project.", todo="Drop the file again.")
    await projects.as_reviewer(session, catalog.project_id, actor)
    return catalog


async def redraw(session: AsyncSession, catalog: Catalog, *, now: datetime) -> None:
    """Show a catalog's card as it is now."""
    await outbox.refresh(session, team_id=catalog.team_id, key=f"catalog:{catalog.id}", due=now)


async def redraw_project(session: AsyncSession, catalog: Catalog, *, now: datetime) -> None:
    """Show where the catalog's project stands now."""
    await outbox.refresh(session, team_id=catalog.team_id, key=f"project:{catalog.project_id}", due=now + SOON)
