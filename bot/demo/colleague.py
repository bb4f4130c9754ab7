"""Ben, a scripted colleague: he decides some cards live, so that a lone visitor sees what working together is like."""

from __future__ import annotations

import asyncio
from typing import Any

from bot.demo.person import Person, PersonError

BEN = "U0BEN"
# He waits for the visitor's first decision, then takes his time as people do.
PAUSE_SECONDS = 2.0
APPROVALS = 6
OBJECTION = "Could we say less about the weather? Otherwise fine."


async def work(url: str) -> None:
    """Approve a few cards, take one back, object to one of the visitor's. Ends by itself; never raises."""
    try:
        async with Person(url, BEN) as ben:
            await _wait_for_the_visitor(ben)
            await _approve_some(ben)
            await _change_his_mind(ben)
            await _object(ben)
    except (PersonError, TimeoutError, OSError):
        return


def is_open(message: dict[str, Any]) -> bool:
    return has_button(message, "review.approve")


def is_decided_by_other(message: dict[str, Any]) -> bool:
    return has_button(message, "review.object")


def has_button(message: dict[str, Any], action: str) -> bool:
    blocks = message.get("blocks") or []
    return any(e.get("action_id") == action for b in blocks if b["type"] == "actions" for e in b.get("elements", []))


async def _wait_for_the_visitor(ben: Person) -> None:
    await ben.wait_for_message(is_decided_by_other, timeout=3600)


async def _approve_some(ben: Person) -> None:
    for turn in range(APPROVALS):
        await asyncio.sleep(PAUSE_SECONDS)
        card = ben.newest(is_open)
        if card is None:
            return
        try:
            if turn % 2:
                await ben.react(card, "+1")
            else:
                await ben.click("review.approve", message=card)
        except PersonError:
            continue  # the visitor was faster; that is what is shown


async def _change_his_mind(ben: Person) -> None:
    """Reject one, and undo it a moment later."""
    card = ben.newest(is_open)
    if card is None:
        return
    await ben.react(card, "-1")
    await asyncio.sleep(2 * PAUSE_SECONDS)
    await ben.unreact(card, "-1")


async def _object(ben: Person) -> None:
    """Say no to something that the visitor approved: the conflict of the tour."""
    card = ben.newest(is_decided_by_other)
    if card is None:
        return
    await ben.click("review.object", message=card)
    await ben.submit({"reason": OBJECTION})
