"""Queries of frozen datasets: versions, their lines, and the files made of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, insert
from sqlalchemy.orm import aliased
from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.completion import Origin
from bot.domain.dataset import Line, Split, line_hash
from bot.domain.dataset_lineage import Card, Root
from bot.domain.dataset_split import Before, product_key
from bot.domain.review import PAIR_STATES, Surface
from storage.insert import insert_once
from storage.models import Catalog, Completion, Dataset, Outbox, Pair, Person, Product, Project, Prompt

# Rows of one INSERT statement; all of a version still stand in one transaction, because a freeze is one moment.
ROWS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class MadeOf:
    """What a settled text was made of, beside what its reviewers saw. `source`: where its product came from."""

    source: Origin
    values: Mapping[str, Any]
    template_id: int
    template_version: int
    style_version: int
    decided_on: Surface | None


async def by_id(session: AsyncSession, dataset_id: int) -> Dataset | None:
    found = select(Dataset).where(Dataset.id == dataset_id).execution_options(populate_existing=True)
    return (await session.exec(found)).first()


async def everything(session: AsyncSession) -> Sequence[Dataset]:
    """Every frozen version of every project."""
    return (await session.exec(select(Dataset).order_by(col(Dataset.id)))).all()


async def same(session: AsyncSession, project_id: int, sha256: str) -> Dataset | None:
    """The version that holds exactly these texts."""
    found = select(Dataset).where(Dataset.project_id == project_id, Dataset.sha256 == sha256, Dataset.erased_pairs == 0)
    return (await session.exec(found.order_by(col(Dataset.id).desc()))).first()


async def latest(session: AsyncSession, project_id: int) -> Dataset | None:
    found = select(Dataset).where(Dataset.project_id == project_id).order_by(col(Dataset.number).desc())
    return (await session.exec(found)).first()


async def earlier(session: AsyncSession, project_id: int, number: int) -> Dataset | None:
    """The version before one."""
    found = select(Dataset).where(Dataset.project_id == project_id, col(Dataset.number) < number)
    return (await session.exec(found.order_by(col(Dataset.number).desc()))).first()


async def next_number(session: AsyncSession, project_id: int) -> int:
    found = select(func.max(Dataset.number)).where(Dataset.project_id == project_id)
    return int((await session.exec(found)).one() or 0) + 1


async def add(session: AsyncSession, *, lines: Sequence[Line], **values: Any) -> int | None:
    """A new version with its lines; its id, or None where a colleague froze this number at the same moment."""
    dataset_id = await insert_once(session, Dataset, **values)
    if dataset_id is None:
        return None
    rows = [_row(dataset_id, position, line) for position, line in enumerate(lines)]
    for start in range(0, len(rows), ROWS_AT_ONCE):
        await session.exec(insert(Pair), params=rows[start : start + ROWS_AT_ONCE])
    return dataset_id


def _row(dataset_id: int, position: int, line: Line) -> dict[str, Any]:
    return {
        "dataset_id": dataset_id,
        "position": position,
        "completion_id": line.completion_id,
        "completion_version": line.version,
        "product_id": line.product_id,
        "split": line.split,
        "system": line.system,
        "prompt": line.prompt,
        "completion": line.text,
        "original": line.original,
        "origin": line.origin,
        "decided_by": line.decided_by,
        "verdict": line.verdict,
        "model": line.model,
        "template_id": line.template_id,
        "template_version": line.template_version,
        "style_version": line.style_version,
        "stratum": line.stratum,
        "fixed_by": line.fixed_by,
        "sha256": line_hash(line),
    }


async def lines(session: AsyncSession, dataset_id: int) -> Sequence[Line]:
    """The lines of a version in their order."""
    found = (
        select(Pair, Product.name, Catalog.origin)
        .join(Product, col(Product.id) == Pair.product_id)
        .join(Catalog, col(Catalog.id) == Product.catalog_id)
        .where(Pair.dataset_id == dataset_id)
        .order_by(col(Pair.position))
    )
    return [_line(pair, name, Origin(source)) for pair, name, source in (await session.exec(found)).all()]


def _line(pair: Pair, product: str, source: Origin) -> Line:
    return Line(
        completion_id=pair.completion_id,
        version=pair.completion_version,
        product_id=pair.product_id,
        product=product,
        system=pair.system,
        prompt=pair.prompt,
        text=pair.completion,
        original=pair.original,
        origin=pair.origin,
        decided_by=pair.decided_by,
        split=pair.split,
        source=source,
        verdict=pair.verdict,
        model=pair.model,
        template_id=pair.template_id,
        template_version=pair.template_version,
        style_version=pair.style_version,
        stratum=pair.stratum,
        fixed_by=pair.fixed_by,
    )


async def made_of(session: AsyncSession, project_id: int) -> dict[int, MadeOf]:
    """For each settled text of a project what it was made of."""
    what: Any = (
        Completion.id,
        Catalog.origin,
        Product.values,
        Prompt.template_id,
        Prompt.template_version,
        Prompt.style_version,
        Completion.decided_on,
    )
    found = (
        select(*what)
        .join(Prompt, col(Prompt.id) == Completion.prompt_id)
        .join(Product, col(Product.id) == Completion.product_id)
        .join(Catalog, col(Catalog.id) == Product.catalog_id)
        .where(Completion.project_id == project_id, col(Completion.review).in_(PAIR_STATES))
    )
    return {row[0]: MadeOf(*row[1:]) for row in (await session.exec(found)).all()}


async def any_settled(session: AsyncSession, project_id: int) -> bool:
    """Whether a project has an approved text that counts."""
    return bool(await origins(session, project_id))


async def origins(session: AsyncSession, project_id: int) -> Sequence[tuple[str, int]]:
    """Where a project's settled texts came from and how many of each there are, the most first."""
    found = (
        select(Completion.origin, func.count())
        .where(
            Completion.project_id == project_id,
            col(Completion.review).in_(PAIR_STATES),
            col(Completion.outdated).is_(False),
        )
        .group_by(col(Completion.origin))
    )
    rows = [(str(origin), int(count)) for origin, count in (await session.exec(found)).all()]
    return sorted(rows, key=lambda row: -row[1])


