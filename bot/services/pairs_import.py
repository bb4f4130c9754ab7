"""Pairs out of a file: read, freed of doubles, and put before reviewers, or taken as an owner vouches for them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.completion import Origin, RunKind, RunState, WritingState
from bot.domain.outbox import Say
from bot.domain.pairs_import import (
    MOST_PAIRS,
    PRODUCT_COLUMNS,
    ImportedPair,
    Known,
    PairsCard,
    ReadPairs,
    Shelf,
    name_for,
)
from bot.domain.people import Actor
from bot.domain.review import ReviewState, Surface, VerdictKind
from bot.errors import BadCatalog, NotAllowed, NotFound
from bot.ingest.table import Table
from bot.log import current_trace
from bot.preflight.findings import Findings
from bot.preflight.foreign import Unfit, from_row, read_any
from bot.preflight.reading import items
from bot.services import project as projects
from bot.services.project import style_of
from bot.services.prompt import name_of
from bot.services.review_cards import say_batch, top_up
from storage import catalog as catalogs
from storage import completion as runs
from storage import outbox
from storage import pairs_import as queries
from storage import project as project_rows
from storage import prompt as prompts
from storage import review as reviews
from storage.engine import wake_after_commit
from storage.models import CatalogState, Completion, PairsImport, Project

JOB = "pairs_import"
TITLE = "Imported pairs"
LINES = frozenset({".jsonl", ".ndjson"})
NOT_FROM_SLACK = "Text uploaded in Slack is not used for training here, so pairs cannot be imported in Slack."


async def start(
    session: AsyncSession,
    project_id: int,
    actor: Actor,
    *,
    now: datetime,
    file_id: str = "",
    file_key: str = "",
    filename: str = "",
    trusted: bool = False,
    origin: Origin = Origin.SLACK_FILE,
    text_allowed: bool = True,
) -> int:
    """Take a file of Slack's, or bytes kept already; a job reads it. Raises NotAllowed, also where text uploaded in
    Slack must not train."""
    project = await projects.as_owner(session, project_id, actor)
    if origin == Origin.SLACK_FILE and not text_allowed:
        raise NotAllowed(NOT_FROM_SLACK, todo="Whoever runs the bot can: `tunesmith dataset import FILE --project N`.")
    row = await queries.add(
        session, team_id=project.team_id, project_id=project_id, slack_file_id=file_id, file_key=file_key,
        filename=filename, origin=origin, trusted=trusted, uploader=actor.user_id, created_at=now,
        trace_id=current_trace(),
    )  # fmt: skip
    await say(session, row, project, now=now)
    wake_after_commit(session, JOB)
    return row.id or 0


async def say(session: AsyncSession, row: PairsImport, project: Project, *, now: datetime) -> None:
    """Post the import's card, or have it drawn anew."""
    await outbox.say(
        session, team_id=row.team_id, key=f"pairs:{row.id}", kind=Say.PAIRS, subject_id=row.id or 0,
        channel=project.channel_id, now=now, trace_id=row.trace_id,
    )  # fmt: skip


async def card(session: AsyncSession, import_id: int) -> PairsCard:
    """What its card shows. Raises NotFound."""
    row = await queries.by_id(session, import_id)
    if row is None:
        raise NotFound("This import is gone.")
    return PairsCard(
        import_id, row.project_id, row.filename, row.state, row.trusted, row.read, row.added, row.doubles, row.unfit,
        row.matched, row.uploader, row.problem,
    )  # fmt: skip


# reading


def is_lines(filename: str) -> bool:
    """Whether the file is one of examples, line by line; else it is a table."""
    return Path(filename).suffix.lower() in LINES


def from_lines(data: bytes) -> ReadPairs:
    """Chat, prompt and completion, preference, Alpaca and ShareGPT lines. Raises BadCatalog where there are none."""
    with tempfile.TemporaryDirectory(prefix="tunesmith-") as folder:
        path = Path(folder) / "pairs.jsonl"
        path.write_bytes(data)
        return _collected(_examples(path))


