"""Texts that were written again: what they were written for, and the way back to the earlier one."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.people import Actor
from bot.domain.review import CompletionCard, ReviewState
from bot.errors import NotFound, Stale
from storage import review as queries
from storage.models import Completion


async def with_earlier(session: AsyncSession, card: CompletionCard, text: Completion) -> CompletionCard:
    """The card with the text that this one stands in for, and the hint that was given."""
    earlier = await queries.completion(session, text.parent_id) if text.parent_id else None
    if earlier is None or earlier.review != ReviewState.REPLACED or not earlier.text:
        return card
    return replace(card, was=earlier.text, was_id=earlier.id or 0, hint=text.hint)


async def keep_earlier(
    session: AsyncSession, text: Completion, version: int, actor: Actor, *, now: datetime
) -> Completion:
    """Put the earlier text back in the place of the one written again; it is open again. Raises Stale, NotFound.

    The caller has seen that the actor may decide and tells both cards."""
    earlier = await queries.completion(session, text.parent_id) if text.parent_id else None
    if earlier is None or not earlier.text:
        raise NotFound("The earlier text is gone.", todo="Decide on this one.")
    replaced = await queries.replace(session, text.id or 0, version=version, who=actor.user_id, now=now)
    if not replaced or not await queries.bring_back(session, earlier.id or 0):
        raise Stale("This card has changed since you looked at it.", kept="Nothing was changed.", todo="Look again.")
    return earlier
