"""The files of a frozen version: made when somebody first needs one, the same bytes every time."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from bot.deps import Deps
from bot.domain.dataset_lineage import Card, base_of
from bot.domain.deletion import require_whole
from bot.errors import SlackTrouble
from bot.services import dataset as datasets
from bot.services.dataset_files import Lineage, manifest
from storage import dataset as queries
from storage.engine import reading, transaction


async def file_key(deps: Deps, dataset_id: int, name: str) -> str:
    """The key of one file of a version. Raises NotFound, NotYet where lines were erased, KeyError for other names."""
    async with reading(deps.db) as session:
        dataset = await datasets.need(session, dataset_id)
    require_whole(dataset.number, dataset.erased_pairs)
    kept = dict(dataset.files) or await _make(deps, dataset_id)
    return str(kept[name])


async def _make(deps: Deps, dataset_id: int) -> dict[str, str]:
    async with reading(deps.db) as session:
        dataset = await datasets.need(session, dataset_id)
        lines = await queries.lines(session, dataset_id)
        people = await queries.names(session, dataset.team_id)
        cards = await queries.cards(session, dataset.team_id, [line.completion_id for line in lines])
        roots = await queries.roots(session, dataset_id)
    lineage = Lineage(
        cards=cards,
        roots={line.completion_id: root for line, root in zip(lines, roots, strict=True)},
        base=await workspace_address(deps, cards.values()),
        manifest=manifest(dataset, lines),
    )
    names = datasets.file_names(dataset.number, has_validation=dataset.validation_pairs > 0)
    built = await asyncio.to_thread(datasets.build_files, names, lines, people, lineage)
    kept = {name: await deps.files.put(content) for name, content in built.items()}
    async with transaction(deps.db) as session:
        await queries.remember_files(session, dataset_id, kept)
    return kept


async def workspace_address(deps: Deps, cards: Iterable[Card]) -> str:
    """Where permalinks of this workspace begin, asked of Slack with the first card; "" where it would not say."""
    for card in cards:
        try:
            return base_of(await deps.slack.permalink(card.channel, card.ts))
        except SlackTrouble:
            return ""
    return ""
