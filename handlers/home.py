"""`/tune` itself, status, help and App Home."""

from __future__ import annotations

import html

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.deps import Deps
from bot.errors import BotError
from bot.services import home as service
from bot.services import project as projects
from bot.views import home as views
from bot.views.ids import Action, Command
from handlers import (
    audit,
    catalog,
    comparison,
    completion,
    dataset,
    deletion,
    evaluation,
    money,
    pairs_import,
    project,
    prompt,
    review,
    settings,
    tuned,
    tuning,
    tuning_order,
)
from handlers.access import actor_in, be_a_member
from handlers.boundary import Body, channel_in, guarded, team_in, whisper
from handlers.commands import Asked, CommandListener
from storage.engine import reading


async def tune(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    """Route `/tune WORD REST` to its feature. Raises BotError for unknown words."""
    word, _, rest = html.unescape(str(body.get("text") or "")).strip().partition(" ")
    actor = await actor_in(body, client, deps)
    channel = channel_in(body)
    await be_a_member(client, channel)
    async with reading(deps.db) as session:
        current = await projects.of_channel(session, actor.team_id, channel)
    listener = commands().get(word.lower() or "status")
    if listener is None:
        raise BotError(f"I don't know “/tune {word}”.", todo="`/tune help` lists what I know.")
    await listener(ack, body, client, Asked(actor, channel, current, rest.strip()), deps=deps)


def commands() -> dict[str, CommandListener]:
    """Every word of `/tune`."""
    table: dict[str, CommandListener] = {"status": status, "help": help_}
    for feature in (
        audit,
        catalog,
        comparison,
        completion,
        dataset,
        deletion,
        evaluation,
        money,
        pairs_import,
        project,
        prompt,
        review,
        settings,
        tuned,
        tuning,
        tuning_order,
    ):
        table |= feature.COMMANDS
    return table


async def status(ack: AsyncAck, body: Body, client: AsyncWebClient, asked: Asked, *, deps: Deps) -> None:
    """Where the channel's project stands, shown to the person who asks."""
    await ack()
    await show_status(body, client, deps)


async def help_(ack: AsyncAck, body: Body, client: AsyncWebClient, asked: Asked, *, deps: Deps) -> None:
    await ack()
    await whisper(body, client, views.help_message())


async def help_pressed(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    await ack()
    await whisper(body, client, views.help_message())


async def next_pressed(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    await ack()
    await show_status(body, client, deps)


async def show_status(body: Body, client: AsyncWebClient, deps: Deps) -> None:
    async with reading(deps.db) as session:
        current = await projects.of_channel(session, team_in(body), channel_in(body))
        message = views.hello() if current is None else views.project_card(await service.project_card(session, current))
    await whisper(body, client, message)


def register(app: AsyncApp, deps: Deps) -> None:
    app.command(Command.TUNE)(guarded(tune, deps))
    app.action(Action.HELP)(guarded(help_pressed, deps))
    app.action(Action.PROJECT_NEXT)(guarded(next_pressed, deps))
