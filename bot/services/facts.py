"""What people check a text against."""

from __future__ import annotations

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.review import facts_of
from storage import catalog as catalogs
from storage.models import Product, Prompt


async def facts_for(session: AsyncSession, prompt: Prompt, product: Product) -> tuple[tuple[str, str], ...]:
    """The values of the prompt, then other short ones of its product; texts that exist already are not among them."""
    roles = await catalogs.roles_of(session, product.catalog_id)
    return facts_of(prompt.values, product.values, roles.get("existing_text"))
