"""Take the README's pictures from a real tour: `PYTHONPATH=. python docs/pictures/take.py`."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, ViewportSize, async_playwright

from bot.demo import places
from bot.demo.colleague import has_button, is_open
from bot.demo.control import Control
from bot.demo.person import Person
from bot.demo.processes import Plan, Processes, free_port
from bot.demo.tour import ANA, CHANNEL, Tour

HERE = Path(__file__).parent
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
LONG = 3600.0
SIZE: ViewportSize = {"width": 1280, "height": 860}
TALL: ViewportSize = {"width": 1280, "height": 1800}  # a whole card without scrolling
PAGE_SCALE, CARD_SCALE = 1.0, 1.3  # every picture stays below 200 kB


async def main() -> None:
    plan = Plan(Path(tempfile.mkdtemp()), free_port(), free_port())
    async with Processes(plan) as processes, Control(plan.workspace, plan.control_token) as control:
        await processes.workspace()
        await processes.engine()
        await processes.bot()
        await control.wait_for_socket(60)
        tour = Tour(plan.workspace, places.SAMPLE_CATALOG, tell=lambda text: None, think_seconds=2)
        async with async_playwright() as playwright, Person(plan.workspace, ANA) as watcher:
            browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
            walk = asyncio.create_task(tour.run())
            await _pictures(browser, watcher, plan.workspace)
            print(await walk)  # noqa: T201 - a script for people


async def _pictures(browser: Browser, watcher: Person, url: str) -> None:
    card = await watcher.wait_for_message(is_open, timeout=LONG)
    await _page(browser, url, f"{ANA}/{CHANNEL}/{card['thread_ts']}", "review")
    job = await watcher.wait_for_message(lambda m: has_button(m, "train.cancel"), timeout=LONG)
    await watcher.wait_for_message(
        lambda m: m["ts"] == job["ts"] and not has_button(m, "train.cancel") and _has_chart(m), timeout=LONG
    )
    await _card(browser, url, job, "job")
    result = await watcher.wait_for_message(_is_result, timeout=LONG)
    await _card(browser, url, result, "compare")


def _is_result(message: dict[str, Any]) -> bool:
    return has_button(message, "compare.flips") or has_button(message, "compare.rounds")


def _has_chart(message: dict[str, Any]) -> bool:
    return any(block["type"] == "image" for block in message.get("blocks") or [])


async def _card(browser: Browser, url: str, message: dict[str, Any], name: str) -> None:
    """One message alone, as it stands in its channel or thread."""
    thread = f"/{message['thread_ts']}" if message.get("thread_ts") not in (None, message["ts"]) else ""
    page = await _open(browser, url, f"{ANA}/{CHANNEL}{thread}", TALL, CARD_SCALE)
    where = page.locator(f".message[data-ts='{message['ts']}']").last
    await where.scroll_into_view_if_needed()
    await where.screenshot(path=HERE / f"{name}.png")
    await page.context.close()


async def _page(browser: Browser, url: str, place: str, name: str) -> None:
    page = await _open(browser, url, place)
    await page.screenshot(path=HERE / f"{name}.png")
    await page.context.close()


async def _open(browser: Browser, url: str, place: str, size: ViewportSize = SIZE, scale: float = PAGE_SCALE) -> Page:
    context = await browser.new_context(viewport=size, device_scale_factor=scale)
    page = await context.new_page()
    await page.goto(f"{url}/#/{place}")
    await page.wait_for_timeout(1500)
    await page.add_style_tag(content=".jump { display: none !important }")
    return page


if __name__ == "__main__":
    asyncio.run(main())
