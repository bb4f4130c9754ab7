"""What cards about reviewed texts show, and when they are shown: a window of open ones in each batch's thread."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.completion import Origin
from bot.domain.models import ModelInfo
from bot.domain.outbox import Say
from bot.domain.review import (
    SETTLED_AS,
    WINDOW,
    BatchCard,
    CompletionCard,
    Decided,
    Progress,
    ReviewCounts,
    ReviewState,
    SettledPair,
    Surface,
    VerdictKind,
)
from bot.domain.votes import Quorum, counting, tally
from bot.errors import NotFound
from bot.services import agreement
from bot.services.facts import facts_for
from bot.services.quorum import progress, quorum_of
from bot.services.rewritten import with_earlier
from bot.services.rules import marks_for
from storage import outbox, queue
from storage import project as projects
from storage import review as queries
from storage import votes as stored_votes
from storage.engine import wake_after_commit
from storage.models import Batch, Completion, Project

# The batch's card follows decisions, but not each of them: Slack takes fifty edits a minute for a whole workspace.
BATCH_DEBOUNCE = timedelta(seconds=3)
# The figures on up to five waiting cards: ten edits a minute at most, so that answers to clicks keep their share.
FIGURES_DEBOUNCE = timedelta(seconds=30)
# Cards that need another vote and stand in the thread while more are brought there.
HALF_VOTED = 3 * WINDOW
# A batch's first samples wait for the card whose thread they belong in.
FIRST_SAMPLES_AFTER = timedelta(seconds=1)


async def say_batch(
    session: AsyncSession, batch: Batch, project: Project, *, now: datetime, wait: timedelta = BATCH_DEBOUNCE
) -> None:
    """Post the batch's card, or have it edited within `wait`."""
    await outbox.say(
        session,
        team_id=batch.team_id,
        key=f"batch:{batch.id}",
        kind=Say.BATCH,
        subject_id=batch.id or 0,
        channel=project.channel_id,
        now=now,
        not_before=now + wait,
    )


async def top_up(session: AsyncSession, batch_id: int, *, now: datetime, wait: timedelta = timedelta(0)) -> int:
    """Show as many more open texts as the window takes; how many those were."""
    batch = await queries.batch(session, batch_id, lock=True)
    project = await projects.by_id(session, batch.project_id) if batch else None
    if batch is None or project is None:
        return 0
    return await fill_window(session, batch, project, now=now, wait=wait)


async def fill_window(
    session: AsyncSession, batch: Batch, project: Project, *, now: datetime, wait: timedelta = timedelta(0)
) -> int:
    """The same with a batch that this transaction holds."""
    if wait:  # texts have just been written
        wake_after_commit(session, "arrange")
    new = await _next_hidden(session, batch.id or 0)
    for completion_id in new:
        if await queries.mark_shown(session, completion_id):
            await _say_sample(session, batch, project, completion_id, now=now + wait)
    return len(new)


async def _next_hidden(session: AsyncSession, batch_id: int) -> Sequence[int]:
    """What nobody has voted on first; where no such text is left, some of those that need another vote."""
    free = WINDOW - await queries.shown_open(session, batch_id)
    untouched = await queries.next_hidden(session, batch_id, limit=free) if free > 0 else []
    if untouched or free <= 0:
        return untouched
    room = HALF_VOTED - await queries.shown_open(session, batch_id, touched=True)
    return await queries.next_hidden(session, batch_id, limit=min(room, WINDOW), touched=True) if room > 0 else []


async def show(session: AsyncSession, completion_id: int, *, now: datetime) -> None:
    """Show one text at once, beside the window: somebody waits for it."""
    text = await queries.completion(session, completion_id)
    batch = await queries.batch(session, text.batch_id) if text and text.batch_id else None
    project = await projects.by_id(session, batch.project_id) if batch else None
    if batch is not None and project is not None and await queries.mark_shown(session, completion_id):
        await _say_sample(session, batch, project, completion_id, now=now)
        await say_batch(session, batch, project, now=now)


async def _say_sample(
    session: AsyncSession, batch: Batch, project: Project, completion_id: int, *, now: datetime
) -> None:
    await outbox.say(
        session,
        team_id=batch.team_id,
        key=f"sample:{completion_id}",
        kind=Say.SAMPLE,
        subject_id=completion_id,
        channel=project.channel_id,
        thread_key=f"batch:{batch.id}",
        now=now,
    )


async def card_changed(session: AsyncSession, text: Completion, *, now: datetime) -> None:
    """A text was decided or opened again: its card, the batch's card and the window follow."""
    await outbox.refresh(session, team_id=text.team_id, key=f"sample:{text.id}", due=now)
    if text.batch_id is None:
        return
    batch = await queries.batch(session, text.batch_id, lock=True)
    project = await projects.by_id(session, text.project_id)
    if batch is not None and project is not None:
        await say_batch(session, batch, project, now=now)
        await fill_window(session, batch, project, now=now)
    await _figures_changed(session, text.team_id, text.batch_id, now=now)


async def _figures_changed(session: AsyncSession, team_id: str, batch_id: int, *, now: datetime) -> None:
    """The cards that wait for a first vote say how far the review is; they follow it together, now and then."""
    keys = [f"sample:{completion_id}" for completion_id in await queries.untouched(session, batch_id)]
    await outbox.refresh_all(session, team_id=team_id, keys=keys, due=now + FIGURES_DEBOUNCE)


