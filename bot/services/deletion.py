"""Deleting a project or a workspace: ordered here, carried out by a job in small steps, told with a receipt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.audit import Audited
from bot.domain.dataset import digest_of
from bot.domain.deletion import (
    CHUNK,
    RETENTION_NOTICE,
    UNINSTALL_GRACE,
    Contents,
    DeletionWindow,
    ErasureCard,
    ErasureKind,
    ErasureState,
    Sealed,
    Thing,
    ThingState,
    Verified,
    Why,
    require_name,
)
from bot.domain.outbox import Say
from bot.domain.people import Actor
from bot.errors import NotFound, NotYet
from bot.log import current_trace
from bot.services import project as projects
from storage import audit, erasing, outbox
from storage import deletion as queries
from storage.models import Dataset, Erasure, Inbox, Project

LEAVING = ("app_uninstalled", "tokens_revoked")


async def window(session: AsyncSession, project_id: int, actor: Actor) -> DeletionWindow:
    """What would go. Raises NotAllowed, NotFound."""
    project = await projects.as_owner(session, project_id, actor)
    lying = await queries.things(session, project_id)
    providers = tuple(sorted({thing.provider for thing in lying}))
    return DeletionWindow(project_id, project.name, await queries.contents(session, project_id), providers)


async def delete(session: AsyncSession, project_id: int, actor: Actor, typed: str, *, now: datetime) -> int:
    """Order a project's deletion: from this moment nothing can be done with it, and what is at work ends.

    Raises BadForm unless its name was typed, NotAllowed, NotFound, NotYet where a colleague was faster."""
    project = await projects.as_owner(session, project_id, actor)
    require_name(typed, project.name)
    await audit.note(session, project, actor.user_id, Audited.DELETED, now=now)
    erasure_id = await _order(session, project, Why.ASKED, asked_by=actor.user_id, now=now)
    if erasure_id is None:
        raise NotYet("This project is being deleted already.")
    await show(session, erasure_id, now=now)
    return erasure_id


async def _order(
    session: AsyncSession, project: Project, why: Why, *, now: datetime, asked_by: str = "", channel: str | None = None
) -> int | None:
    erasure_id = await queries.order(
        session, team_id=project.team_id, key=f"project:{project.id}", kind=ErasureKind.PROJECT, why=why,
        project_id=project.id or 0, channel_id=project.channel_id if channel is None else channel, name=project.name,
        asked_by=asked_by, asked_at=now, not_before=now, trace_id=current_trace(),
    )  # fmt: skip
    if erasure_id is not None:
        await close(session, project.id or 0, who=asked_by, now=now)
    return erasure_id


async def close(session: AsyncSession, project_id: int, *, who: str, now: datetime) -> None:
    """Nothing can be done with a project any more, and what is at work ends."""
    await queries.close_project(session, project_id, now=now)
    await queries.stop_work(session, project_id, who=who, now=now)


async def order_for_age(session: AsyncSession, project: Project, *, now: datetime) -> None:
    """Announce that an old project goes in two weeks unless somebody keeps it."""
    erasure_id = await queries.order(
        session, team_id=project.team_id, key=f"project:{project.id}:age:{now:%Y-%m-%d}", kind=ErasureKind.PROJECT,
        why=Why.AGE, project_id=project.id or 0, channel_id=project.channel_id, name=project.name, asked_at=now,
        not_before=now + RETENTION_NOTICE, trace_id=current_trace(),
    )  # fmt: skip
    if erasure_id is not None:
        await show(session, erasure_id, now=now)


async def keep(session: AsyncSession, erasure_id: int, actor: Actor, *, now: datetime) -> None:
    """An old project stays; its age counts from today. Raises NotAllowed, NotFound, NotYet where it is too late."""
    row = await need(session, erasure_id, actor)
    await projects.as_owner(session, row.project_id, actor)
    if not await queries.call_off(session, id=erasure_id, now=now):
        raise NotYet("It is too late: the deletion has begun.")
    await show(session, erasure_id, now=now)


async def need(session: AsyncSession, erasure_id: int, actor: Actor) -> Erasure:
    """Raises NotFound."""
    row = await queries.by_id(session, erasure_id)
    if row is None or row.team_id != actor.team_id:
        raise NotFound("There is no such deletion.")
    return row


async def ask_again(session: AsyncSession, erasure_id: int, actor: Actor, *, now: datetime) -> None:
    """Ask the providers once more for what is left there. Raises NotFound, NotYet with nothing to ask for."""
    row = await need(session, erasure_id, actor)
    lying = [Thing.from_json(one) for one in row.things]
    if all(thing.state is ThingState.GONE for thing in lying):
        raise NotYet("Nothing is left at a provider.")
    opened = [t if t.state is ThingState.GONE else replace(t, state=ThingState.OPEN, problem="") for t in lying]
    if not await queries.open_again(session, erasure_id, now=now, things=[one.as_json() for one in opened]):
        raise NotYet("It is being tried already.")
    await show(session, erasure_id, now=now)


async def plan(session: AsyncSession, row: Erasure, *, owner: str, now: datetime) -> bool:
    """Count what goes and note what lies elsewhere, before anything is blanked. False: the lease was lost."""
    project_id = row.project_id
    return await queries.change(
        session, row.id or 0, owner=owner, now=now, planned=True,
        contents=asdict(await queries.contents(session, project_id)),
        versions=[asdict(one) for one in await queries.sealed(session, project_id)],
        things=[one.as_json() for one in await queries.things(session, project_id)],
        files=await queries.stored_files(session, project_id),
    )  # fmt: skip


async def blank_step(session: AsyncSession, row: Erasure, *, owner: str, now: datetime) -> bool:
    """Blank the next rows of a project, at most 500. False: all are blank, or the lease was lost."""
    tables = {table.name: table for table in erasing.blankable()}
    names = list(tables)
    at = names.index(row.step) if row.step in tables else 0
    while at < len(names):
        count, last = await erasing.blank_some(session, tables[names[at]], row.project_id, after=row.after_id)
        if count:
            row.step, row.after_id, row.erased = names[at], last, row.erased + count
            return await queries.change(
                session, row.id or 0, owner=owner, now=now, step=row.step, after_id=last, erased=row.erased
            )
        at, row.after_id = at + 1, 0
        row.step = names[at] if at < len(names) else row.step
    await erasing.blank_project(session, row.project_id)
    await queries.let_go_of_uploads(session, row.project_id, now=now)
    return False


async def show(session: AsyncSession, erasure_id: int, *, now: datetime) -> None:
    """Say in the channel how the deletion goes; where it is over, give its receipt to who ordered it as well."""
    row = await queries.by_id(session, erasure_id)
    if row is None or not row.channel_id:
        return
    places = {f"erasure:{row.id}": row.channel_id}
    if row.state is ErasureState.DONE and row.asked_by:
        places[f"erasure:{row.id}:dm:{row.asked_by}"] = row.asked_by
    await outbox.refresh(session, team_id=row.team_id, key=f"project:{row.project_id}", due=now)
    for key, channel in places.items():
        await outbox.say(
            session, team_id=row.team_id, key=key, kind=Say.ERASURE, subject_id=row.id or 0, channel=channel, now=now,
            trace_id=row.trace_id,
        )  # fmt: skip


async def card(session: AsyncSession, erasure_id: int, *, now: datetime) -> ErasureCard:
    """Raises NotFound."""
    row = await queries.by_id(session, erasure_id)
    if row is None:
        raise NotFound("There is no such deletion.")
    waits = row.state is ErasureState.WAITING and not row.planned and row.not_before <= now
    return ErasureCard(
        id=erasure_id,
        project_id=row.project_id,
        name=row.name,
        why=row.why,
        asked_by=row.asked_by,
        asked_at=row.asked_at,
        state=row.state,
        not_before=row.not_before,
        contents=Contents(**row.contents),
        things=tuple(Thing.from_json(one) for one in row.things),
        versions=tuple(Sealed(**one) for one in row.versions),
        erased=row.erased,
        files=len(row.files),
        waiting_for_work=waits and await queries.is_at_work(session, row.project_id, now=now),
        finished_at=row.finished_at,
    )


async def uninstalled(session: AsyncSession, event: Inbox, actor: Actor | None, *, now: datetime) -> None:
    """The app was removed: everything stops now and is deleted in a week, unless the app comes back before."""
    if await queries.leaving(session, event.team_id) is not None:
        return
    ordered = await queries.order(
        session, team_id=event.team_id, key=f"team:{event.event_id}", kind=ErasureKind.TEAM, why=Why.UNINSTALLED,
        asked_at=now, not_before=now + UNINSTALL_GRACE, trace_id=current_trace(),
    )  # fmt: skip
    if ordered is None:
        return
    for project in await queries.projects_left(session, event.team_id):
        await queries.stop_work(session, project.id or 0, who="", now=now)
    await queries.silence(session, event.team_id)


async def heard_from(session: AsyncSession, event: Inbox, *, now: datetime) -> None:
    """A workspace that removed the app and speaks to it again has put it back: its data stays."""
    if event.kind in LEAVING:
        return
    row = await queries.leaving(session, event.team_id)
    if row is not None and float(event.event_ts or 0) > row.asked_at.timestamp():
        await queries.call_off(session, id=row.id, now=now)


async def spread(session: AsyncSession, row: Erasure, *, now: datetime) -> bool:
    """Order the deletion of every project of a workspace, silently; whether any is still under way."""
    for project in await queries.projects_left(session, row.team_id):
        await _order(session, project, Why.UNINSTALLED, now=now, channel="")
    return await queries.unfinished(session, row.team_id)


async def verify(session: AsyncSession, dataset: Dataset) -> Verified:
    """Compute a frozen version's hash anew: from its words where they are there, from the tombstones' hashes else."""
    hashes: list[str] = []
    erased, old, position = 0, False, -1
    while lines := await queries.pairs_after(session, dataset.id or 0, position, limit=CHUNK):
        for line in lines:
            gone = erasing.is_tombstone(line)
            erased, old = erased + gone, old or not line.sha256
            hashes.append(line.sha256 if gone else erasing.hash_of(line))
        position = lines[-1].position
    intact = digest_of(hashes) == dataset.sha256 and len(hashes) == dataset.pairs
    return Verified(dataset.id or 0, dataset.number, len(hashes), erased, None if old and not intact else intact)


def opened(things: Sequence[Thing]) -> list[Thing]:
    return [thing for thing in things if thing.state in (ThingState.OPEN, ThingState.FAILED)]
