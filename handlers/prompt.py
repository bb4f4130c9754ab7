"""House style, template and sign-off in Slack."""

from __future__ import annotations

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.deps import Deps
from bot.domain.people import Actor
from bot.errors import NotYet
from bot.services import project as projects
from bot.services import prompt_card as service
from bot.views import prompt_forms as views
from bot.views.ids import Action, Callback
from handlers.access import actor_in
from handlers.boundary import Body, channel_in, guarded, metadata_in, tell, value_in
from handlers.commands import Asked, CommandListener
from handlers.forms import style_form, template_form
from storage.engine import reading, transaction

# The form was closed, or a newer preview is on its way: nobody misses this one.
HARMLESS = {"hash_conflict", "not_found"}


def _asked_project(asked: Asked) -> int:
    if asked.project is None or asked.project.id is None:
        raise NotYet("There is no project in this channel yet.", todo="Start one with /tune new.")
    return asked.project.id


async def _pressed_project(body: Body, actor: Actor, deps: Deps) -> int:
    """The project whose id the button carries, else the channel's. Raises NotYet."""
    value = value_in(body).partition(":")[0]
    if value.isdecimal():
        return int(value)
    async with reading(deps.db) as session:
        return (await projects.need(session, actor, channel_in(body))).id or 0


def models_of(deps: Deps) -> tuple[str, ...]:
    """The models that the settings name, in their order."""
    return tuple(deps.settings.models)


async def style_command(ack: AsyncAck, body: Body, client: AsyncWebClient, asked: Asked, *, deps: Deps) -> None:
    await _open_style(body, client, deps, asked.actor, _asked_project(asked))
    await ack()


async def style_pressed(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    actor = await actor_in(body, client, deps)
    await _open_style(body, client, deps, actor, await _pressed_project(body, actor, deps))
    await ack()


async def _open_style(body: Body, client: AsyncWebClient, deps: Deps, actor: Actor, project_id: int) -> None:
    async with reading(deps.db) as session:
        form = await service.style_modal(session, actor, project_id)
    await client.views_open(trigger_id=body["trigger_id"], view=views.style_modal(form))


async def style_saved(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    """Raises BadForm."""
    style = style_form(body)
    actor = await actor_in(body, client, deps)
    async with transaction(deps.db) as session:
        await service.save_style(session, actor, int(metadata_in(body)), style, now=deps.now())
    await ack()


async def template_command(ack: AsyncAck, body: Body, client: AsyncWebClient, asked: Asked, *, deps: Deps) -> None:
    await _open_template(body, client, deps, asked.actor, _asked_project(asked))
    await ack()


async def template_pressed(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    actor = await actor_in(body, client, deps)
    await _open_template(body, client, deps, actor, await _pressed_project(body, actor, deps))
    await ack()


async def _open_template(body: Body, client: AsyncWebClient, deps: Deps, actor: Actor, project_id: int) -> None:
    async with reading(deps.db) as session:
        form = await service.template_modal(session, actor, project_id, models=models_of(deps))
    await client.views_open(trigger_id=body["trigger_id"], view=views.template_modal(form))


async def template_previewed(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    """Draw the open form again with what the template, as typed, gives for real products."""
    view = body["view"]
    typed = template_form(body, models_of(deps))
    actor = await actor_in(body, client, deps)
    async with reading(deps.db) as session:
        form = await service.template_modal(
            session, actor, int(view["private_metadata"]), models=models_of(deps), form=typed
        )
    await ack()
    try:
        await client.views_update(view_id=view["id"], hash=view["hash"], view=views.template_modal(form))
    except SlackApiError as error:
        if error.response.get("error") not in HARMLESS:
            raise


async def template_saved(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    """Raises BadForm."""
    form = template_form(body, models_of(deps))
    actor = await actor_in(body, client, deps)
    async with transaction(deps.db) as session:
        await service.save_template(session, actor, int(metadata_in(body)), form, now=deps.now())
    await ack()


async def prompts_command(ack: AsyncAck, body: Body, client: AsyncWebClient, asked: Asked, *, deps: Deps) -> None:
    await _show(ack, body, client, deps, asked.actor, _asked_project(asked))


async def prompts_pressed(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    actor = await actor_in(body, client, deps)
    await _show(ack, body, client, deps, actor, await _pressed_project(body, actor, deps))


async def _show(ack: AsyncAck, body: Body, client: AsyncWebClient, deps: Deps, actor: Actor, project_id: int) -> None:
    """Post the sign-off card, or say where it stands already: it is one message that is edited."""
    async with transaction(deps.db) as session:
        known = await service.show_for(session, actor, project_id, now=deps.now())
    await ack()
    if known is not None:
        channel, ts = known
        link = await client.chat_getPermalink(channel=channel, message_ts=ts)
        await tell(body, client, f"The prompts have not changed; <{link['permalink']}|here they are>.")


async def signed(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    """*Looks right*, for owners."""
    project, _, fingerprint = value_in(body).partition(":")
    actor = await actor_in(body, client, deps)
    async with transaction(deps.db) as session:
        await service.sign_off(session, actor, int(project), fingerprint=fingerprint, now=deps.now())
    await ack()


async def ten_more(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    project, _, shown = value_in(body).partition(":")
    actor = await actor_in(body, client, deps)
    async with transaction(deps.db) as session:
        await service.ten_more(session, actor, int(project), shown=int(shown), now=deps.now())
    await ack()


COMMANDS: dict[str, CommandListener] = {
    "style": style_command,
    "template": template_command,
    "prompts": prompts_command,
}


def register(app: AsyncApp, deps: Deps) -> None:
    app.action(Action.STYLE_OPEN)(guarded(style_pressed, deps))
    app.view(Callback.STYLE)(guarded(style_saved, deps))
    app.action(Action.TEMPLATE_OPEN)(guarded(template_pressed, deps))
    app.action(Action.TEMPLATE_PREVIEW)(guarded(template_previewed, deps))
    app.view(Callback.TEMPLATE)(guarded(template_saved, deps))
    app.action(Action.PROMPTS_SHOW)(guarded(prompts_pressed, deps))
    app.action(Action.PROMPTS_SIGN)(guarded(signed, deps))
    app.action(Action.PROMPTS_MORE)(guarded(ten_more, deps))
