"""Looks at files before asking about them, and downloads, reads and stores catalogs."""

from __future__ import annotations

import asyncio
import tempfile
from functools import partial
from pathlib import Path, PurePath
from typing import Any

from bot.deps import Deps
from bot.errors import BadCatalog, SlackTrouble
from bot.ingest.table import Table
from bot.jobs.guard import one_row
from bot.services import catalog_import as service
from bot.slack.door import Refused
from bot.slack.download import download
from storage import catalog as catalogs
from storage.engine import reading, transaction
from storage.models import Catalog, CatalogState

# Reading is one at a time; more would only hold leases.
BATCH = 4
# What may be a table. Others are read only where somebody says so: in a direct message or by the message's menu.
TABLES = {".csv", ".tsv", ".tab", ".xlsx", ".xls", ".ods", ".json", ".jsonl", ".ndjson", ".parquet", ".zip", ".gz"}
# In a channel that waits for a catalog, people still share pictures.
NEVER_TABLES = ("image/", "video/", "audio/")
GONE = {"file_not_found", "file_deleted"}


async def run_once(deps: Deps) -> int:
    """Work on what is open; how many catalogs were dealt with."""
    async with reading(deps.db) as session:
        rows = await catalogs.open_work(session, now=deps.now(), limit=BATCH)
    done = 0
    for row in rows:
        if deps.stopping.is_set():
            break
        done += await _deal_with(deps, row.id or 0)
    return done


async def _deal_with(deps: Deps, catalog_id: int) -> bool:
    async with transaction(deps.db) as session:
        claimed = await catalogs.claim(session, catalog_id, owner=deps.owner, now=deps.now())
        catalog = await catalogs.by_id(session, catalog_id)
    if not claimed or catalog is None:
        return False
    names = {"catalog": catalog_id, "attempts": catalog.attempts}
    async with one_row(catalog.trace_id, "catalog_failed", broke=partial(_broke, deps, catalog), **names):
        try:
            await _step(deps, catalog)
        except Refused as refusal:
            await _refused(deps, catalog, refusal)
        except (BadCatalog, SlackTrouble) as problem:
            await _fail(deps, catalog, str(problem))
    return True


async def _broke(deps: Deps, catalog: Catalog, error: Exception) -> None:
    await _later(deps, catalog, f"Something broke on our side while reading it ({type(error).__name__}).")


async def _step(deps: Deps, catalog: Catalog) -> None:
    if catalog.state == CatalogState.CANCELLED:
        await _clear_away(deps, catalog)
    elif catalog.state == CatalogState.ASKED:
        await _look(deps, catalog)
    elif catalog.state == CatalogState.WAITING:
        await _read(deps, catalog)


async def _look(deps: Deps, catalog: Catalog) -> None:
    """Ask the uploader about files that may be tables; only their names are known so far."""
    info = await deps.slack.file_info(catalog.slack_file_id or "")
    async with transaction(deps.db) as session:
        if PurePath(_name(info)).suffix.lower() in TABLES and not info.get("bot_id"):
            await service.ask(session, catalog, filename=_name(info), now=deps.now())
        else:
            await service.pass_over(session, catalog)


async def _read(deps: Deps, catalog: Catalog) -> None:
    """Download once, read in the reader's process, store in chunks; the catalog is ready last."""
    if catalog.profile:
        await _forget_products(deps, catalog)
    data = await _bytes(deps, catalog)
    if data is None:
        return
    table = await _table(deps, catalog, data)
    stored = await _store(deps, catalog, table)
    async with transaction(deps.db) as session:
        if stored:
            await service.ready(session, catalog, table.profile, owner=deps.owner, now=deps.now())
        else:
            await catalogs.put_off(session, catalog.id or 0, owner=deps.owner, until=deps.now())


async def _bytes(deps: Deps, catalog: Catalog) -> bytes | None:
    """The file out of the store, or out of Slack; None for one that can be no table."""
    info: dict[str, Any] = {"name": catalog.filename}
    if not catalog.file_key or catalog.file_deleted_at is not None:
        info = await deps.slack.file_info(catalog.slack_file_id or "")
        if str(info.get("mimetype") or "").startswith(NEVER_TABLES):
            async with transaction(deps.db) as session:
                await service.pass_over(session, catalog)
            return None
    async with transaction(deps.db) as session:
        await service.begin(session, catalog, filename=_name(info), now=deps.now())
    if catalog.file_key and catalog.file_deleted_at is None:
        return await deps.files.get(catalog.file_key)
    data = await download(
        deps.http, info, token=deps.settings.slack_bot_token.get_secret_value(), api_url=deps.settings.slack_api_url
    )
    key = await deps.files.put(data)
    async with transaction(deps.db) as session:
        await service.keep_file(session, catalog, file_key=key)
    return data


def _name(info: dict[str, Any]) -> str:
    return str(info.get("name") or info.get("title") or "file")


async def _table(deps: Deps, catalog: Catalog, data: bytes) -> Table:
    """Raises BadCatalog."""
    async with transaction(deps.db) as session:
        options = await service.read_options(session, catalog)
    if catalog.options.get("pasted"):
        return await deps.reader.read_text(data.decode(), options=options)
    with tempfile.TemporaryDirectory(prefix="tunesmith-") as folder:
        path = Path(folder) / "catalog"
        await asyncio.to_thread(path.write_bytes, data)
        return await deps.reader.read(path, catalog.filename or "file", options)


async def _store(deps: Deps, catalog: Catalog, table: Table) -> bool:
    """Store the products from where an earlier attempt ended. False: cancelled meanwhile, or the lease lost."""
    roles = catalog.options.get("roles") or {}
    named_by = roles.get("product_name") or table.profile.roles.product_name
    async with reading(deps.db) as session:
        first = await catalogs.stored(session, catalog.id or 0)
    for start in range(first, len(table.rows), catalogs.CHUNK):
        rows = table.rows[start : start + catalogs.CHUNK]
        async with transaction(deps.db) as session:
            kept = await service.store(
                session, catalog, table.columns, rows, first=start, named_by=named_by, owner=deps.owner, now=deps.now()
            )
        if not kept:
            return False
    return True


async def _clear_away(deps: Deps, catalog: Catalog) -> None:
    """A cancelled catalog keeps neither its rows nor its file."""
    await _forget_products(deps, catalog)
    async with transaction(deps.db) as session:
        ours_alone = await service.clear_away(session, catalog)
    if ours_alone:
        await deps.files.delete(catalog.file_key)


async def _forget_products(deps: Deps, catalog: Catalog) -> None:
    while True:
        async with transaction(deps.db) as session:
            if not await service.forget_products(session, catalog):
                return


async def _refused(deps: Deps, catalog: Catalog, refusal: Refused) -> None:
    """Slack said no: later where that may help, else the card says so."""
    if refusal.healable:
        await _later(deps, catalog, str(refusal))
    elif refusal.code in GONE:
        await _fail(deps, catalog, "The file is gone from Slack. Drop it again.")
    else:
        await _fail(deps, catalog, f"{refusal} The bot may lack the scope files:read: reinstall the app.")


async def _later(deps: Deps, catalog: Catalog, problem: str) -> None:
    async with transaction(deps.db) as session:
        await service.later(session, catalog, problem, owner=deps.owner, now=deps.now())


async def _fail(deps: Deps, catalog: Catalog, problem: str) -> None:
    async with transaction(deps.db) as session:
        if catalog.state == CatalogState.WAITING:
            await service.failed(session, catalog, problem, now=deps.now())
        else:
            await service.pass_over(session, catalog)
