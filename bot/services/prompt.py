"""Prompts: what a template gives on a catalog, which of them are drawn, and whether an owner has said yes to them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from random import Random

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.cards_prompt import DrawnPrompt, PromptCount, position_of
from bot.domain.catalog import Profile
from bot.domain.catalog_saved import restored
from bot.domain.prompt import count_prompts, expand, used_columns
from bot.errors import NotYet
from bot.services.project import settings_of, style_of
from storage import catalog as catalogs
from storage import prompt as prompts
from storage.models import Catalog, Project, Prompt

# Counting looks at every product up to here (about half a second), beyond at a sample.
COUNTED = 20_000
SAMPLED = 2_000
# So many products are read for each prompt that is wanted: some give none, some are left out.
READ_AHEAD = 2
SMALLEST_READ = 20


@dataclass(frozen=True, slots=True)
class Material:
    """What prompts are made of: a project's catalog in use, its columns, the template and the columns it uses."""

    catalog: Catalog
    profile: Profile
    columns: tuple[str, ...]
    template: str
    splits: dict[str, str]
    used: tuple[str, ...]

    @property
    def catalog_id(self) -> int:
        return self.catalog.id or 0


async def catalog_of(session: AsyncSession, project: Project) -> Catalog:
    """The catalog in use. Raises NotYet."""
    catalog = None if project.catalog_id is None else await catalogs.by_id(session, project.catalog_id)
    if catalog is None:
        raise NotYet("This project has no catalog yet.", todo="Drop a file into its channel, or use /tune catalog.")
    return catalog


async def material(session: AsyncSession, project: Project, *, template: str | None = None) -> Material:
    """What a project's prompts are made of, or would be with another template. Raises NotYet, BadTemplate."""
    catalog = await catalog_of(session, project)
    profile = restored(catalog.profile)
    columns = tuple(column.name for column in profile.columns)
    text = project.template if template is None else template
    return Material(catalog, profile, columns, text, dict(catalog.splits), used_columns(text, columns))


def fingerprint(project: Project, catalog: Catalog) -> str:
    """One name for all that an owner says yes to: catalog, splits, template, house style and model."""
    said = {
        "catalog": catalog.id,
        "file": catalog.file_key,
        "splits": catalog.splits,
        "template": project.template,
        "style": style_of(project).as_json(),
        "model": settings_of(project).model,
    }
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


async def is_signed_off(session: AsyncSession, project: Project) -> bool:
    """Whether an owner said yes to the prompts as they are now."""
    if project.catalog_id is None or not project.signed_off:
        return False
    return project.signed_off == fingerprint(project, await catalog_of(session, project))


async def require_signed_off(session: AsyncSession, project: Project) -> Catalog:
    """The catalog in use, once an owner said yes to its prompts. Raises NotYet."""
    catalog = await catalog_of(session, project)
    if project.signed_off != fingerprint(project, catalog):
        changed = "changed since an owner looked at them" if project.signed_off else "not been looked at yet"
        raise NotYet(
            f"The prompts have {changed}.", todo="Look at ten of them with /tune prompts and press *Looks right*."
        )
    return catalog


async def columns_sent(session: AsyncSession, project: Project) -> tuple[list[str], list[str]]:
    """The columns that leave for a provider, and those that do not. Raises NotYet, BadTemplate."""
    made_of = await material(session, project)
    return list(made_of.used), [name for name in made_of.columns if name not in made_of.used]


async def count(session: AsyncSession, project: Project) -> int:
    """How many prompts the template gives on the whole catalog. Raises NotYet, BadTemplate."""
    return (await counted(session, await material(session, project))).prompts


async def counted(session: AsyncSession, made_of: Material) -> PromptCount:
    """Exact up to `COUNTED` products, beyond scaled up from an even sample."""
    total = made_of.catalog.rows
    if total <= COUNTED:
        cells = [_cells(made_of, row) async for rows in _pages(session, made_of) for row in rows]
    else:
        step = total / SAMPLED
        positions = [int(number * step) for number in range(SAMPLED)]
        cells = [_cells(made_of, row) for row in await catalogs.products_at(session, made_of.catalog_id, positions)]
    found = count_prompts(made_of.template, cells, made_of.columns, made_of.splits)
    scale = total / found.rows if found.rows else 1.0
    return PromptCount(
        prompts=round(found.prompts * scale),
        products=total,
        left_out=round(found.rows_missing * scale),
        missing=tuple((name, round(number * scale)) for name, number in found.missing.items()),
        exact=total <= COUNTED,
    )


async def prompts_of(session: AsyncSession, project: Project) -> AsyncIterator[DrawnPrompt]:
    """All prompts in catalog order, read a page of products at a time. Raises NotYet, BadTemplate."""
    made_of = await material(session, project)
    async for rows in _pages(session, made_of):
        for mine in _by_product(made_of, rows):
            for prompt in mine:
                yield prompt


async def choose(
    session: AsyncSession,
    project: Project,
    *,
    count: int,
    seed: int,
    distinct_products: bool = False,
    skip: Collection[int] = (),
    exclude_products: Collection[int] = (),
    template: str | None = None,
) -> list[DrawnPrompt]:
    """`count` random prompts, the same for the same seed, different products first; fewer where there are no more.

    A product gives a second one only when all have given their first, and never with `distinct_products`.
    `skip` are positions of prompts, `exclude_products` ids. Raises NotYet, BadTemplate."""
    made_of = await material(session, project, template=template)
    order = _shuffled(made_of.catalog.rows, seed)
    lots = Random(seed)  # noqa: S311 - a draw that can be repeated, not a secret
    skipped, excluded = frozenset(skip), frozenset(exclude_products)
    chosen: list[DrawnPrompt] = []
    others: list[list[DrawnPrompt]] = []
    for positions in _parts(order, size=max(SMALLEST_READ, min(catalogs.CHUNK, count * READ_AHEAD))):
        rows = await catalogs.products_at(session, made_of.catalog_id, positions)
        for mine in _by_product(made_of, [row for row in rows if row[0] not in excluded]):
            left = [prompt for prompt in mine if prompt.position not in skipped]
            if left and len(chosen) < count:
                chosen.append(left.pop(lots.randrange(len(left))))
                others.append(left)
        if len(chosen) >= count:
            return chosen
    return chosen if distinct_products else [*chosen, *_round_by_round(others)][:count]


