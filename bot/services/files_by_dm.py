"""A file for one person: a sentence by direct message, and the file in its thread."""

from __future__ import annotations

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.outbox import Say
from bot.domain.people import Actor
from bot.services.project import note
from storage import outbox


async def send_file(
    session: AsyncSession, actor: Actor, *, kind: Say, subject_id: int, text: str, now: datetime
) -> None:
    """Slack takes files for a conversation and not for a person, so a sentence opens one and the file follows it.

    Asked for twice within a second it is sent once; what it holds is read when it is sent."""
    key = f"{kind}:{subject_id}:{actor.user_id}:{now.timestamp():.0f}"
    await note(session, team_id=actor.team_id, channel=actor.user_id, text=text, key=f"{key}:note", now=now)
    await outbox.say(
        session, team_id=actor.team_id, key=key, kind=kind, subject_id=subject_id, channel=actor.user_id,
        thread_key=f"{key}:note", now=now,
    )  # fmt: skip
