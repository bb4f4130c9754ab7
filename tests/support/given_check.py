"""Projects whose approved texts are worth a second look before a freeze."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import col, select, update

from bot.domain.people import Actor
from storage.engine import Database, reading, transaction
from storage.models import Completion, Project
from tests.support.given_dataset import given_decided


async def given_texts(
    db: Database, actor: Actor, now: datetime, *texts: str, channel: str = "C1", approved: int = 14
) -> Project:
    """So many approved teas, of which the first have these texts."""
    project = await given_decided(db, actor, now, approved=approved, products=30, channel=channel)
    for place, text in enumerate(texts):
        await reword(db, place, text)
    return project


async def reword(db: Database, place: int, text: str) -> None:
    """Give the text at this place other words, as if it had been written so."""
    async with reading(db) as session:
        ids = (await session.exec(select(Completion.id).order_by(col(Completion.id)))).all()
    async with transaction(db) as session:
        await session.exec(update(Completion).where(col(Completion.id) == ids[place]).values(text=text, original=text))
