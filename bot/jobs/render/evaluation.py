"""Renders what is said of trials and of the finished table."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.deps import Deps
from bot.domain.message import Message, Upload
from bot.domain.outbox import Say
from bot.jobs.render import Renderer
from bot.jobs.render.prices import try_usd
from bot.services import evaluation as service
from bot.services import evaluation_finish as finish
from bot.views import evaluation as views
from storage.models import Outbox


async def trial(deps: Deps, session: AsyncSession, row: Outbox) -> Message:
    card = await service.trial_card(session, row.subject_id)
    notice = deps.models.info(card.tuned_model or card.base_model).notice
    usd = await try_usd(deps, session, card.project_id)
    return views.trial_card(replace(card, notice=notice, try_usd=usd))


async def finished(deps: Deps, session: AsyncSession, row: Outbox) -> Message:
    card = await finish.finished_card(session, row.subject_id)
    usd = await try_usd(deps, session, card.project_id)
    return views.finished_card(replace(card, notice=deps.models.info(card.model).notice, try_usd=usd))


FORMAT_WORDS = {"xlsx": "as a workbook", "csv": "as CSV", "parquet": "as Parquet"}


async def finished_file(deps: Deps, session: AsyncSession, row: Outbox) -> Upload:
    """The table; its name ends the outbox key."""
    name = row.key.rsplit(":", 1)[1]
    columns, rows = await finish.table(session, row.subject_id)
    content = await asyncio.to_thread(finish.build_table, name, columns, rows)
    words = FORMAT_WORDS[name.rsplit(".", 1)[1]]
    return Upload(filename=name, title=f"Your catalog with its texts, {words}", file_key=await deps.files.put(content))


RENDERERS: Mapping[Say, Renderer] = {Say.TRIAL: trial, Say.FINISHED: finished, Say.FINISHED_FILE: finished_file}