async def keep(session: AsyncSession, project: Project, drawn: Sequence[DrawnPrompt]) -> list[Prompt]:
    """The drawn prompts as rows, each stored once, in the order given; at most 500 at a time."""
    if len(drawn) > catalogs.CHUNK:
        raise ValueError(f"{len(drawn)} prompts are too many for one transaction")
    system = style_of(project).system_prompt()
    rows = [_row(project, system, prompt) for prompt in drawn]
    await prompts.add_once(session, rows)
    return await prompts.by_fingerprints(session, project.id or 0, [str(row["fingerprint"]) for row in rows])


async def draw(
    session: AsyncSession,
    project: Project,
    *,
    count: int,
    seed: int,
    distinct_products: bool = False,
    skip: Collection[int] = (),
    exclude_products: Collection[int] = (),
) -> list[Prompt]:
    """`choose` and `keep` in one: for up to 500 prompts."""
    chosen = await choose(
        session, project, count=count, seed=seed, distinct_products=distinct_products, skip=skip,
        exclude_products=exclude_products,
    )  # fmt: skip
    return await keep(session, project, chosen)


async def for_products(session: AsyncSession, project: Project, product_ids: Sequence[int]) -> list[Prompt]:
    """The first prompt of each product, stored; products that give none are left out."""
    made_of = await material(session, project)
    rows = await catalogs.products_by_id(session, product_ids)
    return await keep(session, project, [mine[0] for mine in _by_product(made_of, rows)])


async def existing(session: AsyncSession, project: Project) -> list[tuple[DrawnPrompt, str]]:
    """Products that have a text already: the first prompt of each, and the text as it stands in its column."""
    made_of = await material(session, project)
    column = made_of.catalog.roles.get("existing_text")
    if not column:
        return []
    found: list[tuple[DrawnPrompt, str]] = []
    async for rows in _pages(session, made_of):
        texts = {row[0]: str(row[3].get(column) or "").strip() for row in rows}
        written = [row for row in rows if texts[row[0]]]
        found += [(mine[0], texts[mine[0].product_id]) for mine in _by_product(made_of, written)]
    return found


async def existing_count(session: AsyncSession, project: Project) -> int:
    """How many products have a text and a prompt for it; beyond `COUNTED` products, how many have a text."""
    catalog = None if project.catalog_id is None else await catalogs.by_id(session, project.catalog_id)
    column = None if catalog is None else catalog.roles.get("existing_text")
    if catalog is None or not column:
        return 0
    if catalog.rows <= COUNTED:
        return len(await existing(session, project))
    return catalog.rows - restored(catalog.profile).column(column).missing


async def _pages(session: AsyncSession, made_of: Material) -> AsyncIterator[list[catalogs.Row]]:
    last = -1
    while rows := await catalogs.page(session, made_of.catalog_id, after=last):
        yield rows
        last = rows[-1][1]


def _cells(made_of: Material, row: catalogs.Row) -> list[str]:
    return [str(row[3].get(column) or "") for column in made_of.columns]


def _by_product(made_of: Material, rows: Sequence[catalogs.Row]) -> Iterator[list[DrawnPrompt]]:
    """The prompts of each product; products that give none do not appear."""
    cells = [_cells(made_of, row) for row in rows]
    found = expand(made_of.template, cells, made_of.columns, made_of.splits)
    for number, mine in groupby(found, key=lambda prompt: prompt.row):
        product_id, position, name, _ = rows[number]
        yield [
            DrawnPrompt(
                product_id,
                name,
                position_of(position, place),
                one.text,
                dict(zip(made_of.used, one.values, strict=True)),
            )
            for place, one in enumerate(mine)
        ]


def _row(project: Project, system: str, prompt: DrawnPrompt) -> dict[str, object]:
    named = json.dumps([project.catalog_id, prompt.position, system, prompt.text])
    return {
        "project_id": project.id,
        "catalog_id": project.catalog_id,
        "product_id": prompt.product_id,
        "position": prompt.position,
        "text": prompt.text,
        "system": system,
        "values": dict(prompt.values),
        "template_version": project.template_version,
        "style_version": project.style_version,
        "fingerprint": hashlib.sha256(named.encode()).hexdigest(),
    }


def _shuffled(total: int, seed: int) -> Iterator[int]:
    """The numbers below `total` in a random order, made one by one: a long catalog costs only what is drawn of it."""
    lots = Random(seed)  # noqa: S311 - a draw that can be repeated, not a secret
    moved: dict[int, int] = {}
    for place in range(total):
        other = lots.randrange(place, total)
        yield moved.get(other, other)
        moved[other] = moved.get(place, place)


def _parts(order: Iterator[int], *, size: int) -> Iterator[list[int]]:
    while part := list(islice(order, size)):
        yield part


def _round_by_round(others: Sequence[Sequence[DrawnPrompt]]) -> Iterator[DrawnPrompt]:
    """The second prompt of every product, then the third of every product, and so on."""
    for number in range(max(map(len, others), default=0)):
        yield from (mine[number] for mine in others if number < len(mine))
