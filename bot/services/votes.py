"""Votes: one a person and version, the newest counts; what they come to is written by one conditional update."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.audit import Audited
from bot.domain.completion import Origin
from bot.domain.people import Actor
from bot.domain.review import SETTLED_AS, ReviewState, Surface, VerdictKind
from bot.domain.votes import Quorum, Vote, counting, edits, outcome, vote_of
from bot.errors import AlreadyDecided, NotFound, Stale
from bot.services.project import note
from bot.services.quorum import adjudicators, quorum_of
from bot.services.review_cards import card_changed
from storage import audit, outbox
from storage import project as projects
from storage import review as queries
from storage import votes as stored
from storage.models import Completion, Project

SETTLED = tuple(SETTLED_AS.values())


@dataclass(frozen=True, slots=True)
class Ballot:
    """A text that this transaction holds, with the votes that stand and what they need to come to."""

    text: Completion
    project: Project
    votes: Sequence[Vote]
    quorum: Quorum

    def own(self, actor: Actor) -> Vote | None:
        return vote_of(self.votes, self.text.version, actor.user_id)


async def ballot(session: AsyncSession, completion_id: int, *, lock: bool = True) -> Ballot:
    """The text with its votes; `lock` keeps it from others until the transaction ends. Raises NotFound."""
    text = await (stored.locked if lock else queries.completion)(session, completion_id)
    project = await projects.by_id(session, text.project_id) if text else None
    if text is None or project is None:
        raise NotFound("This text is gone.")
    return Ballot(text, project, await stored.standing(session, completion_id), quorum_of(project))


async def cast(
    session: AsyncSession,
    completion_id: int,
    version: int,
    actor: Actor,
    kind: VerdictKind,
    *,
    surface: Surface,
    now: datetime,
    reason: str = "",
    new_text: str | None = None,
) -> None:
    """Say yes or no to a version, or put `new_text` in its place. The same vote again changes nothing.

    Raises AlreadyDecided where enough people were faster, Stale where the text has changed or people disagree."""
    held = await ballot(session, completion_id)
    own = held.own(actor) if held.text.version == version else None
    if new_text is None and own is not None and own.is_yes == (kind == VerdictKind.APPROVED):
        return
    if held.text.version != version or not _is_open_to(held.text, own):
        await refuse_late(session, completion_id)
    if own is not None:
        await stored.take_back(session, completion_id, own, now=now)
    await queries.add_verdict(
        session, held.text, who=actor.user_id, kind=kind, surface=surface, now=now, reason=reason,
        new_text=new_text or "",
    )  # fmt: skip
    await audit.note_text(
        session, held.text, actor.user_id, Audited(kind.value), words=held.text.text if new_text is None else new_text,
        version=version + (new_text is not None), now=now, surface=surface, detail=reason,
    )  # fmt: skip
    said = Vote(actor.user_id, kind, version, now, surface, new_text or "", reason)
    await count(session, held, [*(vote for vote in held.votes if vote is not own), said], now=now, new_text=new_text)


def _is_open_to(text: Completion, own: Vote | None) -> bool:
    """People who disagree may still come to agree; newcomers leave a disagreement to the adjudicator."""
    return text.review == ReviewState.OPEN or (text.review == ReviewState.DISPUTED and own is not None)


async def take_back(session: AsyncSession, held: Ballot, own: Vote, *, now: datetime) -> None:
    """Take one's own vote back. A text that only its editor has agreed to reads as before and is voted on anew."""
    await audit.note_text(
        session, held.text, own.who, Audited.UNDONE, words=held.text.text, version=held.text.version, now=now,
        detail=f"was {own.kind.value}",
    )  # fmt: skip
    await stored.take_back(session, held.text.id or 0, own, now=now)
    rest = [vote for vote in held.votes if vote is not own]
    alone = own.kind == VerdictKind.EDITED and not counting(rest, held.text.version)
    await count(session, held, rest, now=now, new_text=_before(held.text, rest) if alone else None)


def _before(text: Completion, rest: Sequence[Vote]) -> str:
    changed = edits(rest)
    return changed[-1].text if changed else text.original


async def recount(session: AsyncSession, completion_id: int, *, now: datetime) -> None:
    """Write what the votes on a text come to by today's rule."""
    held = await ballot(session, completion_id)
    if result(held.text, held.votes, held.quorum)["review"] != held.text.review:
        await count(session, held, held.votes, now=now)


async def count(
    session: AsyncSession, held: Ballot, votes: Sequence[Vote], *, now: datetime, new_text: str | None = None
) -> None:
    """Write what the votes come to, with the text they are about where that is another one. Raises as `cast`."""
    values, was = result(held.text, votes, held.quorum, new_text), held.text.review
    if not await stored.settle(session, held.text, values):
        await refuse_late(session, held.text.id or 0)
    if new_text is not None:
        await _spend_thumbs(session, held.text)
    if values["review"] == ReviewState.DISPUTED != was:
        await _tell_adjudicators(session, held, now=now)
    await card_changed(session, held.text, now=now)


def result(text: Completion, votes: Sequence[Vote], quorum: Quorum, new_text: str | None = None) -> dict[str, Any]:
    """The columns of a text that follow from its votes."""
    version = text.version if new_text is None else text.version + 1
    state, said = outcome(votes, version, quorum), counting(votes, version)
    values: dict[str, Any] = {"review": state, "votes_in": len(said)}
    values |= {"decided_by": "", "decided_at": None, "decided_on": None}
    if state in SETTLED:
        last = said[-1]
        values |= {"decided_by": last.who, "decided_at": last.at, "decided_on": last.surface}
    if new_text is not None:
        values |= {"text": new_text, "version": version, "origin": origin_of(text, new_text)}
    return values


def origin_of(text: Completion, words: str) -> Origin:
    if words != text.original:
        return Origin.SLACK_EDIT
    return Origin.MODEL if text.model else Origin.EXISTING


async def _spend_thumbs(session: AsyncSession, text: Completion) -> None:
    said = await outbox.by_key(session, text.team_id, f"sample:{text.id}")
    if said is not None and said.ts:
        await stored.spend_all_thumbs(session, team_id=text.team_id, channel=said.posted_in, ts=said.ts)


async def _tell_adjudicators(session: AsyncSession, held: Ballot, *, now: datetime) -> None:
    """One direct message a batch and person; further disagreements wait on App Home and in focus mode."""
    for who in await adjudicators(session, held.project):
        await note(
            session,
            team_id=held.text.team_id,
            channel=who,
            text="Your colleagues disagree about a text, and you have the last word. Both versions are side by side.",
            key=f"dispute:{held.text.batch_id}:{who}",
            now=now,
            button="review.next",
            label="Look at it",
            value=str(held.project.id),
        )


async def refuse_late(session: AsyncSession, completion_id: int) -> NoReturn:
    """Tell who was faster, or that the text is another one by now. Always raises."""
    now_ = await queries.completion(session, completion_id)
    if now_ is None:
        raise NotFound("This text is gone.")
    if now_.review in SETTLED:
        raise AlreadyDecided(now_.decided_by, now_.review.value)
    if now_.review == ReviewState.REPLACED:
        raise Stale("This text is being written again.", todo="Decide on the new one in this thread.")
    if now_.review == ReviewState.DISPUTED:
        raise Stale("Your colleagues disagree about this text.", todo="Its card says who has the last word.")
    raise Stale("The text has changed since you looked at it.", kept="Nothing was decided.", todo="Look at it again.")
