"""Checks what is about to be frozen, away from every click, and freezes it where nothing is worth a question."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.deps import Deps
from bot.domain.dataset import Draft, Line
from bot.domain.dataset_check import MOST_ATTEMPTS, UNTRAINABLE, asks
from bot.domain.people import Actor
from bot.errors import BotError
from bot.jobs.guard import one_row
from bot.services import dataset as datasets
from bot.services import dataset_check as service
from bot.services import project as projects
from bot.services.dataset_draft import settled
from storage import dataset_check as checks
from storage import project as project_rows
from storage.engine import reading, transaction
from storage.models import Preflight, Project

BATCH = 4
BROKE = "Something broke on our side during the check. Nothing was frozen; press the button again."


async def run_once(deps: Deps) -> int:
    """Do the checks that were asked for; how many."""
    async with reading(deps.db) as session:
        due = await checks.due(session, now=deps.now(), limit=BATCH)
    return sum([await _deal_with(deps, row.id or 0, row.project_id) for row in due])


async def _deal_with(deps: Deps, preflight_id: int, project_id: int) -> bool:
    async with transaction(deps.db) as session:
        if not await checks.claim(session, preflight_id, owner=deps.owner, now=deps.now()):
            return False
        row = await checks.of_project(session, project_id)
        project = await project_rows.by_id(session, project_id)
    if row is None or project is None:
        return False
    names = {"project": project_id, "attempts": row.attempts}
    async with one_row(row.trace_id, "dataset_check_failed", broke=partial(_broke, deps, row, project), **names):
        try:
            await _check(deps, row, project)
        except BotError as problem:
            await _give_up(deps, row, project, str(problem))
    return True


async def _broke(deps: Deps, row: Preflight, project: Project, _error: Exception) -> None:
    """Another attempt follows when the lease ends, until there were enough."""
    if row.attempts >= MOST_ATTEMPTS:
        await _give_up(deps, row, project, BROKE)


async def _check(deps: Deps, row: Preflight, project: Project) -> None:
    """Compose and look in a thread, store what was found in chunks, then freeze or ask."""
    async with reading(deps.db) as session:
        material = await settled(session, project)
    draft = await asyncio.to_thread(material.composed, without_slack=row.without_slack)
    datasets.require_lines(draft)
    result = await asyncio.to_thread(service.checked, material, draft.lines, projects.style_of(project))
    await _store(deps, row, draft.lines, result)
    async with transaction(deps.db) as session:
        found = await checks.findings(session, row.project_id)
        open_ = await service.unanswered(session, row.project_id, found)
        values = {
            "pairs": len(draft.lines), "tokens": result.tokens, "longest": result.longest,
            "longest_id": result.longest_id, "frozen_id": None,
        }  # fmt: skip
        if not await checks.finish(session, row, owner=deps.owner, **values):
            return
        if open_.keys() & UNTRAINABLE or (not row.go_on and asks(open_)):
            await service.say(session, project, now=deps.now())
            return
        words = await service.found_in_words(session, row.project_id)
        about = datasets.Checked(words, material.dropped, result.tokens, result.longest)
        await _freeze(deps, session, row, project, draft, about)


async def _store(deps: Deps, row: Preflight, lines: Sequence[Line], result: service.Result) -> None:
    while True:
        async with transaction(deps.db) as session:
            if not await checks.clear(session, row.project_id):
                break
    found = service.rows(row, lines, result)
    for start in range(0, len(found), checks.ROWS_AT_ONCE):
        async with transaction(deps.db) as session:
            await checks.add(session, found[start : start + checks.ROWS_AT_ONCE])


async def _freeze(
    deps: Deps, session: AsyncSession, row: Preflight, project: Project, draft: Draft, about: datasets.Checked
) -> None:
    """In the name of who asked. Texts that were decided on meanwhile are left to the next freeze."""
    frozen = await datasets.freeze(
        session,
        row.project_id,
        Actor(row.team_id, row.asked_by),
        now=deps.now(),
        without_slack=row.without_slack,
        draft=draft,
        checked=about,
    )
    await checks.note_frozen(session, row, frozen.id)
    await service.redraw(session, project, now=deps.now(), number=frozen.number if frozen.is_new else None)
    if not frozen.is_new:
        await _say_same(session, row, project, frozen.number, deps)


async def _say_same(session: AsyncSession, row: Preflight, project: Project, number: int, deps: Deps) -> None:
    await projects.note(
        session,
        team_id=row.team_id,
        channel=project.channel_id,
        text=f"Nothing has changed since version {number}. Its card stands above.",
        key=f"same_dataset:{row.id}:{row.round}",
        now=deps.now(),
        only_for=row.asked_by,
    )


async def _give_up(deps: Deps, row: Preflight, project: Project, problem: str) -> None:
    async with transaction(deps.db) as session:
        if await checks.finish(session, row, owner=deps.owner, problem=problem):
            await projects.note(
                session, team_id=row.team_id, channel=project.channel_id, text=problem,
                key=f"dataset_check_failed:{row.id}:{row.round}", now=deps.now(), only_for=row.asked_by,
            )  # fmt: skip
            await service.redraw(session, project, now=deps.now())
