"""Reads files of pairs and stores what is new in them."""

from __future__ import annotations

import asyncio
import tempfile
from functools import partial
from pathlib import Path, PurePath

from bot.deps import Deps
from bot.domain.outbox import retry_at
from bot.domain.pairs_import import MOST_ATTEMPTS, ImportedPair, ReadPairs, Shelf, key_of, new_ones
from bot.errors import BadCatalog, SlackTrouble
from bot.ingest.table import ReadOptions
from bot.jobs.guard import one_row
from bot.services import pairs_import as service
from bot.slack.door import Refused
from bot.slack.download import download
from storage import pairs_import as queries
from storage import project as projects
from storage.engine import reading, transaction
from storage.models import PairsImport, Project

BATCH = 2
# Texts are taken as they are: whoever wrote them meant their blanks, and a text twice is told, not silently dropped.
AS_IT_IS = ReadOptions(product_key="", skip_steps=frozenset({"duplicate_rows", "near_duplicate_rows", "total_rows"}))
BROKE = "Something broke on our side while reading this file."


async def run_once(deps: Deps) -> int:
    """Work on what waits; how many files."""
    async with reading(deps.db) as session:
        due = await queries.due(session, now=deps.now(), limit=BATCH)
    return sum([await _deal_with(deps, row.id or 0) for row in due])


async def _deal_with(deps: Deps, import_id: int) -> bool:
    async with transaction(deps.db) as session:
        if not await queries.claim(session, import_id, owner=deps.owner, now=deps.now()):
            return False
        row = await queries.by_id(session, import_id)
        project = await projects.by_id(session, row.project_id) if row else None
    if row is None or project is None:
        return False
    names = {"pairs_import": import_id, "attempts": row.attempts}
    async with one_row(row.trace_id, "pairs_import_failed", broke=partial(_broke, deps, row), **names):
        try:
            await _import(deps, row, project)
        except Refused as refusal:
            await _stumbled(deps, row, str(refusal), again=refusal.healable)
        except (BadCatalog, SlackTrouble) as problem:
            await _stumbled(deps, row, str(problem), again=False)
    return True


async def _broke(deps: Deps, row: PairsImport, _error: Exception) -> None:
    await _stumbled(deps, row, BROKE, again=True)


async def _stumbled(deps: Deps, row: PairsImport, problem: str, *, again: bool) -> None:
    """Once more in a while, or the card says why not."""
    async with transaction(deps.db) as session:
        if again and row.attempts < MOST_ATTEMPTS:
            later = retry_at(row.attempts, deps.now())
            await queries.change(session, row.id or 0, owner=deps.owner, lease_owner="", lease_until=later)
        else:
            await service.failed(session, row, problem, owner=deps.owner, now=deps.now())


async def _import(deps: Deps, row: PairsImport, project: Project) -> None:
    """Read the file, leave out what is known, store the rest in chunks; a restart goes on behind the last one."""
    row, data = await _bytes(deps, row)
    read = await _read(deps, row, data)
    async with reading(deps.db) as session:
        known = await queries.known(session, row.project_id, but_batch=row.batch_id)
        shelf = await service.shelf(session, project)
    pairs, twice = await asyncio.to_thread(new_ones, read.pairs, [key_of(*one) for one in known])
    async with transaction(deps.db) as session:
        counts = {"read": len(read.pairs), "doubles": twice, "unfit": read.unfit}
        await queries.change(session, row.id or 0, owner=deps.owner, **counts)
        begun = await service.begin(session, row, project, owner=deps.owner, now=deps.now())
    if begun is not None and await _store(deps, begun, project, pairs, shelf):
        async with transaction(deps.db) as session:
            await service.finish(session, begun, project, owner=deps.owner, now=deps.now())


async def _bytes(deps: Deps, row: PairsImport) -> tuple[PairsImport, bytes]:
    if row.file_key:
        return row, await deps.files.get(row.file_key)
    info = await deps.slack.file_info(row.slack_file_id)
    token = deps.settings.slack_bot_token.get_secret_value()
    data = await download(deps.http, info, token=token, api_url=deps.settings.slack_api_url)
    key, name = await deps.files.put(data), str(info.get("name") or info.get("title") or "pairs")
    async with transaction(deps.db) as session:
        await queries.change(session, row.id or 0, owner=deps.owner, file_key=key, filename=name)
        fresh = await queries.by_id(session, row.id or 0)
    return fresh or row, data


async def _read(deps: Deps, row: PairsImport, data: bytes) -> ReadPairs:
    """Raises BadCatalog."""
    if service.is_lines(row.filename):
        return await asyncio.to_thread(service.from_lines, data)
    with tempfile.TemporaryDirectory(prefix="tunesmith-") as folder:
        path = Path(folder) / "pairs"
        await asyncio.to_thread(path.write_bytes, data)
        table = await deps.reader.read(path, PurePath(row.filename).name or "pairs", AS_IT_IS)
    return await asyncio.to_thread(service.from_table, table)


async def _store(deps: Deps, row: PairsImport, project: Project, pairs: list[ImportedPair], shelf: Shelf) -> bool:
    async with reading(deps.db) as session:
        first = await queries.stored(session, row.catalog_id or 0)
    for start in range(first, len(pairs), queries.PAIRS_AT_ONCE):
        some = pairs[start : start + queries.PAIRS_AT_ONCE]
        async with transaction(deps.db) as session:
            fresh = await queries.by_id(session, row.id or 0)
            if fresh is None or not await service.store(
                session, fresh, project, some, shelf, first=start, owner=deps.owner, now=deps.now()
            ):
                return False
    return True
