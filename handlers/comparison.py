"""Blind comparisons in Slack: ordering one, judging pairs, closing the votes, looking behind the result."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.deps import Deps
from bot.domain.comparison import USUAL_SIZE, Choice, ComparisonState
from bot.domain.people import Actor
from bot.services import comparison as service
from bot.services import comparison_result as results
from bot.services import comparison_votes as votes
from bot.services import evaluation
from bot.services import project as projects
from bot.services.comparison_plan import Models
from bot.views import comparison as views
from bot.views import comparison_result as result_views
from bot.views.ids import Action, Callback
from handlers.access import actor_in, pressed_project
from handlers.boundary import Body, guarded, metadata_in, value_in
from handlers.commands import Asked, CommandListener, asked_project
from handlers.forms import choice_in
from handlers.windows import redraw
from storage import comparison as queries
from storage.engine import reading, transaction
from storage.models import Project


async def compare_command(ack: AsyncAck, body: Body, client: AsyncWebClient, asked: Asked, *, deps: Deps) -> None:
    await _open(ack, body, client, deps, asked.actor, asked_project(asked))


async def compare_pressed(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    """The button under a model; or, in the window, another number of products."""
    actor = await actor_in(body, client, deps)
    if (body.get("view") or {}).get("callback_id") == Callback.COMPARE:
        await _repriced(ack, body, client, deps, actor)
        return
    await _open(ack, body, client, deps, actor, await pressed_project(body, actor, deps))


async def _open(ack: AsyncAck, body: Body, client: AsyncWebClient, deps: Deps, actor: Actor, project_id: int) -> None:
    """The next pair where a comparison is being judged, else what one would cost."""
    async with reading(deps.db) as session:
        await projects.get(session, project_id, actor)
        live = await queries.live(session, project_id)
        judged = live is not None and live.state is ComparisonState.VOTING
        if live is not None and judged:
            view = await _next_view(session, live.id or 0, actor)
        elif live is not None:
            await votes.next_pair(session, live.id or 0, actor)  # says that it is being written
            return
        else:
            offer = await service.offer(session, project_id, actor, await models_of(deps, session, project_id, actor))
            view = views.offer_modal(offer)
    await _show(client, body, view)
    await ack()


async def _repriced(ack: AsyncAck, body: Body, client: AsyncWebClient, deps: Deps, actor: Actor) -> None:
    project_id, size = int(metadata_in(body)), _size(value_in(body))
    async with reading(deps.db) as session:
        models = await models_of(deps, session, project_id, actor)
        offer = await service.offer(session, project_id, actor, models, size=size)
    await ack()
    await _show(client, body, views.offer_modal(offer))


def _size(chosen: str) -> int:
    return int(chosen) if chosen.isdecimal() else USUAL_SIZE


async def models_of(deps: Deps, session: AsyncSession, project_id: int, actor: Actor) -> Models:
    """The tuned model in use with the base it was made of, both where that was; else what the project writes with."""
    project = await projects.get(session, project_id, actor)
    job = await evaluation.model_job(session, project)
    if job is None:
        return Models(deps.models.generate(projects.settings_of(project)), None)
    base, tuned = deps.models.info(job.base_model), deps.models.info(job.tuned_model)
    return Models(replace(base, provider=job.provider), replace(tuned, provider=job.provider))


async def confirmed(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    """The yes: the texts are ordered."""
    actor, project_id = await actor_in(body, client, deps), int(metadata_in(body))
    async with transaction(deps.db) as session:
        await service.start(
            session,
            project_id,
            actor,
            models=await models_of(deps, session, project_id, actor),
            size=_size(choice_in(body, "size")),
            now=deps.now(),
            limits=deps.limits,
        )
    await ack()


async def next_pressed(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    """*Compare*: one pair after the other in a window."""
    actor = await actor_in(body, client, deps)
    async with reading(deps.db) as session:
        view = await _next_view(session, int(value_in(body)), actor)
    await _show(client, body, view)
    await ack()


async def voted(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    """An answer: it is kept, then the next pair takes this one's place."""
    choice = Choice(str(body["actions"][0]["action_id"]).rpartition(":")[2])
    actor = await actor_in(body, client, deps)
    async with transaction(deps.db) as session:
        comparison_id = await votes.vote(session, int(value_in(body)), actor, choice, now=deps.now())
        view = await _next_view(session, comparison_id, actor)
    await ack()
    await _show(client, body, view)


async def _next_view(session: AsyncSession, comparison_id: int, actor: Actor) -> dict[str, Any]:
    pair = await votes.next_pair(session, comparison_id, actor)
    if pair is not None:
        return views.blind_modal(pair)
    return views.thanks_modal(await votes.judged_by(session, comparison_id, actor))


async def back(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    """The pair judged before, to change one's mind."""
    actor = await actor_in(body, client, deps)
    async with reading(deps.db) as session:
        view = views.blind_modal(await votes.pair(session, int(value_in(body)), actor))
    await _show(client, body, view)
    await ack()


async def end_pressed(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    actor = await actor_in(body, client, deps)
    async with transaction(deps.db) as session:
        await votes.end(session, int(value_in(body)), actor, now=deps.now())
    await ack()


async def retry_pressed(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    actor = await actor_in(body, client, deps)
    async with transaction(deps.db) as session:
        await service.retry(session, int(value_in(body)), actor, now=deps.now())
    await ack()


async def examples_pressed(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    actor = await actor_in(body, client, deps)
    async with transaction(deps.db) as session:
        await service.use_examples(session, int(value_in(body)), actor, now=deps.now())
    await ack()


async def flips_pressed(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    """The texts behind the figures, once the votes are closed."""
    actor = await actor_in(body, client, deps)
    async with reading(deps.db) as session:
        view = result_views.flips_modal(await votes.result_for(session, int(value_in(body)), actor))
    await _show(client, body, view)
    await ack()


async def rounds_pressed(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    """All rounds; over the order's window where it is open."""
    actor = await actor_in(body, client, deps)
    async with reading(deps.db) as session:
        project: Project = await projects.get(session, int(value_in(body)), actor)
        view = result_views.rounds_modal(await results.rounds_of(session, project))
    if body.get("view"):
        await client.views_push(trigger_id=body["trigger_id"], view=view)
    else:
        await _show(client, body, view)
    await ack()


async def _show(client: AsyncWebClient, body: Body, view: dict[str, Any]) -> None:
    """Open a window, or put it in the place of the one whose button was pressed."""
    open_view = body.get("view") or {}
    if open_view.get("type") == "modal":
        await redraw(client, open_view, view)
    else:
        await client.views_open(trigger_id=body["trigger_id"], view=view)


COMMANDS: dict[str, CommandListener] = {"compare": compare_command}


def register(app: AsyncApp, deps: Deps) -> None:
    buttons: dict[str, Callable[..., Awaitable[None]]] = {
        Action.COMPARE_OPEN: compare_pressed,
        Action.COMPARE_NEXT: next_pressed,
        Action.COMPARE_BACK: back,
        Action.COMPARE_END: end_pressed,
        Action.COMPARE_FLIPS: flips_pressed,
        Action.COMPARE_ROUNDS: rounds_pressed,
        Action.COMPARE_RETRY: retry_pressed,
        Action.COMPARE_EXAMPLES: examples_pressed,
    }
    for action, listener in buttons.items():
        app.action(action)(guarded(listener, deps))
    app.action(re.compile(rf"^{re.escape(Action.COMPARE_VOTE)}:\w+$"))(guarded(voted, deps))
    app.view(Callback.COMPARE)(guarded(confirmed, deps))
