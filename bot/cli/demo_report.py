"""What a demo left behind, read from the bot's own database: the figures of `demo --autopilot --json`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.demo import judge
from bot.domain.comparison import ComparisonState, Pairing, Tally
from bot.domain.comparison_verdict import in_words
from bot.domain.completion import RunKind, WritingState
from bot.domain.outbox import Say
from bot.domain.review import ReviewState
from bot.services import comparison_result
from storage.engine import connect, reading
from storage.models import Comparison, Completion, Dataset, Job, Outbox, Product, Project, Prompt, Run


async def read(home: Path, catalog: Path) -> dict[str, Any]:
    """The figures; zeros and nulls for what did not come to be."""
    database = home / "tunesmith.sqlite3"
    if not database.is_file():
        return {"catalog": catalog.name}
    db = connect(f"sqlite:///{database}")
    try:
        async with reading(db) as session:
            return await _figures(session, catalog)
    finally:
        await db.close()


async def _figures(session: AsyncSession, catalog: Path) -> dict[str, Any]:
    project = (await session.exec(select(Project).order_by(col(Project.id).desc()))).first()
    dataset = (await session.exec(select(Dataset).order_by(col(Dataset.id).desc()))).first()
    job = (await session.exec(select(Job).order_by(col(Job.id).desc()))).first()
    texts = select(func.count()).select_from(Completion).where(Completion.state == WritingState.WRITTEN)
    # By the run, not by the text's origin: an edit changes whose words they are.
    by_run = texts.join(Run, col(Run.id) == col(Completion.run_id))
    review = texts.where(col(Completion.batch_id).is_not(None))

    async def count(query: Any) -> int:
        return int((await session.exec(query)).one())

    used = project.catalog_id if project else None
    return {
        "catalog": catalog.name,
        "products": await count(select(func.count()).select_from(Product).where(Product.catalog_id == used)),
        "prompts": await count(select(func.count()).select_from(Prompt)),
        "completions": await count(by_run.where(Run.kind != RunKind.EXISTING)),
        "existing": await count(by_run.where(Run.kind == RunKind.EXISTING)),
        "approved": await count(review.where(Completion.review == ReviewState.APPROVED)),
        "edited": await count(review.where(Completion.review == ReviewState.EDITED)),
        "rejected": await count(review.where(Completion.review == ReviewState.REJECTED)),
        "pairs": dataset.pairs if dataset else 0,
        "dataset_sha256": dataset.sha256 if dataset else None,
        "job": _job(job),
        "evaluation": await _evaluation(session),
        "notified": await _was_told(session, job),
    }


async def _evaluation(session: AsyncSession) -> dict[str, Any] | None:
    """What the blind comparison came to, and by whom it was judged."""
    ended = select(Comparison.id).where(Comparison.state == ComparisonState.ENDED).order_by(col(Comparison.id).desc())
    comparison_id = (await session.exec(ended)).first()
    if comparison_id is None:
        return None
    card = await comparison_result.result(session, comparison_id)
    return {
        "judged_by": judge.JUDGE,
        "rule": judge.RULE,
        "verdict": card.verdict.value,
        "products": card.products,
        "votes": card.votes,
        "comparisons": [_tally(pairing, votes) for pairing, votes in card.tallies.items()],
        "contenders": [{**asdict(facts), "contender": facts.contender.value} for facts in card.facts],
        "next": card.next.reason,
    }


def _tally(pairing: Pairing, votes: Tally) -> dict[str, Any]:
    return {
        "challenger": pairing.challenger.value,
        "rival": pairing.rival.value,
        "better": votes.better,
        "worse": votes.worse,
        "same": votes.same,
        "win_rate": votes.win_rate,
        "interval": list(votes.interval),
        "p_value": votes.p_value,
        "words": in_words(pairing, votes),
    }


def _job(job: Job | None) -> dict[str, Any] | None:
    if job is None:
        return None
    losses = [point[1] for point in job.losses if point[1] is not None]
    return {"status": job.state.value, "model": job.tuned_model or None, "train_loss": losses}


async def _was_told(session: AsyncSession, job: Job | None) -> bool:
    if job is None:
        return False
    told = select(Outbox).where(Outbox.kind == Say.JOB_DONE, Outbox.subject_id == job.id, col(Outbox.sent) > 0)
    return (await session.exec(told)).first() is not None
