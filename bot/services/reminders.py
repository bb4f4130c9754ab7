"""A digest a day in the batch's thread, few and gentle reminders, and a pause from both."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.audit import Audited
from bot.domain.outbox import Say
from bot.domain.people import Actor
from bot.domain.reminders import (
    Day,
    DigestCard,
    Reminded,
    ReminderCard,
    digest_day,
    is_quiet,
    next_monday,
    next_reminder,
    quiet_of,
    zone_of,
)
from bot.domain.review import ReviewState, minutes_for
from bot.errors import NotAllowed, NotFound
from bot.services.project import as_reviewer, settings_of
from bot.services.quorum import progress, quorum_of
from bot.services.review_cards import say_batch
from storage import audit, outbox, people, queue
from storage import project as projects
from storage import reminders as queries
from storage import review as reviews
from storage.insert import insert_once
from storage.models import Batch, Digest, Person, Project, Reminder


async def zone(session: AsyncSession, project: Project) -> ZoneInfo:
    """The project's time zone: its own, else that of whoever started it, else UTC."""
    starter = await people.person(session, project.team_id, project.created_by)
    return zone_of(settings_of(project).time_zone, starter.tz if starter else "")


# the digest


async def day_due(session: AsyncSession, project: Project, *, now: datetime) -> str | None:
    """The day whose digest this project should have now; None while it is quiet, paused or switched off."""
    settings = settings_of(project)
    if not settings.digest or project.paused_until is not None:
        return None
    return digest_day(now, quiet_of(settings), await zone(session, project))


async def say_digest(session: AsyncSession, batch: Batch, day: str, *, now: datetime) -> bool:
    """Say in the batch's thread what its day brought. False where it brought nothing, or that is said already."""
    last = await queries.last_digest(session, batch.id or 0)
    news = await _news(session, batch, since=last.at if last else batch.created_at)
    project = await projects.by_id(session, batch.project_id)
    if not news.is_news or project is None:
        return False
    new = await insert_once(
        session, Digest, team_id=batch.team_id, project_id=batch.project_id, batch_id=batch.id or 0, day=day,
        figures=news.as_json(), at=now,
    )  # fmt: skip
    if new is not None:
        await outbox.say(
            session, team_id=batch.team_id, key=f"digest:{new}", kind=Say.DIGEST, subject_id=new,
            channel=project.channel_id, thread_key=f"batch:{batch.id}", now=now,
        )  # fmt: skip
    return new is not None


async def _news(session: AsyncSession, batch: Batch, *, since: datetime) -> Day:
    decided = await queries.decided(session, batch.id or 0, since=since)
    counts = await reviews.counts(session, batch_id=batch.id)
    return Day(
        approved=decided.get(ReviewState.APPROVED, 0),
        edited=decided.get(ReviewState.EDITED, 0),
        rejected=decided.get(ReviewState.REJECTED, 0),
        people=await queries.people(session, batch.id or 0, since=since),
        open=counts.open,
        second=counts.second,
        disputed=counts.disputed,
    )


async def digest_card(session: AsyncSession, digest_id: int) -> DigestCard:
    """What the digest said on its day. Raises NotFound."""
    row = await queries.digest(session, digest_id)
    batch = await reviews.batch(session, row.batch_id) if row else None
    project = await projects.by_id(session, row.project_id) if row else None
    if row is None or batch is None or project is None:
        raise NotFound("This digest is gone.")
    before = await queries.last_digest(session, row.batch_id, before=row.id)
    counts = await reviews.counts(session, batch_id=batch.id)
    share = await progress(session, row.batch_id, quorum_of(project), counts)
    return DigestCard(
        batch_id=row.batch_id,
        project_id=row.project_id,
        title=batch.title,
        day=Day(**row.figures),
        since=before.at if before else None,
        minutes=share.minutes,
        paused_until=project.paused_until,
    )


# reminders


async def remind(session: AsyncSession, project: Project, *, now: datetime) -> int:
    """Remind whoever has texts waiting and has not been here for a day; how many people that were."""
    if not settings_of(project).reminders or project.paused_until is not None:
        return 0
    where, told = await zone(session, project), 0
    for batch in await queries.waiting_batches(session, project.id or 0):
        if await reviews.coming(session, batch.id or 0):
            continue
        for user in await queries.reviewers(session, project.id or 0):
            told += await _remind(session, project, batch, user, where, now=now)
    return told


async def _remind(
    session: AsyncSession, project: Project, batch: Batch, user: str, where: ZoneInfo, *, now: datetime
) -> bool:
    person = await people.person(session, project.team_id, user)
    theirs = zone_of(person.tz if person else "", where.key)
    if (person and person.no_reminders) or is_quiet(now, quiet_of(settings_of(project)), theirs):
        return False
    number = next_reminder(await _reminded(session, batch, user), now)
    if number is None or not await waiting_in(session, project, batch, actor_of(project.team_id, user, person)):
        return False
    new = await queries.add(session, batch, user, number, now=now)
    if new is not None:
        await outbox.say(
            session, team_id=batch.team_id, key=f"reminder:{new}", kind=Say.REMINDER, subject_id=new, channel=user,
            now=now,
        )  # fmt: skip
    return new is not None


