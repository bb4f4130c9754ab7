"""The rest of the catalog: its price, the order, and the table that people keep."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.audit import Audited, ordered
from bot.domain.cards_prompt import DrawnPrompt
from bot.domain.claims import unsupported
from bot.domain.completion import WITH_PROGRESS, RunKind, RunState
from bot.domain.evaluation import OUR_COLUMNS, FinishedCard, FinishedText, FinishOffer, table_columns
from bot.domain.house_rules import hits
from bot.domain.models import ModelInfo
from bot.domain.money import NO_LIMITS, SpendingLimits
from bot.domain.outbox import Say
from bot.domain.people import Actor
from bot.domain.project import Style
from bot.domain.spending import Order
from bot.domain.spot_check import USUAL_FORMATS, Format, claims_in_words, rules_in_words
from bot.errors import NotFound, NotYet
from bot.export.tables import to_csv, to_xlsx
from bot.log import current_trace
from bot.services import dataset as datasets
from bot.services import project as projects
from bot.services import prompt as prompts
from bot.services import spot_check
from bot.services.completion_price import cost_of_one, quote
from bot.services.evaluation import require_model
from bot.services.spend_request import seconded
from storage import audit, outbox
from storage import catalog as catalogs
from storage import completion as runs
from storage import evaluation as queries
from storage import project as project_rows
from storage import spot_check as spot_checks
from storage.engine import wake_after_commit
from storage.models import Project, Run


async def offer_finish(session: AsyncSession, project_id: int, actor: Actor, model: ModelInfo) -> FinishOffer:
    """What writing the rest means, for the owner to confirm. Raises NotAllowed, NotYet."""
    project = await projects.as_owner(session, project_id, actor)
    await require_model(session, project)
    resumed = await _resumed(session, project, model)
    total, left, agreed = await _left(session, project, resumed)
    cost = await cost_of_one(session, project, model)
    leave, stay = await prompts.columns_sent(session, project)
    return FinishOffer(
        project_id=project_id,
        total=total,
        agreed=agreed,
        kept=total - left - agreed,
        left=left,
        model=model.name,
        provider_label=model.provider_label,
        examples=len(await datasets.examples(session, project)),
        usd=None if cost.likely_usd is None else cost.likely_usd * left,
        leave=tuple(leave),
        stay=tuple(stay),
        notice=model.notice,
    )


async def _left(session: AsyncSession, project: Project, resumed: Sequence[int]) -> tuple[int, int, int]:
    """How many prompts there are, how many of them have no text that people agreed to and none that an order that was
    cut short wrote, and how many people agreed to. Raises NotYet."""
    await prompts.require_signed_off(session, project)
    total = await prompts.count(session, project)
    agreed = len(await runs.settled_positions(session, project, run_id=0))
    settled = len(await runs.settled_positions(session, project, run_id=0, resumed=resumed))
    return total, max(0, total - settled), min(agreed, total)


async def _resumed(session: AsyncSession, project: Project, model: ModelInfo) -> list[int]:
    """The orders that a new one goes on with: the last one, if it was cut short, for the same prompts and model."""
    last = await runs.last_finish(session, project.id or 0)
    if last is None or not last.state.is_final or last.model != model.name:
        return []
    if last.options.get("prompts") != project.signed_off:
        return []
    cut_short = last.state != RunState.DONE or await runs.written(session, last.id or 0) < last.wanted
    return list(spot_check.chain(last)) if cut_short else []


async def start_finish(
    session: AsyncSession,
    project_id: int,
    actor: Actor,
    *,
    model: ModelInfo,
    now: datetime,
    limits: SpendingLimits = NO_LIMITS,
    formats: Sequence[Format] = USUAL_FORMATS,
) -> Run:
    """Order texts for everything without an approved one. A second confirmation while it runs is refused.

    `formats`: how the table is wanted.

    Raises NotAllowed, NotYet, BudgetReached."""
    project = await projects.as_owner(session, project_id, actor)
    await require_model(session, project)
    await runs.lock_project(session, project_id)
    live = await runs.live_run(session, project_id, WITH_PROGRESS)
    if live is not None:
        raise NotYet(f"I am writing {live.wanted} texts already.", todo="Wait for them, or stop with /tune stop.")
    resumed = await _resumed(session, project, model)
    _, left, _ = await _left(session, project, resumed)
    cap = await _agreed_cap(session, project, actor, model, left, limits=limits, now=now) if left else 0.0
    options = {
        "formats": [one.value for one in formats or USUAL_FORMATS],
        "prompts": project.signed_off,
        "resumes": resumed,
    }
    run = await _add_run(session, project, actor, model, left=left, cap=cap, options=options, now=now)
    if left:
        await _say(session, run, project, key=f"run:{run.id}", kind=Say.RUN, now=now)
    wake_after_commit(session, "generate" if left else "finish")
    return run


async def _agreed_cap(
    session: AsyncSession,
    project: Project,
    actor: Actor,
    model: ModelInfo,
    left: int,
    *,
    limits: SpendingLimits,
    now: datetime,
) -> float | None:
    """The most that this may cost, once whoever has to has said yes. Raises BudgetReached, NeedsSecond."""
    price = await quote(session, project, model, left, limits=limits, now=now)
    order = Order("finish", f"write the rest of the catalog, {left:,} texts", price.likely_usd)
    await seconded(session, project, actor, order, limits=limits, now=now)
    return price.cap_usd


async def _add_run(
    session: AsyncSession,
    project: Project,
    actor: Actor,
    model: ModelInfo,
    *,
    left: int,
    cap: float | None,
    options: Mapping[str, object],
    now: datetime,
) -> Run:
    """A run for what is left; with nothing left it is over at once, and its table holds the approved texts."""
    settings = projects.settings_of(project)
    run = await runs.add_run(
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
        options=dict(options),
        started_by=actor.user_id,
        created_at=now,
        finished_at=None if left else now,
        trace_id=current_trace(),
    )
    detail = ordered(run.kind.value, run.wanted, run.model, run.cap_usd)
    await audit.note(session, run, actor.user_id, Audited.WRITE, now=now, detail=detail)
    return run


async def announce(session: AsyncSession, run: Run, *, now: datetime) -> None:
    """Say that the rest is written, with the tables in the card's thread."""
    project = await project_rows.by_id(session, run.project_id)
    if project is None:
        return
    card = f"finished:{run.id}"
    await _say(session, run, project, key=card, kind=Say.FINISHED, now=now)
    if run.wanted and await spot_check.written(session, run) == 0:
        return
    await _say_files(session, run, project, 1, now=now)


