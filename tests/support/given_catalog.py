"""Catalogs and projects that are some way along, made by the same services that people use."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.catalog_reading import ReadOptions, for_slack
from bot.domain.people import Actor
from bot.ingest.read import read_text
from bot.services import catalog as catalog_service
from bot.services import catalog_choice, catalog_import, prompt_card
from storage import catalog as catalogs
from storage import project as projects
from storage.engine import Database, reading, transaction
from storage.models import Catalog, Project

SEED = """Product Name | Type | Details |
Paracetamol | Generic Drug | tablets,syrup |
Doxycycline | Antibiotic | injection,tablets |
"""
SEED_TEMPLATE = "Write a description of [product name], mention [type] and [details]"
SAMPLE = Path(__file__).parents[2] / "bot" / "demo" / "samples" / "harbour_and_pine.csv"


def teas(count: int, *, described: int = 0) -> str:
    """A table of `count` products, the first `described` with a text of their own."""
    lines = ["Product Name,Type,Details,Price,Our description"]
    for number in range(count):
        text = f"Tea number {number} tastes of long afternoons and of rain on the roof." if number < described else ""
        lines.append(f"Tea {number},tea,leaf {number},{number}.50,{text}")
    return "\n".join(lines)


async def given_ready_catalog(
    db: Database, text: str, actor: Actor, now: datetime, *, channel: str = "C1", filename: str = "teas.csv"
) -> int:
    """A catalog that was read and waits for *Use it*; its id. The channel's project is started where there is none."""
    async with transaction(db) as session:
        catalog_id = await catalog_service.add(
            session, actor, channel=channel, now=now, file_key=f"key of {filename}", filename=filename
        )
        # claimed at once: a bot that runs beside the test would look for a file that was never stored
        await catalogs.claim(session, catalog_id, owner="tests", now=now)
    table = read_text(text, filename=filename, options=for_slack(ReadOptions()))
    for start in range(0, len(table.rows), catalogs.CHUNK):
        async with transaction(db) as session:
            await catalogs.claim(session, catalog_id, owner="tests", now=now)
            catalog = await _catalog(session, catalog_id)
            await catalog_import.store(
                session, catalog, table.columns, table.rows[start : start + catalogs.CHUNK], first=start,
                named_by=table.profile.roles.product_name, owner="tests", now=now,
            )  # fmt: skip
    async with transaction(db) as session:
        await catalog_import.ready(session, await _catalog(session, catalog_id), table.profile, owner="tests", now=now)
    return catalog_id


async def given_used_catalog(
    db: Database, text: str, actor: Actor, now: datetime, *, channel: str = "C1", template: str = ""
) -> Project:
    """A project with a catalog in use, and with this template instead of the suggested one."""
    catalog_id = await given_ready_catalog(db, text, actor, now, channel=channel)
    async with transaction(db) as session:
        project = await catalog_choice.use(session, actor, catalog_id, now=now)
        if template:
            await projects.change(session, project.id or 0, template=template)
    return await fresh(db, project.id or 0)


async def given_signed_off(
    db: Database, text: str, actor: Actor, now: datetime, *, channel: str = "C1", template: str = ""
) -> Project:
    """A project whose prompts an owner has said yes to."""
    from bot.services.prompt import catalog_of, fingerprint

    project = await given_used_catalog(db, text, actor, now, channel=channel, template=template)
    async with transaction(db) as session:
        wanted = fingerprint(project, await catalog_of(session, project))[: prompt_card.SHORT]
        await prompt_card.sign_off(session, actor, project.id or 0, fingerprint=wanted, now=now)
    return await fresh(db, project.id or 0)


async def fresh(db: Database, project_id: int) -> Project:
    """The project as it is in the database now."""
    async with reading(db) as session:
        found = await projects.by_id(session, project_id)
    assert found is not None
    return found


async def _catalog(session: AsyncSession, catalog_id: int) -> Catalog:
    found = await catalogs.by_id(session, catalog_id)
    assert found is not None
    return found
