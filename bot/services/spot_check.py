"""People look at some of the texts that nobody has read, and what they find tells about the others."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.claims import unsupported
from bot.domain.house_rules import hits
from bot.domain.people import Actor
from bot.domain.project import Style
from bot.domain.review import Surface, VerdictKind
from bot.domain.spot_check import (
    BY_LOT,
    ROUND,
    Prepared,
    SpotCard,
    SpotReport,
    Suspect,
    prepare,
    suspicion,
    why,
)
from bot.errors import AlreadyDecided, NotFound, NotYet, Stale
from bot.services import editing, review
from bot.services import project as projects
from bot.services.review_cards import card as text_card
from storage import catalog as catalogs
from storage import completion as runs
from storage import outbox
from storage import project as stored_projects
from storage import spot_check as queries
from storage.models import Project, Run, SpotItem

PAGE = 500


def chain(run: Run) -> tuple[int, ...]:
    """A run with those that it goes on with, the first one first."""
    return (*(int(one) for one in run.options.get("resumes", ())), run.id or 0)


async def written(session: AsyncSession, run: Run) -> int:
    """How many texts a run and those it goes on with have written."""
    return sum([await runs.written(session, one) for one in chain(run)])


async def find_suspects(session: AsyncSession, run: Run) -> list[Suspect]:
    """Every text of a run with what is odd about it; reads a page at a time and changes nothing."""
    project = await stored_projects.by_id(session, run.project_id)
    catalog = await catalogs.by_id(session, project.catalog_id or 0) if project else None
    if project is None or catalog is None:
        return []
    style, column = projects.style_of(project), str(catalog.roles.get("type") or "")
    found: list[Suspect] = []
    last = 0
    while page := await queries.unread(session, chain(run), after=last, limit=PAGE):
        found += await asyncio.to_thread(_suspects, page, style, column)
        last = page[-1].completion_id
    return found


def _suspects(page: Sequence[queries.Unread], style: Style, column: str) -> list[Suspect]:
    found = []
    for text in page:
        broken = hits(text.text, style)
        claims = unsupported(text.text, [*(str(cell or "") for cell in text.product.values()), text.prompt])
        kind = str(text.product.get(column) or "")
        found.append(Suspect(text.completion_id, kind, suspicion(broken, claims), why(broken, claims)))
    return found


async def keep_suspects(session: AsyncSession, run: Run, found: Sequence[Suspect]) -> None:
    """Prepare the texts that people may be asked to look at; once for a run."""
    fresh = await runs.run(session, run.id or 0)
    if fresh is None or fresh.options.get("odd") is not None:
        return
    await queries.set_options(session, run, odd=sum(bool(text.suspicion) for text in found))
    await queries.add(session, [_row(run, text) for text in prepare(found, seed=run.id or 0)])


def _row(run: Run, text: Prepared) -> dict[str, object]:
    return {
        "team_id": run.team_id,
        "project_id": run.project_id,
        "run_id": run.id,
        "completion_id": text.completion_id,
        "lot_place": text.lot_place,
        "suspicion": text.suspicion,
        "why": text.why,
    }


async def start(session: AsyncSession, run_id: int, actor: Actor) -> None:
    """Ask for twenty texts to look at, unless some of the last twenty are left. Raises NotAllowed, NotYet."""
    run, _ = await _run(session, run_id, actor)
    if await queries.next_item(session, run_id) is not None:
        return
    await runs.lock_project(session, run.project_id)
    odd = await queries.unasked(session, run_id, by_lot=False, limit=ROUND)
    lot = await queries.unasked(session, run_id, by_lot=True, limit=ROUND)
    drawn, strange = _twenty(odd, lot)
    if not drawn and not strange:
        raise NotYet("There is no further text to look at.", todo="Get the file with what was corrected.")
    await queries.ask_for(session, [*drawn, *strange], await queries.last_round(session, run_id) + 1)
    if drawn:
        await queries.set_options(session, run, lot_end=await queries.place_after(session, drawn))


def _twenty(odd: Sequence[int], lot: Sequence[int]) -> tuple[list[int], list[int]]:
    """Ten by lot and the oddest of the others; more by lot where fewer than ten are odd."""
    drawn = list(lot[:BY_LOT])
    strange = [item for item in odd if item not in drawn][: ROUND - len(drawn)]
    more = [item for item in lot[BY_LOT:] if item not in strange]
    return [*drawn, *more[: ROUND - len(drawn) - len(strange)]], strange


async def next_card(session: AsyncSession, run_id: int, actor: Actor) -> SpotCard | None:
    """The next text to look at; None when this round is over. Raises NotAllowed, NotFound."""
    await _run(session, run_id, actor)
    item = await queries.next_item(session, run_id)
    return None if item is None else await _card(session, item)


async def card(session: AsyncSession, item_id: int, actor: Actor) -> SpotCard:
    """One text of a spot check. Raises NotAllowed, NotFound."""
    return await _card(session, await _item(session, item_id, actor))


async def _card(session: AsyncSession, item: SpotItem) -> SpotCard:
    done, total = await queries.progress(session, item.run_id, item.round)
    text = await text_card(session, item.completion_id)
    return SpotCard(item.run_id, item.id or 0, min(done + 1, total), total, item.why, text)


async def decide(
    session: AsyncSession,
    item_id: int,
    actor: Actor,
    kind: VerdictKind,
    *,
    now: datetime,
    reason: str = "",
    text: str = "",
    text_allowed: bool = False,
) -> int:
    """What somebody found: fine, rejected, in other words, or left to others; the run's id.

    Where a colleague was faster it changes nothing; only who typed something hears of it (AlreadyDecided).
    Raises NotAllowed, NotFound, BadForm."""
    item = await _item(session, item_id, actor)
    shown = await text_card(session, item.completion_id)
    if kind is VerdictKind.EDITED and text.strip() == shown.text.strip():
        kind = VerdictKind.APPROVED
    if not await queries.decide(session, item_id, kind=kind, who=actor.user_id, now=now):
        if kind is VerdictKind.EDITED:
            raise AlreadyDecided(item.decided_by, (item.kind or kind).value)
        return item.run_id
    this = (session, shown.id, shown.version, actor)
    if kind is VerdictKind.EDITED:
        await editing.edit(*this, text, text_allowed=text_allowed, now=now)
    elif kind is not VerdictKind.SKIPPED:
        with suppress(AlreadyDecided, Stale):  # decided elsewhere meanwhile: that stands
            await review.decide(*this, kind, surface=Surface.MODAL, now=now, reason=reason)
    await outbox.refresh(session, team_id=item.team_id, key=f"finished:{item.run_id}", due=now)
    return item.run_id


async def report(session: AsyncSession, run_id: int) -> SpotReport:
    """What people found so far."""
    run = await runs.run(session, run_id)
    by_kind: Counter[VerdictKind | None] = Counter()
    lot: Counter[VerdictKind | None] = Counter()
    waiting = left = 0
    end = int(run.options.get("lot_end") or 0) if run else 0
    for kind, is_lot, asked, number in await queries.counts(session, run_id, lot_end=end):
        by_kind[kind] += number
        lot[kind] += number if is_lot else 0
        waiting += number if asked and kind is None else 0
        left += 0 if asked else number
    wrong = lot[VerdictKind.EDITED] + lot[VerdictKind.REJECTED]
    return SpotReport(
        texts=await written(session, run) if run else 0,
        odd=int(run.options.get("odd") or 0) if run else 0,
        good=by_kind[VerdictKind.APPROVED],
        edited=by_kind[VerdictKind.EDITED],
        rejected=by_kind[VerdictKind.REJECTED],
        lot=wrong + lot[VerdictKind.APPROVED],
        lot_wrong=wrong,
        waiting=waiting,
        left=left,
    )


async def _item(session: AsyncSession, item_id: int, actor: Actor) -> SpotItem:
    item = await queries.item(session, item_id)
    if item is None or item.team_id != actor.team_id:
        raise NotFound("This text is gone.")
    await projects.as_reviewer(session, item.project_id, actor)
    return item


async def _run(session: AsyncSession, run_id: int, actor: Actor) -> tuple[Run, Project]:
    run = await runs.run(session, run_id)
    if run is None or run.team_id != actor.team_id:
        raise NotFound("This run is gone.")
    return run, await projects.as_reviewer(session, run.project_id, actor)
