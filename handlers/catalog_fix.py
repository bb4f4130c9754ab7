"""*Fix columns*: the form that corrects how a catalog was read, and the button that folds its rows."""

from __future__ import annotations

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.deps import Deps
from bot.domain.cards_catalog import CatalogFix, Fix
from bot.domain.catalog import Roles
from bot.domain.catalog_reading import EVERY_ROW
from bot.errors import BadForm
from bot.services import catalog_fix as service
from bot.views import catalog_forms as views
from bot.views.ids import Action, Callback
from handlers.access import actor_in
from handlers.boundary import Body, guarded, metadata_in, value_in
from handlers.forms import choice_in, choices_in, values_in, whole_in
from storage.engine import reading, transaction


async def fix_pressed(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    actor = await actor_in(body, client, deps)
    async with reading(deps.db) as session:
        form = await service.fix_form(session, actor, int(value_in(body)))
    await client.views_open(trigger_id=body["trigger_id"], view=views.fix_modal(form))
    await ack()


async def fixed(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    """*Fix columns* was saved. Raises BadForm."""
    catalog_id = int(metadata_in(body))
    actor = await actor_in(body, client, deps)
    async with transaction(deps.db) as session:
        shown = await service.fix_form(session, actor, catalog_id)
        await service.fix(session, actor, catalog_id, fix_in(body, shown), now=deps.now())
    await ack()


async def fold_pressed(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    """Rows of one product as one, or every row as a product."""
    catalog, how = value_in(body).split(":")
    actor = await actor_in(body, client, deps)
    async with transaction(deps.db) as session:
        await service.fold(session, actor, int(catalog), folded=how == "fold", now=deps.now())
    await ack()


def fix_in(body: Body, shown: CatalogFix) -> Fix:
    """The form's numbers as names. Raises BadForm where the columns have changed since it was opened."""
    columns = [column.name for column in shown.columns]

    def column(field: str) -> str | None:
        return _at(columns, choice_in(body, field))

    return Fix(
        roles=Roles(column("product_name"), column("type"), column("details"), column("existing_text")),
        split=_split(body, shown),
        sheet=_at(shown.sheets, choice_in(body, "sheet")),
        member=_at(shown.members, choice_in(body, "member")),
        header_row=_header_row(body),
        delimiter=chr(int(mark)) if (mark := choice_in(body, "delimiter")).isdecimal() else None,
        encoding=_at([one.encoding for one in shown.readings], choice_in(body, "encoding")),
        product_key=EVERY_ROW if choice_in(body, "product_key") == views.EVERY_ROW else column("product_key"),
        steps=_steps(body, shown),
        features=_features(body, shown),
    )


def _split(body: Body, shown: CatalogFix) -> tuple[str, ...]:
    """The ticked columns, with those that the form does not ask about left as they are."""
    columns = [column.name for column in shown.columns]
    asked = {one.column for one in views.split_columns(shown)}
    ticked = [name for chosen in choices_in(body, "split") if (name := _at(columns, chosen))]
    return (*ticked, *(name for name in shown.splits if name not in asked))


def _at(names: list[str] | tuple[str, ...], chosen: str) -> str | None:
    """The name at the number that a menu gave; None where nothing was chosen. Raises BadForm."""
    if not chosen.isdecimal():
        return None
    if int(chosen) >= len(names):
        raise BadForm({"product_name": "The columns have changed. Close this form and open it again."})
    return names[int(chosen)]


def _header_row(body: Body) -> int | None:
    row = whole_in(body, "header_row")
    if row is not None and row < 0:
        raise BadForm({"header_row": "Type the number of a row, or 0 if there is no header."})
    return row


def _steps(body: Body, shown: CatalogFix) -> frozenset[str] | None:
    """The ticked steps, with those that the form does not show left as they are."""
    fields = [field for field in values_in(body) if field.startswith("steps_")]
    if not fields:
        return None
    silent = {step.name for step in shown.done if step.name not in views.STEPS}
    return frozenset(silent | {name for field in fields for name in choices_in(body, field)})


def _features(body: Body, shown: CatalogFix) -> frozenset[str] | None:
    if "features" not in values_in(body):
        return None
    return frozenset(name for at in choices_in(body, "features") if (name := _at([f.name for f in shown.features], at)))


def register(app: AsyncApp, deps: Deps) -> None:
    app.action(Action.CATALOG_FIX)(guarded(fix_pressed, deps))
    app.action(Action.CATALOG_FOLD)(guarded(fold_pressed, deps))
    app.view(Callback.CATALOG_FIX)(guarded(fixed, deps))
