"""Queries about people and channels as we last saw them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.people import PERSON_FRESH_FOR, Actor
from bot.domain.project import ChannelState
from storage.insert import insert_once
from storage.models import ChannelNote, Departure, Person


async def person(session: AsyncSession, team_id: str, user_id: str) -> Person | None:
    return (await session.exec(select(Person).where(Person.team_id == team_id, Person.user_id == user_id))).first()


async def fresh_actor(session: AsyncSession, team_id: str, user_id: str, *, now: datetime) -> Actor | None:
    """Somebody we asked Slack about within the last day."""
    row = await person(session, team_id, user_id)
    if row is None or not row.name or now - row.seen_at > PERSON_FRESH_FOR:
        return None
    return Actor(team_id, user_id, name=row.name, is_guest=row.is_guest, is_foreign=row.is_foreign, tz=row.tz)


async def save_actor(session: AsyncSession, actor: Actor, *, now: datetime) -> None:
    values = {"name": actor.name, "is_guest": actor.is_guest, "is_foreign": actor.is_foreign, "seen_at": now}
    values |= {"tz": actor.tz} if actor.tz else {}
    new = await insert_once(session, Person, team_id=actor.team_id, user_id=actor.user_id, **values)
    if new is None:
        known = update(Person).where(col(Person.team_id) == actor.team_id, col(Person.user_id) == actor.user_id)
        await session.exec(known.values(**values))


async def person_id(session: AsyncSession, actor: Actor, *, now: datetime) -> int:
    """The row of somebody, made where it is missing."""
    row = await person(session, actor.team_id, actor.user_id)
    if row is None:
        await save_actor(session, actor, now=now)
        row = await person(session, actor.team_id, actor.user_id)
    if row is None or row.id is None:
        raise LookupError(actor.user_id)
    return row.id


async def departed(session: AsyncSession, *, team_id: str, project_id: int, user_id: str, now: datetime) -> None:
    """Note that somebody has left a project; a later time replaces an earlier one."""
    if await insert_once(session, Departure, team_id=team_id, project_id=project_id, user_id=user_id, at=now) is None:
        known = update(Departure).where(col(Departure.project_id) == project_id, col(Departure.user_id) == user_id)
        await session.exec(known.values(at=now))


async def came_back(session: AsyncSession, project_id: int, user_id: str) -> None:
    """They have a part in it again."""
    await session.exec(
        delete(Departure).where(col(Departure.project_id) == project_id, col(Departure.user_id) == user_id)
    )


async def channel(session: AsyncSession, team_id: str, channel_id: str) -> ChannelNote | None:
    found = select(ChannelNote).where(ChannelNote.team_id == team_id, ChannelNote.channel_id == channel_id)
    return (await session.exec(found)).first()


async def note_channel(
    session: AsyncSession,
    team_id: str,
    channel_id: str,
    *,
    never_ask: bool | None = None,
    state: ChannelState | None = None,
) -> None:
    """Remember something about a channel; what is None stays."""
    values = {k: v for k, v in {"never_ask": never_ask, "state": state}.items() if v is not None}
    if await insert_once(session, ChannelNote, team_id=team_id, channel_id=channel_id, **values) is None and values:
        known = update(ChannelNote).where(
            col(ChannelNote.team_id) == team_id, col(ChannelNote.channel_id) == channel_id
        )
        await session.exec(known.values(**values))
