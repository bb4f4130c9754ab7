"""Projects: who starts, owns and reviews them, and what becomes of them when a channel or the bot goes."""

from __future__ import annotations

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.outbox import Say
from bot.domain.people import Actor
from bot.domain.project import ChannelState, ProjectSettings, Role, Style
from bot.errors import BadForm, NotAllowed, NotFound, NotYet
from storage import outbox, people
from storage import project as projects
from storage.models import Inbox, Note, Project

LONGEST_NAME = 60
DEFAULT_NAME = "Product texts"


def settings_of(project: Project) -> ProjectSettings:
    return ProjectSettings.from_json(project.settings)


def style_of(project: Project) -> Style:
    return Style.from_json(project.style)


async def get(session: AsyncSession, project_id: int, actor: Actor) -> Project:
    """The project, where it belongs to the actor's workspace. Raises NotFound."""
    project = await projects.by_id(session, project_id)
    if project is None or project.team_id != actor.team_id or project.erased_at is not None:
        raise NotFound("This project is gone.", todo="Start a new one with /tune new.")
    return project


async def as_owner(session: AsyncSession, project_id: int, actor: Actor) -> Project:
    """The project, for somebody who may spend, freeze, train, cancel or delete. Raises NotAllowed."""
    project = await get(session, project_id, actor)
    owners = await projects.members(session, project_id, Role.OWNER)
    if not owners:
        raise NotAllowed(
            "Nobody owns this project any more.",
            kept="Nothing is lost.",
            todo=f"Whoever runs me can name an owner: `tunesmith project owner {project_id} USER-ID`.",
        )
    if actor.user_id not in owners:
        names = " or ".join(f"<@{owner}>" for owner in owners)
        raise NotAllowed(f"Only the project's owner can do this: {names}.", todo="Ask them to press it.")
    return project


async def as_reviewer(session: AsyncSession, project_id: int, actor: Actor) -> Project:
    """The project, for somebody who may decide on texts. Raises NotAllowed."""
    project = await get(session, project_id, actor)
    if actor.is_foreign:
        raise NotAllowed("Only people of this workspace can decide on its texts.")
    people = await projects.members_by_role(session, project_id)
    named, owners = people[Role.REVIEWER], people[Role.OWNER]
    if actor.user_id in owners or actor.user_id in named:
        return project
    is_viewer = actor.user_id in people[Role.VIEWER]
    if named or actor.is_guest or is_viewer:
        what = "You are a viewer of this project" if is_viewer else "You are not one of this project's reviewers"
        ask = f"<@{owners[0]}> can change that: /tune people." if owners else "It has no owner who could change that."
        raise NotAllowed(f"{what}.", kept="Nothing was decided.", todo=ask)
    return project


async def of_channel(session: AsyncSession, team_id: str, channel_id: str) -> Project | None:
    return await projects.active_in(session, team_id, channel_id)


async def need(session: AsyncSession, actor: Actor, channel_id: str) -> Project:
    """The channel's active project. Raises NotYet where there is none."""
    project = await of_channel(session, actor.team_id, channel_id)
    if project is None:
        raise NotYet("There is no project in this channel yet.", todo="Start one with /tune new.")
    return project


async def start(session: AsyncSession, actor: Actor, *, channel_id: str, name: str, now: datetime) -> Project:
    """A new project, owned by who starts it; the channel's earlier one is put aside. Raises BadForm, NotAllowed."""
    if actor.is_guest:
        raise NotAllowed("Guests cannot start projects.", todo="Ask a colleague of this workspace to do it.")
    name = name.strip() or DEFAULT_NAME
    if len(name) > LONGEST_NAME:
        raise BadForm({"name": f"Use at most {LONGEST_NAME} characters."})
    await projects.set_active(session, team_id=actor.team_id, channel_id=channel_id, project_id=None)
    project = await projects.add(
        session, team_id=actor.team_id, channel_id=channel_id, name=name, user_id=actor.user_id, now=now
    )
    await show(session, project, now=now)
    return project


async def choose(session: AsyncSession, actor: Actor, project_id: int, *, now: datetime) -> Project:
    """Make another project of the channel the active one."""
    project = await get(session, project_id, actor)
    await projects.set_active(session, team_id=actor.team_id, channel_id=project.channel_id, project_id=project_id)
    await show(session, project, now=now)
    return project


