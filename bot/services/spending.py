"""The one rule of budgets: what a project, and all of them together in a month, may still spend."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.money import DUST_USD, SpendingLimits, about, in_words, month_of
from bot.errors import BudgetReached
from bot.services.project import settings_of
from storage import money
from storage.models import Project

IN_PROJECT = "Raise this project's budget (/tune money), or order less."
IN_MONTH = "Whoever runs Tunesmith can raise budget_usd_per_month in tunesmith.toml; it starts anew next month."


class NoRoom(BudgetReached):
    """What is left of a limit is less than this costs."""


@dataclass(frozen=True, slots=True)
class Room:
    """What one limit still allows: `whose` names it in a sentence, `todo` says who can change it."""

    usd: float
    whose: str
    todo: str


async def within_budget(
    session: AsyncSession, project: Project, usd: float | None, *, limits: SpendingLimits, now: datetime
) -> float | None:
    """What is left by the tighter limit; None where there is none. Whoever writes the ledger asks this first.

    From here to the transaction's end nobody else of the workspace can promise money, so that two who ask at the same
    time cannot both be given the last of it. Raises BudgetReached where the price does not fit, or is unknown although
    there is a limit."""
    if not _is_limited(project, limits):
        return None
    await money.take_turn(session, team_id=project.team_id, project_id=project.id or 0)
    tightest = await room(session, project, limits=limits, now=now)
    if tightest is None:
        return None
    if usd is None:
        raise BudgetReached(
            "Nobody told me what this model costs, so the budget cannot be kept.",
            kept="Nothing was sent.",
            todo="Set its prices in tunesmith.toml, or take the budget away.",
        )
    if usd > tightest.usd + DUST_USD:
        raise NoRoom(
            f"This costs {about(usd)}, and {in_words(max(0.0, tightest.usd))} of {tightest.whose} is left.",
            kept="Nothing was sent.",
            todo=tightest.todo,
        )
    return tightest.usd


async def has_ended(session: AsyncSession, project: Project, *, limits: SpendingLimits, now: datetime) -> BudgetReached:
    """What to say of work that a limit ended."""
    tightest = await room(session, project, limits=limits, now=now)
    whose, todo = (tightest.whose, tightest.todo) if tightest else ("the budget", "")
    return BudgetReached(f"It stopped because {whose} is used up.", kept="What is written is kept.", todo=todo)


async def room(session: AsyncSession, project: Project, *, limits: SpendingLimits, now: datetime) -> Room | None:
    """The tighter of the project's and the month's limit; None where there is neither."""
    rooms = []
    budget = settings_of(project).budget_usd
    if budget is not None:
        spent = await money.spent_usd(session, project_id=project.id)
        rooms.append(Room(budget - spent, f"this project's budget of {in_words(budget)}", IN_PROJECT))
    if limits.month_usd is not None:
        spent = await money.spent_usd(session, team_id=project.team_id, since=month_of(now))
        rooms.append(Room(limits.month_usd - spent, f"this month's {in_words(limits.month_usd)}", IN_MONTH))
    return min(rooms, key=lambda one: one.usd, default=None)


async def may_change(session: AsyncSession, project: Project) -> bool:
    """Whether requests are under way whose answers may soon give some of their money back."""
    return await money.promised_usd(session, team_id=project.team_id) > DUST_USD


def _is_limited(project: Project, limits: SpendingLimits) -> bool:
    return limits.month_usd is not None or settings_of(project).budget_usd is not None
