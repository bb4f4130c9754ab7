"""The template's windows in Slack."""

from __future__ import annotations

from dataclasses import replace

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.deps import Deps
from bot.domain.cards_prompt import Place, TemplateForm
from bot.domain.people import Actor
from bot.services import prompt_templates as service
from bot.views import prompt_template as views
from bot.views.ids import Action, Callback
from handlers.access import actor_in, pressed_project
from handlers.boundary import Body, guarded, metadata_in, value_in
from handlers.commands import Asked, asked_project
from handlers.forms import template_form
from handlers.windows import redraw
from storage.engine import reading, transaction


def models_of(deps: Deps) -> tuple[str, ...]:
    """The models that the settings name, in their order."""
    return tuple(deps.settings.models)


def _place(body: Body) -> Place:
    return Place.parse(metadata_in(body))


async def template_command(ack: AsyncAck, body: Body, client: AsyncWebClient, asked: Asked, *, deps: Deps) -> None:
    await _open(body, client, deps, asked.actor, Place(asked_project(asked)))
    await ack()


async def template_pressed(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    actor = await actor_in(body, client, deps)
    await _open(body, client, deps, actor, Place(await pressed_project(body, actor, deps)))
    await ack()


async def add_pressed(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    """A window for a new template: on its own from a card, above the main one's from there."""
    actor = await actor_in(body, client, deps)
    below = _place(body) if body.get("view") else None
    project_id = below.project_id if below else await pressed_project(body, actor, deps)
    await _open(body, client, deps, actor, Place(project_id, service.NEW, below=below.drawn if below else 0))
    await ack()


async def _open(body: Body, client: AsyncWebClient, deps: Deps, actor: Actor, place: Place) -> None:
    async with reading(deps.db) as session:
        form = await service.template_modal(session, actor, place, models=models_of(deps))
    view = views.template_modal(form)
    if body.get("view"):
        await client.views_push(trigger_id=body["trigger_id"], view=view)
    else:
        await client.views_open(trigger_id=body["trigger_id"], view=view)


async def previewed(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    """Draw the open form again with what the template, as typed, gives for real products."""
    actor = await actor_in(body, client, deps)
    async with reading(deps.db) as session:
        await _fill(ack, body, client, deps, session, actor, _place(body), template_form(body, models_of(deps)))


async def started(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    """Put a starter's text into the open form."""
    actor, place = await actor_in(body, client, deps), _place(body)
    typed = template_form(body, models_of(deps))
    async with reading(deps.db) as session:
        filled = await service.from_starter(session, actor, place.project_id, value_in(body), typed)
        await _fill(ack, body, client, deps, session, actor, replace(place, drawn=place.drawn + 1), filled)


async def taken(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    """Put the text of another project's template into the open form."""
    actor, place = await actor_in(body, client, deps), _place(body)
    typed = template_form(body, models_of(deps))
    async with reading(deps.db) as session:
        filled = await service.from_elsewhere(session, actor, value_in(body), typed)
        await _fill(ack, body, client, deps, session, actor, replace(place, drawn=place.drawn + 1), filled)


async def _fill(
    ack: AsyncAck,
    body: Body,
    client: AsyncWebClient,
    deps: Deps,
    session: AsyncSession,
    actor: Actor,
    place: Place,
    typed: TemplateForm,
) -> None:
    form = await service.template_modal(session, actor, place, models=models_of(deps), form=typed)
    await ack()
    await redraw(client, body["view"], views.template_modal(form))


async def saved(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    """The main template with the settings under *More*. Raises BadForm."""
    form, place = template_form(body, models_of(deps)), _place(body)
    actor = await actor_in(body, client, deps)
    async with transaction(deps.db) as session:
        await service.save_template(
            session, actor, place.project_id, form, now=deps.now(), template_id=place.template_id
        )
    await ack()


async def other_saved(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    """Another template; the window below, where there is one, then lists it. Raises BadForm."""
    place = _place(body)
    await saved(ack, body, client, deps=deps)
    if body["view"].get("previous_view_id"):
        await _redraw_list(body, client, deps, Place(place.project_id, drawn=place.below), below=True)


async def other_chosen(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    """Change, remove, or put first one of the other templates."""
    what, _, template = value_in(body).partition(":")
    actor, place = await actor_in(body, client, deps), _place(body)
    if what == "change":
        await _open(body, client, deps, actor, Place(place.project_id, int(template), below=place.drawn))
        await ack()
        return
    act = service.remove if what == "remove" else service.put_first
    async with transaction(deps.db) as session:
        await act(session, actor, place.project_id, int(template), now=deps.now())
    await ack()
    # With another main template the fields show another text: they are filled in anew.
    drawn = place.drawn + (what == "first")
    await _redraw_list(body, client, deps, Place(place.project_id, drawn=drawn))


async def _redraw_list(body: Body, client: AsyncWebClient, deps: Deps, place: Place, *, below: bool = False) -> None:
    actor = await actor_in(body, client, deps)
    async with reading(deps.db) as session:
        form = await service.template_modal(session, actor, place, models=models_of(deps))
    await redraw(client, body["view"], views.template_modal(form), below=below)


def register(app: AsyncApp, deps: Deps) -> None:
    app.action(Action.TEMPLATE_OPEN)(guarded(template_pressed, deps))
    app.action(Action.TEMPLATE_ADD)(guarded(add_pressed, deps))
    app.action(Action.TEMPLATE_PREVIEW)(guarded(previewed, deps))
    app.action(Action.TEMPLATE_STARTER)(guarded(started, deps))
    app.action(Action.TEMPLATE_TAKE)(guarded(taken, deps))
    app.action(Action.TEMPLATE_OTHER)(guarded(other_chosen, deps))
    app.view(Callback.TEMPLATE)(guarded(saved, deps))
    app.view(Callback.TEMPLATE_NEXT)(guarded(other_saved, deps))
