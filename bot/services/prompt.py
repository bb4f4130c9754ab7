"""Prompts: what a template gives on a catalog, which of them are drawn, and whether an owner has said yes to them."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.cards_prompt import DrawnPrompt, PromptCount, position_of
from bot.domain.catalog import Profile
from bot.domain.catalog_saved import restored
from bot.domain.prompt import Count, count_all, expand, used_columns
from bot.domain.prompt_lots import Draw, parts, shuffled
from bot.domain.prompt_mix import Mix, NamedTemplate, mix_from, named
from bot.domain.prompt_survey import scaled
from bot.errors import BadTemplate, NotYet
from bot.services import catalog_switch
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
    """What prompts are made of: a project's catalog in use, its columns, the templates and the columns they use."""

    catalog: Catalog
    profile: Profile
    columns: tuple[str, ...]
    templates: Mix
    splits: dict[str, str]
    used: tuple[str, ...]

    @property
    def catalog_id(self) -> int:
        return self.catalog.id or 0

    @property
    def texts(self) -> list[str]:
        return [template.text for template in self.templates]


def templates_of(project: Project) -> Mix:
    """The project's templates, the main one first."""
    return mix_from(project.template, project.templates)


async def catalog_of(session: AsyncSession, project: Project) -> Catalog:
    """The catalog in use. Raises NotYet."""
    catalog = None if project.catalog_id is None else await catalogs.by_id(session, project.catalog_id)
    if catalog is None:
        raise NotYet("This project has no catalog yet.", todo="Drop a file into its channel, or use /tune catalog.")
    return catalog


async def material(session: AsyncSession, project: Project, *, templates: Mix | None = None) -> Material:
    """What a project's prompts are made of, or would be with other templates. Raises NotYet, BadTemplate."""
    catalog = await catalog_of(session, project)
    profile = restored(catalog.profile)
    columns = tuple(column.name for column in profile.columns)
    mix = templates_of(project) if templates is None else templates
    used = dict.fromkeys(name for template in mix for name in _used(template, mix, columns))
    return Material(catalog, profile, columns, mix, dict(catalog.splits), tuple(used))


def _used(template: NamedTemplate, mix: Mix, columns: Sequence[str]) -> tuple[str, ...]:
    """The columns that one of several templates uses. Raises BadTemplate that says which template it is."""
    try:
        return used_columns(template.text, columns)
    except BadTemplate as problem:
        name = named(mix, template.id)
        if not name:
            raise
        raise BadTemplate(f"In the template “{name}”: {problem.message}", todo=problem.todo) from problem


def fingerprint(project: Project, catalog: Catalog) -> str:
    """One name for all that an owner says yes to: catalog, splits, templates, house style and model."""
    said: dict[str, object] = {
        "catalog": catalog.id,
        "file": catalog.file_key,
        "splits": catalog.splits,
        "template": project.template,
        "style": style_of(project).as_json(),
        "model": settings_of(project).model,
    }
    if len(mix := templates_of(project)) > 1:
        said["templates"] = [[template.id, template.share, template.text] for template in mix]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


async def is_signed_off(session: AsyncSession, project: Project) -> bool:
    """Whether an owner said yes to the prompts as they are now."""
    if project.catalog_id is None or not project.signed_off:
        return False
    return project.signed_off == fingerprint(project, await catalog_of(session, project))


async def require_signed_off(session: AsyncSession, project: Project) -> Catalog:
    """The catalog in use, once an owner said yes to its prompts. Raises NotYet."""
    catalog = await catalog_of(session, project)
    await catalog_switch.require_quiet(session, project.id or 0)
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
    counts: list[Count] = []
    async for rows in looked_at(session, made_of):
        cells = [cells_of(made_of, row) for row in rows]
        counts.append(count_all(made_of.texts, cells, made_of.columns, made_of.splits))
    return scaled(counts, made_of.catalog.rows)


async def looked_at(session: AsyncSession, made_of: Material) -> AsyncIterator[list[catalogs.Row]]:
    """Every product up to `COUNTED`, beyond an even sample, page by page."""
    total = made_of.catalog.rows
    if total <= COUNTED:
        async for rows in pages(session, made_of):
            yield rows
        return
    positions = [int(number * total / SAMPLED) for number in range(SAMPLED)]
    for start in range(0, SAMPLED, catalogs.CHUNK):
        yield await catalogs.products_at(session, made_of.catalog_id, positions[start : start + catalogs.CHUNK])


