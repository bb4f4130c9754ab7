"""What a project spends: shown to who answers for it, bounded by its budget, and warned of in time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.audit import Audited
from bot.domain.money import SpendingLimits, in_words, month_of
from bot.domain.outbox import Say
from bot.domain.people import Actor
from bot.domain.project import Role
from bot.domain.spending import MoneyCard, Running, Sums, last_days, warning_due
from bot.domain.tuned import ServingState, cost_so_far
from bot.errors import NotAllowed
from bot.services.project import as_owner, get, in_quotes, note, settings_of
from storage import audit, money, outbox
from storage import money_report as report
from storage import project as projects
from storage import shutdowns as ticks
from storage import tuned as models
from storage.models import Note, Project

JOB = "budget_watch"
BILLED = (ServingState.READY, ServingState.STOPPING)


async def as_spender(session: AsyncSession, project_id: int, actor: Actor) -> Project:
    """The project, for somebody who may see what it spends: its owners and approvers. Raises NotAllowed."""
    project = await get(session, project_id, actor)
    people = await projects.members_by_role(session, project_id)
    if actor.user_id in (*people[Role.OWNER], *people[Role.APPROVER]):
        return project
    raise NotAllowed("Only the project's owners and approvers see what it spends.", todo="Ask one of them.")


async def card(session: AsyncSession, project: Project, *, limits: SpendingLimits, now: datetime) -> MoneyCard:
    """What the project spent, by whom, when and for what, and what is left."""
    project_id = project.id or 0
    days = last_days(now.date())
    by_day = await report.by_day(session, project_id, days)
    people = await report.by_person(session, project_id)
    month = await money.spent_usd(session, project_id=project_id, since=month_of(now))
    return MoneyCard(
        project_id=project_id,
        name=project.name,
        sums=Sums(await money.spent_usd(session, project_id=project_id), month, by_day[-1][1]),
        people=tuple(people),
        days=tuple(by_day),
        purposes=tuple(await report.by_purpose(session, project_id)),
        doubt=await report.doubt(session, project_id),
        budget_usd=settings_of(project).budget_usd,
        month_cap_usd=limits.month_usd,
        month_all_usd=await money.spent_usd(session, team_id=project.team_id, since=month_of(now)),
        running=tuple(await _running(session, project_id, now=now)),
        second_above_usd=limits.second_above_usd,
    )


async def _running(session: AsyncSession, project_id: int, *, now: datetime) -> list[Running]:
    """Deployments that cost something this very hour."""
    return [
        Running(
            model.name or model.output,
            model.hourly_usd,
            model.running_since,
            cost_so_far(model.hourly_usd, model.running_since, 0.0, now),
        )
        for model in await models.of_project(session, project_id)
        if model.hourly and model.running_since is not None and model.state in BILLED
    ]


async def set_budget(session: AsyncSession, project_id: int, actor: Actor, usd: float | None, *, now: datetime) -> None:
    """Set what the project may spend in total; None takes the budget away. The month's cap stays. Raises NotAllowed."""
    project = await as_owner(session, project_id, actor)
    before = settings_of(project).budget_usd
    await projects.change(session, project_id, settings={**project.settings, "budget_usd": usd})
    detail = f"budget_usd: {before} -> {usd}"
    await audit.note(session, project, actor.user_id, Audited.SETTINGS, now=now, detail=detail)


# warnings


async def warn_of_budget(session: AsyncSession, project: Project, *, now: datetime) -> bool:
    """Tell owners and channel, once a mark, that four fifths or all of the budget are gone."""
    budget = settings_of(project).budget_usd
    if not budget:
        return False
    spent = await money.spent_usd(session, project_id=project.id)
    mark = warning_due(spent, budget)
    slot = f"project:{project.id}:{budget}:{mark}"
    if mark is None or not await ticks.take_slot(session, job=JOB, slot=slot, now=now):
        return False
    gone = f"{in_words(spent)} of its budget of {in_words(budget)}"
    what = f"{in_quotes(project)} has spent {gone}, promises to requests under way included."
    todo = "Nothing more is bought that does not fit. " if mark == 100 else ""
    await _warn(session, project, f"{what} {todo}An owner can change the budget.", key=slot, now=now)
    return True


async def warn_of_month(
    session: AsyncSession, team_id: str, of_team: Sequence[Project], *, limits: SpendingLimits, now: datetime
) -> bool:
    """Tell the owners and channels of all projects, once a mark and month, how far the month's cap is used."""
    if not limits.month_usd:
        return False
    spent = await money.spent_usd(session, team_id=team_id, since=month_of(now))
    mark = warning_due(spent, limits.month_usd)
    slot = f"month:{team_id}:{now:%Y-%m}:{limits.month_usd}:{mark}"
    if mark is None or not await ticks.take_slot(session, job=JOB, slot=slot, now=now):
        return False
    what = f"All projects together have spent {in_words(spent)} of this month's {in_words(limits.month_usd)}."
    todo = "Nothing more is bought this month. " if mark == 100 else ""
    todo += "Only whoever runs Tunesmith can raise it (budget_usd_per_month in tunesmith.toml)."
    for project in of_team:
        await _warn(session, project, f"{what} {todo}", key=f"{slot}:{project.id}", now=now)
    return True


async def _warn(session: AsyncSession, project: Project, text: str, *, key: str, now: datetime) -> None:
    """A direct message to each owner, and a word in the thread of the project's card."""
    for owner in await projects.members(session, project.id or 0, Role.OWNER):
        await note(session, team_id=project.team_id, channel=owner, text=text, key=f"{key}:{owner}", now=now)
    row = Note(team_id=project.team_id, text=text, created_at=now)
    row.button, row.label, row.value = "money.show", "See what was spent", str(project.id)
    session.add(row)
    await session.flush()
    parent = await outbox.by_key(session, project.team_id, f"project:{project.id}")
    await outbox.say(
        session,
        team_id=project.team_id,
        key=f"{key}:thread",
        kind=Say.NOTE,
        subject_id=row.id or 0,
        channel=project.channel_id,
        thread_key=parent.key if parent and parent.ts else "",
        now=now,
    )
