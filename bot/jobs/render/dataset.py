"""Renders what is said of datasets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.deps import Deps
from bot.domain.message import Message, Upload
from bot.domain.outbox import Say
from bot.jobs.dataset_files import file_key
from bot.jobs.render import Renderer
from bot.jobs.render.prices import try_usd
from bot.services import dataset as service
from bot.services import dataset_check as check_service
from bot.services import pairs_import as pairs_service
from bot.views import dataset as views
from bot.views import dataset_check as check_views
from bot.views import pairs_import as pairs_views
from storage.models import Outbox

# The end of a file's name to what it is, for people.
TITLES = (
    ("-train.jsonl", "Texts to teach with (chat format)"),
    ("-check.jsonl", "Texts kept aside to check with (chat format)"),
    ("-prompt-completion.jsonl", "All texts as prompt and completion"),
    (".xlsx", "All texts as a table to read"),
    ("-lineage.csv", "Where each line comes from: its card and its catalog row"),
    ("-manifest.json", "What this version is, with the fingerprint of every line"),
)


async def dataset(deps: Deps, session: AsyncSession, row: Outbox) -> Message:
    card = await service.card(session, row.subject_id)
    return views.dataset_card(replace(card, try_usd=await try_usd(deps, session, card.project_id)))


async def check(deps: Deps, session: AsyncSession, row: Outbox) -> Message:
    """What was found before a freeze."""
    return check_views.check_card(await check_service.card(session, row.subject_id))


async def dataset_file(deps: Deps, session: AsyncSession, row: Outbox) -> Upload:
    """One file of a version; its name ends the outbox key."""
    name = row.key.split(":", 2)[2]
    title = next(words for end, words in TITLES if name.endswith(end))
    return Upload(filename=name, title=title, file_key=await file_key(deps, row.subject_id, name))


async def pairs(deps: Deps, session: AsyncSession, row: Outbox) -> Message:
    """What came of a file of pairs."""
    return pairs_views.pairs_card(await pairs_service.card(session, row.subject_id))


RENDERERS: Mapping[Say, Renderer] = {
    Say.DATASET: dataset,
    Say.DATASET_FILE: dataset_file,
    Say.DATASET_CHECK: check,
    Say.PAIRS: pairs,
}
