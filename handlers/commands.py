"""What a feature's `/tune` words look like."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Protocol

from slack_bolt.async_app import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from bot.deps import Deps
from bot.domain.people import Actor
from bot.errors import NotYet
from handlers.boundary import Body
from storage.models import Project


@dataclass(frozen=True, slots=True)
class Asked:
    """A `/tune` command: who, where, in which project (None where the channel has none), and the words after it."""

    actor: Actor
    channel: str
    project: Project | None
    rest: str


def needed_project(asked: Asked) -> Project:
    """The channel's project. Raises NotYet."""
    if asked.project is None:
        raise NotYet("There is no project in this channel yet.", todo="Start one with /tune new.")
    return asked.project


def asked_project(asked: Asked) -> int:
    """The number of the channel's project. Raises NotYet."""
    return needed_project(asked).id or 0


class CommandListener(Protocol):
    """Answers one word of `/tune`; acknowledges itself."""

    def __call__(
        self, ack: AsyncAck, body: Body, client: AsyncWebClient, asked: Asked, *, deps: Deps
    ) -> Awaitable[None]: ...
