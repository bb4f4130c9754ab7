"""`/tune settings`: one window with a section a feature. Add a section's reader to `READERS`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.deps import Deps
from bot.domain.editing import reject_reasons
from bot.domain.project import ProjectSettings
from bot.domain.settings import SettingsCard
from bot.services import settings as service
from bot.views.ids import Callback
from bot.views.settings import settings_view
from handlers.access import actor_in
from handlers.boundary import Body, guarded, metadata_in
from handlers.commands import Asked, CommandListener, asked_project
from handlers.forms import choice_in, choices_in, text_in, users_in
from storage.engine import reading, transaction

# What somebody typed into a section, put into the settings. Raises BadForm.
Reader = Callable[[Body, SettingsCard, ProjectSettings], ProjectSettings]


def review_in(body: Body, card: SettingsCard, settings: ProjectSettings) -> ProjectSettings:
    """The section *Review*."""
    column = choice_in(body, "spread_by")
    by = int(column) if column.isdecimal() else -1
    return replace(
        settings,
        votes=int(choice_in(body, "votes") or 1),
        group_name=text_in(body, "group_name"),
        group=users_in(body, "group"),
        adjudicators=users_in(body, "adjudicators"),
        spread_by=card.columns[by] if 0 <= by < len(card.columns) else "",
    )


def rejecting_in(body: Body, card: SettingsCard, settings: ProjectSettings) -> ProjectSettings:
    """The section *Rejecting*. Raises BadForm."""
    lines = (line.strip() for line in text_in(body, "reject_reasons").splitlines())
    return replace(settings, reject_reasons=reject_reasons(lines))


def _with_days(card: SettingsCard, deps: Deps) -> SettingsCard:
    return replace(card, uploads_days=deps.settings.retention.raw_uploads_days)


def reminding_in(body: Body, card: SettingsCard, settings: ProjectSettings) -> ProjectSettings:
    """The section *Reminders*."""
    telling = choices_in(body, "telling")
    return replace(
        settings,
        digest="digest" in telling,
        reminders="reminders" in telling,
        quiet_from=int(choice_in(body, "quiet_from") or settings.quiet_from),
        quiet_to=int(choice_in(body, "quiet_to") or settings.quiet_to),
        quiet_weekends=bool(choices_in(body, "weekends")),
        time_zone=text_in(body, "time_zone"),
    )


READERS: list[Reader] = [review_in, rejecting_in, reminding_in]


async def command(ack: AsyncAck, body: Body, client: AsyncWebClient, asked: Asked, *, deps: Deps) -> None:
    """`/tune settings`."""
    async with reading(deps.db) as session:
        card = await service.card(session, asked_project(asked), asked.actor)
    await client.views_open(trigger_id=body["trigger_id"], view=settings_view(_with_days(card, deps)))
    await ack()


async def saved(ack: AsyncAck, body: Body, client: AsyncWebClient, *, deps: Deps) -> None:
    actor, project_id = await actor_in(body, client, deps), int(metadata_in(body))

    async with transaction(deps.db) as session:
        card = await service.card(session, project_id, actor)

        def change(settings: ProjectSettings) -> ProjectSettings:
            for read in READERS:
                settings = read(body, card, settings)
            return settings

        await service.change(session, project_id, actor, change, now=deps.now())
    await ack()


COMMANDS: dict[str, CommandListener] = {"settings": command}


def register(app: AsyncApp, deps: Deps) -> None:
    app.view(Callback.SETTINGS)(guarded(saved, deps))
