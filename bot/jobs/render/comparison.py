"""Renders what is said of blind comparisons."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.charts import Series, line_chart
from bot.deps import Deps
from bot.domain.message import Message, Upload
from bot.domain.outbox import Say
from bot.jobs.render import Renderer
from bot.services import comparison as service
from bot.services import comparison_result as results
from bot.views import comparison as views
from bot.views import comparison_result as result_views
from storage.models import Outbox


async def comparison(deps: Deps, session: AsyncSession, row: Outbox) -> Message:
    return views.comparison_card(await service.card(session, row.subject_id))


async def result(deps: Deps, session: AsyncSession, row: Outbox) -> Message:
    card = await results.result(session, row.subject_id)
    notice = deps.models.info(card.tuned_model or card.base_model).notice
    return result_views.result_card(replace(card, notice=notice))


async def chart(deps: Deps, session: AsyncSession, row: Outbox) -> Upload:
    """Every judged round's win rates as two lines."""
    card = await results.result(session, row.subject_id)
    lines = [Series(name, points, dashed) for name, points, dashed in result_views.win_rates(card.rounds)]
    picture = await asyncio.to_thread(line_chart, lines, x_label="round", y_label="win rate, percent")
    words = result_views.win_rates_in_words(card.rounds)
    return Upload("rounds.png", "Win rates of all rounds", await deps.files.put(picture), alt_text=words)


RENDERERS: Mapping[Say, Renderer] = {
    Say.COMPARISON: comparison,
    Say.COMPARISON_RESULT: result,
    Say.COMPARISON_CHART: chart,
}
