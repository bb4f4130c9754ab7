"""The rest of the catalog: its price, the order, and the table that people keep."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.cards_prompt import DrawnPrompt
from bot.domain.completion import WITH_PROGRESS, RunKind, RunState
from bot.domain.evaluation import NOT_CHECKED, FinishedCard, FinishedText, FinishOffer, table_columns
from bot.domain.models import ModelInfo
from bot.domain.outbox import Say
from bot.domain.people import Actor
from bot.errors import NotFound, NotYet
from bot.export.tables import to_csv, to_xlsx
from bot.log import current_trace
from bot.services import dataset as datasets
from bot.services import project as projects
from bot.services import prompt as prompts
from bot.services.completion_price import cap_for, cost_of_one
from bot.services.evaluation import require_model
from storage import catalog as catalogs
from storage import completion as runs
from storage import evaluation as queries
from storage import outbox
from storage import project as project_rows
from storage.engine import wake_after_commit
from storage.models import Project, Run


async def offer_finish(session: AsyncSession, project_id: int, actor: Actor, model: ModelInfo) -> FinishOffer:
    """What writing the rest means, for the owner to confirm. Raises NotAllowed, NotYet."""
    project = await projects.as_owner(session, project_id, actor)
    await require_model(session, project)
    total, left = await _left(session, project)
    cost = await cost_of_one(session, project, model)
    leave, stay = await prompts.columns_sent(session, project)
    return FinishOffer(
        project_id=project_id,
        total=total,
        agreed=total - left,
        left=left,
        model=model.name,
        provider_label=model.provider_label,
        examples=len(await datasets.examples(session, project)),
        usd=None if cost.likely_usd is None else cost.likely_usd * left,
        leave=tuple(leave),
        stay=tuple(stay),
        notice=model.notice,
    )


async def _left(session: AsyncSession, project: Project) -> tuple[int, int]:
    """How many prompts there are, and how many of them have no text that people agreed to. Raises NotYet."""
    await prompts.require_signed_off(session, project)
    total = await prompts.count(session, project)
    agreed = len(await runs.settled_positions(session, project, run_id=0))
    return total, max(0, total - agreed)


async def start_finish(
    session: AsyncSession,
    project_id: int,
    actor: Actor,
    *,
    model: ModelInfo,
    now: datetime,
    month_usd: float | None = None,
) -> Run:
    """Order texts for everything without an approved one. A second confirmation while it runs is refused.

    Raises NotAllowed, NotYet, BudgetReached."""
    project = await projects.as_owner(session, project_id, actor)
    await require_model(session, project)
    await runs.lock_project(session, project_id)
    live = await runs.live_run(session, project_id, WITH_PROGRESS)
    if live is not None:
        raise NotYet(f"I am writing {live.wanted} texts already.", todo="Wait for them, or stop with /tune stop.")
    _, left = await _left(session, project)
    cap = await cap_for(session, project, model, left, month_usd=month_usd, now=now) if left else 0.0
    run = await _add_run(session, project, actor, model, left=left, cap=cap, now=now)
    if left:
        await _say(session, run, project, key=f"run:{run.id}", kind=Say.RUN, now=now)
    wake_after_commit(session, "generate" if left else "finish")
    return run


async def _add_run(
    session: AsyncSession,
    project: Project,
    actor: Actor,
    model: ModelInfo,
    *,
    left: int,
    cap: float | None,
    now: datetime,
) -> Run:
    """A run for what is left; with nothing left it is over at once, and its table holds the approved texts."""
    settings = projects.settings_of(project)
    return await runs.add_run(
        session,
        team_id=project.team_id,
        project_id=project.id,
        kind=RunKind.FINISH,
        state=RunState.RUNNING if left else RunState.DONE,
        wanted=left,
        provider=model.provider,
        model=model.name,
        temperature=settings.temperature,
        max_tokens=model.longest(settings.max_tokens),
        cap_usd=cap,
        started_by=actor.user_id,
        created_at=now,
        finished_at=None if left else now,
        trace_id=current_trace(),
    )


async def announce(session: AsyncSession, run: Run, *, now: datetime) -> None:
    """Say that the rest is written, with the tables in the card's thread."""
    project = await project_rows.by_id(session, run.project_id)
    if project is None:
        return
    card = f"finished:{run.id}"
    await _say(session, run, project, key=card, kind=Say.FINISHED, now=now)
    if run.wanted and await runs.written(session, run.id or 0) == 0:
        return
    catalog = await prompts.catalog_of(session, project)
    for name in table_names(catalog.filename):
        await _say(session, run, project, key=f"{card}:{name}", kind=Say.FINISHED_FILE, now=now, thread_key=card)


