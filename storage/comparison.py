"""Queries of blind comparisons: their texts, the pairs people judge, the votes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import func, insert, or_
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.comparison import COMPARISON_LEASE, Choice, ComparisonState, Contender, Meeting
from bot.domain.completion import CHUNK, WritingState
from storage.completion import UNWRITTEN
from storage.insert import insert_once
from storage.models import Comparison, Completion, ContenderText, Ledger, Matchup, Pair, Product, Prompt, Vote
from storage.money import COUNTED, RESERVED, UNKNOWN, Bought, closing, write_rows

OPEN = [state for state in ComparisonState if state.is_open]


@dataclass(frozen=True, slots=True)
class WantedText:
    """A text to be written, with the prompt it answers and the product it is about."""

    id: int
    contender: Contender
    system: str
    prompt: str
    product: str


class Shown(NamedTuple):
    """One matchup with everything that a person is shown of it, and everything that they are not."""

    matchup: Matchup
    left: ContenderText
    right: ContenderText
    prompt: Prompt
    product: Product


async def by_id(session: AsyncSession, comparison_id: int) -> Comparison | None:
    found = select(Comparison).where(Comparison.id == comparison_id).execution_options(populate_existing=True)
    return (await session.exec(found)).first()


async def live(session: AsyncSession, project_id: int) -> Comparison | None:
    """The project's comparison that is being written or judged."""
    found = select(Comparison).where(Comparison.project_id == project_id, col(Comparison.state).in_(OPEN))
    return (await session.exec(found.order_by(col(Comparison.id).desc()))).first()


async def ended_of(session: AsyncSession, project_id: int) -> Sequence[Comparison]:
    """Comparisons that people have judged, the oldest first."""
    found = select(Comparison).where(Comparison.project_id == project_id, Comparison.state == ComparisonState.ENDED)
    return (await session.exec(found.order_by(col(Comparison.id)))).all()


async def add(session: AsyncSession, **values: Any) -> Comparison:
    row = Comparison(**values)
    session.add(row)
    await session.flush()
    return row


