"""`/tune money`, a project's budget, and the answers to questions about money."""

from __future__ import annotations

from functools import partial
from math import isfinite

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.deps import Deps
from bot.domain.people import Actor
from bot.errors import BadForm
from bot.services import money as service
from bot.services import spend_request
from bot.services.project import as_owner, settings_of
from bot.views import money as views
from bot.views.ids import Action, Callback
from handlers.access import actor_in
from handlers.boundary import Body, guarded, metadata_in, value_in, whisper
from handlers.commands import Asked, CommandListener, asked_project
from handlers.forms import text_in
from storage.engine import reading, transaction

MOST_USD = 1_000_000


async def money_command(ack: AsyncAck, body: Body, client: AsyncWebClient, asked: Asked, *, deps: Deps) -> None:
    """What the channel's project spent, shown to the owner or approver who asks."""
    await _show(body, client, deps, asked_project(asked), asked.actor)
    await ack()


async def show_pressed(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    actor = await actor_in(body, client, deps)
    await _show(body, client, deps, int(value_in(body)), actor)
    await ack()


async def _show(body: Body, client: AsyncWebClient, deps: Deps, project_id: int, actor: Actor) -> None:
    async with reading(deps.db) as session:
        project = await service.as_spender(session, project_id, actor)
        message = views.money_card(await service.card(session, project, limits=deps.limits, now=deps.now()))
    await whisper(body, client, message)


async def budget_pressed(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    actor = await actor_in(body, client, deps)
    async with reading(deps.db) as session:
        project = await as_owner(session, int(value_in(body)), actor)
    view = views.budget_modal(project.id or 0, settings_of(project).budget_usd)
    await client.views_open(trigger_id=body["trigger_id"], view=view)
    await ack()


async def budget_saved(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    usd = _usd(text_in(body, "usd"))
    actor = await actor_in(body, client, deps)
    async with transaction(deps.db) as session:
        await service.set_budget(session, int(metadata_in(body)), actor, usd, now=deps.now())
    await ack()


def _usd(typed: str) -> float | None:
    """Dollars as people type them: `25`, `$25.50`, `1,000`; nothing is no budget. Raises BadForm."""
    words = typed.removeprefix("$").replace(",", "").strip()
    if not words:
        return None
    try:
        usd = float(words)
    except ValueError:
        usd = -1.0
    if not isfinite(usd) or not 0 < usd <= MOST_USD:
        raise BadForm({"usd": "Type an amount in dollars, such as 25 or 12.50, or leave it empty."})
    return usd


async def answered(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps, yes: bool) -> None:
    actor = await actor_in(body, client, deps)
    async with transaction(deps.db) as session:
        await spend_request.decide(session, int(value_in(body)), actor, yes=yes, now=deps.now())
    await ack()


COMMANDS: dict[str, CommandListener] = {"money": money_command}


def register(app: AsyncApp, deps: Deps) -> None:
    app.action(Action.MONEY_SHOW)(guarded(show_pressed, deps))
    app.action(Action.MONEY_BUDGET)(guarded(budget_pressed, deps))
    app.view(Callback.MONEY_BUDGET)(guarded(budget_saved, deps))
    app.action(Action.MONEY_YES)(guarded(partial(answered, yes=True), deps))
    app.action(Action.MONEY_NO)(guarded(partial(answered, yes=False), deps))
