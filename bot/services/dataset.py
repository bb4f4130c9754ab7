"""From what people approved to a frozen training set, its files, and examples for prompts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.audit import Audited
from bot.domain.dataset import DatasetCard, Draft, Example, pick_examples
from bot.domain.dataset_diff import dataset_diff
from bot.domain.few_shot import Shelf
from bot.domain.outbox import Say
from bot.domain.people import Actor
from bot.errors import BotError, NotFound, NotYet, Stale
from bot.log import current_trace
from bot.services import catalog_switch, review
from bot.services import project as projects
from bot.services import prompt as prompts
from bot.services.dataset_draft import TRUSTED, draft_of, settled
from bot.services.dataset_files import build_files as build_files
from bot.services.dataset_files import check_file as check_file
from bot.services.dataset_files import file_names as file_names
from bot.services.dataset_files import slug as slug
from bot.services.dataset_files import train_file as train_file
from storage import audit, outbox
from storage import dataset as datasets
from storage import project as project_rows
from storage.models import Dataset, Project

# Cards whose Undo goes away with a freeze: as many as Slack lets us edit without holding up other news.
CARDS_REFRESHED = 60
AFTER_OTHER_NEWS = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Frozen:
    """The version that holds what is approved now; `is_new` unless an earlier freeze made it."""

    id: int
    number: int
    is_new: bool


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check before the freeze found that people let be, in words, and how many texts they dropped."""

    found: str = ""
    dropped: int = 0
    tokens: int = 0
    longest: int = 0


async def freeze(
    session: AsyncSession,
    project_id: int,
    actor: Actor,
    *,
    now: datetime,
    without_slack: bool = False,
    draft: Draft | None = None,
    checked: Checked | None = None,
) -> Frozen:
    """Make what people settled on an immutable version and put it and its files into the channel.

    With nothing changed it is the same version again. `draft` is what was composed of it a moment ago.
    Raises NotAllowed, NotYet with nothing approved, Stale."""
    project = await projects.as_owner(session, project_id, actor)
    await catalog_switch.require_quiet(session, project_id)
    draft = draft or await draft_of(session, project, without_slack=without_slack)
    require_lines(draft)
    known = await datasets.same(session, project_id, draft.sha256)
    dataset = known or await _store(
        session, project, actor, draft, now=now, without_slack=without_slack, checked=checked or Checked()
    )
    if known is None:
        detail = f"version {dataset.number}, {dataset.pairs} texts, SHA-256 {dataset.sha256}"
        await audit.note(session, dataset, actor.user_id, Audited.FROZEN, now=now, detail=detail)
        await _close_undo(session, project, draft, now=now)
    await show(session, dataset, project, now=now)
    await outbox.refresh(session, team_id=project.team_id, key=f"project:{project.id}", due=now)
    return Frozen(dataset.id or 0, dataset.number, is_new=known is None)


def require_lines(draft: Draft) -> None:
    """Raises NotYet where there is nothing to freeze."""
    if draft.lines:
        return
    if draft.from_slack:
        raise NotYet(
            f"All {draft.from_slack} approved texts, or their products, came through Slack, and those stay out here.",
            todo="Add the catalog with `tunesmith catalog add`; then a model's approved texts count.",
        )
    raise NotYet(
        "No text is approved yet, so there is nothing to freeze.",
        todo="Approve or edit some texts first: /tune review. Or import pairs: /tune import.",
    )


async def _store(
    session: AsyncSession,
    project: Project,
    actor: Actor,
    draft: Draft,
    *,
    now: datetime,
    without_slack: bool,
    checked: Checked,
) -> Dataset:
    counts = await review.counts(session, project.id or 0)
    number = await datasets.next_number(session, project.id or 0)
    dataset_id = await datasets.add(
        session,
        lines=draft.lines,
        team_id=project.team_id,
        project_id=project.id,
        number=number,
        sha256=draft.sha256,
        seed=draft.seed,
        pairs=len(draft.lines),
        train_pairs=draft.train,
        validation_pairs=draft.validation,
        undecided=counts.open,
        settings={
            "prompts": await _prompts_of(session, project, draft),
            "doubles": draft.doubles,
            "from_slack": draft.from_slack,
            "without_slack": without_slack,
            "split_by": draft.by,
            "held": draft.held,
            "imported": sum(line.verdict == TRUSTED for line in draft.lines),
            "found": checked.found,
            "dropped_by_hand": checked.dropped,
            "tokens": checked.tokens,
            "longest": checked.longest,
            **await _against_before(session, project, draft, number),
        },
        created_by=actor.user_id,
        created_at=now,
        trace_id=current_trace(),
    )
    if dataset_id is None:
        raise Stale("A colleague froze the texts at the same moment.", kept="Theirs holds.", todo="Look at it below.")
    return await need(session, dataset_id)


