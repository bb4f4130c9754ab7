"""One look through all prompts of a project: their number, what stands out, how to sample them, ways to more."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.cards_prompt import PromptCount, Survey, Way
from bot.domain.catalog_saved import roles_from
from bot.domain.completion import PROMPTS_WANTED
from bot.domain.prompt import Count, count_all
from bot.domain.prompt_bind import bind
from bot.domain.prompt_mix import MOST_TEMPLATES
from bot.domain.prompt_starters import next_starter
from bot.domain.prompt_survey import Surveyor, group_of, scaled
from bot.domain.prompt_ways import ideas, ways_from
from bot.services.prompt import Material, by_product, cells_of, looked_at


@dataclass(frozen=True, slots=True)
class Seen:
    """What one look gave. `groups`: places of products by their cell in the column that was asked for."""

    count: PromptCount
    survey: Survey
    groups: Mapping[str, Sequence[int]]


async def look(session: AsyncSession, made_of: Material, *, by: str = "") -> Seen:
    """All prompts up to `COUNTED` products, beyond those of an even sample. Clicks are answered in between."""
    surveyor = Surveyor(_optional(made_of))
    groups: dict[str, list[int]] = defaultdict(list)
    counts: list[Count] = []
    async for rows in looked_at(session, made_of):
        cells = [cells_of(made_of, row) for row in rows]
        counts.append(count_all(made_of.texts, cells, made_of.columns, made_of.splits))
        for mine in by_product(made_of, rows):
            surveyor.look(mine)
        for row in rows if by else ():
            groups[group_of(str(row[3].get(by) or ""))].append(row[1])
        await asyncio.sleep(0)
    return Seen(scaled(counts, made_of.catalog.rows), surveyor.found(), groups)


def _optional(made_of: Material) -> set[str]:
    """Columns that may be empty in a prompt: used by some template, and not needed by it."""
    bounds = [bind(text, made_of.columns) for text in made_of.texts]
    return {bound.columns[place] for bound in bounds for place in bound.used if place not in bound.required}


async def ways_to_enough(session: AsyncSession, made_of: Material, count: PromptCount) -> tuple[Way, ...]:
    """What would bring too few prompts to as many as the guide asks for; nothing where there are enough."""
    if count.prompts >= PROMPTS_WANTED:
        return ()
    another = next_starter(made_of.texts, made_of.profile, roles_from(made_of.catalog.roles))[1]
    thoughts = ideas(made_of.texts, another, made_of.splits, made_of.used, made_of.profile)
    if len(made_of.templates) >= MOST_TEMPLATES:
        thoughts = [one for one in thoughts if len(one.texts) == len(made_of.texts)]
    counts: list[list[Count]] = [[] for _ in thoughts]
    async for rows in looked_at(session, made_of):
        cells = [cells_of(made_of, row) for row in rows]
        for one, counted in zip(thoughts, counts, strict=True):
            counted.append(one.count(cells, made_of.columns))
    totals = [scaled(counted, made_of.catalog.rows).prompts for counted in counts]
    return ways_from(list(zip(thoughts, totals, strict=True)), now=count.prompts, wanted=PROMPTS_WANTED)
