"""Ordering, cancelling and listing fine-tunes, and asking to be told of their end."""

from __future__ import annotations

import secrets

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.deps import Deps
from bot.domain.models import ModelInfo
from bot.domain.people import Actor
from bot.domain.tuning import MOST_EPOCHS, TrainForm, TrainOffer
from bot.errors import BadForm
from bot.services import dataset as datasets
from bot.services import project as projects
from bot.services import tuning as service
from bot.views import tuning as views
from bot.views.ids import Action, Callback
from handlers.access import actor_in
from handlers.boundary import Body, channel_in, guarded, metadata_in, person_in, tell, value_in
from handlers.commands import Asked, CommandListener
from handlers.dataset import asked_project, pressed_project
from handlers.forms import choice_in, number_in, text_in
from storage.engine import reading, transaction

# The window was closed or redrawn meanwhile: nobody misses this drawing of it.
HARMLESS = {"hash_conflict", "not_found"}


async def train_command(ack: AsyncAck, body: Body, client: AsyncWebClient, asked: Asked, *, deps: Deps) -> None:
    project_id = asked_project(asked)
    async with reading(deps.db) as session:
        dataset_id = await service.latest_dataset(session, project_id, asked.actor)
    await _open(ack, body, client, deps, asked.actor, dataset_id)


async def train_pressed(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    """The value is `project` for its newest version, or `project:dataset`."""
    actor = await actor_in(body, client, deps)
    dataset = value_in(body).partition(":")[2]
    if dataset.isdecimal():
        await _open(ack, body, client, deps, actor, int(dataset))
        return
    project_id = await pressed_project(body, actor, deps)
    async with reading(deps.db) as session:
        dataset_id = await service.latest_dataset(session, project_id, actor)
    await _open(ack, body, client, deps, actor, dataset_id)


async def _open(ack: AsyncAck, body: Body, client: AsyncWebClient, deps: Deps, actor: Actor, dataset_id: int) -> None:
    """Show what is to be confirmed; the window carries a number that makes it one order, however often it is sent."""
    offer = await _offer(deps, actor, dataset_id, TrainForm())
    await client.views_open(trigger_id=body["trigger_id"], view=views.train_modal(offer, secrets.token_hex(8)))
    await ack()


async def _offer(deps: Deps, actor: Actor, dataset_id: int, form: TrainForm) -> TrainOffer:
    async with reading(deps.db) as session:
        model = await _model(deps, session, actor, dataset_id, form)
        return await service.offer(session, dataset_id, actor, model, form)


async def _model(deps: Deps, session: AsyncSession, actor: Actor, dataset_id: int, form: TrainForm) -> ModelInfo:
    """The model that was typed, else the recommended one."""
    if form.model:
        return deps.models.info(form.model)
    dataset = await datasets.need(session, dataset_id)
    project = await projects.get(session, dataset.project_id, actor)
    return deps.models.tune(projects.settings_of(project))


async def more_pressed(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    """Draw the window again with everything that can be chosen, and the price of what was. Raises BadForm."""
    form = train_form(body)
    actor = await actor_in(body, client, deps)
    dataset_id, confirmation = _confirmation_in(body)
    offer = await _offer(deps, actor, dataset_id, form)
    await ack()
    view = views.train_modal(offer, confirmation, form=form)
    try:
        await client.views_update(view_id=body["view"]["id"], hash=body["view"]["hash"], view=view)
    except SlackApiError as error:
        if error.response.get("error") not in HARMLESS:
            raise


async def train_confirmed(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    """The yes: one job. Raises BadForm."""
    form = train_form(body)
    actor = await actor_in(body, client, deps)
    dataset_id, confirmation = _confirmation_in(body)
    async with transaction(deps.db) as session:
        await service.start(
            session,
            dataset_id,
            actor,
            form=form,
            model=await _model(deps, session, actor, dataset_id, form),
            confirmation=confirmation,
            now=deps.now(),
            month_usd=deps.settings.budget_usd_per_month,
        )
    await ack()


def _confirmation_in(body: Body) -> tuple[int, str]:
    dataset, _, confirmation = metadata_in(body).partition(":")
    return int(dataset), confirmation


def train_form(body: Body) -> TrainForm:
    """What stands under *More*; nothing where it was not opened. Raises BadForm."""
    epochs, rate = choice_in(body, "epochs"), number_in(body, "learning_rate")
    if rate is not None and rate <= 0:
        raise BadForm({"learning_rate": "Type a number above 0, or leave it empty."})
    rounds = int(epochs) if epochs.isdecimal() else None
    if rounds is not None and not 1 <= rounds <= MOST_EPOCHS:
        raise BadForm({"epochs": f"Choose between 1 and {MOST_EPOCHS} rounds."})
    return TrainForm(epochs=rounds, learning_rate=rate, suffix=text_in(body, "suffix"), model=text_in(body, "model"))


async def cancel_command(ack: AsyncAck, body: Body, client: AsyncWebClient, asked: Asked, *, deps: Deps) -> None:
    async with transaction(deps.db) as session:
        await service.cancel_open(session, asked_project(asked), asked.actor, now=deps.now())
    await ack()
    await tell(body, client, "I am asking the provider to cancel it. Its card says when that is done.")


async def cancel_pressed(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    actor = await actor_in(body, client, deps)
    async with transaction(deps.db) as session:
        await service.cancel(session, int(value_in(body)), actor, now=deps.now())
    await ack()


async def tell_me_pressed(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    actor = await actor_in(body, client, deps)
    async with transaction(deps.db) as session:
        added = await service.tell_me_too(session, int(value_in(body)), actor, now=deps.now())
    await ack()
    await tell(body, client, "I will send you a message when it is over." if added else "You will hear of it already.")


async def jobs_command(ack: AsyncAck, body: Body, client: AsyncWebClient, asked: Asked, *, deps: Deps) -> None:
    async with reading(deps.db) as session:
        message = views.jobs_list(await service.recent(session, asked_project(asked), now=deps.now()))
    await ack()
    await client.chat_postEphemeral(
        channel=channel_in(body), user=person_in(body), text=message.text, blocks=message.blocks
    )


COMMANDS: dict[str, CommandListener] = {"train": train_command, "jobs": jobs_command, "cancel": cancel_command}


def register(app: AsyncApp, deps: Deps) -> None:
    app.action(Action.TRAIN_OPEN)(guarded(train_pressed, deps))
    app.action(Action.TRAIN_MORE)(guarded(more_pressed, deps))
    app.view(Callback.TRAIN)(guarded(train_confirmed, deps))
    app.action(Action.TRAIN_CANCEL)(guarded(cancel_pressed, deps))
    app.action(Action.TRAIN_TELL_ME)(guarded(tell_me_pressed, deps))
