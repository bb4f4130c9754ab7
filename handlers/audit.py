"""`/tune audit`: the log of decisions for an owner, by direct message."""

from __future__ import annotations

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.deps import Deps
from bot.services import audit as service
from handlers.boundary import Body, tell
from handlers.commands import Asked, CommandListener, asked_project
from storage.engine import transaction


async def command(ack: AsyncAck, body: Body, client: AsyncWebClient, asked: Asked, *, deps: Deps) -> None:
    async with transaction(deps.db) as session:
        await service.send(session, asked_project(asked), asked.actor, now=deps.now())
    await ack()
    await tell(body, client, "The log of every decision is on its way to you, by direct message from me.")


COMMANDS: dict[str, CommandListener] = {"audit": command}


def register(app: AsyncApp, deps: Deps) -> None:
    """A command needs no listener of its own."""
