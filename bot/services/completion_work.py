"""What the writing job keeps: each function is one short transaction of a worker that holds the run's lease."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.cards_prompt import DrawnPrompt
from bot.domain.completion import WITH_PROGRESS, Origin, RunKind, RunState, WritingState
from bot.domain.models import ModelInfo
from bot.domain.money import NO_LIMITS, SpendingLimits
from bot.domain.outbox import Say
from bot.providers.errors import Interrupted
from bot.services import prompt as prompts
from bot.services.completion import wanted_text
from bot.services.completion_price import price_of
from bot.services.generation_types import Result, WorkItem, most_usd, total_most
from bot.services.project import note
from bot.services.review_cards import FIRST_SAMPLES_AFTER, card_changed, fill_window, say_batch, show
from bot.services.spending import within_budget
from storage import completion as queries
from storage import money, outbox
from storage import project as projects
from storage import review as reviews
from storage.engine import wake_after_commit
from storage.models import Project, Run

# The progress message follows the texts, but not each of them.
PROGRESS_DEBOUNCE = timedelta(seconds=3)
NOTHING_WRITTEN = "The model answered with nothing."
STOPPED_EARLY = "not written: the run ended before"


class LeaseLost(Exception):
    """Somebody else works on this run by now: nothing may be recorded for it."""


async def take(session: AsyncSession, run_id: int, *, owner: str, now: datetime) -> Run | None:
    """Claim a run; what a dead worker had sent is wanted again, its money in doubt. None: somebody else has it."""
    if not await queries.claim_run(session, run_id, owner=owner, now=now):
        return None
    await queries.take_back_claimed(session, run_id)
    await money.lose(session, run_id)
    return await queries.run(session, run_id)


async def keep(session: AsyncSession, run: Run, *, owner: str, now: datetime) -> None:
    """Renew the lease, which also locks out others until this transaction ends. Raises LeaseLost."""
    if not await queries.renew(session, run.id or 0, owner=owner, now=now):
        raise LeaseLost


# planning


async def unplanned(session: AsyncSession, run: Run) -> list[DrawnPrompt]:
    """The prompts that a run still has to be given, drawn by its own lot."""
    project = await _project(session, run)
    missing = run.wanted - sum((await queries.counts(session, run.id or 0)).values())
    if missing <= 0:
        return []
    if run.kind == RunKind.FINISH:
        skip = await queries.settled_positions(
            session, project, run_id=run.id or 0, resumed=run.options.get("resumes", ())
        )
    else:
        skip = await queries.used_positions(session, project, run.fingerprint)
    return await prompts.choose(session, project, count=missing, seed=run.id or 0, skip=skip)


async def plan(session: AsyncSession, run: Run, drawn: Sequence[DrawnPrompt], *, owner: str, now: datetime) -> None:
    """Give a run at most 500 more texts to write."""
    await keep(session, run, owner=owner, now=now)
    stored = await prompts.keep(session, await _project(session, run), drawn)
    await queries.add_texts(session, [wanted_text(run, prompt, now=now) for prompt in stored])


async def planned(session: AsyncSession, run: Run, *, owner: str, now: datetime) -> None:
    """All there is was planned: from here on the run wants exactly that."""
    await keep(session, run, owner=owner, now=now)
    wanted = sum((await queries.counts(session, run.id or 0)).values())
    await queries.set_wanted(session, run.id or 0, wanted)


async def existing_left(session: AsyncSession, run: Run) -> list[tuple[DrawnPrompt, str]]:
    """Products with a text of their own that is not under review yet."""
    taken = await queries.products_with_existing(session, run.project_id)
    found = await prompts.existing(session, await _project(session, run))
    return [(drawn, text) for drawn, text in found if drawn.product_id not in taken]


async def take_existing(
    session: AsyncSession, run: Run, found: Sequence[tuple[DrawnPrompt, str]], *, owner: str, now: datetime
) -> None:
    """Put at most 500 texts that people already have into the run's review batch."""
    await keep(session, run, owner=owner, now=now)
    project = await _project(session, run)
    stored = await prompts.keep(session, project, [drawn for drawn, _ in found])
    batch_id = await _open_batch(session, run, project, now=now)
    number = await queries.last_number(session, batch_id)
    rows = []
    for place, (prompt, (_, text)) in enumerate(zip(stored, found, strict=True), start=1):
        written = {
            "state": WritingState.WRITTEN,
            "origin": Origin.EXISTING,
            "model": "",
            "text": text,
            "original": text,
        }
        rows.append(wanted_text(run, prompt, now=now) | written | {"batch_id": batch_id, "number": number + place})
    await queries.add_texts(session, rows)
    await _batch_changed(session, run, project, batch_id, now=now)


