"""Review: people approve, edit or reject texts; enough of them decide, everything can be undone until it is frozen."""

from __future__ import annotations

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.audit import Audited
from bot.domain.completion import WritingState
from bot.domain.outbox import Say
from bot.domain.people import Actor
from bot.domain.review import (
    SETTLED_AS,
    CompletionCard,
    ReviewState,
    Step,
    Surface,
    VerdictKind,
    follow_thumb,
    is_cut,
    stance,
    verdict_of,
)
from bot.domain.votes import Vote
from bot.errors import BadForm, BotError, NotAllowed, NotFound, NotYet, Stale
from bot.services import disputes, votes
from bot.services.project import as_reviewer, note
from bot.services.queue import next_for, waiting_for
from bot.services.review_cards import batch_card, card, card_changed, counts, pairs
from bot.services.votes import refuse_late
from storage import audit, outbox
from storage import review as queries
from storage.models import Completion, Inbox, Outbox

__all__ = ["batch_card", "card", "counts", "next_for", "pairs", "refuse_late", "waiting_for"]

FROZEN = "This text is part of a frozen dataset, which never changes."


async def decide(
    session: AsyncSession,
    completion_id: int,
    version: int,
    actor: Actor,
    kind: VerdictKind,
    *,
    surface: Surface,
    now: datetime,
    reason: str = "",
) -> None:
    """Approve or reject one version. Pressing twice is pressing once.

    Raises AlreadyDecided if a colleague was faster, Stale if the text changed, NotAllowed, NotFound."""
    await reviewable(session, completion_id, actor)
    await votes.cast(session, completion_id, version, actor, kind, surface=surface, now=now, reason=reason.strip())


async def undo(session: AsyncSession, completion_id: int, actor: Actor, *, now: datetime) -> None:
    """Take one's own vote or ruling back; an edited text reads as before. Raises NotAllowed, NotFound."""
    await reviewable(session, completion_id, actor)
    held = await votes.ballot(session, completion_id)
    if not await disputes.unruled(session, held, actor, now=now):
        if held.text.review == ReviewState.OPEN and not held.text.votes_in:
            return
        await _require_unfrozen(session, held.text)
        own = _require_own(held, actor)
        await votes.take_back(session, held, own, now=now)
    await _spend_thumbs(session, held.text, actor)


async def _spend_thumbs(session: AsyncSession, text: Completion, actor: Actor) -> None:
    said = await outbox.by_key(session, text.team_id, f"sample:{text.id}")
    if said is not None and said.ts:
        await queries.spend_thumbs(
            session, team_id=text.team_id, channel=said.posted_in, ts=said.ts, user_id=actor.user_id
        )


async def object_to(session: AsyncSession, completion_id: int, actor: Actor, reason: str, *, now: datetime) -> None:
    """Say why a colleague's decision is wrong. It stands until they undo it; the card says so. Raises as the check."""
    text = await require_objectable(session, completion_id, actor)
    if not reason.strip():
        raise BadForm({"reason": "Say in a few words what is wrong."})
    await queries.add_verdict(
        session,
        text,
        who=actor.user_id,
        kind=VerdictKind.OBJECTED,
        surface=Surface.MODAL,
        now=now,
        reason=reason.strip(),
    )
    await audit.note_text(
        session, text, actor.user_id, Audited.OBJECTED, words=text.text, version=text.version, now=now,
        surface=Surface.MODAL, detail=reason.strip(),
    )  # fmt: skip
    await card_changed(session, text, now=now)
    await _tell_decider(session, text, actor, now=now)


async def require_objectable(session: AsyncSession, completion_id: int, actor: Actor) -> Completion:
    """A text that a colleague decided and no dataset holds. Raises NotAllowed, NotFound, Stale."""
    text = await reviewable(session, completion_id, actor)
    if text.review not in SETTLED_AS.values():
        raise Stale("This text is open again.", todo="Decide on it yourself.")
    if text.decided_by == actor.user_id:
        raise NotAllowed("This was your own decision.", todo="Press Undo to take it back.")
    if await queries.is_frozen(session, completion_id):
        raise NotAllowed(FROZEN, kept="The decision stands.")
    return text


async def _tell_decider(session: AsyncSession, text: Completion, actor: Actor, *, now: datetime) -> None:
    """A direct message: an edited card makes no sound."""
    await note(
        session,
        team_id=text.team_id,
        channel=text.decided_by,
        text=f"<@{actor.user_id}> objects to a text that you {text.review.value}. Its card in the thread says why.",
        key=f"objection:{text.id}:{text.version}:{actor.user_id}:{now.timestamp():.0f}",
        now=now,
    )


async def skip(session: AsyncSession, completion_id: int, actor: Actor, *, now: datetime) -> None:
    """Leave a text to others; it does not wait for this person any more."""
    text = await reviewable(session, completion_id, actor)
    if text.review == ReviewState.OPEN:
        await queries.add_verdict(
            session, text, who=actor.user_id, kind=VerdictKind.SKIPPED, surface=Surface.MODAL, now=now
        )


async def to_decide(session: AsyncSession, completion_id: int, version: int, actor: Actor) -> CompletionCard:
    """The card for a form about a text that is open in this version. Raises as `decide` does."""
    text = await reviewable(session, completion_id, actor)
    if text.review != ReviewState.OPEN or text.version != version:
        await refuse_late(session, completion_id)
    return await card(session, completion_id)


