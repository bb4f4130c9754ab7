"""Looks every minute how far budgets are used, warns once, and closes questions about money that nobody answered."""

from __future__ import annotations

from bot.deps import Deps
from bot.services import money, spend_request
from storage import money_report
from storage.engine import reading, transaction
from storage.models import Project


async def run_once(deps: Deps) -> int:
    """Warn and close. Returns 0: there is never more to do at once."""
    async with transaction(deps.db) as session:
        await spend_request.expire(session, now=deps.now())
    async with reading(deps.db) as session:
        projects = [project for project in await money_report.projects(session) if project.active]
    for project in projects:
        async with transaction(deps.db) as session:
            await money.warn_of_budget(session, project, now=deps.now())
    for team_id, of_team in _by_team(projects).items():
        async with transaction(deps.db) as session:
            await money.warn_of_month(session, team_id, of_team, limits=deps.limits, now=deps.now())
    return 0


def _by_team(projects: list[Project]) -> dict[str, list[Project]]:
    teams: dict[str, list[Project]] = {}
    for project in projects:
        teams.setdefault(project.team_id, []).append(project)
    return teams
