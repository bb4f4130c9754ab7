"""Renders files that somebody asked for by direct message: the log of decisions, and how far people agree."""

from __future__ import annotations

import asyncio

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.deps import Deps
from bot.domain.audit import COLUMNS, row_of
from bot.domain.message import Upload
from bot.domain.outbox import Say
from bot.export.tables import to_csv
from bot.jobs.render import Renderer
from bot.services import agreement, audit
from storage.models import Outbox


async def audit_file(deps: Deps, session: AsyncSession, row: Outbox) -> Upload:
    rows = [row_of(entry) async for entry in audit.entries(session, row.subject_id, row.team_id)]
    content = await asyncio.to_thread(to_csv, COLUMNS, rows)
    return Upload(f"decisions-{row.subject_id}.csv", "Every decision", file_key=await deps.files.put(content))


async def agreement_file(deps: Deps, session: AsyncSession, row: Outbox) -> Upload:
    columns, rows = await agreement.figures(session, row.subject_id, row.team_id)
    content = await asyncio.to_thread(to_csv, columns, rows)
    return Upload(f"agreement-{row.subject_id}.csv", "How far you agree", file_key=await deps.files.put(content))


RENDERERS: dict[Say, Renderer] = {Say.AUDIT_FILE: audit_file, Say.AGREEMENT_FILE: agreement_file}