def _examples(path: Path) -> Iterator[ImportedPair | None]:
    findings = Findings()
    for item in items(path, findings):
        try:
            example = read_any(item.value, lambda code, message: None)
        except Unfit:
            yield None
            continue
        asked = [turn for turn in example.before if turn.role not in ("system", "developer")]
        product = _named(item.value)
        whole = len(asked) == 1
        yield ImportedPair(asked[0].text, example.answer.text, example.system, product) if whole else None


def from_table(table: Table) -> ReadPairs:
    """A table with a column of prompts and one of texts. Raises BadCatalog where there are none."""

    def rows() -> Iterator[ImportedPair | None]:
        for cells in table.rows:
            row = dict(zip(table.columns, cells, strict=True))
            try:
                example = from_row(row)
            except Unfit:
                yield None
                continue
            yield ImportedPair(example.prompt, example.answer.text, example.system, _named(row))

    return _collected(rows())


def _named(row: Any) -> str:
    """The product that a row names."""
    if not isinstance(row, dict):
        return ""
    cells = {str(name).strip().casefold(): value for name, value in row.items()}
    found = next((cells[name] for name in PRODUCT_COLUMNS if isinstance(cells.get(name), str)), "")
    return found.strip()


def _collected(rows: Iterator[ImportedPair | None]) -> ReadPairs:
    pairs, unfit = [], 0
    for one in rows:
        if one is None or not one.prompt.strip() or not one.text.strip():
            unfit += 1
            continue
        pairs.append(ImportedPair(one.prompt.strip(), one.text.strip(), one.system.strip(), one.product))
        if len(pairs) > MOST_PAIRS:
            raise BadCatalog(f"The file has more than {MOST_PAIRS:,} pairs.", todo="Send it in parts.")
    if not pairs:
        raise BadCatalog(
            "There are no pairs in this file.",
            todo="It needs a column “prompt” and a column “completion”, or one JSON object a line with both.",
        )
    return ReadPairs(tuple(pairs), unfit)


# storing


async def shelf(session: AsyncSession, project: Project) -> Shelf:
    """The products of the catalog in use, to be recognised in prompts."""
    if project.catalog_id is None:
        return Shelf()
    found: list[Known] = []
    last = -1
    while rows := await catalogs.page(session, project.catalog_id, after=last):
        found += [Known(name, {key: str(cell or "") for key, cell in values.items()}) for _, _, name, values in rows]
        last = rows[-1][1]
    return Shelf.of(found)


async def begin(
    session: AsyncSession, row: PairsImport, project: Project, *, owner: str, now: datetime
) -> PairsImport | None:
    """A run that buys nothing, its batch, and a place for the products. None: it is somebody else's by now."""
    if row.run_id is not None:
        return row
    run = await runs.add_run(
        session, team_id=row.team_id, project_id=row.project_id, kind=RunKind.IMPORTED, state=RunState.DONE,
        provider="", model="", temperature=0.0, max_tokens=0, started_by=row.uploader, created_at=now, finished_at=now,
        trace_id=row.trace_id,
    )  # fmt: skip
    batch_id, _ = await runs.open_batch(session, run=run, title=TITLE, now=now)
    catalog_id = await queries.add_catalog(
        session, team_id=row.team_id, channel_id=project.channel_id, project_id=row.project_id, filename=row.filename,
        state=CatalogState.PAIRS, origin=row.origin, uploader=row.uploader, created_at=now, trace_id=row.trace_id,
    )  # fmt: skip
    values = {"run_id": run.id, "batch_id": batch_id, "catalog_id": catalog_id}
    kept = await queries.change(session, row.id or 0, owner=owner, **values)
    return await queries.by_id(session, row.id or 0) if kept else None