async def add_texts(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    await session.exec(insert(ContenderText), params=[dict(row) for row in rows])


# the worker's lease


async def due(session: AsyncSession, *, now: datetime, limit: int) -> Sequence[int]:
    """Comparisons to be written that nobody works on."""
    found = select(Comparison.id).where(_waiting(now)).order_by(col(Comparison.id)).limit(limit)
    return [one for one in (await session.exec(found)).all() if one is not None]


def _waiting(now: datetime) -> Any:
    free = or_(col(Comparison.lease_until).is_(None), col(Comparison.lease_until) < now)
    return (col(Comparison.state) == ComparisonState.WRITING) & free


async def claim(session: AsyncSession, comparison_id: int, *, owner: str, now: datetime) -> Comparison | None:
    """Take a comparison for the length of a lease. None: somebody else did."""
    mine = update(Comparison).where(col(Comparison.id) == comparison_id, _waiting(now))
    won = (await session.exec(mine.values(lease_owner=owner, lease_until=now + COMPARISON_LEASE))).rowcount == 1
    return await by_id(session, comparison_id) if won else None


async def renew(session: AsyncSession, comparison_id: int, *, owner: str, now: datetime) -> bool:
    """Hold it on, and lock out others until this transaction ends. False: the lease was lost."""
    return await _mine(session, comparison_id, owner, lease_until=now + COMPARISON_LEASE)


async def let_go(session: AsyncSession, comparison_id: int, *, owner: str) -> None:
    await _mine(session, comparison_id, owner, lease_owner="", lease_until=None)


async def finish_writing(
    session: AsyncSession, comparison_id: int, *, owner: str, state: ComparisonState, problem: str = ""
) -> bool:
    """Move on from writing. False: the lease was lost."""
    return await _mine(session, comparison_id, owner, state=state, problem=problem, lease_owner="", lease_until=None)


async def _mine(session: AsyncSession, comparison_id: int, owner: str, **values: Any) -> bool:
    mine = update(Comparison).where(
        col(Comparison.id) == comparison_id,
        col(Comparison.lease_owner) == owner,
        col(Comparison.state) == ComparisonState.WRITING,
    )
    return (await session.exec(mine.values(**values))).rowcount == 1


async def retry(session: AsyncSession, comparison_id: int) -> bool:
    """Write again what is missing. False: it did not fail."""
    failed = update(Comparison).where(
        col(Comparison.id) == comparison_id, col(Comparison.state) == ComparisonState.FAILED
    )
    if (await session.exec(failed.values(state=ComparisonState.WRITING, problem=""))).rowcount != 1:
        return False
    missing = update(ContenderText).where(
        col(ContenderText.comparison_id) == comparison_id, col(ContenderText.state) == WritingState.FAILED
    )
    await session.exec(missing.values(state=WritingState.WANTED, problem=""))
    return True


async def end(session: AsyncSession, comparison_id: int, *, who: str, now: datetime) -> bool:
    """Close the votes. False: a colleague was faster."""
    open_ = update(Comparison).where(
        col(Comparison.id) == comparison_id, col(Comparison.state) == ComparisonState.VOTING
    )
    values = {"state": ComparisonState.ENDED, "ended_by": who, "ended_at": now}
    return (await session.exec(open_.values(**values))).rowcount == 1


# texts


async def texts(session: AsyncSession, comparison_id: int) -> Sequence[ContenderText]:
    found = select(ContenderText).where(ContenderText.comparison_id == comparison_id)
    ordered = found.order_by(col(ContenderText.position), col(ContenderText.id))
    return (await session.exec(ordered.execution_options(populate_existing=True))).all()


async def counts(session: AsyncSession, comparison_id: int) -> dict[WritingState, int]:
    found = select(ContenderText.state, func.count()).where(ContenderText.comparison_id == comparison_id)
    rows = (await session.exec(found.group_by(col(ContenderText.state)))).all()
    return {WritingState(state): int(n) for state, n in rows}


async def wanted(session: AsyncSession, comparison_id: int) -> list[WantedText]:
    """What is still to be written, in the order of products."""
    found = (
        select(ContenderText, Prompt, Product.name)
        .join(Prompt, col(Prompt.id) == ContenderText.prompt_id)
        .join(Product, col(Product.id) == Prompt.product_id)
        .where(ContenderText.comparison_id == comparison_id, col(ContenderText.state).in_(UNWRITTEN))
        .order_by(col(ContenderText.position), col(ContenderText.id))
    )
    rows = (await session.exec(found)).all()
    return [WantedText(t.id or 0, t.contender, prompt.system, prompt.text, name) for t, prompt, name in rows]


async def save(session: AsyncSession, changes: Sequence[dict[str, Any]]) -> None:
    await write_rows(session, ContenderText, changes)


async def time_texts(session: AsyncSession, text_ids: Collection[int], *, seconds: float) -> None:
    mine = update(ContenderText).where(
        col(ContenderText.id).in_(text_ids), col(ContenderText.state) == WritingState.WRITTEN
    )
    await session.exec(mine.values(seconds=seconds))


async def sources(session: AsyncSession, prompt_ids: Collection[int]) -> dict[int, tuple[Prompt, Product]]:
    """Prompts with their products, by the prompt's id."""
    found = select(Prompt, Product).join(Product, col(Product.id) == Prompt.product_id)
    rows = (await session.exec(found.where(col(Prompt.id).in_(prompt_ids)))).all()
    return {prompt.id or 0: (prompt, product) for prompt, product in rows}


# matchups and votes


async def add_matchups(session: AsyncSession, comparison_id: int, found: Sequence[Meeting]) -> None:
    rows = [
        {
            "comparison_id": comparison_id,
            "position": position,
            "challenger": one.pairing.challenger,
            "rival": one.pairing.rival,
            "prompt_id": one.prompt_id,
            "left_id": one.left_id,
            "right_id": one.right_id,
            "same_text": one.is_same,
        }
        for position, one in enumerate(found)
    ]
    if rows:
        await session.exec(insert(Matchup), params=rows)


async def matchups(session: AsyncSession, comparison_id: int) -> Sequence[Matchup]:
    found = select(Matchup).where(Matchup.comparison_id == comparison_id)
    return (await session.exec(found.order_by(col(Matchup.position)))).all()


async def matchup(session: AsyncSession, matchup_id: int) -> Matchup | None:
    return (await session.exec(select(Matchup).where(Matchup.id == matchup_id))).first()


async def shown(session: AsyncSession, matchup_id: int) -> Shown | None:
    """A matchup with its texts, prompt and product."""
    row = await matchup(session, matchup_id)
    if row is None:
        return None
    pair = await session.exec(select(ContenderText).where(col(ContenderText.id).in_((row.left_id, row.right_id))))
    by_text = {text.id: text for text in pair.all()}
    prompt, product = (await sources(session, [row.prompt_id]))[row.prompt_id]
    return Shown(row, by_text[row.left_id], by_text[row.right_id], prompt, product)


async def votes(session: AsyncSession, comparison_id: int) -> Sequence[Vote]:
    """Every vote, the latest last."""
    found = select(Vote).join(Matchup, col(Matchup.id) == Vote.matchup_id)
    ordered = found.where(Matchup.comparison_id == comparison_id).order_by(col(Vote.at), col(Vote.id))
    return (await session.exec(ordered.execution_options(populate_existing=True))).all()


async def vote(session: AsyncSession, matchup_id: int, *, user_id: str, choice: Choice, now: datetime) -> None:
    """Keep a person's word; a later one takes the place of an earlier one."""
    if await insert_once(session, Vote, matchup_id=matchup_id, user_id=user_id, choice=choice, at=now) is None:
        mine = update(Vote).where(col(Vote.matchup_id) == matchup_id, col(Vote.user_id) == user_id)
        await session.exec(mine.values(choice=choice, at=now))


# money: a comparison's requests are named after the text they are for


def attempt(comparison_id: int, text_id: int) -> str:
    return f"comparison:{comparison_id}:{text_id}"


async def settle(session: AsyncSession, team_id: str, comparison_id: int, bought: Sequence[Bought]) -> None:
    """Close the open rows of texts that are dealt with, as `money.settle` does for completions."""
    names = {attempt(comparison_id, one.completion_id): one for one in bought}
    found = select(Ledger).where(Ledger.team_id == team_id, col(Ledger.attempt).in_(names), Ledger.state == RESERVED)
    rows: dict[str, list[Ledger]] = {}
    for row in (await session.exec(found.order_by(col(Ledger.id)))).all():
        rows.setdefault(row.attempt, []).append(row)
    changes = [change for name, one in names.items() for change in closing(one, rows.get(name, []))]
    if changes:
        await write_rows(session, Ledger, changes)


async def close_open(session: AsyncSession, team_id: str, comparison_id: int, *, state: str = UNKNOWN) -> None:
    """Whatever a dead worker had sent may have been paid for; what an orderly one left open was not sent."""
    mine = update(Ledger).where(_spent(team_id, comparison_id), col(Ledger.state) == RESERVED)
    await session.exec(mine.values(state=state))


async def spent_usd(session: AsyncSession, team_id: str, comparison_id: int) -> float:
    """Dollars that are gone or promised for a comparison, as far as prices are known."""
    found = select(func.coalesce(func.sum(Ledger.usd), 0.0)).where(
        _spent(team_id, comparison_id), col(Ledger.state).in_(COUNTED)
    )
    return float((await session.exec(found)).one() or 0.0)


def _spent(team_id: str, comparison_id: int) -> Any:
    return (col(Ledger.team_id) == team_id) & col(Ledger.attempt).startswith(f"comparison:{comparison_id}:")


# what a dataset was made of


async def count(session: AsyncSession, project_id: int) -> int:
    """How many comparisons a project has had."""
    found = select(func.count()).select_from(Comparison).where(Comparison.project_id == project_id)
    return int((await session.exec(found)).one())


async def prompt_ids(session: AsyncSession, dataset_id: int) -> dict[int, int]:
    """The prompt that each text of a dataset answers, by the text's id."""
    found = select(Completion.id, Completion.prompt_id).join(Pair, col(Pair.completion_id) == Completion.id)
    return {
        int(one or 0): prompt for one, prompt in (await session.exec(found.where(Pair.dataset_id == dataset_id))).all()
    }


async def product_ids(session: AsyncSession, dataset_id: int) -> set[int]:
    """The products of a dataset, as they were when it was frozen and as they are in the catalog now."""
    then = select(Pair.product_id).where(Pair.dataset_id == dataset_id)
    now = select(Completion.product_id).join(Pair, col(Pair.completion_id) == Completion.id)
    return {*(await session.exec(then)).all(), *(await session.exec(now.where(Pair.dataset_id == dataset_id))).all()}


async def products(session: AsyncSession, ids: Collection[int]) -> dict[int, Product]:
    found: dict[int, Product] = {}
    wanted = sorted(ids)
    for start in range(0, len(wanted), CHUNK):
        part = select(Product).where(col(Product.id).in_(wanted[start : start + CHUNK]))
        found |= {product.id or 0: product for product in (await session.exec(part)).all()}
    return found
