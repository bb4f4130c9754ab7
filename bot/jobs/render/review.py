"""Renders the review: the batch's card and its samples."""

from __future__ import annotations

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.deps import Deps
from bot.domain.message import Message
from bot.domain.outbox import Say
from bot.errors import NotFound
from bot.jobs.render import Renderer
from bot.services import review_cards as cards
from bot.views import review as views
from storage.models import Outbox


async def batch(deps: Deps, session: AsyncSession, row: Outbox) -> Message | None:
    try:
        return views.batch_card(await cards.batch_card(session, row.subject_id))
    except NotFound:
        return None


async def sample(deps: Deps, session: AsyncSession, row: Outbox) -> Message | None:
    try:
        card = await cards.card(session, row.subject_id)
    except NotFound:
        return None
    return views.sample_card(cards.with_notice(card, deps.models.info))


RENDERERS: dict[Say, Renderer] = {Say.BATCH: batch, Say.SAMPLE: sample}
