"""Status at a glance: a project's card, and everybody's App Home."""

from __future__ import annotations

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.home import HomeCard, ProjectCard, stage_of
from bot.domain.outbox import Say
from bot.domain.people import Actor
from bot.domain.project import Role
from bot.services.queue import waiting_for
from storage import home as queries
from storage import outbox, people
from storage import project as projects
from storage.models import Inbox, Person, Project


async def project_card(session: AsyncSession, project: Project) -> ProjectCard:
    """Where it stands and what comes next."""
    counts = await queries.counts(session, project)
    owners = await projects.members(session, project.id or 0, Role.OWNER)
    return ProjectCard(
        id=project.id or 0,
        name=project.name,
        channel=project.channel_id,
        owners=tuple(owners),
        stage=stage_of(counts),
        counts=counts,
        few_shot=project.few_shot,
    )


async def home_card(session: AsyncSession, person: Person) -> HomeCard:
    """The projects of the workspace, and how many texts wait for this person."""
    actor = Actor(person.team_id, person.user_id, is_guest=person.is_guest, is_foreign=person.is_foreign)
    found = await projects.all_of_team(session, person.team_id)
    cards = [await project_card(session, project) for project in found]
    both = zip(found, cards, strict=True)
    waiting = {card.id: await waiting_for(session, project, actor) for project, card in both if card.counts.open}
    first = next((project_id for project_id, count in waiting.items() if count), None)
    return HomeCard(person.user_id, tuple(cards), sum(waiting.values()), first)


async def opened(session: AsyncSession, event: Inbox, actor: Actor | None, *, now: datetime) -> None:
    """Somebody looks at App Home: show them how things are."""
    if actor is None or event.ids.get("tab", "home") != "home":
        return
    person = await people.person_id(session, actor, now=now)
    await outbox.say(
        session,
        team_id=actor.team_id,
        key=f"home:{person}",
        kind=Say.HOME,
        subject_id=person,
        channel=actor.user_id,
        now=now,
    )
