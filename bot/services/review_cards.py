"""What cards about reviewed texts show, and when they are shown: a window of open ones in each batch's thread."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.completion import Origin
from bot.domain.models import ModelInfo
from bot.domain.outbox import Say
from bot.domain.people import Actor
from bot.domain.review import (
    SETTLED_AS,
    WINDOW,
    BatchCard,
    CompletionCard,
    Decided,
    ReviewCounts,
    ReviewState,
    SettledPair,
    Surface,
    VerdictKind,
    facts_of,
)
from bot.errors import NotAllowed, NotFound
from bot.services.project import as_reviewer
from storage import outbox
from storage import project as projects
from storage import review as queries
from storage.models import Batch, Completion, Project

# The batch's card follows decisions, but not each of them: Slack takes fifty edits a minute for a whole workspace.
BATCH_DEBOUNCE = timedelta(seconds=3)
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
    free = WINDOW - await queries.shown_open(session, batch_id)
    new = await queries.next_hidden(session, batch_id, limit=free) if free > 0 else []
    for completion_id in new:
        if await queries.mark_shown(session, completion_id):
            await _say_sample(session, batch, project, completion_id, now=now + wait)
    return len(new)


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
    batch = await queries.batch(session, text.batch_id)
    project = await projects.by_id(session, text.project_id)
    if batch is not None and project is not None:
        await say_batch(session, batch, project, now=now)
    await top_up(session, text.batch_id, now=now)


async def next_for(session: AsyncSession, project_id: int, actor: Actor) -> CompletionCard | None:
    """The next undecided text for this person; None where nothing waits. Raises NotAllowed."""
    await as_reviewer(session, project_id, actor)
    found = await queries.next_for(session, project_id, actor.user_id)
    return await card(session, found) if found is not None else None


async def card(session: AsyncSession, completion_id: int) -> CompletionCard:
    """Everything its card shows, but for the model's notice, which the settings hold. Raises NotFound."""
    found = await queries.sources(session, completion_id)
    if found is None:
        raise NotFound("This text is gone.")
    text = found.completion
    shown = CompletionCard(
        id=completion_id,
        version=text.version,
        number=text.number,
        total=(await queries.counts(session, batch_id=text.batch_id)).total if text.batch_id else 0,
        product=found.product.name,
        facts=facts_of(found.prompt.values, found.product.values),
        prompt=found.prompt.text,
        text=text.text,
        origin=text.origin,
        model=text.model,
        project_id=text.project_id,
    )
    if text.review == ReviewState.OPEN:
        return shown
    return replace(shown, decided=await _decided(session, text), frozen=await queries.is_frozen(session, completion_id))


def with_notice(card: CompletionCard, info: Callable[[str], ModelInfo]) -> CompletionCard:
    """The card with what the settings say beside every text that its model wrote."""
    if card.origin != Origin.MODEL or not card.model:
        return card
    return replace(card, notice=info(card.model).notice)


async def _decided(session: AsyncSession, text: Completion) -> Decided:
    said = [v for v in await queries.verdicts(session, text.id or 0) if v.undone_at is None]
    own = [v for v in said if v.reviewer == text.decided_by and v.kind in SETTLED_AS]
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
    )


async def batch_card(session: AsyncSession, batch_id: int) -> BatchCard:
    """Progress of one batch. Raises NotFound."""
    batch = await queries.batch(session, batch_id)
    if batch is None:
        raise NotFound("This batch is gone.")
    counts = await queries.counts(session, batch_id=batch_id)
    coming = await queries.coming(session, batch_id)
    return BatchCard(id=batch_id, project_id=batch.project_id, title=batch.title, counts=counts, coming=coming)


async def pairs(session: AsyncSession, project_id: int) -> Sequence[SettledPair]:
    """Every approved or edited text of a project with its prompt, oldest first."""
    return [_pair(found) for found in await queries.settled(session, project_id)]


def _pair(found: queries.Sources) -> SettledPair:
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
    )


async def counts(session: AsyncSession, project_id: int) -> ReviewCounts:
    """The project's texts by what people decided."""
    return await queries.counts(session, project_id=project_id)


async def waiting_for(session: AsyncSession, project: Project, actor: Actor) -> int:
    """Open texts that this person may decide on and has not skipped."""
    try:
        await as_reviewer(session, project.id or 0, actor)
    except NotAllowed:
        return 0
    return await queries.waiting_for(session, project.id or 0, actor.user_id)
