"""Carries out deletions: waits for what is at work, asks providers, blanks rows in small steps, deletes files."""

from __future__ import annotations

from dataclasses import replace

import structlog

from bot.deps import Deps
from bot.domain.deletion import (
    LOOK_AGAIN,
    WAIT_FOR_WORK,
    ErasureKind,
    Thing,
    ThingKind,
    ThingState,
    Why,
    retry_at,
)
from bot.errors import BotError, SlackTrouble
from bot.jobs.guard import one_row
from bot.providers.base import Tuner
from bot.services import deletion as service
from storage import deletion as queries
from storage import erasing
from storage import project as projects
from storage.engine import reading, transaction
from storage.models import Erasure
from storage.origins import referenced_files

log = structlog.get_logger()

BATCH = 4


async def run_once(deps: Deps) -> int:
    """Deal with the deletions that are due; how many those were."""
    async with reading(deps.db) as session:
        due = await queries.due(session, now=deps.now(), limit=BATCH)
    return sum([await _work_on(deps, erasure_id) for erasure_id in due])


async def _work_on(deps: Deps, erasure_id: int) -> int:
    async with transaction(deps.db) as session:
        row = await queries.claim(session, erasure_id, owner=deps.owner, now=deps.now())
    if row is None:
        return 0
    async with one_row(row.trace_id, "erasure_failed", erasure=erasure_id):
        await (_workspace(deps, row) if row.kind is ErasureKind.TEAM else _project(deps, row))
    return 1


async def _project(deps: Deps, row: Erasure) -> None:
    """One project, from where an earlier attempt ended."""
    if not row.planned and not await _begin(deps, row):
        return
    await _ask_providers(deps, row)
    if row.finished_at is None:  # else everything here went before, and only providers are asked once more
        while await _blank_more(deps, row):
            pass
        await _delete_files(deps, row)
    await _conclude(deps, row)


async def _begin(deps: Deps, row: Erasure) -> bool:
    """Note what goes once nothing is at work any more. False: not yet, or not at all."""
    now = deps.now()
    async with transaction(deps.db) as session:
        project = await projects.by_id(session, row.project_id)
        if project is None or (row.why is Why.AGE and project.erased_at is not None):
            await queries.finish(session, row.id or 0, owner=deps.owner, now=now)
            return False
        await service.close(session, row.project_id, who=row.asked_by, now=now)
        patient = now < row.asked_at + WAIT_FOR_WORK or row.why is Why.AGE
        if patient and await queries.is_at_work(session, row.project_id, now=now):
            await queries.give_back(session, row.id or 0, owner=deps.owner, until=now + LOOK_AGAIN)
            await service.show(session, row.id or 0, now=now)
            return False
        planned = await service.plan(session, row, owner=deps.owner, now=now)
    await _read_again(deps, row)
    return planned


async def _read_again(deps: Deps, row: Erasure) -> None:
    async with reading(deps.db) as session:
        fresh = await queries.by_id(session, row.id or 0)
    if fresh is not None:
        row.things, row.files, row.planned = fresh.things, fresh.files, fresh.planned


async def _ask_providers(deps: Deps, row: Erasure) -> None:
    """Have everything of the project deleted at its providers, noting each answer before the next request."""
    things = [Thing.from_json(raw) for raw in row.things]
    for at, thing in enumerate(things):
        if thing.state not in (ThingState.OPEN, ThingState.FAILED):
            continue
        things[at] = await _gone(deps, thing)
        row.things = [one.as_json() for one in things]
        async with transaction(deps.db) as session:
            await queries.change(session, row.id or 0, owner=deps.owner, now=deps.now(), things=row.things)


async def _gone(deps: Deps, thing: Thing) -> Thing:
    """Delete one thing; what became of it."""
    try:
        has_call = await _delete(deps.providers.tuner(thing.provider), thing)
    except BotError as error:
        log.warning("provider_kept", kind=thing.kind.value, id=thing.id, error=str(error))
        return replace(thing, state=ThingState.FAILED, problem=error.message)
    return replace(thing, state=ThingState.GONE if has_call else ThingState.BY_HAND, problem="")


