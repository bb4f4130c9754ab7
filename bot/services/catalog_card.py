"""What the messages about catalogs show."""

from __future__ import annotations

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.cards_catalog import (
    SHOWN_PRODUCTS,
    CatalogCard,
    CatalogQuestion,
    CatalogStage,
    ExistingTexts,
    ListChoice,
)
from bot.domain.catalog import Profile, Roles
from bot.domain.catalog_saved import restored, roles_from
from bot.services.catalog_diff import version_card
from storage import catalog as catalogs
from storage import project as projects
from storage.models import Catalog, CatalogState, Project

# Facts of an example product: enough to recognise it, few enough to read.
SHOWN_FACTS = 4


async def question(session: AsyncSession, catalog_id: int) -> CatalogQuestion | None:
    """The question to an uploader; None once it is answered."""
    catalog = await catalogs.by_id(session, catalog_id)
    if catalog is None or catalog.state != CatalogState.ASKED:
        return None
    project = await projects.active_in(session, catalog.team_id, catalog.channel_id)
    return CatalogQuestion(catalog_id, catalog.filename, await _name_in_use(session, project, catalog))


async def card(session: AsyncSession, catalog_id: int) -> CatalogCard | None:
    """What was understood of a file, as things stand now."""
    catalog = await catalogs.by_id(session, catalog_id)
    if catalog is None:
        return None
    stage = CatalogStage(catalog.state.value)
    if stage not in (CatalogStage.READY, CatalogStage.USED):
        return CatalogCard(
            catalog_id, catalog.filename, stage, catalog.project_id, problem=catalog.problem, uploader=catalog.uploader
        )
    project = None if catalog.project_id is None else await projects.by_id(session, catalog.project_id)
    profile, roles = restored(catalog.profile), roles_from(catalog.roles)
    return CatalogCard(
        id=catalog_id,
        filename=catalog.filename,
        stage=stage,
        project_id=catalog.project_id,
        rows=profile.products,
        duplicates=profile.duplicates,
        columns=profile.columns,
        roles=roles,
        lists=_lists(catalog, profile, roles),
        examples=await _examples(session, catalog, profile, roles),
        warnings=profile.warnings,
        cleaned=tuple(step.words for step in profile.steps),
        existing=_existing(profile, roles),
        in_use=await _name_in_use(session, project, catalog),
        uploader=catalog.uploader,
        version=await version_card(session, catalog, project),
        folding=profile.folding,
        offered=profile.offered,
        features=profile.features,
    )


async def _name_in_use(session: AsyncSession, project: Project | None, catalog: Catalog) -> str:
    """The file name of the catalog that this one would replace."""
    if project is None or project.catalog_id is None or project.catalog_id == catalog.id:
        return ""
    used = await catalogs.by_id(session, project.catalog_id)
    return used.filename if used else ""


def _lists(catalog: Catalog, profile: Profile, roles: Roles) -> tuple[ListChoice, ...]:
    """Only the columns that the first template will use are worth a question."""
    asked = (roles.product_name, roles.type, roles.details)
    return tuple(ListChoice(one, one.column in catalog.splits) for one in profile.lists if one.column in asked)


async def _examples(
    session: AsyncSession, catalog: Catalog, profile: Profile, roles: Roles
) -> tuple[tuple[tuple[str, str], ...], ...]:
    """Products from the beginning, the middle and the end."""
    shown = _shown_columns(profile, roles)
    places = sorted({0, profile.products // 2, profile.products - 1})[:SHOWN_PRODUCTS]
    rows = await catalogs.products_at(session, catalog.id or 0, places)
    return tuple(tuple((name, str(row[3].get(name) or "")) for name in shown) for row in rows)


def _shown_columns(profile: Profile, roles: Roles) -> list[str]:
    """The name first, then type and details, what folding gathered, and the rest but texts, keys and empty columns."""
    first = [name for name in (roles.product_name, roles.type, roles.details) if name]
    folding = profile.folding if profile.folding is not None and profile.folding.done else None
    gathered = list(folding.collected) if folding else []
    hidden = {roles.existing_text, *([folding.key] if folding else [])}
    others = [column.name for column in profile.columns if column.distinct and column.name not in hidden]
    return list(dict.fromkeys([*first, *gathered, *others]))[:SHOWN_FACTS]


def _existing(profile: Profile, roles: Roles) -> ExistingTexts | None:
    if not roles.existing_text:
        return None
    missing = profile.column(roles.existing_text).missing
    return ExistingTexts(roles.existing_text, profile.products - missing, profile.products)
