"""What a demo left behind, read from the bot's own database: the figures of `demo --autopilot --json`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.completion import RunKind, WritingState
from bot.domain.outbox import Say
from bot.domain.review import ReviewState
from storage.engine import connect, reading
from storage.models import Completion, Dataset, Job, Outbox, Product, Project, Prompt, Run


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
        "evaluation": None,
        "notified": await _was_told(session, job),
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