async def _against_before(session: AsyncSession, project: Project, draft: Draft, number: int) -> dict[str, object]:
    """What is new against the version before, in words."""
    before = await datasets.earlier(session, project.id or 0, number)
    if before is None:
        return {}
    diff = dataset_diff(await datasets.lines(session, before.id or 0), draft.lines)
    return {"before": before.number, "diff": diff.words}


async def _prompts_of(session: AsyncSession, project: Project, draft: Draft) -> int:
    """How many prompts there are to these texts; a template that fits no more does not keep anybody from freezing."""
    try:
        return await prompts.count(session, project)
    except BotError:
        return len(draft.lines)


async def _close_undo(session: AsyncSession, project: Project, draft: Draft, *, now: datetime) -> None:
    """Have the cards of frozen texts drawn anew: their Undo is gone."""
    for line in draft.lines[:CARDS_REFRESHED]:
        key = f"sample:{line.completion_id}"
        await outbox.refresh(session, team_id=project.team_id, key=key, due=now + AFTER_OTHER_NEWS)


async def show(session: AsyncSession, dataset: Dataset, project: Project, *, now: datetime) -> None:
    """Say the version's card, with its files in the card's thread."""
    card = f"dataset:{dataset.id}"
    await _say(session, dataset, project, key=card, kind=Say.DATASET, now=now)
    for name in file_names(dataset.number, has_validation=dataset.validation_pairs > 0):
        key = f"{card}:{name}"
        if await outbox.by_key(session, project.team_id, key) is None:
            await _say(session, dataset, project, key=key, kind=Say.DATASET_FILE, now=now, thread_key=card)


async def _say(
    session: AsyncSession,
    dataset: Dataset,
    project: Project,
    *,
    key: str,
    kind: Say,
    now: datetime,
    thread_key: str = "",
) -> None:
    await outbox.say(
        session,
        team_id=project.team_id,
        key=key,
        kind=kind,
        subject_id=dataset.id or 0,
        channel=project.channel_id,
        thread_key=thread_key,
        now=now,
        trace_id=dataset.trace_id,
    )


async def need(session: AsyncSession, dataset_id: int) -> Dataset:
    """Raises NotFound."""
    dataset = await datasets.by_id(session, dataset_id)
    if dataset is None:
        raise NotFound("This training set is gone.", todo="Freeze the approved texts again with /tune dataset.")
    return dataset


async def card(session: AsyncSession, dataset_id: int) -> DatasetCard:
    """What the version's card shows. Raises NotFound."""
    dataset = await need(session, dataset_id)
    project = await project_rows.by_id(session, dataset.project_id)
    return DatasetCard(
        id=dataset_id,
        project_id=dataset.project_id,
        number=dataset.number,
        pairs=dataset.pairs,
        train=dataset.train_pairs,
        validation=dataset.validation_pairs,
        prompts=int(dataset.settings.get("prompts", dataset.pairs)),
        undecided=dataset.undecided,
        doubles=int(dataset.settings.get("doubles", 0)),
        from_slack=int(dataset.settings.get("from_slack", 0)),
        sha256=dataset.sha256,
        created_by=dataset.created_by,
        created_at=dataset.created_at,
        few_shot=bool(project and project.few_shot),
        model=project.tuned_model if project else "",
        diff=str(dataset.settings.get("diff", "")),
        before=int(dataset.settings.get("before", 0)),
        held=int(dataset.settings.get("held", 0)),
        by=str(dataset.settings.get("split_by", "")),
        found=str(dataset.settings.get("found", "")),
        dropped=int(dataset.settings.get("dropped_by_hand", 0)),
        imported=int(dataset.settings.get("imported", 0)),
    )


async def use_as_examples(session: AsyncSession, dataset_id: int, actor: Actor, *, now: datetime) -> Project:
    """From now on approved texts go along as examples with every prompt. Raises NotAllowed, NotFound."""
    dataset = await need(session, dataset_id)
    project = await projects.as_owner(session, dataset.project_id, actor)
    await project_rows.change(session, dataset.project_id, few_shot=True)
    await show(session, dataset, project, now=now)
    return project


async def shelf(session: AsyncSession, project: Project) -> Shelf:
    """Approved texts to choose examples from, prompt by prompt; an empty one where `examples` gives none."""
    if not project.few_shot or project.tuned_model:
        return Shelf(())
    dataset = await datasets.latest(session, project.id or 0)
    if dataset is None or dataset.erased_pairs:
        return Shelf((await settled(session, project)).lines)
    return Shelf(await datasets.lines(session, dataset.id or 0))


async def examples(session: AsyncSession, project: Project) -> tuple[Example, ...]:
    """Approved texts to show to a model before it writes; none where nobody asked, or a tuned model knows them."""
    if not project.few_shot or project.tuned_model:
        return ()
    dataset = await datasets.latest(session, project.id or 0)
    if dataset is None or dataset.erased_pairs:
        return pick_examples((await settled(session, project)).lines)
    return pick_examples(await datasets.lines(session, dataset.id or 0))
