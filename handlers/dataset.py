"""Freezing what people approved, and using it as examples."""

from __future__ import annotations

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.deps import Deps
from bot.domain.people import Actor
from bot.errors import NotYet
from bot.services import dataset as service
from bot.services import project as projects
from bot.views.ids import Action
from handlers.access import actor_in
from handlers.boundary import Body, channel_in, guarded, tell, value_in
from handlers.commands import Asked, CommandListener
from storage.engine import reading, transaction


def asked_project(asked: Asked) -> int:
    """The channel's project. Raises NotYet."""
    if asked.project is None or asked.project.id is None:
        raise NotYet("There is no project in this channel yet.", todo="Start one with /tune new.")
    return asked.project.id


async def pressed_project(body: Body, actor: Actor, deps: Deps) -> int:
    """The project whose id the button carries first, else the channel's. Raises NotYet."""
    value = value_in(body).partition(":")[0]
    if value.isdecimal():
        return int(value)
    async with reading(deps.db) as session:
        return (await projects.need(session, actor, channel_in(body))).id or 0


async def freeze_command(ack: AsyncAck, body: Body, client: AsyncWebClient, asked: Asked, *, deps: Deps) -> None:
    await _freeze(ack, body, client, deps, asked.actor, asked_project(asked))


async def freeze_pressed(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    actor = await actor_in(body, client, deps)
    await _freeze(ack, body, client, deps, actor, await pressed_project(body, actor, deps))


async def _freeze(ack: AsyncAck, body: Body, client: AsyncWebClient, deps: Deps, actor: Actor, project_id: int) -> None:
    """Its card appears, or is drawn anew where nothing has changed; then the person hears where it stands."""
    without_slack = deps.settings.slack_text_for_training == "no"
    async with transaction(deps.db) as session:
        frozen = await service.freeze(session, project_id, actor, now=deps.now(), without_slack=without_slack)
    await ack()
    if not frozen.is_new:
        await tell(body, client, f"Nothing has changed since version {frozen.number}. Its card stands above.")


async def few_shot_pressed(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    actor = await actor_in(body, client, deps)
    async with transaction(deps.db) as session:
        await service.use_as_examples(session, int(value_in(body)), actor, now=deps.now())
    await ack()


COMMANDS: dict[str, CommandListener] = {"dataset": freeze_command}


def register(app: AsyncApp, deps: Deps) -> None:
    app.action(Action.DATASET_FREEZE)(guarded(freeze_pressed, deps))
    app.action(Action.DATASET_FEW_SHOT)(guarded(few_shot_pressed, deps))
