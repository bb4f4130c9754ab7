"""What was spent: a line a project, as JSON, or the whole ledger as a CSV file."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.cli.database import opened
from bot.config import Settings
from bot.domain.money import SpendingLimits, in_words
from bot.domain.spending import For, MoneyCard
from bot.errors import BotError
from bot.export.files import write_atomically
from bot.export.jsonl import object_line
from bot.export.tables import to_csv
from bot.services import money as service
from storage import money_report as report
from storage.engine import reading
from storage.models import Ledger

COLUMNS = ("at", "project", "person", "for", "model", "state", "usd", "prompt_tokens", "completion_tokens", "request")
out = Console(highlight=False, markup=False, soft_wrap=True)


def money(
    project: Annotated[int | None, typer.Option("--project", help="Only the project of this number.")] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Write the whole ledger into this CSV.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object with every sum.")] = False,
) -> None:
    """Show what each project spent, and what is left of its budget and of the month's cap."""
    cards = asyncio.run(_reported(project, output))
    if as_json:
        typer.echo(object_line({"projects": [_object(card) for card in cards], "problem": None}).decode(), nl=False)
        return
    for card in cards:
        out.print(_line(card))
    if cards and cards[0].month_cap_usd is not None:
        used, cap = in_words(cards[0].month_all_usd), in_words(cards[0].month_cap_usd)
        out.print(f"All projects together this month: {used} of {cap}.")
    if not cards:
        out.print("There is no project yet.")
    if output is not None:
        out.print(f"Wrote {output}.")


async def _reported(project: int | None, output: Path | None) -> list[MoneyCard]:
    settings, now = Settings(), datetime.now(UTC)
    limits = SpendingLimits(settings.budget_usd_per_month, settings.second_approver_above_usd)
    async with _session(settings) as session:
        found = await report.projects(session, project_id=project)
        if project is not None and not found:
            raise BotError(f"There is no project {project}.", todo="`tunesmith money` lists all of them.")
        if output is not None:
            await _write(session, project, output)
        return [await service.card(session, one, limits=limits, now=now) for one in found]


@asynccontextmanager
async def _session(settings: Settings) -> AsyncIterator[AsyncSession]:
    async with opened(settings) as db, reading(db) as session:
        yield session


async def _write(session: AsyncSession, project: int | None, path: Path) -> None:
    """The ledger, a row a request, the oldest first; whole or not at all."""
    rows: list[Sequence[str]] = []
    last = 0
    while page := await report.entries(session, project_id=project, after=last):
        rows += [_row(entry, what) for entry, what in page]
        last = page[-1][0].id or 0
    try:
        write_atomically(path, [to_csv(COLUMNS, rows)])
    except OSError as error:
        raise BotError(f"{path} cannot be written ({error.strerror}).", todo="Name another place.") from error


def _row(entry: Ledger, what: For) -> list[str]:
    """`usd` is empty where nobody knows the price, and 0 for requests that surely cost nothing."""
    usd = "" if entry.usd is None else f"{entry.usd:.8f}".rstrip("0").rstrip(".")
    tokens = [str(entry.prompt_tokens), str(entry.completion_tokens)]
    who = [entry.at.isoformat(), str(entry.project_id), entry.user_id, what.value, entry.model, entry.state]
    return [*who, usd, *tokens, entry.attempt]


def _line(card: MoneyCard) -> str:
    sums = card.sums
    spent = f"{in_words(sums.total)} in total, {in_words(sums.month)} this month, {in_words(sums.today)} today"
    budget = ""
    if card.budget_usd is not None and card.budget_left is not None:
        budget = f"; {in_words(card.budget_left)} of its budget of {in_words(card.budget_usd)} is left"
    unpriced = f"; {_requests(card.doubt.unpriced)} without a known price in no sum" if card.doubt.unpriced else ""
    return f"{card.project_id}  {card.name}: {spent}{budget}{unpriced}."


def _requests(count: int) -> str:
    return f"{count:,} request{'s' if count != 1 else ''}"


def _object(card: MoneyCard) -> dict[str, object]:
    """Every sum of one project; dollars as numbers, None where nobody set or knows one."""
    return {
        "project": card.project_id,
        "name": card.name,
        "usd": asdict(card.sums),
        "by_person": dict(card.people),
        "by_purpose": {what.value: usd for what, usd in card.purposes},
        "by_day": {day.isoformat(): usd for day, usd in card.days},
        "unpriced_requests": card.doubt.unpriced,
        "lost_requests": card.doubt.lost,
        "lost_usd_at_most": card.doubt.lost_usd,
        "budget_usd": card.budget_usd,
        "budget_left_usd": card.budget_left,
        "month_cap_usd": card.month_cap_usd,
        "month_left_usd": card.month_left,
        "running": [{"model": one.name, "usd_per_hour": one.hourly_usd} for one in card.running],
    }
