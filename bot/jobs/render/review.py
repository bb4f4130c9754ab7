"""Renders the review: the batch's card, its samples, what people disagree about and what was approved at once."""

from __future__ import annotations

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.deps import Deps
from bot.domain.message import Message
from bot.domain.outbox import Say
from bot.errors import NotFound
from bot.jobs.render import Renderer
from bot.services import bulk, disputes
from bot.services import review_cards as cards
from bot.views import review as views
from bot.views.bulk import bulk_card
from bot.views.disputes import dispute_card
from storage.models import Outbox


async def batch(deps: Deps, session: AsyncSession, row: Outbox) -> Message | None:
    try:
        return views.batch_card(await cards.batch_card(session, row.subject_id))
    except NotFound:
        return None


async def sample(deps: Deps, session: AsyncSession, row: Outbox) -> Message | None:
    try:
        card = await cards.card(session, row.subject_id)
        if card.disputed:
            return dispute_card(await disputes.dispute(session, row.subject_id))
    except NotFound:
        return None
    return views.sample_card(cards.with_notice(card, deps.models.info))


async def at_once(deps: Deps, session: AsyncSession, row: Outbox) -> Message | None:
    try:
        return bulk_card(await bulk.card(session, row.subject_id))
    except NotFound:
        return None


RENDERERS: dict[Say, Renderer] = {Say.BULK: at_once, Say.BATCH: batch, Say.SAMPLE: sample}