# writing


async def starting(
    session: AsyncSession,
    run: Run,
    items: Sequence[WorkItem],
    model: ModelInfo,
    *,
    owner: str,
    now: datetime,
    limits: SpendingLimits = NO_LIMITS,
) -> None:
    """Requests are about to go out: their texts are claimed and their money is reserved, or nothing is sent.

    Raises LeaseLost, BudgetReached."""
    await keep(session, run, owner=owner, now=now)
    price = price_of(model)
    most = total_most(items, price)
    await within_budget(session, await _project(session, run), most, limits=limits, now=now)
    await queries.mark_claimed(session, [int(item.id) for item in items])
    rows = [
        {
            "team_id": run.team_id,
            "project_id": run.project_id,
            "user_id": run.started_by,
            "run_id": run.id,
            "completion_id": int(item.id),
            "attempt": f"{item.id}:{uuid.uuid4().hex}",
            "model": run.model,
            "usd": most_usd(item.request, price),
        }
        for item in items
    ]
    await money.reserve(session, rows, now=now)


async def record(session: AsyncSession, run: Run, results: Sequence[Result], *, owner: str, now: datetime) -> None:
    """Keep what became of some texts, with their money, and whatever must be said of them."""
    await keep(session, run, owner=owner, now=now)
    project = await _project(session, run)
    await money.settle(session, [bought(result) for result in results])
    changes = [_change(result) for result in results]
    written = [change for change in changes if change["state"] == WritingState.WRITTEN]
    if run.kind == RunKind.WRITE and written:
        batch_id = await _open_batch(session, run, project, now=now)
        last = await queries.last_number(session, batch_id)
        for number, change in enumerate(written, start=last + 1):
            change |= {"batch_id": batch_id, "number": number}
    await queries.save(session, changes)
    await _say_written(session, run, project, [int(change["id"]) for change in written], now=now)


def bought(result: Result) -> money.Bought:
    usage = result.answer.usage if result.answer else None
    return money.Bought(
        completion_id=int(result.item.id),
        answered=result.answer is not None,
        usd=result.usd,
        prompt_tokens=usage.prompt_tokens if usage else 0,
        completion_tokens=usage.completion_tokens if usage else 0,
        lost=result.spent_unknown,
    )


def _change(result: Result) -> dict[str, Any]:
    """The row of a text after its result."""
    row: dict[str, Any] = {"id": int(result.item.id), "problem": ""}
    if isinstance(result.error, Interrupted):
        return row | {"state": WritingState.WANTED}
    text = result.answer.text.strip() if result.answer else ""
    if result.error is not None or result.answer is None or not text:
        problem = str(result.error) if result.error else NOTHING_WRITTEN
        return row | {"state": WritingState.FAILED, "problem": problem, "usd": result.usd}
    usage = result.answer.usage
    return row | {
        "state": WritingState.WRITTEN,
        "text": text,
        "original": text,
        "finish_reason": result.answer.finish_reason or "",
        "prompt_tokens": usage.prompt_tokens if usage else 0,
        "completion_tokens": usage.completion_tokens if usage else 0,
        "usd": result.usd,
    }


async def _say_written(
    session: AsyncSession, run: Run, project: Project, written: Sequence[int], *, now: datetime
) -> None:
    """Progress, and cards for what can be reviewed by now."""
    if run.kind == RunKind.TRY:
        await say_run(session, run, project, now=now)
    elif run.kind == RunKind.AGAIN:
        for completion_id in written:
            await show(session, completion_id, now=now)
    else:
        await say_run(session, run, project, now=now + PROGRESS_DEBOUNCE)
        batch_id = await queries.batch_of(session, run.id or 0)
        if batch_id is not None:
            await _batch_changed(session, run, project, batch_id, now=now)


# the end