async def _say_files(session: AsyncSession, run: Run, project: Project, number: int, *, now: datetime) -> None:
    """Post the tables in the card's thread; the second ones are called so."""
    card = f"finished:{run.id}"
    catalog = await prompts.catalog_of(session, project)
    for name in table_names(catalog.filename, formats_of(run), number):
        await _say(session, run, project, key=f"{card}:{name}", kind=Say.FINISHED_FILE, now=now, thread_key=card)


async def files_again(session: AsyncSession, run_id: int, actor: Actor, *, now: datetime) -> None:
    """Make the tables once more, with what people corrected since. Raises NotAllowed, NotFound, Stale."""
    run = await runs.run(session, run_id)
    if run is None or run.team_id != actor.team_id:
        raise NotFound("This run is gone.")
    project = await projects.as_reviewer(session, run.project_id, actor)
    number = int(run.options.get("made") or 1) + 1
    found = await spot_check.report(session, run_id)
    await spot_checks.set_options(session, run, made=number, corrected=found.looked_at)
    await _say_files(session, run, project, number, now=now)
    await outbox.refresh(session, team_id=run.team_id, key=f"finished:{run_id}", due=now)


def formats_of(run: Run) -> tuple[Format, ...]:
    wanted = run.options.get("formats") or USUAL_FORMATS
    return tuple(one for one in Format if one in wanted)


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


def table_names(catalog: str, formats: Sequence[Format] = USUAL_FORMATS, number: int = 1) -> list[str]:
    """What the finished table is called in each format."""
    again = f"-{number}" if number > 1 else ""
    return [f"{datasets.slug(catalog.rsplit('.', 1)[0])}-with-texts{again}.{one.value}" for one in formats]