async def _reminded(session: AsyncSession, batch: Batch, user: str) -> Reminded:
    every = await queries.reminded(session, batch.team_id, user)
    said = await queries.last_word(session, batch.project_id, user)
    return Reminded(
        of_batch=[one.at for one in every if one.batch_id == batch.id],
        latest=every[-1].at if every else None,
        active_at=max(said, batch.created_at) if said else batch.created_at,
    )


def actor_of(team_id: str, user: str, person: Person | None) -> Actor:
    """Somebody who is not here just now, as we last saw them."""
    if person is None:
        return Actor(team_id, user)
    return Actor(team_id, user, person.name, is_guest=person.is_guest, is_foreign=person.is_foreign, tz=person.tz)


async def waiting_in(session: AsyncSession, project: Project, batch: Batch, actor: Actor) -> int:
    """How many texts of a batch this person may decide on and has not."""
    try:
        await as_reviewer(session, project.id or 0, actor)
    except NotAllowed:
        return 0
    return await queue.waiting_for(session, project.id or 0, actor.user_id, quorum_of(project), batch_id=batch.id)


async def reminder_card(session: AsyncSession, reminder_id: int) -> ReminderCard:
    """What a reminder says now. Raises NotFound."""
    row = await queries.reminder(session, reminder_id)
    batch = await reviews.batch(session, row.batch_id) if row else None
    project = await projects.by_id(session, row.project_id) if row else None
    if row is None or batch is None or project is None:
        raise NotFound("This reminder is gone.")
    person = await people.person(session, row.team_id, row.user_id)
    waiting = await waiting_in(session, project, batch, actor_of(row.team_id, row.user_id, person))
    counts = await reviews.counts(session, batch_id=batch.id)
    share = await progress(session, batch.id or 0, quorum_of(project), counts)
    return ReminderCard(
        id=reminder_id,
        project_id=row.project_id,
        project=project.name,
        title=batch.title,
        waiting=waiting,
        minutes=minutes_for(min(waiting, max(share.share, 1))),
        number=row.number,
        stopped=bool(person and person.no_reminders),
    )


async def want(session: AsyncSession, reminder_id: int, actor: Actor, *, reminders: bool, now: datetime) -> None:
    """*Don't remind me*, and its undo, for every project. Raises NotFound for somebody else's reminder."""
    row = await queries.reminder(session, reminder_id)
    if row is None or (row.team_id, row.user_id) != (actor.team_id, actor.user_id):
        raise NotFound("This reminder is gone.")
    person = await people.person_id(session, actor, now=now)
    await queries.want(session, person, reminders=reminders)
    await _refresh(session, row, now=now)


async def _refresh(session: AsyncSession, row: Reminder, *, now: datetime) -> None:
    await outbox.refresh(session, team_id=row.team_id, key=f"reminder:{row.id}", due=now)


# the pause


async def pause(session: AsyncSession, project_id: int, actor: Actor, *, now: datetime) -> None:
    """Nobody is reminded and no digest comes until Monday. Pressed twice it is one pause. Raises NotAllowed."""
    project = await as_reviewer(session, project_id, actor)
    until = next_monday(now, quiet_of(settings_of(project)), await zone(session, project))
    if await queries.pause(session, project_id, until=until, who=actor.user_id):
        detail = f"until {until:%Y-%m-%d %H:%M} UTC"
        await audit.note(session, project, actor.user_id, Audited.PAUSED, now=now, detail=detail)
        await _say_batches(session, project_id, now=now)


async def resume(session: AsyncSession, project_id: int, actor: Actor, *, now: datetime) -> None:
    """Take the pause back. Raises NotAllowed."""
    project = await as_reviewer(session, project_id, actor)
    if await queries.resume(session, project_id):
        await audit.note(session, project, actor.user_id, Audited.RESUMED, now=now)
        await _say_batches(session, project_id, now=now)


async def end_pause(session: AsyncSession, project: Project, *, now: datetime) -> bool:
    """It is Monday: everything goes on. False while it is not, or nothing was paused."""
    if project.paused_until is None or project.paused_until > now:
        return False
    await queries.resume(session, project.id or 0)
    await _say_batches(session, project.id or 0, now=now)
    return True


async def _say_batches(session: AsyncSession, project_id: int, *, now: datetime) -> None:
    """The cards of what is under review, and the digests in their threads, say whether there is a pause."""
    project = await projects.by_id(session, project_id)
    if project is None:
        return
    for batch in await queries.waiting_batches(session, project_id):
        await say_batch(session, batch, project, now=now)
        last = await queries.last_digest(session, batch.id or 0)
        if last is not None:
            await outbox.refresh(session, team_id=batch.team_id, key=f"digest:{last.id}", due=now)
