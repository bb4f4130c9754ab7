"""Several people who review at once, each in their own way, and what they did as the page accepted it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from bot.demo.person import Person, PersonError
from bot.views.ids import Action
from tests.support.workspace import CATALOG

Json = dict[str, Any]
WAIT_SECONDS = 0.05
# Longer than the longest silence while cards are edited at Slack's rates.
MODAL_SECONDS = 60.0


def number_of(words: str) -> int:
    """The number of a tea in a card's words."""
    return int(words.split("Tea ")[1].split(":")[0].split('"')[0].split("'")[0].split(" ")[0])


def likes(user: str, number: int) -> bool:
    """Whether somebody says yes: nearly always, all no to every seventh, and two of five no to every eleventh."""
    if number % 7 == 3:
        return False
    return number % 11 != 5 or user not in ("U0CAM", "U0EVE")


@dataclass
class Reviewer:
    """One person; `tried` is every text that they said something of."""

    person: Person
    luck: random.Random
    is_over: Callable[[], Awaitable[bool]]
    tried: set[int] = field(default_factory=set)

    async def in_focus(self, most: int) -> None:
        """Windows one after the other, until nothing waits or as many as they have time for."""
        if not self.person.modals:
            await self.person.command(CATALOG, "/tune review")
        seen = ""
        while len(self.tried) < most:
            view = await self.person.wait_for_modal(
                lambda view, seen=seen: str(view["private_metadata"]) != seen or not view.get("submit"), MODAL_SECONDS
            )
            if "Nothing waits" in str(view["blocks"]) or not view.get("submit"):
                return
            seen = str(view["private_metadata"])
            await self._say_in_window(number_of(header(view)))
        await self.person.close_modal(everything=True)

    async def _say_in_window(self, number: int) -> None:
        self.tried.add(number)
        if likes(self.person.user, number):
            await self.person.submit()
        else:
            await self.person.click(Action.REVIEW_REJECT)
            await self.person.wait_for_modal(lambda view: "reason" in str(view["blocks"]))
            await self.person.submit({"reason": "Not our tone."})
        await asyncio.sleep(self.luck.uniform(0, 0.1))

    async def on_cards(self, *ways: str) -> None:
        """Cards in the thread by buttons or thumbs, whichever comes, until all is decided."""
        while not await self.is_over():
            card = self._next_card()
            if card is None:
                await asyncio.sleep(WAIT_SECONDS)
                continue
            number = number_of(card["text"])
            self.tried.add(number)
            await getattr(self, self.luck.choice(ways))(card, likes(self.person.user, number))
            await asyncio.sleep(self.luck.uniform(0, 0.1))

    def _next_card(self) -> Json | None:
        open_ = [card for card in self.person.all_messages(CATALOG) if is_open(card)]
        mine = [card for card in open_ if number_of(card["text"]) not in self.tried]
        return self.luck.choice(mine) if mine else None

    async def by_thumb(self, card: Json, yes: bool) -> None:
        await self.person.react(card, "+1" if yes else "-1")

    async def by_button(self, card: Json, yes: bool) -> None:
        try:
            await self.person.click(Action.REVIEW_APPROVE if yes else Action.REVIEW_REJECT, message=card, timeout=0.5)
            if not yes:
                await self.person.wait_for_modal(lambda view: "reason" in str(view["blocks"]), 5)
                await self.person.submit({"reason": "Not our tone."})
        except PersonError:
            return  # somebody was faster, and the card has changed under the finger


def is_open(card: Json) -> bool:
    return card.get("thread_ts") is not None and Action.REVIEW_APPROVE in str(card.get("blocks"))


def header(view: Json) -> str:
    return next(str(block["text"]["text"]) for block in view["blocks"] if block["type"] == "header")