async def finished_card(session: AsyncSession, run_id: int) -> FinishedCard:
    """How writing the rest ended. Raises NotFound."""
    run = await runs.run(session, run_id)
    project = await project_rows.by_id(session, run.project_id) if run else None
    if run is None or project is None:
        raise NotFound("This run is gone.")
    written = await runs.written(session, run_id)
    found = await spot_check.report(session, run_id)
    return FinishedCard(
        run_id=run_id,
        project_id=run.project_id,
        state=run.state,
        agreed=len(await queries.agreed_texts(session, project)),
        written=await spot_check.written(session, run),
        missing=max(0, run.wanted - written),
        model=run.model,
        started_by=run.started_by,
        problem=run.problem,
        report=found,
        can_refresh=found.looked_at > int(run.options.get("corrected") or 0),
    )


async def table(session: AsyncSession, run_id: int) -> tuple[tuple[str, ...], list[list[str]]]:
    """The catalog as it was uploaded, a row for each text, with the text, whether somebody read it and who settled it,
    broken rules of the house, and words that stand in no cell; columns and rows.

    A row that gave no prompt keeps its place without a text. Raises NotFound, NotYet, BadTemplate."""
    run = await runs.run(session, run_id)
    project = await project_rows.by_id(session, run.project_id) if run else None
    if run is None or project is None:
        raise NotFound("This run is gone.")
    made_of, style = await prompts.material(session, project), projects.style_of(project)
    texts = await queries.written_texts(session, project, spot_check.chain(run)) | await queries.agreed_texts(
        session, project
    )
    by_product: dict[int, list[DrawnPrompt]] = defaultdict(list)
    async for prompt in prompts.prompts_of(session, project):
        by_product[prompt.product_id].append(prompt)
    rows: list[list[str]] = []
    last = -1
    while page := await catalogs.page(session, made_of.catalog_id, after=last):
        last = page[-1][1]
        products = [(cells, by_product.get(product_id, [])) for product_id, _, _, cells in page]
        rows += await asyncio.to_thread(_page_rows, made_of.columns, products, texts, style)
    return table_columns(made_of.columns), rows


def _page_rows(
    columns: Sequence[str],
    products: Sequence[tuple[Mapping[str, object], Sequence[DrawnPrompt]]],
    texts: Mapping[int, FinishedText],
    style: Style,
) -> list[list[str]]:
    return [row for cells, drawn in products for row in _rows(columns, cells, drawn, texts, style)]


def _rows(
    columns: Sequence[str],
    cells: Mapping[str, object],
    drawn: Sequence[DrawnPrompt],
    texts: Mapping[int, FinishedText],
    style: Style,
) -> list[list[str]]:
    """One product's rows; in each the columns that were split hold the one value that its text is about."""
    if not drawn:
        return [[*(str(cells.get(name) or "") for name in columns), *("" for _ in OUR_COLUMNS)]]
    rows = []
    for prompt in drawn:
        text = texts.get(prompt.position, FinishedText(""))
        values = {**cells, **prompt.values}
        ours = (text.text, text.flag, text.checked_by, *_odd(text.text, prompt, cells, style))
        rows.append([*(str(values.get(name) or "") for name in columns), *ours])
    return rows


def _odd(text: str, prompt: DrawnPrompt, cells: Mapping[str, object], style: Style) -> tuple[str, str]:
    """Broken rules of the house, and words that stand in no cell of the product."""
    if not text:
        return "", ""
    claims = unsupported(text, [*(str(cell or "") for cell in cells.values()), prompt.text])
    return rules_in_words(hits(text, style)), claims_in_words(claims)


def build_table(name: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    """The table's bytes in the format that its name asks for. Slow for thousands of rows."""
    if name.endswith(".parquet"):
        from bot.export.frames import to_parquet  # loads pandas, which only this format needs

        return to_parquet(columns, rows)
    return to_xlsx(columns, rows, sheet="Texts") if name.endswith(".xlsx") else to_csv(columns, rows)