async def card(session: AsyncSession, completion_id: int) -> CompletionCard:
    """Everything its card shows, but for the model's notice, which the settings hold. Raises NotFound."""
    found = await queries.sources(session, completion_id)
    if found is None:
        raise NotFound("This text is gone.")
    text = found.completion
    quorum = await _quorum(session, text)
    progress = await _progress(session, text, quorum)
    shown = CompletionCard(
        id=completion_id,
        version=text.version,
        number=text.number,
        total=progress.total if progress else 0,
        product=found.product.name,
        facts=await facts_for(session, found.prompt, found.product),
        prompt=found.prompt.text,
        text=text.text,
        origin=text.origin,
        model=text.model,
        project_id=text.project_id,
        changed=text.product_change,
        outdated=text.outdated,
        disputed=text.review == ReviewState.DISPUTED,
        votes_in=text.votes_in,
        votes_needed=quorum.votes,
        waits_for=quorum.group_name if text.votes_in >= quorum.votes else "",
        progress=progress,
    )
    if text.review not in (*SETTLED_AS.values(), ReviewState.REPLACED):
        shown = replace(await with_earlier(session, shown, text), marks=await marks_for(session, found))
    if text.review in (ReviewState.OPEN, ReviewState.DISPUTED):
        return shown
    return replace(
        shown, decided=await _decided(session, text, quorum), frozen=await queries.is_frozen(session, completion_id)
    )


def with_notice(card: CompletionCard, info: Callable[[str], ModelInfo]) -> CompletionCard:
    """The card with what the settings say beside every text that its model wrote."""
    if card.origin != Origin.MODEL or not card.model:
        return card
    return replace(card, notice=info(card.model).notice)


async def _quorum(session: AsyncSession, text: Completion) -> Quorum:
    project = await projects.by_id(session, text.project_id)
    return quorum_of(project) if project else Quorum()


async def _progress(session: AsyncSession, text: Completion, quorum: Quorum) -> Progress | None:
    if text.batch_id is None:
        return None
    return await progress(session, text.batch_id, quorum, await queries.counts(session, batch_id=text.batch_id))


async def _decided(session: AsyncSession, text: Completion, quorum: Quorum) -> Decided:
    said = [v for v in await queries.verdicts(session, text.id or 0) if v.undone_at is None]
    own = [v for v in said if v.reviewer == text.decided_by and v.kind in (*SETTLED_AS, VerdictKind.RULED)]
    votes = await stored_votes.standing(session, text.id or 0)
    ruled = bool(own) and own[-1].kind == VerdictKind.RULED
    counted = votes if ruled else counting(votes, text.version)
    several = quorum.votes > 1 or len(counted) > 1 or ruled
    objections = tuple(
        (v.reviewer, v.reason) for v in said if v.kind == VerdictKind.OBJECTED and own and v.at >= own[-1].at
    )
    return Decided(
        state=text.review,
        who=text.decided_by,
        at=text.decided_at or text.created_at,
        surface=text.decided_on or Surface.BUTTON,
        reason=own[-1].reason if own else "",
        objections=objections,
        voters=tuple(dict.fromkeys(vote.who for vote in counted)) if several else (),
        tally=tally(counted).words if several else "",
        ruled=ruled,
    )


async def batch_card(session: AsyncSession, batch_id: int) -> BatchCard:
    """Progress of one batch. Raises NotFound."""
    batch = await queries.batch(session, batch_id)
    if batch is None:
        raise NotFound("This batch is gone.")
    counts = await queries.counts(session, batch_id=batch_id)
    coming = await queries.coming(session, batch_id)
    project = await projects.by_id(session, batch.project_id)
    quorum = quorum_of(project) if project else Quorum()
    agreed = await agreement.of_batch(session, batch_id)
    return BatchCard(
        id=batch_id,
        project_id=batch.project_id,
        title=batch.title,
        counts=counts,
        coming=coming,
        progress=await progress(session, batch_id, quorum, counts),
        together=agreed.together,
        agreed=agreed.agreed,
        judges=agreed.people,
        paused_until=project.paused_until if project else None,
        paused_by=project.paused_by if project else "",
    )


async def pairs(session: AsyncSession, project_id: int) -> Sequence[SettledPair]:
    """Every approved or edited text of a project with its prompt, oldest first."""
    settled = await queries.settled(session, project_id)
    at_once = [one.completion.id or 0 for one in settled if one.completion.decided_on == Surface.BULK]
    unseen = set(at_once) - await queue.seen(session, at_once)
    return [_pair(found, looked_at=found.completion.id not in unseen) for found in settled]


def _pair(found: queries.Sources, *, looked_at: bool) -> SettledPair:
    text, prompt = found.completion, found.prompt
    return SettledPair(
        completion_id=text.id or 0,
        version=text.version,
        prompt_id=text.prompt_id,
        product_id=text.product_id,
        product=found.product.name,
        values=prompt.values,
        system=prompt.system,
        prompt=prompt.text,
        text=text.text,
        original=text.original,
        state=text.review,
        origin=text.origin,
        model=text.model,
        decided_by=text.decided_by,
        decided_at=text.decided_at or text.created_at,
        looked_at=looked_at,
    )


async def counts(session: AsyncSession, project_id: int) -> ReviewCounts:
    """The project's texts by what people decided."""
    return await queries.counts(session, project_id=project_id)
