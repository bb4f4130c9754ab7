"""Puts written texts in the order in which people read them, away from every click."""

from __future__ import annotations

import asyncio

from bot.deps import Deps
from bot.domain.near import near_duplicates
from bot.services import queue
from storage import queue as queries
from storage.engine import reading, transaction


async def run_once(deps: Deps) -> int:
    """Place what has no place; how many texts that were."""
    async with reading(deps.db) as session:
        waiting = await queries.projects_to_arrange(session)
    return sum([await _project(deps, project_id) for project_id in waiting])


async def _project(deps: Deps, project_id: int) -> int:
    placed = 0
    while True:
        async with transaction(deps.db) as session:
            some = await queue.arrange(session, project_id)
        placed += some
        if some < queue.CHUNK:
            break
    await _note_likeness(deps, project_id)
    return placed


async def _note_likeness(deps: Deps, project_id: int) -> None:
    """When everything is written: near repeats come last once what they repeat is decided. It takes its own thread."""
    async with reading(deps.db) as session:
        if await queries.is_writing(session, project_id):
            return
        words = await queries.words(session, project_id)
    found = await asyncio.to_thread(near_duplicates, [text for _, text in words])
    likeness = [(words[later][0], words[earlier][0]) for later, earlier, _ in found]
    for start in range(0, len(likeness), queue.CHUNK):
        async with transaction(deps.db) as session:
            await queries.note_likeness(session, likeness[start : start + queue.CHUNK])
