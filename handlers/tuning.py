"""Cancelling and listing fine-tunes, and asking to be told of their end."""

from __future__ import annotations

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.deps import Deps
from bot.services import tuning as service
from bot.views import tuning as views
from bot.views.ids import Action
from handlers.access import actor_in
from handlers.boundary import Body, guarded, tell, value_in, whisper
from handlers.commands import Asked, CommandListener, asked_project
from storage.engine import reading, transaction


async def cancel_command(ack: AsyncAck, body: Body, client: AsyncWebClient, asked: Asked, *, deps: Deps) -> None:
    async with transaction(deps.db) as session:
        await service.cancel_open(session, asked_project(asked), asked.actor, now=deps.now())
    await ack()
    await tell(body, client, "I am asking the provider to cancel it. Its card says when that is done.")


async def cancel_pressed(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    actor = await actor_in(body, client, deps)
    async with transaction(deps.db) as session:
        await service.cancel(session, int(value_in(body)), actor, now=deps.now())
    await ack()


async def tell_me_pressed(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    actor = await actor_in(body, client, deps)
    async with transaction(deps.db) as session:
        added = await service.tell_me_too(session, int(value_in(body)), actor, now=deps.now())
    await ack()
    await tell(body, client, "I will send you a message when it is over." if added else "You will hear of it already.")


async def jobs_command(ack: AsyncAck, body: Body, client: AsyncWebClient, asked: Asked, *, deps: Deps) -> None:
    async with reading(deps.db) as session:
        message = views.jobs_list(await service.recent(session, asked_project(asked), now=deps.now()))
    await ack()
    await whisper(body, client, message)


COMMANDS: dict[str, CommandListener] = {"jobs": jobs_command, "cancel": cancel_command}


def register(app: AsyncApp, deps: Deps) -> None:
    app.action(Action.TRAIN_CANCEL)(guarded(cancel_pressed, deps))
    app.action(Action.TRAIN_TELL_ME)(guarded(tell_me_pressed, deps))
