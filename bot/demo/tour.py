"""The autopilot: a scripted person who takes the whole tour through the page's own requests, as a browser would."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.demo import judge as judging
from bot.demo import places
from bot.demo.colleague import has_button, is_open
from bot.demo.judge import Judge
from bot.demo.person import Person

ANA = "U0ANA"
CHANNEL = "C0CATALOG"

SHORT = 120.0
READING = 300.0
WRITING = 1800.0
TUNING = 3600.0
# What the scripted person does with every tenth text: mostly yes, sometimes a fix, sometimes a no.
EDITS_AT, REJECTS_AT = (3, 7), (9,)

# A catalog with more products is not written to its end.
MOST_TO_FINISH = 100

Tell = Callable[[str], None]


@dataclass
class Tour:
    """One tour over one catalog. `count` texts are written where the catalog brings none of its own."""

    url: str
    catalog: Path
    count: int = 10
    tell: Tell = field(default=lambda text: None)
    most: int = 40  # how many texts are decided on; the others stay open
    think_seconds: float = 0.0  # before each decision, as a person would; for pictures
    products: int = 0
    judge: Judge = field(default_factory=Judge)
    decided: dict[str, int] = field(default_factory=lambda: {"approved": 0, "edited": 0, "rejected": 0})

    async def run(self) -> dict[str, Any]:
        """Take it; what the person saw: decisions, the job's outcome, whether they were told."""
        started = time.monotonic()
        async with Person(self.url, ANA) as ana:
            await self._bring_catalog(ana)
            await self._shape_prompts(ana)
            await self._get_texts(ana)
            await self._review(ana)
            await self._freeze(ana)
            outcome = await self._train(ana)
            if outcome["status"] == "succeeded":
                await self._try_model(ana)
                await self._compare(ana)
                await self._write_the_rest(ana)
        return {"decided": self.decided, "job": outcome, "seconds": round(time.monotonic() - started, 1)}

    async def _bring_catalog(self, ana: Person) -> None:
        self.tell("Starting a project and dropping the catalog")
        await ana.command(CHANNEL, "/tune new")
        await ana.upload(CHANNEL, self.catalog)
        card = await ana.wait_for_message(lambda m: has_button(m, "catalog.use"), timeout=READING)
        self.products = products_in(card)
        await ana.click("catalog.use", message=card)

    async def _shape_prompts(self, ana: Person) -> None:
        """House style, the suggested template, and the sign-off."""
        self.tell("House style, template and prompts")
        card = await ana.wait_for_message(lambda m: has_button(m, "prompts.sign"), timeout=SHORT)
        if self.catalog == places.SAMPLE_CATALOG:
            await ana.click("style.open", message=card)
            await ana.submit(house_style())
            await ana.wait_for_no_modal()
            card = await ana.wait_for_message(newer_than(card, "prompts.sign"), timeout=SHORT)
        await ana.click("prompts.sign", message=card)

    async def _get_texts(self, ana: Person) -> None:
        """Five to try; then the texts that the catalog has, or as many new ones as asked for."""
        self.tell("Five texts to try")
        await ana.click("write.try", timeout=SHORT)
        card = await ana.wait_for_message(lambda m: has_button(m, "write.more") or _has_menu(m), timeout=WRITING)
        existing = has_button(card, "write.existing")
        self.tell("Using the texts that are there" if existing else f"Writing {self.count} texts")
        if existing:
            await ana.click("write.existing", message=card)
        else:
            await ana.click(f"write.more:{self.count}", message=card)
        await ana.wait_for_text("ready to review", timeout=WRITING)

    async def _review(self, ana: Person) -> None:
        """Decide on cards by button, thumb and edit until none is open or enough are decided."""
        self.tell("Reviewing")
        for turn in range(1, self.most + 1):
            card = await self._next_card(ana, first=turn == 1)
            if card is None:
                return
            await asyncio.sleep(self.think_seconds)
            await self._decide(ana, card, turn)

    async def _next_card(self, ana: Person, *, first: bool) -> dict[str, Any] | None:
        """An open card; None once the batch says that nothing is left."""
        open_card = ana.newest(is_open)
        found = open_card or await ana.wait_for_message(open_or_over, timeout=WRITING if first else SHORT)
        return found if has_button(found, "review.approve") else None

    async def _decide(self, ana: Person, card: dict[str, Any], turn: int) -> None:
        if turn % 10 in EDITS_AT:
            await ana.click("review.edit", message=card)
            text = mended(str(ana.form()["text"].body.get("initial_value", "")))
            await ana.submit({"text": text})
            self.judge.learn(card, text)
            self.decided["edited"] += 1
        elif turn % 10 in REJECTS_AT:
            await ana.click("review.reject", message=card)
            await ana.submit({})
            self.decided["rejected"] += 1
        elif turn % 2:
            await ana.click("review.approve", message=card)
            self.judge.learn(card)
            self.decided["approved"] += 1
        else:
            await ana.react(card, "+1::skin-tone-3")
            self.judge.learn(card)
            self.decided["approved"] += 1
        await ana.wait_for_message(
            lambda m: m["ts"] == card["ts"] and not has_button(m, "review.approve"), timeout=SHORT
        )

    async def _freeze(self, ana: Person) -> None:
        self.tell("Freezing the dataset")
        if ana.newest(lambda m: has_button(m, "dataset.freeze")):
            await ana.click("dataset.freeze", timeout=SHORT)
        else:
            await ana.command(CHANNEL, "/tune dataset")
        asked = await ana.wait_for_message(lambda m: is_frozen(m) or has_button(m, "dataset.freeze_on"), timeout=SHORT)
        if not is_frozen(asked):
            self.tell("Something was found in the texts: freezing them as they are")
            await ana.click("dataset.freeze_on", message=asked, timeout=SHORT)
            await ana.wait_for_message(is_frozen, timeout=SHORT)

    async def _train(self, ana: Person) -> dict[str, Any]:
        """Confirm and wait for the direct message."""
        if ana.newest(lambda m: has_button(m, "train.open")) is None:
            await ana.click("dataset.few_shot", timeout=SHORT)
            return {"status": "few_shot", "model": None}
        self.tell("Teaching the model")
        await ana.click("train.open", timeout=SHORT)
        await ana.submit({})
        direct = f"D{ANA[1:]}"
        word = await ana.wait_for_message(lambda m: True, channel=direct, timeout=TUNING)
        return {"status": "succeeded" if has_button(word, "model.try") else "failed", "text": word.get("text", "")}

    async def _try_model(self, ana: Person) -> None:
        self.tell("Before and after")
        await ana.click("model.try", timeout=SHORT)
        await ana.wait_for_message(lambda m: has_button(m, "finish.open"), timeout=SHORT)

    async def _compare(self, ana: Person) -> None:
        """Did it help? Judged by a script, by a rule that the report states."""
        self.tell("Comparing blindly")
        if not await judging.compare(ana, self.judge):
            self.tell("Too few products are left to compare with")

    async def _write_the_rest(self, ana: Person) -> None:
        """The rest of the catalog and the file to keep; a large catalog's rest would take a small model hours."""
        if self.products > MOST_TO_FINISH:
            self.tell(f"Leaving the rest of {self.products} products unwritten")
            return
        self.tell("Writing the rest")
        await ana.click("finish.open", timeout=SHORT)
        await ana.submit({})
        await ana.wait_for_message(
            lambda m: any(f["name"].endswith(".xlsx") and "texts" in f["name"] for f in m.get("files", [])),
            timeout=WRITING,
        )


