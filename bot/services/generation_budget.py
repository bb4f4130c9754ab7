"""A cap on spending that many requests share: each reserves the most it can cost before it goes out."""

from __future__ import annotations

import asyncio
from typing import Protocol

from bot.domain.money import Purse


class Budget(Protocol):
    """Where money is asked for. The caller's may look into a ledger; `Cap` keeps one run within one sum."""

    async def reserve(self, usd: float) -> bool:
        """Promise this much to a request. False: the cap does not allow it, now or later."""
        ...

    def settle(self, reserved_usd: float, spent_usd: float) -> None:
        """The request is over and cost this much."""
        ...


class Cap:
    """A `Budget` of one sum. A request that does not fit waits while others under way may still give something back."""

    def __init__(self, cap_usd: float, *, spent_usd: float = 0.0) -> None:
        self.purse = Purse(cap_usd, spent_usd)
        self._given_back = asyncio.Event()

    async def reserve(self, usd: float) -> bool:
        while not self.purse.fits(usd):
            if not self.purse.could_fit_later(usd) or self.purse.reserved_usd <= 0:
                return False
            self._given_back.clear()
            await self._given_back.wait()
        self.purse.reserve(usd)
        return True

    def settle(self, reserved_usd: float, spent_usd: float) -> None:
        self.purse.settle(reserved_usd, spent_usd)
        self._given_back.set()
