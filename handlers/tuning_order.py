"""Ordering a fine-tune: the window, what can be chosen in it, and the yes."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass, replace
from datetime import date

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.accounts import account_of
from bot.deps import Deps
from bot.domain.models import ModelInfo
from bot.domain.people import Actor
from bot.domain.tuning import MOST_BATCH, MOST_EPOCHS, TrainForm, TrainOffer
from bot.domain.tuning_failure import Fix
from bot.domain.tuning_terms import ModelChoice, Retry, Terms
from bot.errors import BadForm, BotError, NotYet
from bot.services import dataset as datasets
from bot.services import project as projects
from bot.services import tuning as service
from bot.services import tuning_retry
from bot.services.tuning_retry import Refill
from bot.services.tuning_terms import terms_of
from bot.views.ids import Action, Callback
from bot.views.tuning_order import train_modal
from handlers.access import actor_in, pressed_project
from handlers.boundary import Body, guarded, metadata_in, value_in
from handlers.commands import Asked, CommandListener, asked_project
from handlers.forms import choice_in, number_in, text_in
from handlers.windows import redraw
from storage import shutdowns
from storage.engine import reading, transaction

log = structlog.get_logger()

# A window has three seconds to open; a provider that is slower is asked again at night.
END_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Order:
    """What the window is about. `why` names the failed job and its fix, or the model to be taught elsewhere."""

    dataset_id: int
    confirmation: str
    why: str = ""


async def train_command(ack: AsyncAck, body: Body, client: AsyncWebClient, asked: Asked, *, deps: Deps) -> None:
    project_id = asked_project(asked)
    async with reading(deps.db) as session:
        dataset_id = await service.latest_dataset(session, project_id, asked.actor)
    await _open(ack, body, client, deps, asked.actor, _order(dataset_id))


async def train_pressed(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    """The value is `project` for its newest version, or `project:dataset`."""
    actor = await actor_in(body, client, deps)
    dataset = value_in(body).partition(":")[2]
    if dataset.isdecimal():
        await _open(ack, body, client, deps, actor, _order(int(dataset)))
        return
    project_id = await pressed_project(body, actor, deps)
    async with reading(deps.db) as session:
        dataset_id = await service.latest_dataset(session, project_id, actor)
    await _open(ack, body, client, deps, actor, _order(dataset_id))


async def retry_pressed(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    """The value is `job:fix`."""
    actor = await actor_in(body, client, deps)
    why = f"r{value_in(body).replace(':', '.')}"
    refill, _ = await _refill(deps, actor, why)
    await _open(ack, body, client, deps, actor, _order(refill.dataset_id, why), form=refill.form)


async def elsewhere_pressed(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    """The value is the tuned model that will end."""
    actor = await actor_in(body, client, deps)
    why = f"e{value_in(body)}"
    refill, avoided = await _refill(deps, actor, why)
    first = _choices(deps, avoided)[0]
    form = replace(refill.form, model=first.name)
    await _open(ack, body, client, deps, actor, _order(refill.dataset_id, why), form=form)


async def drop_pressed(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    """The value is `job:line`: a version without that line, then the window for it."""
    actor = await actor_in(body, client, deps)
    job, _, line = value_in(body).partition(":")
    async with transaction(deps.db) as session:
        dataset_id = await tuning_retry.without_line(session, int(job), int(line), actor, now=deps.now())
    why = f"r{job}.{Fix.DROP_LINE}.{line}"
    refill, _ = await _refill(deps, actor, why)
    await _open(ack, body, client, deps, actor, _order(dataset_id, why), form=refill.form)


def _order(dataset_id: int, why: str = "") -> Order:
    """The window carries a number that makes it one order, however often it is sent."""
    return Order(dataset_id, secrets.token_hex(8), why)


async def _open(
    ack: AsyncAck,
    body: Body,
    client: AsyncWebClient,
    deps: Deps,
    actor: Actor,
    order: Order,
    *,
    form: TrainForm | None = None,
) -> None:
    """Show what is to be confirmed."""
    offer = await _offer(deps, actor, order, form or TrainForm())
    view = train_modal(offer, order.confirmation, form=form, today=deps.now().date(), context=order.why)
    await client.views_open(trigger_id=body["trigger_id"], view=view)
    await ack()


async def _offer(deps: Deps, actor: Actor, order: Order, form: TrainForm) -> TrainOffer:
    async with reading(deps.db) as session:
        model = await _model(deps, session, actor, order.dataset_id, form)
    terms = await _terms(deps, model)
    choices, retry = await _given(deps, actor, order)
    async with reading(deps.db) as session:
        return await service.offer(
            session, order.dataset_id, actor, model, form, terms=terms, choices=choices, retry=retry
        )


async def _given(deps: Deps, actor: Actor, order: Order) -> tuple[tuple[ModelChoice, ...], Retry | None]:
    """What the window says beside the order where it was opened again."""
    if not order.why:
        return (), None
    refill, avoided = await _refill(deps, actor, order.why)
    return (_choices(deps, avoided) if refill.other_model else ()), refill.retry


async def _refill(deps: Deps, actor: Actor, why: str) -> tuple[Refill, str]:
    """From `e7` or `r7.batch` to what the window opens with, and the provider that it should not be."""
    async with reading(deps.db) as session:
        if why.startswith("e"):
            return await tuning_retry.elsewhere(session, int(why[1:]), actor)
        job, _, fix = why[1:].partition(".")
        name, _, line = fix.partition(".")
        refill = await tuning_retry.refill(session, int(job), Fix(name), actor)
        if line:
            refill = replace(refill, retry=replace(refill.retry, change=f"line {line} is left out"))
        return refill, ""


def _choices(deps: Deps, avoided: str) -> tuple[ModelChoice, ...]:
    """Models of the settings, those of other providers first where one is to be avoided. Raises NotYet."""
    models = [deps.models.info(name) for name in deps.settings.models]
    elsewhere = [model for model in models if model.provider != avoided]
    chosen = elsewhere if avoided else models
    if not chosen:
        raise NotYet(
            "No other provider is set up here yet.",
            kept="The frozen texts stay as they are.",
            todo="Whoever runs me adds one under [providers] and [models] in tunesmith.toml.",
        )
    return tuple(ModelChoice(model.name, model.provider_label) for model in chosen)


async def _model(deps: Deps, session: AsyncSession, actor: Actor, dataset_id: int, form: TrainForm) -> ModelInfo:
    """The model that was typed, else the recommended one."""
    if form.model:
        return deps.models.info(form.model)
    dataset = await datasets.need(session, dataset_id)
    project = await projects.get(session, dataset.project_id, actor)
    return deps.models.tune(projects.settings_of(project))


async def _terms(deps: Deps, model: ModelInfo) -> Terms:
    """What the provider takes, and until when: its own word where it gives one in time."""
    return terms_of(account_of(deps.settings, model.provider), model, named_end=await _named_end(deps, model))


async def _named_end(deps: Deps, model: ModelInfo) -> date | None:
    async with reading(deps.db) as session:
        known = await shutdowns.said(session, provider=model.provider, model=model.name)
    if known is not None:
        return date.fromisoformat(known.ends_on) if known.ends_on else None
    try:
        async with asyncio.timeout(END_SECONDS):
            info = await deps.providers.tuner(model.provider).model(model.name)
    except (BotError, TimeoutError) as error:
        log.info("shutdown_not_asked", model=model.name, error=str(error))
        return None
    return info.shutdown_date.date() if info and info.shutdown_date else None


async def more_pressed(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    """Draw the window again with everything that can be chosen, and the price of what was. Raises BadForm."""
    form = train_form(body)
    actor = await actor_in(body, client, deps)
    order = order_in(body)
    offer = await _offer(deps, actor, order, form)
    await ack()
    view = train_modal(offer, order.confirmation, form=form, today=deps.now().date(), context=order.why)
    await redraw(client, body["view"], view)


async def train_confirmed(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    """The yes: one job. Raises BadForm."""
    form = train_form(body)
    actor = await actor_in(body, client, deps)
    order = order_in(body)
    async with reading(deps.db) as session:
        model = await _model(deps, session, actor, order.dataset_id, form)
    terms = await _terms(deps, model)
    async with transaction(deps.db) as session:
        await service.start(
            session,
            order.dataset_id,
            actor,
            form=form,
            model=model,
            terms=terms,
            confirmation=order.confirmation,
            now=deps.now(),
            limits=deps.limits,
        )
    await ack()


def order_in(body: Body) -> Order:
    dataset, _, rest = metadata_in(body).partition(":")
    confirmation, _, why = rest.partition(":")
    return Order(int(dataset), confirmation, why)


def train_form(body: Body) -> TrainForm:
    """What stands under *More*; nothing where it was not opened. Raises BadForm."""
    epochs, batch, rate = choice_in(body, "epochs"), choice_in(body, "batch_size"), number_in(body, "learning_rate")
    if rate is not None and rate <= 0:
        raise BadForm({"learning_rate": "Type a number above 0, or leave it empty."})
    return TrainForm(
        epochs=_within(epochs, "epochs", MOST_EPOCHS, "rounds"),
        batch_size=_within(batch, "batch_size", MOST_BATCH, "texts"),
        learning_rate=rate,
        suffix=text_in(body, "suffix"),
        model=choice_in(body, "model") or text_in(body, "model"),
    )


def _within(chosen: str, field: str, most: int, what: str) -> int | None:
    """A whole number that was chosen from a menu; None where it is left to the provider. Raises BadForm."""
    number = int(chosen) if chosen.isdecimal() else None
    if number is not None and not 1 <= number <= most:
        raise BadForm({field: f"Choose between 1 and {most} {what}."})
    return number


COMMANDS: dict[str, CommandListener] = {"train": train_command}


def register(app: AsyncApp, deps: Deps) -> None:
    app.action(Action.TRAIN_OPEN)(guarded(train_pressed, deps))
    app.action(Action.TRAIN_RETRY)(guarded(retry_pressed, deps))
    app.action(Action.TRAIN_ELSEWHERE)(guarded(elsewhere_pressed, deps))
    app.action(Action.TRAIN_DROP)(guarded(drop_pressed, deps))
    app.action(Action.TRAIN_MORE)(guarded(more_pressed, deps))
    app.view(Callback.TRAIN)(guarded(train_confirmed, deps))
