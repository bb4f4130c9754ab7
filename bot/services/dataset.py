"""From what people approved to a frozen training set, its files, and examples for prompts."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.dataset import DatasetCard, Draft, Example, Line, Split, chat_messages, compose, pick_examples
from bot.domain.few_shot import Shelf
from bot.domain.outbox import Say
from bot.domain.people import Actor
from bot.domain.review import SettledPair
from bot.errors import BotError, NotFound, NotYet, Stale
from bot.export.jsonl import Pair as ExportPair
from bot.export.jsonl import completion_lines, object_line
from bot.export.tables import to_xlsx
from bot.log import current_trace
from bot.services import catalog_switch, review
from bot.services import project as projects
from bot.services import prompt as prompts
from storage import dataset as datasets
from storage import outbox
from storage import project as project_rows
from storage.models import Dataset, Project

TABLE_COLUMNS = ("Product", "Prompt", "Text", "Text before it was edited", "Decided by", "Origin", "Used to")
TABLE_WIDTHS = (24, 50, 70, 50, 20, 14, 12)
ORIGIN_WORDS = {
    "model": "written by a model",
    "existing": "existed before",
    "slack_file": "uploaded in Slack",
    "slack_edit": "edited in Slack",
    "external": "from outside Slack",
}
SPLIT_WORDS = {Split.TRAIN: "teach", Split.VALIDATION: "check"}
# Cards whose Undo goes away with a freeze: as many as Slack lets us edit without holding up other news.
CARDS_REFRESHED = 60
AFTER_OTHER_NEWS = timedelta(seconds=5)
LONGEST_SLUG = 30


@dataclass(frozen=True, slots=True)
class Frozen:
    """The version that holds what is approved now; `is_new` unless an earlier freeze made it."""

    id: int
    number: int
    is_new: bool


async def freeze(
    session: AsyncSession, project_id: int, actor: Actor, *, now: datetime, without_slack: bool = False
) -> Frozen:
    """Make what people settled on an immutable version and put it and its files into the channel.

    With nothing changed it is the same version again. Raises NotAllowed, NotYet with nothing approved, Stale.
    """
    project = await projects.as_owner(session, project_id, actor)
    await catalog_switch.require_quiet(session, project_id)
    draft = await draft_of(session, project, without_slack=without_slack)
    if not draft.lines:
        raise NotYet(_nothing_to_freeze(draft), todo="Approve or edit some texts first: /tune review.")
    known = await datasets.same(session, project_id, draft.sha256)
    dataset = known or await _store(session, project, actor, draft, now=now, without_slack=without_slack)
    if known is None:
        await _close_undo(session, project, draft, now=now)
    await show(session, dataset, project, now=now)
    await outbox.refresh(session, team_id=project.team_id, key=f"project:{project.id}", due=now)
    return Frozen(dataset.id or 0, dataset.number, is_new=known is None)


async def draft_of(session: AsyncSession, project: Project, *, without_slack: bool = False) -> Draft:
    """What would be frozen now."""
    pairs = await review.pairs(session, project.id or 0)
    in_order = sorted(pairs, key=lambda pair: (pair.decided_at, pair.completion_id))
    return compose([_line(pair) for pair in in_order], without_slack=without_slack)


def _line(pair: SettledPair) -> Line:
    return Line(
        completion_id=pair.completion_id,
        version=pair.version,
        product_id=pair.product_id,
        product=pair.product,
        system=pair.system,
        prompt=pair.prompt,
        text=pair.text,
        original=pair.original if pair.original != pair.text else "",
        origin=pair.origin,
        decided_by=pair.decided_by,
    )


def _nothing_to_freeze(draft: Draft) -> str:
    if draft.from_slack:
        return f"All {draft.from_slack} approved texts were typed or uploaded in Slack, and those stay out here."
    return "No text is approved yet, so there is nothing to freeze."


async def _store(
    session: AsyncSession, project: Project, actor: Actor, draft: Draft, *, now: datetime, without_slack: bool
) -> Dataset:
    counts = await review.counts(session, project.id or 0)
    dataset_id = await datasets.add(
        session,
        lines=draft.lines,
        team_id=project.team_id,
        project_id=project.id,
        number=await datasets.next_number(session, project.id or 0),
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
        },
        created_by=actor.user_id,
        created_at=now,
        trace_id=current_trace(),
    )
    if dataset_id is None:
        raise Stale("A colleague froze the texts at the same moment.", kept="Theirs holds.", todo="Look at it below.")
    return await need(session, dataset_id)


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
    if dataset is None:
        return Shelf((await draft_of(session, project)).lines)
    return Shelf(await datasets.lines(session, dataset.id or 0))


async def examples(session: AsyncSession, project: Project) -> tuple[Example, ...]:
    """Approved texts to show to a model before it writes; none where nobody asked, or a tuned model knows them."""
    if not project.few_shot or project.tuned_model:
        return ()
    dataset = await datasets.latest(session, project.id or 0)
    if dataset is None:
        return pick_examples((await draft_of(session, project)).lines)
    return pick_examples(await datasets.lines(session, dataset.id or 0))


def file_names(number: int, *, has_validation: bool) -> list[str]:
    """What the files of a version are called, chat format first."""
    check = [check_file(number)] if has_validation else []
    return [train_file(number), *check, f"dataset-v{number}-prompt-completion.jsonl", f"dataset-v{number}.xlsx"]


def train_file(number: int) -> str:
    return f"dataset-v{number}-train.jsonl"


def check_file(number: int) -> str:
    return f"dataset-v{number}-check.jsonl"


def slug(name: str) -> str:
    """A name as a part of a file's name or a model's: small ASCII letters, digits and dashes."""
    ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", ascii_name).strip("-")[:LONGEST_SLUG].strip("-") or "texts"


def build_files(names: Sequence[str], lines: Sequence[Line], people: Mapping[str, str]) -> dict[str, bytes]:
    """The bytes of the named files of a version. `people` maps user ids to names. Slow for thousands of lines."""
    return {name: _build(name, lines, people) for name in names}


def _build(name: str, lines: Sequence[Line], people: Mapping[str, str]) -> bytes:
    if name.endswith(".xlsx"):
        return to_xlsx(TABLE_COLUMNS, [_table_row(line, people) for line in lines], sheet="Texts", widths=TABLE_WIDTHS)
    if name.endswith("-prompt-completion.jsonl"):
        return b"".join(completion_lines(ExportPair(line.prompt, line.text) for line in lines))
    side = Split.VALIDATION if name.endswith("-check.jsonl") else Split.TRAIN
    return b"".join(chat_line(line) for line in lines if line.split is side)


def chat_line(line: Line) -> bytes:
    """One line of a training file: `{"messages": [system?, user, assistant]}`."""
    asked = chat_messages(line.system, line.prompt)
    return object_line({"messages": [*asked, {"role": "assistant", "content": line.text}]})


def _table_row(line: Line, people: Mapping[str, str]) -> tuple[str, ...]:
    return (
        line.product,
        line.prompt,
        line.text,
        line.original,
        people.get(line.decided_by, line.decided_by),
        ORIGIN_WORDS.get(line.origin.value, line.origin.value),
        SPLIT_WORDS[line.split],
    )