async def sides_before(session: AsyncSession, project_id: int) -> Before:
    """On which side each product stood in the versions so far."""
    found = (
        select(Pair.split, Product.name)
        .join(Dataset, col(Dataset.id) == Pair.dataset_id)
        .join(Product, col(Product.id) == Pair.product_id)
        .where(Dataset.project_id == project_id)
        .distinct()
    )
    rows = (await session.exec(found)).all()
    held = frozenset(product_key(name) for split, name in rows if split == Split.VALIDATION)
    return Before(held, frozenset(product_key(name) for split, name in rows if split == Split.TRAIN) - held)


# lineage


async def cards(session: AsyncSession, team_id: str, ids: Iterable[int]) -> dict[int, Card]:
    """Where the review cards of texts stand in Slack; those that never stood there are left out."""
    wanted, found = list(dict.fromkeys(ids)), {}
    parent = aliased(Outbox)
    for start in range(0, len(wanted), ROWS_AT_ONCE):
        keys = {f"sample:{one}": one for one in wanted[start : start + ROWS_AT_ONCE]}
        rows = select(Outbox.key, Outbox.posted_in, Outbox.ts, parent.ts).where(
            Outbox.team_id == team_id, col(Outbox.key).in_(keys), Outbox.ts != ""
        )
        same = (col(parent.team_id) == Outbox.team_id) & (col(parent.key) == Outbox.thread_key)
        for key, channel, ts, thread in (await session.exec(rows.outerjoin(parent, same))).all():
            found[keys[key]] = Card(channel, ts, thread or "")
    return found


async def any_card(session: AsyncSession, project_id: int) -> Card | None:
    """Some review card of a project that stands in Slack; None where there is none."""
    found = (
        select(Outbox.posted_in, Outbox.ts)
        .join(Project, col(Project.team_id) == Outbox.team_id)
        .where(Project.id == project_id, col(Outbox.key).startswith("sample:"), Outbox.ts != "", Outbox.posted_in != "")
    )
    row = (await session.exec(found.limit(1))).first()
    return Card(*row) if row else None


async def roots(session: AsyncSession, dataset_id: int) -> Sequence[Root]:
    """For each line of a version, in order, the row of the catalog that it goes back to."""
    what: Any = (Pair.position, Catalog.id, Catalog.filename, Catalog.version, Product.position)
    found = (
        select(*what)
        .join(Product, col(Product.id) == Pair.product_id)
        .join(Catalog, col(Catalog.id) == Product.catalog_id)
        .where(Pair.dataset_id == dataset_id)
        .order_by(col(Pair.position))
    )
    return [Root(*row) for row in (await session.exec(found)).all()]


async def remember_files(session: AsyncSession, dataset_id: int, files: Mapping[str, str]) -> None:
    """Note where the files of a version are kept: file name to key."""
    await session.exec(update(Dataset).where(col(Dataset.id) == dataset_id).values(files=dict(files)))


async def names(session: AsyncSession, team_id: str) -> dict[str, str]:
    """User ids of a workspace to the names we know."""
    found = select(Person.user_id, Person.name).where(Person.team_id == team_id, Person.name != "")
    return dict((await session.exec(found)).all())
