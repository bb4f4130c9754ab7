"""Who is in a project: roles, and what becomes of texts, settings and ownership when somebody leaves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.audit import Audited, changes
from bot.domain.people import Actor
from bot.domain.project import Role
from bot.domain.team import After, Leaving, Team, after
from bot.errors import BadForm, NotFound
from bot.services.project import as_owner, in_quotes, note, settings_of, show
from bot.services.queue import FRESH
from bot.services.review_cards import say_batch
from storage import audit, queue, reminders
from storage import people as stored
from storage import project as projects
from storage.models import Inbox, Project


async def team_of(session: AsyncSession, project_id: int) -> Team:
    people = await projects.members_by_role(session, project_id)
    owners, reviewers, approvers, viewers = (tuple(people[role]) for role in Role)
    return Team(owners, reviewers, approvers, viewers)


async def team_for(session: AsyncSession, project_id: int, actor: Actor) -> Team:
    """For the window. Raises NotAllowed, NotFound."""
    await as_owner(session, project_id, actor)
    return await team_of(session, project_id)


async def set_people(session: AsyncSession, project_id: int, actor: Actor, team: Team, *, now: datetime) -> None:
    """Replace everybody's roles; who has none any more gives back what was before them. Raises BadForm, NotAllowed."""
    project = await as_owner(session, project_id, actor)
    if problems := team.problems():
        raise BadForm(problems)
    before = await team_of(session, project_id)
    if team == before:
        return
    for role in Role:
        await projects.set_members(session, project_id, role, team.of(role))
    detail = f"{before.in_words()} -> {team.in_words()}"
    await audit.note(session, project, actor.user_id, Audited.PEOPLE, now=now, detail=detail)
    for user in sorted(before.everybody - team.everybody):
        await _give_back(session, project, user, how=Leaving.REMOVED, now=now)
    for user in sorted(team.everybody):
        await stored.came_back(session, project_id, user)
    await show(session, project, now=now)


async def add_owner(session: AsyncSession, project_id: int, user: str, *, now: datetime) -> Project:
    """What the admin's command does where a project has no owner left. Raises NotFound."""
    project = await projects.by_id(session, project_id)
    if project is None:
        raise NotFound(f"There is no project {project_id}.")
    await projects.add_member(session, project_id=project_id, user_id=user, role=Role.OWNER)
    await stored.came_back(session, project_id, user)
    await audit.note(session, project, "command line", Audited.PEOPLE, now=now, detail=f"owner: {user}")
    await note(
        session, team_id=project.team_id, channel=project.channel_id, now=now,
        text=f"<@{user}> owns {in_quotes(project)} now.", key=f"owner:{project_id}:{user}:{now.timestamp():.0f}",
    )  # fmt: skip
    await show(session, project, now=now)
    return project


# leaving


async def left_channel(session: AsyncSession, event: Inbox, actor: Actor | None, *, now: datetime) -> None:
    """Somebody left a channel: they leave the projects in it."""
    user, channel = str(event.ids["user"]), str(event.ids["channel"])
    for project in await projects.all_in(session, event.team_id, channel):
        await leave(session, project, user, Leaving.CHANNEL, now=now)


async def account_closed(session: AsyncSession, event: Inbox, actor: Actor | None, *, now: datetime) -> None:
    """Somebody's account was closed: they leave every project. The listener stores only closed accounts."""
    for project in await projects.all_of_team(session, event.team_id):
        await leave(session, project, str(event.ids["user"]), Leaving.GONE, now=now)


async def leave(session: AsyncSession, project: Project, user: str, how: Leaving, *, now: datetime) -> None:
    """Take somebody out of a project: what was before them is anybody's again, what they decided stays.

    An owner is replaced by the others; where there are none, everybody in the channel hears what to do."""
    team, settings = await team_of(session, project.id or 0), settings_of(project)
    had_part = user in team.everybody or await reminders.last_word(session, project.id or 0, user) is not None
    if not had_part:
        return
    result = after(team, settings, user, how)
    for role in result.loses:
        kept = [who for who in team.of(role) if who != user]
        await projects.set_members(session, project.id or 0, role, kept)
    await _change_settings(session, project, user, result, now=now)
    await _give_back(session, project, user, how=how, now=now)
    await _tell(session, project, user, how, team, result, now=now)
    await show(session, project, now=now)


async def _change_settings(session: AsyncSession, project: Project, user: str, result: After, *, now: datetime) -> None:
    old = settings_of(project)
    if result.settings != old:
        await projects.change(session, project.id or 0, settings=result.settings.as_json())
        project.settings = result.settings.as_json()
        detail = changes(old.as_json(), result.settings.as_json())
        await audit.note(session, project, user, Audited.SETTINGS, now=now, detail=f"{detail} (they left)")


async def _give_back(session: AsyncSession, project: Project, user: str, *, how: Leaving, now: datetime) -> None:
    """Nothing is before them any more, and what is left is shared out among those who stay."""
    given = await queue.give_back(session, project.id or 0, user, to=now - FRESH)
    await stored.departed(session, team_id=project.team_id, project_id=project.id or 0, user_id=user, now=now)
    detail = f"{how.value}; {given} open texts given back"
    await audit.note(session, project, user, Audited.LEFT, now=now, detail=detail)
    for batch in await reminders.waiting_batches(session, project.id or 0):
        await say_batch(session, batch, project, now=now)


async def _tell(
    session: AsyncSession, project: Project, user: str, how: Leaving, team: Team, result: After, *, now: datetime
) -> None:
    if Role.OWNER in result.keeps or result.ownerless:
        await _say(session, project, user, project.channel_id, _last_owner(project, user, result), now=now)
        return
    if user not in team.everybody and not result.missing:
        return  # one of many who reviewed and had no role
    for owner in (who for who in team.owners if who != user):
        await _say(session, project, user, owner, _left(project, user, how, team, result), now=now)


def _last_owner(project: Project, user: str, result: After) -> str:
    """For everybody in the channel: nobody else could do it."""
    if not result.ownerless:
        return (
            f"<@{user}> has left this channel and still owns {in_quotes(project)}. Nothing is lost. "
            "Ask them to name another owner with /tune people."
        )
    return (
        f"<@{user}>, the only owner of {in_quotes(project)}, has left the workspace. Nothing is lost and reviewing "
        "goes on, but nobody can spend, freeze or train. Whoever runs me can name another owner: "
        f"`tunesmith project owner {project.id} USER-ID`."
    )


def _left(project: Project, user: str, how: Leaving, team: Team, result: After) -> str:
    place = "the workspace" if how is Leaving.GONE else f"<#{project.channel_id}>"
    says = [f"<@{user}> has left {place} and with it {in_quotes(project)}. What they decided stays."]
    if user in team.owners:
        says.append(f"It is owned by {_named(team.owners, user)} now.")
    return " ".join([*says, *result.missing])


def _named(owners: Sequence[str], gone: str) -> str:
    return " and ".join(f"<@{owner}>" for owner in owners if owner != gone)


async def _say(session: AsyncSession, project: Project, user: str, to: str, text: str, *, now: datetime) -> None:
    await note(
        session, team_id=project.team_id, channel=to, text=text, now=now,
        key=f"left:{project.id}:{user}:{to}:{now.timestamp():.0f}", button="project.people", label="People",
        value=str(project.id),
    )  # fmt: skip
