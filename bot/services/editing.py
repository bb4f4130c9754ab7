"""Texts that people change: an edit settles a text with other words and keeps the first ones."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.audit import Audited
from bot.domain.editing import History, Version
from bot.domain.people import Actor
from bot.domain.review import ReviewState, Surface, VerdictKind
from bot.errors import BadForm, NotAllowed
from bot.services.project import as_reviewer, settings_of
from bot.services.review import decide, refuse_late, reviewable
from bot.services.review_cards import card, card_changed
from bot.services.rewritten import keep_earlier
from bot.services.rules import offer_if_repeated
from bot.services.votes import cast
from storage import audit
from storage import review as queries
from storage.models import Verdict

# Verdicts that put other words in a text's place.
CHANGING = (VerdictKind.EDITED, VerdictKind.RULED)
SLACK_TEXT_REFUSED = "Text typed in Slack is not used for training here, so texts cannot be edited or written in Slack."
SLACK_TEXT_TODO = "Approve it, reject it with a reason, or have it written again with a hint."


async def edit(
    session: AsyncSession,
    completion_id: int,
    version: int,
    actor: Actor,
    new_text: str,
    *,
    text_allowed: bool,
    now: datetime,
) -> None:
    """Settle a text with other words; the first ones are kept as `original`. An unchanged text is an approval.

    `text_allowed`: whether words typed in Slack may train a model. Raises as `decide`, and BadForm for no words."""
    require_slack_text(text_allowed)
    text = await reviewable(session, completion_id, actor)
    wanted = new_text.strip()
    if not wanted:
        raise BadForm({"text": "Write a text, or close this and press Reject."})
    if wanted == text.text.strip() and version == text.version:
        await decide(session, completion_id, version, actor, VerdictKind.APPROVED, surface=Surface.MODAL, now=now)
        return
    await cast(
        session, completion_id, version, actor, VerdictKind.EDITED, surface=Surface.MODAL, now=now, new_text=wanted
    )


def require_slack_text(allowed: bool) -> None:
    """Raises NotAllowed where words typed in Slack must not train a model."""
    if not allowed:
        raise NotAllowed(SLACK_TEXT_REFUSED, todo=SLACK_TEXT_TODO)


async def reject(
    session: AsyncSession, completion_id: int, version: int, actor: Actor, reason: str, *, now: datetime
) -> None:
    """Reject a version from its form; a reason that keeps coming back is offered to the house style. As `decide`."""
    await decide(
        session, completion_id, version, actor, VerdictKind.REJECTED, surface=Surface.MODAL, now=now, reason=reason
    )
    text = await queries.completion(session, completion_id)
    if text is not None:
        await offer_if_repeated(session, text.project_id, reason, now=now)


async def reject_reasons(session: AsyncSession, project_id: int, actor: Actor) -> tuple[str, ...]:
    """What the project offers to tick when a text is rejected."""
    return settings_of(await as_reviewer(session, project_id, actor)).reject_reasons


async def keep_old(session: AsyncSession, completion_id: int, version: int, actor: Actor, *, now: datetime) -> None:
    """Put the text before this one back in its place, open for decisions again. Raises Stale, NotFound, NotAllowed."""
    text = await reviewable(session, completion_id, actor)
    if text.review != ReviewState.OPEN or text.version != version:
        await refuse_late(session, completion_id)
    earlier = await keep_earlier(session, text, version, actor, now=now)
    await audit.note_text(
        session, earlier, actor.user_id, Audited.KEPT_OLD, words=earlier.text, version=earlier.version, now=now,
        detail=f"instead of text {text.id}",
    )  # fmt: skip
    await card_changed(session, text, now=now)
    await card_changed(session, earlier, now=now)


async def history(session: AsyncSession, completion_id: int, actor: Actor) -> History:
    """Every version of a text with who changed it and when; for everybody of the team who may review."""
    text = await reviewable(session, completion_id, actor)
    first = Version(1, text.original or text.text)
    said = await queries.verdicts(session, completion_id)
    changes = [verdict for verdict in said if verdict.kind in CHANGING and verdict.text]
    edits = (_change(first, changes[:number], verdict) for number, verdict in enumerate(changes))
    return History(await card(session, completion_id), (first, *edits))


def _change(first: Version, earlier: Sequence[Verdict], verdict: Verdict) -> Version:
    """An edit against the text that stood when it was made: the last change that was not taken back by then."""
    standing = [one.text for one in earlier if one.undone_at is None or one.undone_at > verdict.at]
    before = standing[-1] if standing else first.text
    is_back = verdict.undone_at is not None
    return Version(verdict.version + 1, verdict.text, before, verdict.reviewer, verdict.at, is_back)