async def to_look_at(session: AsyncSession, completion_id: int, actor: Actor) -> CompletionCard:
    """The card as it is now, whatever was decided. Raises NotAllowed, NotFound."""
    await reviewable(session, completion_id, actor)
    return await card(session, completion_id)


async def reviewable(session: AsyncSession, completion_id: int, actor: Actor) -> Completion:
    """The text, for somebody who may decide on it. Raises NotFound, NotAllowed."""
    text = await queries.completion(session, completion_id)
    if text is None or text.team_id != actor.team_id or text.state != WritingState.WRITTEN:
        raise NotFound("This text is gone.", todo="Look at the batch for the others.")
    await as_reviewer(session, text.project_id, actor)
    if text.outdated:
        raise Stale(
            "Its product is gone or changed in the new version of the catalog.",
            kept="The text is kept beside the old version.",
            todo="Look at the newer texts with /tune review.",
        )
    return text


def _require_own(held: votes.Ballot, actor: Actor) -> Vote:
    own = held.own(actor)
    if own is not None:
        return own
    if held.text.review in votes.SETTLED:
        raise NotAllowed(
            f"<@{held.text.decided_by}> decided this one.", todo="Press Object to say what is wrong with it."
        )
    if held.text.review == ReviewState.REPLACED:
        raise Stale("This text is being written again.", todo="Decide on the new one in this thread.")
    raise NotAllowed("You have not voted on this text as it is now.", kept="Nothing was taken back.")


async def _require_unfrozen(session: AsyncSession, text: Completion) -> None:
    if await queries.is_frozen(session, text.id or 0):
        raise NotAllowed(FROZEN, kept="The decision stands.")


# thumbs

SPENDS_NOTHING = "A thumb on this message decides nothing and spends nothing. Use its buttons."
# Whose texts a thumb decides; on every other message of ours it is only answered.
DECIDED_BY_THUMB = Say.SAMPLE
# Cards about money and the next step, where somebody may think that a thumb orders something.
ASKING = (Say.PROMPTS, Say.TRY, Say.CATALOG, Say.CATALOG_QUESTION, Say.RUN, Say.BATCH, Say.DATASET, Say.JOB, Say.TRIAL)


async def reaction_changed(session: AsyncSession, event: Inbox, actor: Actor | None, *, now: datetime) -> None:
    """A thumb came or went. On a sample's card it decides or undoes; elsewhere it says that it spends nothing."""
    emoji = str(event.ids.get("reaction") or "")
    if actor is None or verdict_of(emoji) is None:
        return
    said = await outbox.by_message(session, event.team_id, str(event.ids.get("channel")), str(event.ids.get("ts")))
    if said is None:
        return
    came = event.kind == "reaction_added"
    try:
        if said.kind == DECIDED_BY_THUMB:
            await _thumb_on_sample(session, event, actor, said, came=came, now=now)
        elif came and said.kind in ASKING:
            await _whisper(session, event, actor, SPENDS_NOTHING, now=now)
    except BotError as problem:
        if came:
            await _whisper(session, event, actor, str(problem), now=now)


async def _thumb_on_sample(
    session: AsyncSession, event: Inbox, actor: Actor, said: Outbox, *, came: bool, now: datetime
) -> None:
    text = await reviewable(session, said.subject_id, actor)
    channel = said.posted_in or said.channel
    where = {"team_id": said.team_id, "channel": channel, "ts": said.ts, "user_id": actor.user_id}
    emoji = str(event.ids["reaction"])
    new = await queries.note_thumb(session, **where, emoji=emoji, present=came, event_ts=event.event_ts)
    if new:
        wish = stance(await queries.thumbs(session, **where))
        await _follow(session, text, actor, wish, shown_version=said.shown_version, now=now)


async def _follow(
    session: AsyncSession,
    text: Completion,
    actor: Actor,
    wish: VerdictKind | None,
    *,
    shown_version: int,
    now: datetime,
) -> None:
    """Do what a person's thumbs on a card ask for. Raises what the person should hear."""
    held = await votes.ballot(session, text.id or 0)
    own = held.own(actor)
    by_reaction = own is not None and own.surface == Surface.REACTION
    step = follow_thumb(wish, held.text.review, own=own.kind if own else None, by_reaction=by_reaction)
    if step == Step.TOO_LATE:
        await votes.refuse_late(session, held.text.id or 0)
    if step == Step.NOTHING:
        return
    if wish is not None:
        _require_seen(held.text, wish, shown_version)
    version = held.text.version
    if own is not None and step in (Step.UNDO, Step.CHANGE):
        await _require_unfrozen(session, held.text)
        await disputes.require_unruled(session, held)
        await votes.take_back(session, held, own, now=now)
    if wish is not None:
        await decide(session, held.text.id or 0, version, actor, wish, surface=Surface.REACTION, now=now)


def _require_seen(text: Completion, wish: VerdictKind, shown_version: int) -> None:
    """A thumb counts for what stood in Slack under it. Raises Stale, NotYet."""
    kept = "Your thumb decided nothing."
    if shown_version != text.version:
        raise Stale("The text has changed since this card was drawn.", kept=kept, todo="Look at it again.")
    if wish == VerdictKind.APPROVED and is_cut(text.text):
        raise NotYet("This text is longer than its card.", kept=kept, todo="Approve it from its full view.")


async def _whisper(session: AsyncSession, event: Inbox, actor: Actor, words: str, *, now: datetime) -> None:
    await note(
        session,
        team_id=event.team_id,
        channel=str(event.ids["channel"]),
        text=words,
        key=f"thumb:{event.event_id}",
        now=now,
        only_for=actor.user_id,
    )
