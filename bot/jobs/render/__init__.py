"""From an outbox row to what stands in Slack: one renderer a kind, by feature."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.deps import Deps
from bot.domain.message import Home, Message, Upload
from bot.domain.outbox import Say
from storage.models import Outbox

Rendered = Message | Upload | Home | None  # None: there is nothing left to say
Renderer = Callable[[Deps, AsyncSession, Outbox], Awaitable[Rendered]]


def renderers() -> Mapping[Say, Renderer]:
    """All of them. A kind that two features claim is a mistake and raises."""
    from bot.jobs.render import (
        catalog,
        comparison,
        completion,
        dataset,
        deletion,
        evaluation,
        files_by_dm,
        home,
        money,
        prompt,
        reminders,
        review,
        tuning,
    )

    table: dict[Say, Renderer] = {}
    for feature in (
        catalog,
        comparison,
        completion,
        dataset,
        deletion,
        evaluation,
        files_by_dm,
        home,
        money,
        prompt,
        reminders,
        review,
        tuning,
    ):
        for kind, renderer in feature.RENDERERS.items():
            if kind in table:
                raise ValueError(f"two renderers for {kind}")
            table[kind] = renderer
    return table
