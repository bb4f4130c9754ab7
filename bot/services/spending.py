"""Whether an order fits into a project's budget."""

from __future__ import annotations

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.errors import BudgetReached
from bot.services.project import settings_of
from storage import money
from storage.models import Project


async def within_budget(
    session: AsyncSession, project: Project, usd: float | None, *, month_usd: float | None, now: datetime
) -> None:
    """Raises BudgetReached where the price does not fit, or is unknown although somebody set a budget.

    `month_usd`: what all projects together may spend this month."""
    left = await left_usd(session, project, month_usd=month_usd, now=now)
    if left is None:
        return
    if usd is None:
        raise BudgetReached(
            "Nobody told me what this model costs, so the budget cannot be kept.",
            kept="Nothing was sent.",
            todo="Set its prices in tunesmith.toml, or take the budget away.",
        )
    if usd > left:
        raise BudgetReached(
            f"This costs about ${usd:,.2f}, and ${max(0.0, left):,.2f} of the budget is left.",
            kept="Nothing was sent.",
            todo="Raise the budget, or approve fewer texts.",
        )


async def left_usd(session: AsyncSession, project: Project, *, month_usd: float | None, now: datetime) -> float | None:
    """What the tighter of the project's and the month's budget still allows; None where there is none."""
    lefts = []
    budget = settings_of(project).budget_usd
    if budget is not None:
        lefts.append(budget - await money.spent_usd(session, project_id=project.id))
    if month_usd is not None:
        month = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        lefts.append(month_usd - await money.spent_usd(session, team_id=project.team_id, since=month))
    return min(lefts, default=None)
