"""Renders deletions and their receipts."""

from __future__ import annotations

from collections.abc import Mapping

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.deps import Deps
from bot.domain.message import Message
from bot.domain.outbox import Say
from bot.jobs.render import Renderer
from bot.services import deletion as service
from bot.views import deletion as views
from storage.models import Outbox


async def erasure(deps: Deps, session: AsyncSession, row: Outbox) -> Message:
    """The whole hashes stand in the direct message to who ordered it."""
    card = await service.card(session, row.subject_id, now=deps.now())
    return views.erasure_card(card, full=":dm:" in row.key)


RENDERERS: Mapping[Say, Renderer] = {Say.ERASURE: erasure}
