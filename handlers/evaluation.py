"""Before and after, side by side, and the rest of the catalog."""

from __future__ import annotations

from dataclasses import replace

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.deps import Deps
from bot.domain.models import ModelInfo
from bot.domain.people import Actor
from bot.domain.spot_check import Format
from bot.services import evaluation as service
from bot.services import evaluation_finish as finish
from bot.services import project as projects
from bot.views import evaluation as views
from bot.views.ids import Action, Callback
from handlers.access import actor_in, pressed_project
from handlers.boundary import Body, guarded, metadata_in
from handlers.commands import Asked, CommandListener, asked_project
from handlers.forms import choices_in
from storage.engine import reading, transaction
from storage.models import Project


async def try_command(ack: AsyncAck, body: Body, client: AsyncWebClient, asked: Asked, *, deps: Deps) -> None:
    await _try(deps, asked.actor, asked_project(asked), asked.rest)
    await ack()


async def try_pressed(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    actor = await actor_in(body, client, deps)
    await _try(deps, actor, await pressed_project(body, actor, deps), "")
    await ack()


async def _try(deps: Deps, actor: Actor, project_id: int, product: str) -> None:
    async with transaction(deps.db) as session:
        project = await projects.get(session, project_id, actor)
        base = deps.models.generate(projects.settings_of(project))
        await service.try_model(
            session, project_id, actor, base=base, product=product, now=deps.now(), limits=deps.limits
        )


async def writer(deps: Deps, session: AsyncSession, project: Project) -> ModelInfo:
    """What writes the rest: the tuned model at the provider that made it, else the usual one."""
    job = await service.model_job(session, project)
    if job is None:
        return deps.models.generate(projects.settings_of(project))
    return replace(deps.models.info(job.tuned_model), provider=job.provider)


async def finish_command(ack: AsyncAck, body: Body, client: AsyncWebClient, asked: Asked, *, deps: Deps) -> None:
    await _open(ack, body, client, deps, asked.actor, asked_project(asked))


async def finish_pressed(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    actor = await actor_in(body, client, deps)
    await _open(ack, body, client, deps, actor, await pressed_project(body, actor, deps))


async def _open(ack: AsyncAck, body: Body, client: AsyncWebClient, deps: Deps, actor: Actor, project_id: int) -> None:
    """Price first: nothing is written before somebody said yes to it."""
    async with reading(deps.db) as session:
        project = await projects.get(session, project_id, actor)
        offer = await finish.offer_finish(session, project_id, actor, await writer(deps, session, project))
    await client.views_open(trigger_id=body["trigger_id"], view=views.finish_modal(offer))
    await ack()


async def finish_confirmed(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    actor = await actor_in(body, client, deps)
    project_id = int(metadata_in(body))
    chosen = choices_in(body, "formats")
    formats = [one for one in Format if one in chosen]
    async with transaction(deps.db) as session:
        project = await projects.get(session, project_id, actor)
        model = await writer(deps, session, project)
        await finish.start_finish(
            session, project_id, actor, model=model, now=deps.now(), limits=deps.limits, formats=formats
        )
    await ack()


COMMANDS: dict[str, CommandListener] = {
    "try": try_command,
    "finish": finish_command,
}


def register(app: AsyncApp, deps: Deps) -> None:
    app.action(Action.TRY_MODEL)(guarded(try_pressed, deps))
    app.action(Action.FINISH_OPEN)(guarded(finish_pressed, deps))
    app.view(Callback.FINISH)(guarded(finish_confirmed, deps))
