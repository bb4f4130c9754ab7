"""One row that breaks is told of and left; what is meant for the whole process is not held up."""

from __future__ import annotations

import asyncio

import pytest
from structlog.testing import capture_logs

from bot.jobs.guard import one_row


async def test_a_row_that_breaks_is_logged_and_handed_over_and_the_next_one_goes_on() -> None:
    handed: list[str] = []

    async def broke(error: Exception) -> None:
        handed.append(str(error))

    with capture_logs() as lines:
        for number in (1, 2):
            async with one_row(f"trace{number}", "row_broke", broke=broke, row=number):
                if number == 1:
                    raise ValueError("bad row")
                handed.append("second row")

    assert handed == ["bad row", "second row"]
    assert [(line["event"], line["log_level"]) for line in lines] == [("row_broke", "error")]


async def test_the_end_of_the_task_passes() -> None:
    with pytest.raises(asyncio.CancelledError):
        async with one_row("trace", "row_broke"):
            raise asyncio.CancelledError
