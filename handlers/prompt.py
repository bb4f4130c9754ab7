"""House style and sign-off in Slack."""

from __future__ import annotations

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.deps import Deps
from bot.domain.models import ModelInfo
from bot.domain.people import Actor
from bot.errors import BotError
from bot.services import project as projects
from bot.services import prompt_card as service
from bot.services import prompt_style as styles
from bot.services import rules
from bot.views import prompt_closer as closer_views
from bot.views import prompt_forms as forms
from bot.views.ids import Action, Callback
from handlers import prompt_templates
from handlers.access import actor_in, pressed_project
from handlers.boundary import Body, guarded, metadata_in, tell, value_in
from handlers.commands import Asked, CommandListener, asked_project
from handlers.forms import style_form
from handlers.windows import redraw
from storage.engine import reading, transaction
from storage.models import Project


async def style_command(ack: AsyncAck, body: Body, client: AsyncWebClient, asked: Asked, *, deps: Deps) -> None:
    await _open_style(body, client, deps, asked.actor, asked_project(asked))
    await ack()


async def style_pressed(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    actor = await actor_in(body, client, deps)
    await _open_style(body, client, deps, actor, await pressed_project(body, actor, deps))
    await ack()


async def _open_style(body: Body, client: AsyncWebClient, deps: Deps, actor: Actor, project_id: int) -> None:
    async with reading(deps.db) as session:
        form = await styles.style_modal(session, actor, project_id)
    await client.views_open(trigger_id=body["trigger_id"], view=forms.style_modal(form))


async def style_taken(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    """Fill the open form with the style of another project."""
    project, _, drawn = metadata_in(body).partition(":")
    actor = await actor_in(body, client, deps)
    async with reading(deps.db) as session:
        form = await styles.style_modal(
            session, actor, int(project), take=int(value_in(body)), drawn=int(drawn or 0) + 1
        )
    await ack()
    await redraw(client, body["view"], forms.style_modal(form))


async def style_saved(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    """Raises BadForm."""
    style = style_form(body)
    project = int(metadata_in(body).partition(":")[0])
    actor = await actor_in(body, client, deps)
    async with transaction(deps.db) as session:
        await styles.save_style(session, actor, project, style, now=deps.now())
        await rules.redraw(session, project, now=deps.now())
    await ack()


async def prompts_command(ack: AsyncAck, body: Body, client: AsyncWebClient, asked: Asked, *, deps: Deps) -> None:
    await _show(ack, body, client, deps, asked.actor, asked_project(asked))


async def prompts_pressed(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    actor = await actor_in(body, client, deps)
    await _show(ack, body, client, deps, actor, await pressed_project(body, actor, deps))


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


async def sampled(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    """Another column to take the ten by, or none."""
    project, _, column = value_in(body).partition(":")
    actor = await actor_in(body, client, deps)
    async with transaction(deps.db) as session:
        await service.sample_by(session, actor, int(project), column=column, now=deps.now())
    await ack()


async def closer(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    """A window with what the card has no room for. It opens at once, and is filled when all prompts were looked at."""
    actor = await actor_in(body, client, deps)
    opened = await client.views_open(trigger_id=body["trigger_id"], view=closer_views.looking())
    await ack()
    async with reading(deps.db) as session:
        project = await projects.get(session, await pressed_project(body, actor, deps), actor)
        card = await service.look_closer(session, actor, project.id or 0, model=_model_of(deps, project))
    await redraw(client, opened["view"], closer_views.closer_modal(card))


def _model_of(deps: Deps, project: Project) -> ModelInfo | None:
    """The model that would write; None while none is set up."""
    try:
        return deps.models.generate(projects.settings_of(project))
    except BotError:
        return None


COMMANDS: dict[str, CommandListener] = {
    "style": style_command,
    "template": prompt_templates.template_command,
    "prompts": prompts_command,
}


def register(app: AsyncApp, deps: Deps) -> None:
    app.action(Action.STYLE_OPEN)(guarded(style_pressed, deps))
    app.view(Callback.STYLE)(guarded(style_saved, deps))
    app.action(Action.STYLE_TAKE)(guarded(style_taken, deps))
    app.action(Action.PROMPTS_SHOW)(guarded(prompts_pressed, deps))
    app.action(Action.PROMPTS_SIGN)(guarded(signed, deps))
    app.action(Action.PROMPTS_MORE)(guarded(ten_more, deps))
    app.action(Action.PROMPTS_BY)(guarded(sampled, deps))
    app.action(Action.PROMPTS_CLOSER)(guarded(closer, deps))
    prompt_templates.register(app, deps)
