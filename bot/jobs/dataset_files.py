"""The files of a frozen version: made when somebody first needs one, the same bytes every time."""

from __future__ import annotations

import asyncio

from bot.deps import Deps
from bot.services import dataset as datasets
from storage import dataset as queries
from storage.engine import reading, transaction


async def file_key(deps: Deps, dataset_id: int, name: str) -> str:
    """The key of one file of a version. Raises NotFound, KeyError for a name it does not have."""
    async with reading(deps.db) as session:
        dataset = await datasets.need(session, dataset_id)
    kept = dict(dataset.files) or await _make(deps, dataset_id)
    return str(kept[name])


async def _make(deps: Deps, dataset_id: int) -> dict[str, str]:
    async with reading(deps.db) as session:
        dataset = await datasets.need(session, dataset_id)
        lines = await queries.lines(session, dataset_id)
        people = await queries.names(session, dataset.team_id)
    names = datasets.file_names(dataset.number, has_validation=dataset.validation_pairs > 0)
    built = await asyncio.to_thread(datasets.build_files, names, lines, people)
    kept = {name: await deps.files.put(content) for name, content in built.items()}
    async with transaction(deps.db) as session:
        await queries.remember_files(session, dataset_id, kept)
    return kept
