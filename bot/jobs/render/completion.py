"""Renders messages about writing."""

from __future__ import annotations

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.deps import Deps
from bot.domain.message import Message
from bot.domain.outbox import Say
from bot.errors import NotFound
from bot.jobs.render import Renderer
from bot.services import completion_cards as cards
from bot.views import completion as views
from storage import completion as queries
from storage.models import Outbox


async def try_card(deps: Deps, session: AsyncSession, row: Outbox) -> Message | None:
    run = await queries.run(session, row.subject_id)
    if run is None:
        return None
    return views.try_card(await cards.try_card(session, row.subject_id, model=deps.models.info(run.model)))


async def run(deps: Deps, session: AsyncSession, row: Outbox) -> Message | None:
    try:
        return views.run_card(await cards.run_card(session, row.subject_id, now=deps.now()))
    except NotFound:
        return None


async def run_done(deps: Deps, session: AsyncSession, row: Outbox) -> Message | None:
    try:
        return views.run_done(await cards.run_card(session, row.subject_id, now=deps.now()))
    except NotFound:
        return None


RENDERERS: dict[Say, Renderer] = {Say.TRY: try_card, Say.RUN: run, Say.RUN_DONE: run_done}
