"""Ordering texts in Slack: try five, write more, use what is there, stop."""

from __future__ import annotations

import re

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.deps import Deps
from bot.domain.models import ModelInfo
from bot.domain.people import Actor
from bot.errors import BadForm, Stale
from bot.services import completion as service
from bot.services import project as projects
from bot.views.ids import Action
from handlers.access import actor_in
from handlers.boundary import Body, channel_in, guarded, tell, value_in
from handlers.commands import Asked, CommandListener, needed_project
from storage import completion as queries
from storage.engine import reading, transaction
from storage.models import Project

ALL = "all"


async def try_five(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    actor = await actor_in(body, client, deps)
    project = await _project(body, deps, actor)
    await _start_try(deps, project, actor)
    await ack()


async def write_more(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    """*Good, write more* under five texts: `run:count` or `run:all`."""
    actor = await actor_in(body, client, deps)
    run_id, _, count = value_in(body).partition(":")
    async with reading(deps.db) as session:
        run = await queries.run(session, int(run_id))
        if run is None:
            raise Stale("These five texts are gone.", todo="Try five again: /tune write.")
        project = await projects.get(session, run.project_id, actor)
    await _start_write(deps, project, actor, None if count == ALL else int(count))
    await ack()


async def use_existing(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    actor = await actor_in(body, client, deps)
    project = await _project(body, deps, actor)
    async with transaction(deps.db) as session:
        await service.start_existing(session, project.id or 0, actor, model=_model(deps, project), now=deps.now())
    await ack()


async def stop(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    actor = await actor_in(body, client, deps)
    async with transaction(deps.db) as session:
        await service.stop_run(session, int(value_in(body)), actor, now=deps.now())
    await ack()


async def write_command(ack: AsyncAck, body: Body, client: AsyncWebClient, asked: Asked, *, deps: Deps) -> None:
    """`/tune write` tries five; `/tune write 60` or `all` writes more once somebody found five good."""
    project = needed_project(asked)
    if not asked.rest:
        await _start_try(deps, project, asked.actor)
    else:
        await _start_write(deps, project, asked.actor, _count(asked.rest))
    await ack()


async def stop_command(ack: AsyncAck, body: Body, client: AsyncWebClient, asked: Asked, *, deps: Deps) -> None:
    project = needed_project(asked)
    async with transaction(deps.db) as session:
        stopped = await service.stop_all(session, project, asked.actor, now=deps.now())
    await ack()
    await tell(body, client, f"Stopping {stopped} run{'s' if stopped != 1 else ''}. What is written is kept.")


async def _start_try(deps: Deps, project: Project, actor: Actor) -> None:
    async with transaction(deps.db) as session:
        await service.start_try(
            session,
            project.id or 0,
            actor,
            model=_model(deps, project),
            now=deps.now(),
            limits=deps.limits,
        )


async def _start_write(deps: Deps, project: Project, actor: Actor, count: int | None) -> None:
    async with transaction(deps.db) as session:
        await service.start_write(
            session,
            project.id or 0,
            actor,
            count=count,
            model=_model(deps, project),
            now=deps.now(),
            limits=deps.limits,
        )


def _count(words: str) -> int | None:
    """How many texts; None for all. Raises BadForm."""
    if words.lower() == ALL:
        return None
    if not words.isdecimal() or int(words) < 1:
        raise BadForm({"count": "Say how many: `/tune write 60`, or `/tune write all`."})
    return int(words)


async def _project(body: Body, deps: Deps, actor: Actor) -> Project:
    """The project that a button names, else the channel's."""
    value = value_in(body)
    async with reading(deps.db) as session:
        if value.isdecimal():
            return await projects.get(session, int(value), actor)
        return await projects.need(session, actor, channel_in(body))


def _model(deps: Deps, project: Project) -> ModelInfo:
    return deps.models.generate(projects.settings_of(project))


COMMANDS: dict[str, CommandListener] = {"write": write_command, "stop": stop_command}


def register(app: AsyncApp, deps: Deps) -> None:
    app.action(Action.WRITE_TRY)(guarded(try_five, deps))
    app.action(re.compile(rf"^{re.escape(Action.WRITE_MORE)}(:\d+)?$"))(guarded(write_more, deps))
    app.action(Action.WRITE_EXISTING)(guarded(use_existing, deps))
    app.action(Action.WRITE_STOP)(guarded(stop, deps))