def house_style() -> dict[str, Any]:
    """The style form's values for the catalog that the demo brings."""
    raw = json.loads(places.HOUSE_STYLE.read_text())
    low, high = raw["length_words"]
    first, second = raw["example_texts"]
    return {
        "language": raw["language"],
        "tone": raw["tone"],
        "min_words": str(low),
        "max_words": str(high),
        "always_say": raw["always_say"][0],
        "never_say": ", ".join(raw["never_say"]),
        "example_1": first,
        "example_2": second,
    }


def products_in(card: dict[str, Any]) -> int:
    """How many products the catalog's card says it found."""
    found = re.search(r"([\d,]+) (?:products|rows)", str(card.get("text", "")))
    return int(found[1].replace(",", "")) if found else 0


def newer_than(card: dict[str, Any], action: str) -> Callable[[dict[str, Any]], bool]:
    """A message with this button that came after the card."""
    return lambda message: has_button(message, action) and message["ts"] > card["ts"]


def open_or_over(message: dict[str, Any]) -> bool:
    """A text that waits for a verdict, or the batch's word that none does."""
    return is_open(message) or (has_button(message, "dataset.freeze") and " 0 open" in message.get("text", ""))


def mended(text: str) -> str:
    """What the scripted person makes of a text: its list in another order, or without its last sentence."""
    lines = text.splitlines()
    for at, line in enumerate(lines):
        if line.count(" · ") == 2 and ": " in line:
            label, items = line.split(": ", 1)
            lines[at] = f"{label}: {' · '.join(reversed(items.split(' · ')))}"
            return "\n".join(lines)
    shorter = text.rsplit(". ", 1)[0] + "." if ". " in text else f"{text}."
    return shorter.strip()


def _has_menu(message: dict[str, Any]) -> bool:
    return any(
        e.get("action_id", "").startswith("write.more")
        for b in message.get("blocks") or []
        if b["type"] == "actions"
        for e in b["elements"]
    )


def is_frozen(message: dict[str, Any]) -> bool:
    """The card of a frozen version, with whichever step follows."""
    return has_button(message, "train.open") or has_button(message, "dataset.few_shot")
