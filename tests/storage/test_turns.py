"""Turns at writing."""

from __future__ import annotations

import asyncio

from storage.turns import Turns, background


async def write(turns: Turns, name: str, said: list[str], *, job: bool = False) -> None:
    if job:
        with background():
            async with turns.mine():
                said.append(name)
                await asyncio.sleep(0)
        return
    async with turns.mine():
        said.append(name)
        await asyncio.sleep(0)


async def test_a_click_goes_before_every_job_that_waits_and_jobs_keep_their_order() -> None:
    turns, said = Turns(), list[str]()
    async with turns.mine():
        jobs = [asyncio.create_task(write(turns, f"job {n}", said, job=True)) for n in range(2)]
        await asyncio.sleep(0)
        click = asyncio.create_task(write(turns, "click", said))
        await asyncio.sleep(0)

    await asyncio.gather(click, *jobs)

    assert said == ["click", "job 0", "job 1"]


async def test_who_gives_up_waiting_keeps_nobody_else_from_writing() -> None:
    turns, said = Turns(), list[str]()
    async with turns.mine():
        waiting = [asyncio.create_task(write(turns, str(n), said)) for n in range(3)]
        await asyncio.sleep(0)
        waiting[0].cancel()
    waiting[1].cancel()  # called already, and gone before it could begin

    await asyncio.gather(*waiting, return_exceptions=True)
    await asyncio.wait_for(write(turns, "last", said), 1)

    assert said == ["2", "last"]
