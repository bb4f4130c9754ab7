"""Single requests in the ledger: written down before they go out, closed when their fate is known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, update
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.money import Usage
from storage.models import Ledger
from storage.money import RELEASED, RESERVED, SETTLED, UNKNOWN


@dataclass(frozen=True, slots=True)
class Purpose:
    """Who pays for a request and what for; `attempt` names it, so that the same one is known again."""

    team_id: str
    project_id: int
    user_id: str
    attempt: str
    model: str
    job_id: int | None = None


async def begin(session: AsyncSession, purpose: Purpose, *, most_usd: float | None, now: datetime) -> None:
    """Note a request that is about to go out. One of the same name that never ended may have been paid for."""
    await _close(session, purpose, state=UNKNOWN)
    row = Ledger(
        team_id=purpose.team_id,
        project_id=purpose.project_id,
        user_id=purpose.user_id,
        job_id=purpose.job_id,
        attempt=purpose.attempt,
        model=purpose.model,
        state=RESERVED,
        usd=most_usd,
        at=now,
    )
    session.add(row)
    await session.flush()


async def settle(session: AsyncSession, purpose: Purpose, *, usd: float | None, usage: Usage | None = None) -> None:
    """It was answered, and cost this much."""
    counted = usage or Usage(0, 0)
    tokens = {"prompt_tokens": counted.prompt_tokens, "completion_tokens": counted.completion_tokens}
    await _close(session, purpose, state=SETTLED, usd=usd, **tokens)


async def fail(session: AsyncSession, purpose: Purpose, *, may_have_cost: bool) -> None:
    """It was not answered: refused for nothing, or lost on the way and perhaps paid for."""
    await _close(session, purpose, **({"state": UNKNOWN} if may_have_cost else {"state": RELEASED, "usd": 0.0}))


async def _close(session: AsyncSession, purpose: Purpose, **values: object) -> None:
    mine = update(Ledger).where(
        col(Ledger.team_id) == purpose.team_id, col(Ledger.attempt) == purpose.attempt, col(Ledger.state) == RESERVED
    )
    await session.exec(mine.values(**values))