async def leave(session: AsyncSession, run: Run, *, owner: str, now: datetime) -> None:
    """This process ends in order: the run is left to the next one, nothing of it is in doubt."""
    await keep(session, run, owner=owner, now=now)
    await queries.take_back_claimed(session, run.id or 0)
    await money.release(session, run.id or 0)
    await queries.let_go(session, run.id or 0, owner=owner)


async def end(session: AsyncSession, run: Run, state: RunState, problem: str, *, owner: str, now: datetime) -> bool:
    """The run is over: what is unwritten stays so, and who ordered it hears of it once. False: not ours any more."""
    if not await queries.end_run(session, run.id or 0, owner=owner, state=state, problem=problem, now=now):
        return False
    project = await _project(session, run)
    await money.release(session, run.id or 0)
    await queries.give_up_unwritten(session, run.id or 0, problem=STOPPED_EARLY)
    if run.kind == RunKind.AGAIN:
        await _bring_parents_back(session, run, project, problem, now=now)
        return True
    await say_run(session, run, project, now=now)
    if run.kind in (RunKind.WRITE, RunKind.EXISTING):
        await _say(session, run, project, f"run_done:{run.id}", Say.RUN_DONE, now=now)
    if run.kind == RunKind.FINISH:
        wake_after_commit(session, "finish")
    batch_id = await queries.batch_of(session, run.id or 0)
    if batch_id is not None:
        await queries.set_total(session, batch_id, (await reviews.counts(session, batch_id=batch_id)).total)
        await _batch_changed(session, run, project, batch_id, now=now)
    await outbox.refresh(session, team_id=run.team_id, key=f"project:{run.project_id}", due=now)
    return True


async def _bring_parents_back(
    session: AsyncSession, run: Run, project: Project, problem: str, *, now: datetime
) -> None:
    """Writing a text again failed: the earlier one is open again, and who asked for it hears why."""
    for text, _, _ in await queries.texts_of(session, run.id or 0):
        if text.state != WritingState.FAILED or text.parent_id is None:
            continue
        await reviews.bring_back(session, text.parent_id)
        parent = await reviews.completion(session, text.parent_id)
        if parent is not None:
            await card_changed(session, parent, now=now)
        why = problem or text.problem
        await note(
            session,
            team_id=run.team_id,
            channel=project.channel_id,
            text=f"The text was not written again. {why} The earlier one is open again.",
            key=f"again:{text.id}",
            now=now,
            only_for=run.started_by,
        )


async def say_run(session: AsyncSession, run: Run, project: Project, *, now: datetime) -> None:
    """The run's own message: five to try, or progress."""
    if run.kind == RunKind.TRY:
        await _say(session, run, project, f"try:{run.id}", Say.TRY, now=now)
    elif run.kind in WITH_PROGRESS:
        await _say(session, run, project, f"run:{run.id}", Say.RUN, now=now)


async def _say(session: AsyncSession, run: Run, project: Project, key: str, kind: Say, *, now: datetime) -> None:
    await outbox.say(
        session,
        team_id=run.team_id,
        key=key,
        kind=kind,
        subject_id=run.id or 0,
        channel=project.channel_id,
        now=now,
        trace_id=run.trace_id,
    )


async def _open_batch(session: AsyncSession, run: Run, project: Project, *, now: datetime) -> int:
    """The run's review batch; the five to try that were found good are its first texts."""
    existing = run.kind == RunKind.EXISTING
    title = "Texts you already have" if existing else "New texts"
    batch_id, is_new = await queries.open_batch(session, run=run, title=title, now=now)
    if is_new and not existing:
        tries = await queries.unreviewed_tries(session, project)
        await queries.save(
            session, [{"id": i, "batch_id": batch_id, "number": n} for n, i in enumerate(tries, start=1)]
        )
    return batch_id


async def _batch_changed(session: AsyncSession, run: Run, project: Project, batch_id: int, *, now: datetime) -> None:
    batch = await reviews.batch(session, batch_id, lock=True)
    if batch is None:
        return
    is_new = await outbox.by_key(session, run.team_id, f"batch:{batch_id}") is None
    await say_batch(session, batch, project, now=now, **({"wait": timedelta(0)} if is_new else {}))
    await fill_window(session, batch, project, now=now, wait=FIRST_SAMPLES_AFTER)


async def _project(session: AsyncSession, run: Run) -> Project:
    project = await projects.by_id(session, run.project_id)
    if project is None:
        raise LeaseLost
    return project
