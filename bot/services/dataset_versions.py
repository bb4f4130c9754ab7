"""A closer look at a frozen version: what is new in it, how it is split, and where each line comes from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.catalog_saved import restored
from bot.domain.dataset import Line, digest
from bot.domain.dataset_diff import DatasetDiff, dataset_diff
from bot.domain.dataset_lineage import Card, Root, link_to
from bot.domain.dataset_versions import Closer, ShownLine, strata
from bot.domain.people import Actor
from bot.domain.project import Role
from bot.errors import BadForm
from bot.services import dataset as service
from bot.services import project as projects
from storage import catalog as catalogs
from storage import dataset as datasets
from storage import project as project_rows
from storage.models import Dataset, Project

LINES_A_PAGE = 6


async def closer(session: AsyncSession, dataset_id: int, actor: Actor, page: int = 0, *, base: str = "") -> Closer:
    """One page of a version's lines with all that is known of the version. Raises NotFound."""
    dataset = await service.need(session, dataset_id)
    project = await projects.get(session, dataset.project_id, actor)
    lines = tuple(await datasets.lines(session, dataset_id))
    pages = max(1, -(-len(lines) // LINES_A_PAGE))
    page = min(max(page, 0), pages - 1)
    shown = range(page * LINES_A_PAGE, min(len(lines), (page + 1) * LINES_A_PAGE))
    cards = await datasets.cards(session, project.team_id, [lines[place].completion_id for place in shown])
    roots = {root.position: root for root in await datasets.roots(session, dataset_id)}
    return Closer(
        card=await service.card(session, dataset_id),
        lines=tuple(_shown(lines, place, cards, roots, base) for place in shown),
        page=page,
        pages=pages,
        strata=strata(lines),
        diff=await _diff(session, dataset, lines),
        columns=await _columns(session, project),
        chosen=projects.settings_of(project).split_by,
        is_owner=actor.user_id in await project_rows.members(session, project.id or 0, Role.OWNER),
        verified=digest(lines) == dataset.sha256,
    )


def _shown(lines: Sequence[Line], place: int, cards: dict[int, Card], roots: dict[int, Root], base: str) -> ShownLine:
    line, root = lines[place], roots.get(place)
    same_side = sum(one.split is line.split for one in lines[: place + 1])
    row = f"row {root.row + 1:,} of {root.catalog}" if root else ""
    return ShownLine(same_side, line, link_to(base, cards.get(line.completion_id)), row, line.decided_by)


async def _diff(session: AsyncSession, dataset: Dataset, lines: Sequence[Line]) -> DatasetDiff | None:
    before = await datasets.earlier(session, dataset.project_id, dataset.number)
    return dataset_diff(await datasets.lines(session, before.id or 0), lines) if before else None


async def _columns(session: AsyncSession, project: Project) -> tuple[str, ...]:
    catalog = await catalogs.by_id(session, project.catalog_id) if project.catalog_id else None
    return tuple(column.name for column in restored(catalog.profile).columns) if catalog else ()


async def split_by(session: AsyncSession, dataset_id: int, actor: Actor, column: int | None) -> None:
    """Later versions are split by this column, counted from 0; None: by the product's type.

    Raises NotAllowed, NotFound, BadForm."""
    dataset = await service.need(session, dataset_id)
    project = await projects.as_owner(session, dataset.project_id, actor)
    columns = await _columns(session, project)
    if column is not None and not 0 <= column < len(columns):
        raise BadForm({"split_by": "This column is not in the catalog any more."})
    settings = replace(projects.settings_of(project), split_by="" if column is None else columns[column])
    await project_rows.change(session, project.id or 0, settings=settings.as_json())
