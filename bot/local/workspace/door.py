"""The way from the workspace to the app, whichever transport it chose."""

from dataclasses import dataclass
from typing import Literal, Protocol

from bot.local.workspace.errors import Json

Kind = Literal["events_api", "interactive", "slash_commands"]


@dataclass(frozen=True)
class Attempt:
    """`number` 0 is the first delivery; later ones say why the one before failed."""

    number: int = 0
    reason: str = ""


FIRST = Attempt()


class Door(Protocol):
    @property
    def connected(self) -> bool: ...

    async def deliver(self, kind: Kind, payload: Json, attempt: Attempt = FIRST) -> Json:
        """Hand a payload over and return the app's answer ({} for a bare acknowledgement). Raises NoAnswerError."""
        ...

    async def close(self) -> None: ...
