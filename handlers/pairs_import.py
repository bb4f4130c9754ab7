"""Importing pairs that people already have."""

from __future__ import annotations

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.deps import Deps
from bot.errors import BadForm
from bot.services import pairs_import as service
from bot.services import project as projects
from bot.views.ids import Action, Callback
from bot.views.pairs_import import TRUST, import_modal
from handlers.access import actor_in, pressed_project, text_allowed
from handlers.boundary import Body, guarded, metadata_in
from handlers.commands import Asked, CommandListener, asked_project
from handlers.forms import choice_in, files_in
from storage.engine import reading, transaction


async def command(ack: AsyncAck, body: Body, client: AsyncWebClient, asked: Asked, *, deps: Deps) -> None:
    """`/tune import`. Raises NotAllowed, NotYet."""
    project_id = asked_project(asked)
    async with reading(deps.db) as session:
        await projects.as_owner(session, project_id, asked.actor)
    await client.views_open(trigger_id=body["trigger_id"], view=import_modal(project_id))
    await ack()


async def pressed(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    actor = await actor_in(body, client, deps)
    project_id = await pressed_project(body, actor, deps)
    async with reading(deps.db) as session:
        await projects.as_owner(session, project_id, actor)
    await client.views_open(trigger_id=body["trigger_id"], view=import_modal(project_id))
    await ack()


async def submitted(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    """Raises BadForm without a file."""
    files = files_in(body, "file")
    if not files:
        raise BadForm({"file": "Choose a file with prompts and texts."})
    actor = await actor_in(body, client, deps)
    async with transaction(deps.db) as session:
        await service.start(
            session,
            int(metadata_in(body)),
            actor,
            now=deps.now(),
            file_id=str(files[0]["id"]),
            trusted=choice_in(body, "how") == TRUST,
            text_allowed=text_allowed(deps),
        )
    await ack()


COMMANDS: dict[str, CommandListener] = {"import": command}


def register(app: AsyncApp, deps: Deps) -> None:
    app.action(Action.PAIRS_OPEN)(guarded(pressed, deps))
    app.view(Callback.PAIRS)(guarded(submitted, deps))
