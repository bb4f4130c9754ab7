"""Renders digests and reminders."""

from __future__ import annotations

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.deps import Deps
from bot.domain.message import Message
from bot.domain.outbox import Say
from bot.errors import NotFound
from bot.jobs.render import Renderer
from bot.services import reminders as service
from bot.views import reminders as views
from storage.models import Outbox


async def digest(deps: Deps, session: AsyncSession, row: Outbox) -> Message | None:
    try:
        return views.digest_card(await service.digest_card(session, row.subject_id))
    except NotFound:
        return None


async def reminder(deps: Deps, session: AsyncSession, row: Outbox) -> Message | None:
    try:
        return views.reminder_card(await service.reminder_card(session, row.subject_id))
    except NotFound:
        return None


RENDERERS: dict[Say, Renderer] = {Say.DIGEST: digest, Say.REMINDER: reminder}
