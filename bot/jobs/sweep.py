"""Deletes stored files that nothing refers to any more: of cancelled catalogs, of workspaces that removed the app."""

from __future__ import annotations

from datetime import timedelta

import structlog

from bot.deps import Deps
from storage.engine import reading
from storage.origins import referenced_files

log = structlog.get_logger()

# A file is put before the row that names it is committed, and an upload needs it until Slack has it.
YOUNG = timedelta(days=1)


async def run_once(deps: Deps) -> int:
    """Delete what is a day old and named by no row. Returns 0: there is never more to do at once."""
    old = await deps.files.older_than(deps.now() - YOUNG)
    if not old:
        return 0
    async with reading(deps.db) as session:
        kept = await referenced_files(session)
    doomed = [key for key in old if key not in kept]
    for key in doomed:
        await deps.files.delete(key)
    if doomed:
        log.info("files_swept", count=len(doomed))
    return 0
