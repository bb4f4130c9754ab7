"""What the windows of style, template and sign-off share."""

from __future__ import annotations

from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.deps import Deps
from bot.domain.models import ModelInfo
from bot.domain.people import Actor
from bot.errors import BotError, NotYet
from bot.services import project as projects
from handlers.boundary import Body, channel_in, value_in
from handlers.commands import Asked
from storage.engine import reading
from storage.models import Project

# The window was closed, or something newer stands in it: nobody misses this one.
HARMLESS = {"hash_conflict", "not_found"}


def asked_project(asked: Asked) -> int:
    """The project that a command is about. Raises NotYet."""
    if asked.project is None or asked.project.id is None:
        raise NotYet("There is no project in this channel yet.", todo="Start one with /tune new.")
    return asked.project.id


async def pressed_project(body: Body, actor: Actor, deps: Deps) -> int:
    """The project whose id the button carries, else the channel's. Raises NotYet."""
    value = value_in(body).partition(":")[0]
    if value.isdecimal():
        return int(value)
    async with reading(deps.db) as session:
        return (await projects.need(session, actor, channel_in(body))).id or 0


def model_of(deps: Deps, project: Project) -> ModelInfo | None:
    """The model that would write; None while none is set up."""
    try:
        return deps.models.generate(projects.settings_of(project))
    except BotError:
        return None


async def redraw(client: AsyncWebClient, shown: dict[str, Any], view: dict[str, Any], *, below: bool = False) -> None:
    """Put something newer into an open window, or into the one below it."""
    where = {"view_id": shown["root_view_id"]} if below else {"view_id": shown["id"], "hash": shown["hash"]}
    try:
        await client.views_update(view=view, **where)
    except SlackApiError as error:
        if error.response.get("error") not in HARMLESS:
            raise
