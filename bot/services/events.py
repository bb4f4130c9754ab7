"""What an event from Slack means: the routing table from its kind to a use case."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.domain.people import Actor
from storage.models import Inbox

Handler = Callable[..., Awaitable[None]]


def routes() -> dict[str, Handler]:
    """Kind of event to its use case; each takes (session, event, actor, now=...)."""
    from bot.services import catalog, deletion, home, people, project, review

    return {
        "file_shared": catalog.file_shared,
        "file_deleted": catalog.file_deleted,
        "reaction_added": review.reaction_changed,
        "reaction_removed": review.reaction_changed,
        "app_home_opened": home.opened,
        "app_mention": project.spoken_to,
        "message": project.spoken_to,
        "member_joined_channel": project.somebody_joined,
        "member_left_channel": people.left_channel,
        "user_change": people.account_closed,
        "channel_archive": project.channel_closed,
        "channel_left": project.channel_closed,
        "group_archive": project.channel_closed,
        "group_left": project.channel_closed,
        "channel_unarchive": project.channel_opened,
        "group_unarchive": project.channel_opened,
        "channel_id_changed": project.channel_id_changed,
        "app_uninstalled": deletion.uninstalled,
        "tokens_revoked": deletion.uninstalled,
    }


async def handle(session: AsyncSession, event: Inbox, actor: Actor | None, *, now: datetime) -> None:
    """Do what the event asks for. People from other workspaces are not listened to."""
    if actor is not None and actor.is_foreign:
        return
    from bot.services import deletion

    await deletion.heard_from(session, event, now=now)
    await routes()[event.kind](session, event, actor, now=now)
