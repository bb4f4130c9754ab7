"""Renderer of questions about money."""

from __future__ import annotations

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.deps import Deps
from bot.domain.message import Message
from bot.domain.outbox import Say
from bot.services import spend_request
from bot.views import money as views
from storage.models import Outbox


async def spend(deps: Deps, session: AsyncSession, row: Outbox) -> Message | None:
    card = await spend_request.card(session, row.subject_id)
    return None if card is None else views.spend_card(card)


RENDERERS = {Say.SPEND: spend}
