"""Queries about projects and their members."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.project import Role
from storage.insert import insert_once
from storage.models import (
    Catalog,
    Member,
    Outbox,
    Project,
)


async def by_id(session: AsyncSession, project_id: int) -> Project | None:
    found = select(Project).where(Project.id == project_id).execution_options(populate_existing=True)
    return (await session.exec(found)).first()


async def active_in(session: AsyncSession, team_id: str, channel_id: str) -> Project | None:
    found = select(Project).where(Project.team_id == team_id, Project.channel_id == channel_id, col(Project.active))
    return (await session.exec(found)).first()


async def all_in(session: AsyncSession, team_id: str, channel_id: str) -> Sequence[Project]:
    """Every project of a channel, newest first."""
    found = select(Project).where(Project.team_id == team_id, Project.channel_id == channel_id)
    return (await session.exec(found.order_by(col(Project.id).desc()))).all()


async def all_of_team(session: AsyncSession, team_id: str) -> Sequence[Project]:
    """The active projects of a workspace, newest first."""
    found = select(Project).where(Project.team_id == team_id, col(Project.active))
    return (await session.exec(found.order_by(col(Project.id).desc()))).all()


async def add(
    session: AsyncSession, *, team_id: str, channel_id: str, name: str, user_id: str, now: datetime
) -> Project:
    project = Project(team_id=team_id, channel_id=channel_id, name=name, created_by=user_id, created_at=now)
    session.add(project)
    await session.flush()
    await add_member(session, project_id=project.id or 0, user_id=user_id, role=Role.OWNER)
    return project


async def set_active(session: AsyncSession, *, team_id: str, channel_id: str, project_id: int | None) -> None:
    """Make one project of a channel the active one, or none."""
    here = update(Project).where(col(Project.team_id) == team_id, col(Project.channel_id) == channel_id)
    await session.exec(here.values(active=False))
    if project_id is not None:
        await session.exec(update(Project).where(col(Project.id) == project_id).values(active=True))


async def change(session: AsyncSession, project_id: int, **values: Any) -> None:
    await session.exec(update(Project).where(col(Project.id) == project_id).values(**values))


async def members(session: AsyncSession, project_id: int, role: Role) -> list[str]:
    found = select(Member.user_id).where(Member.project_id == project_id, Member.role == role).order_by(col(Member.id))
    return list((await session.exec(found)).all())


async def members_by_role(session: AsyncSession, project_id: int) -> dict[Role, list[str]]:
    """The same for all roles at once."""
    found = select(Member.role, Member.user_id).where(Member.project_id == project_id).order_by(col(Member.id))
    people: dict[Role, list[str]] = {role: [] for role in Role}
    for role, user_id in (await session.exec(found)).all():
        people[Role(role)].append(user_id)
    return people


async def add_member(session: AsyncSession, *, project_id: int, user_id: str, role: Role) -> None:
    await insert_once(session, Member, project_id=project_id, user_id=user_id, role=role)


async def set_members(session: AsyncSession, project_id: int, role: Role, users: Sequence[str]) -> None:
    """Replace everybody who has this role."""
    await session.exec(delete(Member).where(col(Member.project_id) == project_id, col(Member.role) == role))
    for user in users:
        await add_member(session, project_id=project_id, user_id=user, role=role)


async def follow_channel(session: AsyncSession, *, team_id: str, old: str, new: str) -> None:
    """Carry everything that names a channel over to the channel's new id."""
    for table in (Project, Catalog):
        here = update(table).where(col(table.team_id) == team_id, col(table.channel_id) == old)
        await session.exec(here.values(channel_id=new))
    await session.exec(
        update(Outbox).where(col(Outbox.team_id) == team_id, col(Outbox.channel) == old).values(channel=new)
    )
    moved = update(Outbox).where(col(Outbox.team_id) == team_id, col(Outbox.posted_in) == old)
    await session.exec(moved.values(posted_in=new))
