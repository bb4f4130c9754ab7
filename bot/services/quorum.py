"""What a project asks of its reviewers: how many must agree, who has the last word, and how far they are together."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.project import Role
from bot.domain.review import Progress, ReviewCounts, fair_share
from bot.domain.votes import Quorum
from bot.services.project import settings_of
from storage import project as projects
from storage import queue
from storage.models import Project


def quorum_of(project: Project) -> Quorum:
    settings = settings_of(project)
    return Quorum(max(settings.votes, 1), frozenset(settings.group), settings.group_name)


async def adjudicators(session: AsyncSession, project: Project) -> Sequence[str]:
    """Who has the last word where people disagree: those the project names, else its owners."""
    return settings_of(project).adjudicators or await projects.members(session, project.id or 0, Role.OWNER)


async def progress(session: AsyncSession, batch_id: int, quorum: Quorum, counts: ReviewCounts) -> Progress:
    """How far a batch is, with the missing votes shared out among those who review it."""
    missing = await queue.missing_votes(session, batch_id=batch_id, quorum=quorum) if quorum.votes > 1 else counts.open
    return Progress(
        decided=counts.decided,
        total=counts.total,
        second=counts.second,
        # nobody votes twice on a text
        share=min(counts.open, fair_share(missing, await queue.reviewers(session, batch_id))),
        votes=quorum.votes,
        waits_for=quorum.group_name,
    )
