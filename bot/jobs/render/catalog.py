"""Renderers of what is said about catalogs."""

from __future__ import annotations

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.deps import Deps
from bot.domain.message import Message
from bot.domain.outbox import Say
from bot.services import catalog_card as service
from bot.views import catalog as views
from storage.models import Outbox


async def question(deps: Deps, session: AsyncSession, row: Outbox) -> Message | None:
    asked = await service.question(session, row.subject_id)
    return None if asked is None else views.question(asked)


async def card(deps: Deps, session: AsyncSession, row: Outbox) -> Message | None:
    found = await service.card(session, row.subject_id)
    return None if found is None else views.catalog_card(found)


RENDERERS = {Say.CATALOG_QUESTION: question, Say.CATALOG: card}
