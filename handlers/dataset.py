"""Freezing what people approved, and using it as examples."""

from __future__ import annotations

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.deps import Deps
from bot.domain.people import Actor
from bot.services import dataset as service
from bot.services import dataset_check as check
from bot.views.ids import Action
from handlers.access import actor_in, pressed_project, text_allowed
from handlers.boundary import Body, guarded, value_in
from handlers.commands import Asked, CommandListener, asked_project
from storage.engine import transaction


async def freeze_command(ack: AsyncAck, body: Body, client: AsyncWebClient, asked: Asked, *, deps: Deps) -> None:
    await _freeze(ack, deps, asked.actor, asked_project(asked))


async def freeze_pressed(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    actor = await actor_in(body, client, deps)
    await _freeze(ack, deps, actor, await pressed_project(body, actor, deps))


async def freeze_on_pressed(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    """*Freeze as it is*: only what could not train still holds it up."""
    actor = await actor_in(body, client, deps)
    await _freeze(ack, deps, actor, await pressed_project(body, actor, deps), go_on=True)


async def _freeze(ack: AsyncAck, deps: Deps, actor: Actor, project_id: int, *, go_on: bool = False) -> None:
    """The texts are checked first, by a job: it freezes them, or asks about what it found."""
    without_slack = not text_allowed(deps)
    async with transaction(deps.db) as session:
        await check.ask(session, project_id, actor, now=deps.now(), without_slack=without_slack, go_on=go_on)
    await ack()


async def few_shot_pressed(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    actor = await actor_in(body, client, deps)
    async with transaction(deps.db) as session:
        await service.use_as_examples(session, int(value_in(body)), actor, now=deps.now())
    await ack()


COMMANDS: dict[str, CommandListener] = {"dataset": freeze_command}


def register(app: AsyncApp, deps: Deps) -> None:
    app.action(Action.DATASET_FREEZE)(guarded(freeze_pressed, deps))
    app.action(Action.DATASET_FREEZE_ON)(guarded(freeze_on_pressed, deps))
    app.action(Action.DATASET_FEW_SHOT)(guarded(few_shot_pressed, deps))
