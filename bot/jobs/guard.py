"""The one place, beside the loop itself, where a job may catch everything: around one row of its work."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog

log = structlog.get_logger()

Broke = Callable[[Exception], Awaitable[None]]


@asynccontextmanager
async def one_row(trace_id: str, event: str, *, broke: Broke | None = None, **names: object) -> AsyncIterator[None]:
    """What breaks inside is logged as `event` with the row's trace id and `names`, and handed to `broke`.

    The other rows go on. What ends the process or the task is no business of one row and passes."""
    with structlog.contextvars.bound_contextvars(trace_id=trace_id, **names):
        try:
            yield
        except Exception as error:
            log.exception(event)
            if broke is not None:
                await broke(error)