async def _delete(tuner: Tuner, thing: Thing) -> bool:
    if thing.kind is ThingKind.DEPLOYMENT:
        await tuner.undeploy(thing.id)
        return True
    if thing.kind is ThingKind.FILE:
        return await tuner.delete_file(thing.id)
    return await _delete_model(tuner, thing)


async def _delete_model(tuner: Tuner, thing: Thing) -> bool:
    """A tuned model with its checkpoints and its job's result files, as far as the provider still tells of them."""
    for checkpoint in await tuner.checkpoints(thing.job) if thing.job else ():
        if checkpoint.model and checkpoint.model != thing.id:
            await tuner.delete_model(checkpoint.model)
    if thing.job:
        for file_id in (await tuner.get(thing.job)).result_files:
            await tuner.delete_file(file_id)
    return await tuner.delete_model(thing.id)


async def _blank_more(deps: Deps, row: Erasure) -> bool:
    async with transaction(deps.db) as session:
        return await service.blank_step(session, row, owner=deps.owner, now=deps.now())


async def _delete_files(deps: Deps, row: Erasure) -> None:
    """The stored files that nothing else names."""
    async with reading(deps.db) as session:
        kept = await referenced_files(session)
    for key in row.files:
        if key not in kept:
            await deps.files.delete(str(key))


async def _conclude(deps: Deps, row: Erasure) -> None:
    """Over, or later again for a provider that failed; after the last attempt the receipt says what is left."""
    now, failed = deps.now(), _failed(row)
    again = retry_at(row.attempts + 1, now) if failed else None
    async with transaction(deps.db) as session:
        if again is not None:
            done = {"attempts": row.attempts + 1, "finished_at": row.finished_at or now}
            await queries.give_back(session, row.id or 0, owner=deps.owner, until=again, **done)
        else:
            await queries.finish(session, row.id or 0, owner=deps.owner, now=row.finished_at or now)
        await service.show(session, row.id or 0, now=now)


def _failed(row: Erasure) -> bool:
    return any(Thing.from_json(raw).state is ThingState.FAILED for raw in row.things)


async def _workspace(deps: Deps, row: Erasure) -> None:
    """Everything of a workspace that removed the app: its projects as any other, then every row."""
    now = deps.now()
    if not row.planned and await _is_back(deps, row):
        async with transaction(deps.db) as session:
            await queries.give_back(session, row.id or 0, owner=deps.owner, until=now)
            await queries.call_off(session, id=row.id, now=now)
        return
    async with transaction(deps.db) as session:
        await queries.change(session, row.id or 0, owner=deps.owner, now=now, planned=True)
        if await service.spread(session, row, now=now):
            await queries.give_back(session, row.id or 0, owner=deps.owner, until=now + LOOK_AGAIN)
            return
    while await _delete_rows(deps, row):
        pass
    async with transaction(deps.db) as session:
        await queries.finish(session, row.id or 0, owner=deps.owner, now=deps.now(), erased=row.erased)
    log.info("workspace_purged", team=row.team_id, rows=row.erased)


async def _delete_rows(deps: Deps, row: Erasure) -> bool:
    keep_event = row.key.partition(":")[2]
    async with transaction(deps.db) as session:
        count = await erasing.delete_some(session, row.team_id, keep_event=keep_event)
        row.erased += count
        held = await queries.change(session, row.id or 0, owner=deps.owner, now=deps.now(), erased=row.erased)
    return bool(count) and held


async def _is_back(deps: Deps, row: Erasure) -> bool:
    """Whether our token works in this workspace: then the app was put back, or never left."""
    try:
        return await deps.slack.team() == row.team_id
    except SlackTrouble:
        return False
