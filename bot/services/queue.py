"""Who reads what next: least voted on and evenly mixed, near repeats last, and not what a colleague has open."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.people import Actor
from bot.domain.project import ProjectSettings
from bot.domain.review import CompletionCard, Progress
from bot.domain.votes import DisputeCard
from bot.errors import NotAllowed, NotFound
from bot.services.disputes import dispute
from bot.services.project import as_reviewer, settings_of
from bot.services.quorum import adjudicators, quorum_of
from bot.services.review_cards import card
from storage import catalog as catalogs
from storage import project as projects
from storage import queue as queries
from storage import review as reviews
from storage.models import Project

# A text that somebody opened is theirs for so long; then it is anybody's again, so none is ever stuck.
FRESH = timedelta(minutes=5)
# Placed in one transaction.
CHUNK = 500


@dataclass(frozen=True, slots=True)
class Next:
    """The text that somebody reads next; `disputed` where they have the last word on it."""

    completion_id: int
    disputed: bool = False


async def next_for(
    session: AsyncSession, project_id: int, actor: Actor, *, now: datetime
) -> CompletionCard | DisputeCard | None:
    """What this person should read next, noted as open before them. None where nothing waits. Raises NotAllowed."""
    found = await pick(session, project_id, actor, now=now)
    return await shown(session, found) if found else None


async def pick(session: AsyncSession, project_id: int, actor: Actor, *, now: datetime) -> Next | None:
    """Choose it, disagreements first for who has the last word, and note it as open before them.

    This is all that has to be written: what the window shows is read when others can write again."""
    project = await as_reviewer(session, project_id, actor)
    if actor.user_id in await adjudicators(session, project):
        disputed = await queries.next_dispute(session, project_id, actor.user_id)
        if disputed is not None:
            return Next(disputed, disputed=True)
    found = await queries.next_for(session, project_id, actor.user_id, quorum_of(project), fresh_since=now - FRESH)
    if found is None:
        return None
    await queries.glance(session, team_id=actor.team_id, completion_id=found, user_id=actor.user_id, now=now)
    return Next(found)


async def shown(session: AsyncSession, next_: Next) -> CompletionCard | DisputeCard:
    """What was chosen, as it is shown."""
    return await (dispute if next_.disputed else card)(session, next_.completion_id)


async def project_of(session: AsyncSession, completion_id: int, actor: Actor) -> int:
    """The project of a text, whose rights are looked at where it is asked for the next one. Raises NotFound."""
    text = await reviews.completion(session, completion_id)
    if text is None or text.team_id != actor.team_id:
        raise NotFound("This text is gone.", todo="Look at the batch for the others.")
    return text.project_id


async def my_share(session: AsyncSession, project_id: int, actor: Actor, progress: Progress | None) -> int:
    """How many texts fall to this person: their share, and no more than they can still vote on."""
    project = await as_reviewer(session, project_id, actor)
    if progress is None:
        return 0
    return min(
        max(progress.share, 1), await queries.waiting_for(session, project_id, actor.user_id, quorum_of(project))
    )


async def waiting_for(session: AsyncSession, project: Project, actor: Actor) -> int:
    """Open texts that this person may decide on and has not voted on or skipped, and disagreements that are theirs."""
    try:
        await as_reviewer(session, project.id or 0, actor)
    except NotAllowed:
        return 0
    waiting = await queries.waiting_for(session, project.id or 0, actor.user_id, quorum_of(project))
    if actor.user_id in await adjudicators(session, project):
        waiting += await queries.disputes(session, project.id or 0)
    return waiting


async def arrange(session: AsyncSession, project_id: int) -> int:
    """Give written texts their place: one of each kind in turn. How many were placed."""
    project = await projects.by_id(session, project_id)
    new = await queries.unplaced(session, project_id, limit=CHUNK)
    if project is None or not new:
        return 0
    column = await spread_by(session, project)
    known = await queries.strata(session, project_id)
    await queries.place(session, places(new, column, known))
    return len(new)


def places(
    texts: Iterable[tuple[int, Mapping[str, Any]]], column: str, known: Mapping[str, int]
) -> list[tuple[int, str, int]]:
    """(text, its kind, how many of its kind come before it); `known`: how many of each kind have a place already."""
    counts, found = dict(known), []
    for completion_id, values in texts:
        stratum = str(values.get(column, ""))[:100]
        found.append((completion_id, stratum, counts.get(stratum, 0)))
        counts[stratum] = counts.get(stratum, 0) + 1
    return found


async def spread_by(session: AsyncSession, project: Project) -> str:
    """The column that texts are evenly mixed by: the project's choice, else the product's type."""
    settings: ProjectSettings = settings_of(project)
    if settings.spread_by or project.catalog_id is None:
        return settings.spread_by
    return str((await catalogs.roles_of(session, project.catalog_id)).get("type") or "")
