"""Renderers of status cards, notes and App Home."""

from __future__ import annotations

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.deps import Deps
from bot.domain.message import Home, Message
from bot.domain.outbox import Say
from bot.services import home as service
from bot.views import home as views
from storage import project as projects
from storage.models import Note, Outbox, Person


async def hello(deps: Deps, session: AsyncSession, row: Outbox) -> Message:
    return views.hello()


async def project(deps: Deps, session: AsyncSession, row: Outbox) -> Message | None:
    found = await projects.by_id(session, row.subject_id)
    if found is not None and found.erased_at is not None:
        return views.note("This project was deleted.")
    return None if found is None else views.project_card(await service.project_card(session, found))


async def note(deps: Deps, session: AsyncSession, row: Outbox) -> Message | None:
    found = await session.get(Note, row.subject_id)
    if found is None:
        return None
    return views.note(found.text, button=found.button, label=found.label, value=found.value)


async def home(deps: Deps, session: AsyncSession, row: Outbox) -> Home | None:
    person = await session.get(Person, row.subject_id)
    if person is None:
        return None
    return Home(person.user_id, views.home_view(await service.home_card(session, person)))


RENDERERS = {Say.HELLO: hello, Say.PROJECT: project, Say.NOTE: note, Say.HOME: home}
