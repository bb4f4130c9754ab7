"""Starting, choosing, moving projects, and the people in them."""

from __future__ import annotations

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.deps import Deps
from bot.domain.project import Role
from bot.domain.team import Team
from bot.errors import NotYet
from bot.services import home as home_service
from bot.services import people as people_service
from bot.services import project as service
from bot.views import home as views
from bot.views.ids import Action, Callback
from bot.views.people import field_of, people_modal
from handlers.access import actor_in
from handlers.boundary import Body, channel_in, guarded, metadata_in, value_in
from handlers.commands import Asked, CommandListener, asked_project
from handlers.forms import users_in
from storage import project as projects
from storage.engine import reading, transaction


async def new(ack: AsyncAck, body: Body, client: AsyncWebClient, asked: Asked, *, deps: Deps) -> None:
    async with transaction(deps.db) as session:
        await service.start(session, asked.actor, channel_id=asked.channel, name=asked.rest, now=deps.now())
    await ack()


async def list_(ack: AsyncAck, body: Body, client: AsyncWebClient, asked: Asked, *, deps: Deps) -> None:
    async with reading(deps.db) as session:
        rows = await projects.all_in(session, asked.actor.team_id, asked.channel)
        cards = [await home_service.project_card(session, row) for row in rows]
    if not cards:
        raise NotYet("There is no project in this channel yet.", todo="Start one with /tune new.")
    await ack()
    message = views.projects_list(cards, asked.project.id if asked.project else None)
    await client.chat_postEphemeral(
        channel=asked.channel, user=asked.actor.user_id, text=message.text, blocks=message.blocks
    )


async def people(ack: AsyncAck, body: Body, client: AsyncWebClient, asked: Asked, *, deps: Deps) -> None:
    await _open_people(body, client, deps, asked_project(asked))
    await ack()


async def people_pressed(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    await _open_people(body, client, deps, int(value_in(body)))
    await ack()


async def _open_people(body: Body, client: AsyncWebClient, deps: Deps, project_id: int) -> None:
    actor = await actor_in(body, client, deps)
    async with reading(deps.db) as session:
        team = await people_service.team_for(session, project_id, actor)
    await client.views_open(trigger_id=body["trigger_id"], view=people_modal(project_id, team))


async def people_saved(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    team = Team(*(users_in(body, field_of(role)) for role in Role))
    actor = await actor_in(body, client, deps)
    async with transaction(deps.db) as session:
        await people_service.set_people(session, int(metadata_in(body)), actor, team, now=deps.now())
    await ack()


async def new_pressed(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    await client.views_open(trigger_id=body["trigger_id"], view=views.new_project_modal(channel_in(body)))
    await ack()


async def new_saved(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    actor = await actor_in(body, client, deps)
    name = str(body["view"]["state"]["values"]["name"]["name"].get("value") or "")
    async with transaction(deps.db) as session:
        await service.start(session, actor, channel_id=metadata_in(body), name=name, now=deps.now())
    await ack()


async def chosen(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    actor = await actor_in(body, client, deps)
    async with transaction(deps.db) as session:
        await service.choose(session, actor, int(value_in(body)), now=deps.now())
    await ack()


async def move_pressed(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    await client.views_open(trigger_id=body["trigger_id"], view=views.move_modal(int(value_in(body))))
    await ack()


async def move_saved(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    actor = await actor_in(body, client, deps)
    channel = str(body["view"]["state"]["values"]["channel"]["channel"].get("selected_conversation") or "")
    async with transaction(deps.db) as session:
        await service.move(session, int(metadata_in(body)), actor, channel_id=channel, now=deps.now())
    await ack()


COMMANDS: dict[str, CommandListener] = {"new": new, "projects": list_, "people": people}


def register(app: AsyncApp, deps: Deps) -> None:
    app.action(Action.PROJECT_NEW)(guarded(new_pressed, deps))
    app.view(Callback.PROJECT_NEW)(guarded(new_saved, deps))
    app.action(Action.PROJECT_PEOPLE)(guarded(people_pressed, deps))
    app.view(Callback.PROJECT_PEOPLE)(guarded(people_saved, deps))
    app.action(f"{Action.PROJECT_NEXT}:choose")(guarded(chosen, deps))
    app.action(Action.PROJECT_MOVE)(guarded(move_pressed, deps))
    app.view(Action.PROJECT_MOVE)(guarded(move_saved, deps))
