"""The tour as a person takes it: mouse and keyboard on the page, from a dropped file to a taught model."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, async_playwright, expect

from storage.engine import Database
from tests.support.browser import drop_file
from tests.support.given_catalog import teas
from tests.support.shop import bot_with_engine
from tests.support.workspace import Workspace

CHROMIUM = Path("/usr/bin/chromium")
CALM = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
TEXTS = 12
PATIENCE = 30_000  # milliseconds; generous, since a machine may be busy

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="no chromium: install Debian's package")


@dataclass(frozen=True)
class Visitor:
    """What one person sees in the channel and in the thread beside it, and does there."""

    page: Page

    def card(self, text: str, pane: str = ".talk") -> Locator:
        """The newest message that shows these words."""
        return self.page.locator(f"{pane} .message", has_text=text).last

    def waiting(self) -> Locator:
        """The texts in the thread that wait for a verdict."""
        approve = self.page.get_by_role("button", name="Approve", exact=True)
        return self.page.locator(".thread .message").filter(has=approve)

    async def press(self, button: str, card: Locator) -> None:
        await card.get_by_role("button", name=button).first.click(timeout=PATIENCE)

    async def sees(self, text: str, pane: str = ".talk") -> Locator:
        card = self.card(text, pane)
        await expect(card).to_be_visible(timeout=PATIENCE)
        return card

    async def says(self, text: str) -> None:
        await self.page.locator(".talk .composer-input").press_sequentially(text)
        await self.page.keyboard.press("Enter")

    async def drops(self, name: str, content: str) -> None:
        """Drag a file over the channel and let go."""
        await drop_file(self.page.locator(".talk .scroller"), name, content)

    def form(self) -> Locator:
        return self.page.get_by_role("dialog")

    async def sends_form(self) -> None:
        await self.form().locator(".modal-submit").click()
        await expect(self.form()).to_be_hidden(timeout=PATIENCE)


@pytest.fixture
async def visitor(slack: Workspace, sqlite_db: Database, tmp_path: Path) -> AsyncIterator[Visitor]:
    """Ana at the page, with the bot and a scripted model behind it. Fails if the page raised an error."""
    problems: list[str] = []
    async with bot_with_engine(slack, sqlite_db, tmp_path), async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=CALM)
        page = await browser.new_page(viewport={"width": 1400, "height": 900})
        page.on("pageerror", lambda error: problems.append(str(error)))
        await page.goto(f"{slack.url}/")
        await expect(page.locator(".person.mine")).to_be_attached()
        yield Visitor(page)
        await browser.close()
    assert problems == []


async def test_from_a_dropped_file_to_the_finished_job(visitor: Visitor) -> None:
    await brings_the_catalog(visitor)
    await looks_at_prompts_and_tries_five(visitor)
    await reviews(visitor)
    await teaches(visitor)


async def brings_the_catalog(ana: Visitor) -> None:
    await ana.says("/tune new Tea House")
    await ana.sees("Tea House")
    await ana.drops("teas.csv", teas(TEXTS + 2, described=TEXTS))
    card = await ana.sees("14 products")
    await expect(card).to_contain_text("teas.csv")
    await ana.press("Use it", card)


async def looks_at_prompts_and_tries_five(ana: Visitor) -> None:
    prompts = ana.card("Looks right")
    await expect(prompts).to_contain_text("14 prompts", timeout=PATIENCE)
    await ana.press("Looks right", prompts)
    await ana.press("Try five", ana.card("Try five"))
    five = await ana.sees("This is Write")
    await ana.press("Use the texts you already have", five)


async def reviews(ana: Visitor) -> None:
    """One by thumb, one edited, one rejected, the others by button; what is decided says so in one line."""
    batch = await ana.sees("0 of 12")
    await batch.locator(".thread-button").click(timeout=PATIENCE)
    await expect(ana.waiting()).to_have_count(5, timeout=PATIENCE)

    name = await product(ana.waiting().first)
    await ana.waiting().first.hover()
    await ana.waiting().first.get_by_role("button", name="Thumbs up").click()
    await ana.sees(f"· {name}", ".thread")

    name = await product(ana.waiting().first)
    await ana.press("Edit", ana.waiting().first)
    await ana.form().get_by_role("textbox").first.fill("A tea for the end of the day, as Ana puts it.")
    await ana.sends_form()
    edited = await ana.sees("as Ana puts it", ".thread")
    await expect(edited).to_contain_text("Edited by")

    await ana.press("Reject", ana.waiting().first)
    await ana.form().get_by_role("textbox").first.fill("Not our tone.")
    await ana.sends_form()
    await expect(await ana.sees("“Not our tone.”", ".thread")).to_contain_text("Rejected by")

    for left in range(TEXTS - 3, 0, -1):
        await expect(ana.waiting()).to_have_count(min(left, 5), timeout=PATIENCE)
        name = await product(ana.waiting().first)
        await ana.press("Approve", ana.waiting().first)
        await expect(ana.waiting().filter(has_text=re.compile(rf"{name}\b"))).to_have_count(0, timeout=PATIENCE)
    await expect(ana.waiting()).to_have_count(0, timeout=PATIENCE)
    await ana.sees("12 of 12")


async def product(card: Locator) -> str:
    """The name of the product that a card is about."""
    [name, *_] = re.findall(r"Tea \d+", await card.inner_text())
    return str(name)


async def teaches(ana: Visitor) -> None:
    await ana.press("Make a training set", ana.card("Make a training set"))
    asked = await ana.sees("nearly the same as others")
    await ana.press("Freeze as it is", asked)
    frozen = await ana.sees("Teach a model")
    await expect(frozen).to_contain_text("11")
    await ana.press("Teach a model", frozen)
    await expect(ana.form()).to_contain_text("scripted-model")
    await ana.sends_form()

    finished = await ana.sees("What it writes now")
    await expect(finished).to_contain_text("Quietly useful")
    await expect(finished.get_by_role("button", name="Before and after")).to_be_visible()
    await expect(ana.page.locator(".sidebar")).to_contain_text("Tunesmith")