async def store(
    session: AsyncSession,
    row: PairsImport,
    project: Project,
    pairs: Sequence[ImportedPair],
    known: Shelf,
    *,
    first: int,
    owner: str,
    now: datetime,
) -> bool:
    """Store at most 120 pairs from place `first` on. False: it is somebody else's by now."""
    found = [known.product_of(pair) for pair in pairs]
    matched = sum(one is not None for one in found)
    values = {"added": first + len(pairs), "matched": row.matched + matched}
    if not await queries.change(session, row.id or 0, owner=owner, **values):
        return False
    catalog_id = row.catalog_id or 0
    products = [
        (first + place, name_for(pair, one), dict(one.values) if one else {"Prompt": pair.prompt})
        for place, (pair, one) in enumerate(zip(pairs, found, strict=True))
    ]
    await catalogs.add_products(session, catalog_id, products)
    ids = await queries.product_ids(session, catalog_id, first, first + len(pairs))
    house = style_of(project).system_prompt()
    rows = [_prompt(project, catalog_id, first + place, ids[place], pair, house) for place, pair in enumerate(pairs)]
    await prompts.add_once(session, rows)
    stored = await prompts.by_fingerprints(session, row.project_id, [str(one["fingerprint"]) for one in rows])
    texts = [
        _text(row, first + place, prompt.id or 0, ids[place], pair, now=now)
        for place, (pair, prompt) in enumerate(zip(pairs, stored, strict=True))
    ]
    await runs.add_texts(session, texts)
    if row.trusted:
        added = await queries.texts_of(session, [prompt.id or 0 for prompt in stored])
        await queries.add_verdicts(session, [_verdict(row, text, now=now) for text in added])
    return True


def _prompt(
    project: Project, catalog_id: int, place: int, product_id: int, pair: ImportedPair, house: str
) -> dict[str, object]:
    """Its place is below zero: it has none in the expansion of a catalog."""
    system = pair.system or house
    return {
        "project_id": project.id,
        "catalog_id": catalog_id,
        "product_id": product_id,
        "position": -1 - place,
        "text": pair.prompt,
        "system": system,
        "values": {},
        "template_id": 0,
        "template_version": 0,
        "style_version": 0 if pair.system else project.style_version,
        "fingerprint": name_of(catalog_id, -1 - place, system, pair.prompt),
    }


def _text(
    row: PairsImport, place: int, prompt_id: int, product_id: int, pair: ImportedPair, *, now: datetime
) -> dict[str, object]:
    """Vouched for, it is approved by who imported it; else it waits for reviewers."""
    decided = {"decided_by": row.uploader, "decided_at": now, "decided_on": Surface.IMPORT} if row.trusted else {}
    return {
        "team_id": row.team_id,
        "project_id": row.project_id,
        "run_id": row.run_id,
        "batch_id": row.batch_id,
        "number": place + 1,
        "prompt_id": prompt_id,
        "product_id": product_id,
        "state": WritingState.WRITTEN,
        "origin": row.origin,
        "text": pair.text,
        "original": pair.text,
        "usd": 0.0,
        "review": ReviewState.APPROVED if row.trusted else ReviewState.OPEN,
        "created_at": now,
        "trace_id": row.trace_id,
        **decided,
    }


def _verdict(row: PairsImport, text: Completion, *, now: datetime) -> dict[str, object]:
    return {
        "team_id": row.team_id,
        "completion_id": text.id,
        "version": text.version,
        "reviewer": row.uploader,
        "kind": VerdictKind.APPROVED,
        "surface": Surface.IMPORT,
        "at": now,
    }


async def finish(session: AsyncSession, row: PairsImport, project: Project, *, owner: str, now: datetime) -> None:
    """All pairs are stored: say so, and bring the first to the reviewers."""
    done = {"state": queries.DONE, "lease_owner": "", "lease_until": None}
    if not await queries.change(session, row.id or 0, owner=owner, **done):
        return
    await say(session, row, project, now=now)
    batch = await reviews.batch(session, row.batch_id) if row.batch_id else None
    if batch is not None:
        counts = await reviews.counts(session, batch_id=batch.id)
        await runs.set_total(session, batch.id or 0, counts.total)
        if not row.trusted and counts.total:
            await say_batch(session, batch, project, now=now)
            await top_up(session, batch.id or 0, now=now)
    await outbox.refresh(session, team_id=row.team_id, key=f"project:{row.project_id}", due=now)


async def failed(session: AsyncSession, row: PairsImport, problem: str, *, owner: str, now: datetime) -> None:
    """It cannot be read: the card says why."""
    values = {"state": queries.FAILED, "problem": problem, "lease_owner": "", "lease_until": None}
    project = await project_rows.by_id(session, row.project_id)
    if await queries.change(session, row.id or 0, owner=owner, **values) and project is not None:
        await say(session, row, project, now=now)
