"""Events are stored before anybody acts on them; the inbox job does the acting."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.response import BoltResponse

from bot.deps import Deps
from bot.log import new_trace
from storage import inbox
from storage.engine import transaction

KINDS = (
    "file_shared", "file_deleted", "reaction_added", "reaction_removed", "app_home_opened", "app_mention", "message",
    "member_joined_channel", "member_left_channel", "user_change", "channel_archive", "channel_left",
    "channel_unarchive", "group_archive", "group_left", "group_unarchive", "channel_id_changed", "app_uninstalled",
    "tokens_revoked",
)  # fmt: skip

# What an event keeps of its payload: ids and words of an emoji or a tab, never somebody's text.
KEPT = ("user", "user_id", "channel", "channel_id", "file_id", "reaction", "tab", "old_channel_id", "new_channel_id")


def ids_in(event: dict[str, Any]) -> dict[str, str]:
    """The ids of an event under one name each: user, channel, file, ts and so on."""
    kept = {name: str(event[name]) for name in KEPT if isinstance(event.get(name), str)}
    person = event.get("user")
    kept |= {"user": str(person["id"])} if isinstance(person, dict) and person.get("id") else {}
    item = event.get("item") or {}
    kept |= {name: str(item[name]) for name in ("channel", "ts") if item.get(name)}
    renamed = {"user_id": "user", "channel_id": "channel", "file_id": "file"}
    return {renamed.get(name, name): value for name, value in kept.items()}


def is_ours_to_answer(event: dict[str, Any], bot_user: str) -> bool:
    """Messages count only when a person wrote them to us, joining only when it is the bot who joins, leaving only
    when it is somebody else, and of all that changes about people only that an account was closed."""
    if event.get("type") == "message":
        return event.get("channel_type") == "im" and not (event.get("subtype") or event.get("bot_id"))
    if event.get("type") == "member_joined_channel":
        return event.get("user") == bot_user
    if event.get("type") == "member_left_channel":
        return event.get("user") != bot_user
    if event.get("type") == "user_change":
        return bool((event.get("user") or {}).get("deleted"))
    return True


async def remember(body: dict[str, Any], next: Callable[[], Awaitable[Any]], *, deps: Deps) -> BoltResponse | None:
    """Store an event with its ids before it is acknowledged; a database that is down makes Slack send it again."""
    event = body.get("event")
    if event is None or "event_id" not in body:
        await next()
        return None
    if event.get("type") in KINDS and is_ours_to_answer(event, bot_user_in(body)):
        async with transaction(deps.db) as session:
            await inbox.remember(
                session,
                team_id=str(body.get("team_id", "")),
                event_id=str(body["event_id"]),
                kind=str(event["type"]),
                ids=ids_in(event),
                event_ts=str(event.get("event_ts") or ""),
                now=deps.now(),
                trace_id=new_trace(),
            )
    return BoltResponse(status=200)


def bot_user_in(body: dict[str, Any]) -> str:
    """The bot's own user id, as every event names it."""
    authorizations = body.get("authorizations") or [{}]
    return str(authorizations[0].get("user_id") or "")


def register(app: AsyncApp, deps: Deps) -> None:
    async def middleware(body: dict[str, Any], next: Callable[[], Awaitable[Any]]) -> BoltResponse | None:
        return await remember(body, next, deps=deps)

    app.middleware(middleware)