async def prompts_of(session: AsyncSession, project: Project) -> AsyncIterator[DrawnPrompt]:
    """All prompts in catalog order, read a page of products at a time. Raises NotYet, BadTemplate."""
    made_of = await material(session, project)
    async for rows in pages(session, made_of):
        for mine in by_product(made_of, rows):
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
    templates: Mix | None = None,
    order: Iterable[int] | None = None,
) -> list[DrawnPrompt]:
    """`count` random prompts, the same for the same seed, different products first; fewer where there are no more.

    Each template gives its share, as long as it has prompts. A product gives a second one only when all have given
    their first, and never with `distinct_products`. `skip` are positions of prompts, `exclude_products` ids, `order`
    places of products where they are not to come by lot. Raises NotYet, BadTemplate."""
    made_of = await material(session, project, templates=templates)
    places = shuffled(made_of.catalog.rows, seed) if order is None else order
    skipped, excluded = frozenset(skip), frozenset(exclude_products)
    drawn = Draw(made_of.templates, seed)
    for positions in parts(places, size=max(SMALLEST_READ, min(catalogs.CHUNK, count * READ_AHEAD))):
        rows = await catalogs.products_at(session, made_of.catalog_id, positions)
        for mine in by_product(made_of, [row for row in rows if row[0] not in excluded]):
            left = [prompt for prompt in mine if prompt.position not in skipped]
            if left and len(drawn.chosen) < count:
                drawn.take_one(left)
        if len(drawn.chosen) >= count:
            return drawn.chosen
    if not distinct_products:
        drawn.fill(count)
    return drawn.chosen


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
    return await keep(session, project, [mine[0] for mine in by_product(made_of, rows)])


async def of_products(
    session: AsyncSession, project: Project, product_ids: Sequence[int]
) -> dict[int, list[DrawnPrompt]]:
    """All prompts of these products of the catalog in use, by product; those that give none are not there."""
    made_of = await material(session, project)
    rows = await catalogs.products_by_id(session, product_ids)
    return {mine[0].product_id: mine for mine in by_product(made_of, rows)}


async def existing(session: AsyncSession, project: Project) -> list[tuple[DrawnPrompt, str]]:
    """Products that have a text already: the first prompt of each, and the text as it stands in its column."""
    made_of = await material(session, project)
    column = made_of.catalog.roles.get("existing_text")
    if not column:
        return []
    found: list[tuple[DrawnPrompt, str]] = []
    async for rows in pages(session, made_of):
        texts = {row[0]: str(row[3].get(column) or "").strip() for row in rows}
        written = [row for row in rows if texts[row[0]]]
        found += [(mine[0], texts[mine[0].product_id]) for mine in by_product(made_of, written)]
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


async def pages(session: AsyncSession, made_of: Material) -> AsyncIterator[list[catalogs.Row]]:
    last = -1
    while rows := await catalogs.page(session, made_of.catalog_id, after=last):
        yield rows
        last = rows[-1][1]


def cells_of(made_of: Material, row: catalogs.Row) -> list[str]:
    return [str(row[3].get(column) or "") for column in made_of.columns]


def by_product(made_of: Material, rows: Sequence[catalogs.Row]) -> Iterator[list[DrawnPrompt]]:
    """The prompts of each product, template by template; products that give none do not appear."""
    cells = [cells_of(made_of, row) for row in rows]
    found: dict[int, list[DrawnPrompt]] = defaultdict(list)
    for template in made_of.templates:
        used = used_columns(template.text, made_of.columns)
        for one in expand(template.text, cells, made_of.columns, made_of.splits):
            product_id, position, name, _ = rows[one.row]
            mine = found[one.row]
            values = dict(zip(used, one.values, strict=True))
            mine.append(DrawnPrompt(product_id, name, position_of(position, len(mine)), one.text, values, template.id))
    return (found[number] for number in sorted(found))


def _row(project: Project, system: str, prompt: DrawnPrompt) -> dict[str, object]:
    return {
        "project_id": project.id,
        "catalog_id": project.catalog_id,
        "product_id": prompt.product_id,
        "position": prompt.position,
        "text": prompt.text,
        "system": system,
        "values": dict(prompt.values),
        "template_id": prompt.template_id,
        "template_version": project.template_version,
        "style_version": project.style_version,
        "fingerprint": name_of(project.catalog_id, prompt.position, system, prompt.text),
    }


def name_of(catalog_id: int | None, position: int, system: str, text: str) -> str:
    """One name for a prompt at its place: SHA-256 over catalog, position, system and text."""
    return hashlib.sha256(json.dumps([catalog_id, position, system, text]).encode()).hexdigest()
