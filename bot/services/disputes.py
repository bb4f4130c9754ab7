"""Disagreements: who has the last word sees both versions and who said what, and chooses."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.audit import Audited
from bot.domain.people import Actor
from bot.domain.review import ReviewState, Surface, VerdictKind
from bot.domain.votes import Choice, DisputeCard, choices
from bot.errors import NotAllowed, NotFound
from bot.services.facts import facts_for
from bot.services.project import get
from bot.services.quorum import adjudicators
from bot.services.review_cards import card_changed
from bot.services.votes import Ballot, ballot, origin_of, refuse_late
from storage import audit
from storage import review as queries
from storage import votes as stored
from storage.models import Project

# Nothing among the versions is right.
NONE = -1


async def dispute(session: AsyncSession, completion_id: int) -> DisputeCard:
    """What people disagree about, side by side. Raises NotFound."""
    found = await queries.sources(session, completion_id)
    if found is None:
        raise NotFound("This text is gone.")
    text = found.completion
    held = await ballot(session, completion_id, lock=False)
    return DisputeCard(
        id=completion_id,
        version=text.version,
        project_id=text.project_id,
        product=found.product.name,
        facts=await facts_for(session, found.prompt, found.product),
        choices=choices(text.original, held.votes),
        said=tuple(held.votes),
        adjudicators=tuple(await adjudicators(session, held.project)),
    )


async def to_settle(session: AsyncSession, completion_id: int, actor: Actor) -> DisputeCard:
    """The same for somebody who has the last word. Raises NotAllowed, NotFound, Stale."""
    held = await ballot(session, completion_id, lock=False)
    await _require_adjudicator(session, held.project, actor)
    if held.text.review != ReviewState.DISPUTED:
        await refuse_late(session, completion_id)
    return await dispute(session, completion_id)


async def rule(
    session: AsyncSession, completion_id: int, version: int, actor: Actor, number: int, *, now: datetime
) -> None:
    """Choose one of the versions, or none of them with `NONE`. Raises NotAllowed, AlreadyDecided, Stale."""
    held = await ballot(session, completion_id)
    await _require_adjudicator(session, held.project, actor)
    offered: Sequence[Choice] = choices(held.text.original, held.votes)
    chosen = next((one.text for one in offered if one.number == number), None)
    if held.text.version != version or held.text.review != ReviewState.DISPUTED or (chosen is None) != (number == NONE):
        await refuse_late(session, completion_id)
    ruled = _ruled(held, actor, chosen, now)
    await audit.note_text(
        session, held.text, actor.user_id, Audited.RULED, words=ruled.get("text", held.text.text),
        version=ruled.get("version", version), now=now, surface=Surface.MODAL, detail=ruled["review"].value,
    )  # fmt: skip
    if not await stored.settle(session, held.text, ruled):
        await refuse_late(session, completion_id)
    await queries.add_verdict(
        session, held.text, who=actor.user_id, kind=VerdictKind.RULED, surface=Surface.MODAL, now=now,
        new_text=chosen or "",
    )  # fmt: skip
    await card_changed(session, held.text, now=now)


def _ruled(held: Ballot, actor: Actor, chosen: str | None, now: datetime) -> dict[str, Any]:
    values = {"decided_by": actor.user_id, "decided_at": now, "decided_on": Surface.MODAL}
    if chosen is None:
        return values | {"review": ReviewState.REJECTED}
    state = ReviewState.APPROVED if chosen == held.text.original else ReviewState.EDITED
    if chosen == held.text.text:
        return values | {"review": state}
    version = held.text.version + 1
    return values | {"review": state, "text": chosen, "version": version, "origin": origin_of(held.text, chosen)}


async def unruled(session: AsyncSession, held: Ballot, actor: Actor, *, now: datetime) -> bool:
    """Take one's own ruling back: people disagree again. False where there is none. Raises NotAllowed."""
    ruling = await stored.ruling(session, held.text.id or 0)
    if ruling is None:
        return False
    if ruling.who != actor.user_id:
        await require_unruled(session, held)
    if await queries.is_frozen(session, held.text.id or 0):
        raise NotAllowed("This text is part of a frozen dataset, which never changes.", kept="The decision stands.")
    await stored.take_back(session, held.text.id or 0, ruling, now=now)
    await audit.note_text(
        session, held.text, actor.user_id, Audited.UNDONE, words=held.text.text, version=held.text.version, now=now,
        detail="was the last word",
    )  # fmt: skip
    open_again = {"review": ReviewState.DISPUTED, "decided_by": "", "decided_at": None, "decided_on": None}
    if not await stored.settle(session, held.text, open_again):
        await refuse_late(session, held.text.id or 0)
    await card_changed(session, held.text, now=now)
    return True


async def require_unruled(session: AsyncSession, held: Ballot) -> None:
    """A ruling stands above votes. Raises NotAllowed."""
    ruling = await stored.ruling(session, held.text.id or 0)
    if ruling is not None:
        raise NotAllowed(
            f"<@{ruling.who}> had the last word on this one.", todo="Press Object to say what is wrong with it."
        )


async def _require_adjudicator(session: AsyncSession, project: Project, actor: Actor) -> None:
    await get(session, project.id or 0, actor)
    named = await adjudicators(session, project)
    if actor.user_id not in named:
        names = " or ".join(f"<@{who}>" for who in named)
        raise NotAllowed(f"{names} has the last word where people disagree.", kept="Your own vote is kept.")