async def _say(
    session: AsyncSession, run: Run, project: Project, *, key: str, kind: Say, now: datetime, thread_key: str = ""
) -> None:
    await outbox.say(
        session,
        team_id=run.team_id,
        key=key,
        kind=kind,
        subject_id=run.id or 0,
        channel=project.channel_id,
        thread_key=thread_key,
        now=now,
        trace_id=run.trace_id,
    )


def table_names(catalog: str) -> list[str]:
    """What the finished table is called, as a workbook and as CSV."""
    stem = datasets.slug(catalog.rsplit(".", 1)[0])
    return [f"{stem}-with-texts.xlsx", f"{stem}-with-texts.csv"]


async def finished_card(session: AsyncSession, run_id: int) -> FinishedCard:
    """How writing the rest ended. Raises NotFound."""
    run = await runs.run(session, run_id)
    project = await project_rows.by_id(session, run.project_id) if run else None
    if run is None or project is None:
        raise NotFound("This run is gone.")
    written = await runs.written(session, run_id)
    return FinishedCard(
        run_id=run_id,
        project_id=run.project_id,
        state=run.state,
        agreed=len(await queries.agreed_texts(session, project)),
        written=written,
        missing=max(0, run.wanted - written),
        model=run.model,
        started_by=run.started_by,
        problem=run.problem,
    )


async def table(session: AsyncSession, run_id: int) -> tuple[tuple[str, ...], list[list[str]]]:
    """The catalog as it was uploaded, a row for each text, with text and who checked it; columns and rows.

    A row that gave no prompt keeps its place without a text. Raises NotFound, NotYet, BadTemplate."""
    run = await runs.run(session, run_id)
    project = await project_rows.by_id(session, run.project_id) if run else None
    if project is None:
        raise NotFound("This run is gone.")
    made_of = await prompts.material(session, project)
    texts = await queries.written_texts(session, project, run_id) | await queries.agreed_texts(session, project)
    by_product: dict[int, list[DrawnPrompt]] = defaultdict(list)
    async for prompt in prompts.prompts_of(session, project):
        by_product[prompt.product_id].append(prompt)
    rows: list[list[str]] = []
    last = -1
    while page := await catalogs.page(session, made_of.catalog_id, after=last):
        last = page[-1][1]
        for product_id, _, _, cells in page:
            rows += _rows(made_of.columns, cells, by_product.get(product_id, []), texts)
    return table_columns(made_of.columns), rows


def _rows(
    columns: Sequence[str], cells: Mapping[str, object], drawn: Sequence[DrawnPrompt], texts: Mapping[int, FinishedText]
) -> list[list[str]]:
    """One product's rows; in each the columns that were split hold the one value that its text is about."""
    if not drawn:
        return [[*(str(cells.get(name) or "") for name in columns), "", ""]]
    rows = []
    for prompt in drawn:
        text = texts.get(prompt.position, FinishedText(""))
        checked = text.checked_by or (NOT_CHECKED if text.text else "")
        values = {**cells, **prompt.values}
        rows.append([*(str(values.get(name) or "") for name in columns), text.text, checked])
    return rows


def build_table(name: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    """The table's bytes in the format that its name asks for. Slow for thousands of rows."""
    return to_xlsx(columns, rows, sheet="Texts") if name.endswith(".xlsx") else to_csv(columns, rows)
