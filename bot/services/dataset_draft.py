"""What would be frozen now: the settled texts with what owners said to findings about them, in order and split."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.completion import Origin
from bot.domain.dataset import Draft, Line, compose
from bot.domain.dataset_check import PairVerdict
from bot.domain.dataset_split import Before
from bot.domain.review import SettledPair, Surface
from bot.services import review
from bot.services.project import settings_of
from storage import catalog as catalogs
from storage import dataset as datasets
from storage import dataset_check as checks
from storage.models import PairChoice, Project

TRUSTED = "trusted"  # the verdict on imported pairs that their owner vouches for


@dataclass(frozen=True, slots=True)
class Settled:
    """All that a draft is made of: texts in the order they were decided in, and the sides products stood on before.

    `dropped` were left out by hand after a check; `cells` are the products' cells, by completion."""

    lines: tuple[Line, ...]
    before: Before
    by: str
    dropped: int
    cells: Mapping[int, tuple[str, ...]]

    @property
    def state(self) -> frozenset[tuple[int, int, str, str]]:
        """What a draft of it depends on, to be compared with what is settled a little later."""
        return frozenset((line.completion_id, line.version, line.prompt, line.text) for line in self.lines)

    def composed(self, *, without_slack: bool = False) -> Draft:
        """Pure, and slow for thousands of texts: those that are nearly the same are looked for."""
        return compose(self.lines, without_slack=without_slack, before=self.before, by=self.by)


async def draft_of(session: AsyncSession, project: Project, *, without_slack: bool = False) -> Draft:
    """What would be frozen now."""
    return (await settled(session, project)).composed(without_slack=without_slack)


async def settled(session: AsyncSession, project: Project) -> Settled:
    """The approved texts of a project, less those that were dropped and with what was mended."""
    project_id = project.id or 0
    pairs = await review.pairs(session, project_id)
    in_order = sorted(pairs, key=lambda pair: (pair.decided_at, pair.completion_id))
    made_of = await datasets.made_of(session, project_id)
    column = await split_column(session, project)
    said = await checks.choices(session, project_id)
    lines = [_line(pair, made_of[pair.completion_id], column) for pair in in_order if pair.completion_id in made_of]
    kept = [_as_said(line, said.get((line.completion_id, line.version), ())) for line in lines]
    return Settled(
        lines=tuple(line for line in kept if line is not None),
        before=await datasets.sides_before(session, project_id),
        by=column,
        dropped=sum(line is None for line in kept),
        cells={one: tuple(str(cell) for cell in found.values.values() if cell) for one, found in made_of.items()},
    )


async def split_column(session: AsyncSession, project: Project) -> str:
    """The column of which both sides get the same mixture: the one chosen, else the product's type; "" for none."""
    chosen = settings_of(project).split_by
    if chosen or project.catalog_id is None:
        return chosen
    return str((await catalogs.roles_of(session, project.catalog_id)).get("type") or "")


def _line(pair: SettledPair, made_of: datasets.MadeOf, column: str) -> Line:
    return Line(
        completion_id=pair.completion_id,
        version=pair.version,
        product_id=pair.product_id,
        product=pair.product,
        system=pair.system,
        prompt=pair.prompt,
        text=pair.text,
        original=pair.original if pair.original != pair.text else "",
        origin=pair.origin,
        decided_by=pair.decided_by,
        source=made_of.source,
        model=pair.model,
        verdict=TRUSTED if made_of.decided_on == Surface.IMPORT else pair.state.value,
        template_id=made_of.template_id,
        template_version=made_of.template_version,
        style_version=made_of.style_version,
        stratum=" ".join(str(made_of.values.get(column) or "").split()) if column else "",
    )


def _as_said(line: Line, said: Sequence[PairChoice]) -> Line | None:
    """The line after what owners said to findings about it; None where it is to stay out."""
    if any(choice.choice == PairVerdict.DROP for choice in said):
        return None
    mended = [choice for choice in said if choice.choice == PairVerdict.FIX]
    return with_fix(line, mended[-1]) if mended else line


def with_fix(line: Line, fix: PairChoice) -> Line:
    """The line with other words. Words typed by a person came through Slack, and show what was wrong before."""
    changed = replace(line, prompt=fix.prompt or line.prompt, text=fix.text, fixed_by=fix.who)
    if not fix.typed:
        return changed
    return replace(changed, origin=Origin.SLACK_EDIT, original=line.original or line.text)