async def show(session: AsyncSession, project: Project, *, now: datetime) -> None:
    """Say, or say anew, where the project stands."""
    await outbox.say(
        session,
        team_id=project.team_id,
        key=f"project:{project.id}",
        kind=Say.PROJECT,
        subject_id=project.id or 0,
        channel=project.channel_id,
        now=now,
    )


def escaped(words: str) -> str:
    """Somebody's words inside a sentence in Slack's markup, where they are data."""
    return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def in_quotes(project: Project) -> str:
    """The project's name inside such a sentence."""
    return f"“{escaped(project.name)}”"


async def note(
    session: AsyncSession, *, team_id: str, channel: str, text: str, key: str, now: datetime, only_for: str = "",
    button: str = "", label: str = "", value: str = "",
) -> None:  # fmt: skip
    """Say one sentence once, with a button where there is something to do about it."""
    row = Note(team_id=team_id, text=text, button=button, label=label, value=value, created_at=now)
    session.add(row)
    await session.flush()
    await outbox.say(
        session,
        team_id=team_id,
        key=key,
        kind=Say.NOTE,
        subject_id=row.id or 0,
        channel=channel,
        now=now,
        only_for=only_for,
    )


async def somebody_joined(session: AsyncSession, event: Inbox, actor: Actor | None, *, now: datetime) -> None:
    """On being invited the bot says in two lines what to do. The listener stores only its own joins."""
    channel = str(event.ids["channel"])
    await people.note_channel(session, event.team_id, channel, state=ChannelState.OPEN)
    await outbox.say(
        session, team_id=event.team_id, key=f"hello:{channel}", kind=Say.HELLO, subject_id=0, channel=channel, now=now
    )


async def spoken_to(session: AsyncSession, event: Inbox, actor: Actor | None, *, now: datetime) -> None:
    """A mention or a direct message is answered with where things stand, or with how to begin."""
    channel = str(event.ids["channel"])
    project = await of_channel(session, event.team_id, channel)
    await outbox.say(
        session,
        team_id=event.team_id,
        key=f"answer:{event.event_id}",
        kind=Say.PROJECT if project else Say.HELLO,
        subject_id=(project.id or 0) if project else 0,
        channel=channel,
        now=now,
    )


async def channel_closed(session: AsyncSession, event: Inbox, actor: Actor | None, *, now: datetime) -> None:
    """The channel was archived or the bot removed: jobs go on, nothing more is said there, the owner hears of it."""
    channel = str(event.ids["channel"])
    archived = event.kind.endswith("archive")
    await people.note_channel(
        session, event.team_id, channel, state=ChannelState.ARCHIVED if archived else ChannelState.LEFT
    )
    await outbox.close_channel(session, team_id=event.team_id, channel=channel)
    project = await of_channel(session, event.team_id, channel)
    if project is None:
        return
    what = "was archived" if archived else "no longer has me in it"
    for owner in await projects.members(session, project.id or 0, Role.OWNER):
        await note(
            session,
            team_id=event.team_id,
            channel=owner,
            text=f"<#{channel}> {what}. {in_quotes(project)} goes on without it and nothing is lost.",
            key=f"closed:{event.event_id}:{owner}",
            now=now,
            button="project.move",
            label="Move to another channel",
            value=str(project.id),
        )


async def channel_opened(session: AsyncSession, event: Inbox, actor: Actor | None, *, now: datetime) -> None:
    await people.note_channel(session, event.team_id, str(event.ids["channel"]), state=ChannelState.OPEN)


async def channel_id_changed(session: AsyncSession, event: Inbox, actor: Actor | None, *, now: datetime) -> None:
    """A channel that becomes shared gets another id; everything follows it."""
    old, new = str(event.ids["old_channel_id"]), str(event.ids["new_channel_id"])
    await projects.follow_channel(session, team_id=event.team_id, old=old, new=new)


async def move(session: AsyncSession, project_id: int, actor: Actor, *, channel_id: str, now: datetime) -> Project:
    """Take a project to another channel; its next message appears there."""
    project = await as_owner(session, project_id, actor)
    if await of_channel(session, actor.team_id, channel_id) is not None:
        raise BadForm({"channel": "That channel has a project already. Choose another one."})
    await projects.change(session, project_id, channel_id=channel_id)
    project.channel_id = channel_id
    await outbox.say(
        session, team_id=actor.team_id, key=f"project:{project_id}:in:{channel_id}", kind=Say.PROJECT,
        subject_id=project_id, channel=channel_id, now=now,
    )  # fmt: skip
    return project
