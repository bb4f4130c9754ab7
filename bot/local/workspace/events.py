"""Events to the app: only those it subscribed to, with the scope they need, sent again while nobody acknowledges."""

import asyncio
import time
from collections import deque

from bot.local.workspace.door import FIRST, Attempt, Door
from bot.local.workspace.errors import Json, NoAnswerError
from bot.local.workspace.ids import new_id, new_secret
from bot.local.workspace.manifest import Manifest
from bot.local.workspace.state import APP_ID, BOT_USER, TEAM_ID, Channel
from bot.local.workspace.timing import Timing

# Subscription -> the scope without which Slack does not deliver it (None: needs no scope).
SCOPE_OF: dict[str, str | None] = {
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "message.im": "im:history",
    "app_mention": "app_mentions:read",
    "file_shared": "files:read",
    "file_created": "files:read",
    "file_change": "files:read",
    "file_deleted": "files:read",
    "reaction_added": "reactions:read",
    "reaction_removed": "reactions:read",
    "member_joined_channel": "channels:read",
    "member_left_channel": "channels:read",
    "channel_created": "channels:read",
    "channel_rename": "channels:read",
    "channel_archive": "channels:read",
    "channel_unarchive": "channels:read",
    "channel_left": "channels:read",
    "group_rename": "groups:read",
    "group_archive": "groups:read",
    "group_unarchive": "groups:read",
    "group_left": "groups:read",
    "channel_deleted": "channels:read",
    "team_join": "users:read",
    "user_change": "users:read",
    "channel_id_changed": None,
    "app_home_opened": None,
    "app_uninstalled": None,
    "tokens_revoked": None,
}
REMEMBERED = 500


class Events:
    """One app's event stream. `hold` keeps events back, `release` lets them go, also in reverse order."""

    def __init__(self, manifest: Manifest, door: Door, timing: Timing) -> None:
        self._manifest = manifest
        self._door = door
        self._timing = timing
        self._sent: deque[Json] = deque(maxlen=REMEMBERED)
        self._held: list[Json] | None = None
        self._duplicates = 0
        self._reversing = 0
        self._silent = False
        self._tasks: set[asyncio.Task[None]] = set()

    def stop(self) -> None:
        """The app was taken out: it hears nothing any more."""
        self._silent = True

    def emit(self, event: Json, channel: Channel | None = None) -> None:
        """Send an event if the app hears it. An event of a channel is heard only where the bot is a member."""
        if self._silent or (channel is not None and BOT_USER not in channel.members):
            return
        if self._subscribed(event, channel):
            self._route(_callback(event))

    def _subscribed(self, event: Json, channel: Channel | None) -> bool:
        name = str(event["type"])
        if name == "message" and channel is not None:
            name = {"im": "message.im", "group": "message.groups", "channel": "message.channels"}[channel.kind]
        scope = SCOPE_OF.get(name)
        if scope == "channels:read" and channel is not None and channel.is_private:
            scope = "groups:read"
        return name in self._manifest.events and (scope is None or scope in self._manifest.scopes)

    def _route(self, callback: Json) -> None:
        if self._held is not None:
            self._held.append(callback)
            if self._reversing and len(self._held) >= self._reversing:
                self.release(reverse=True)
            return
        self._send(callback)
        if self._duplicates:
            self._duplicates -= 1
            self._send(callback)

    def _send(self, callback: Json, attempt: Attempt = FIRST) -> None:
        self._sent.append(callback)
        task = asyncio.create_task(self._deliver(callback, attempt))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver(self, callback: Json, attempt: Attempt) -> None:
        for wait in [*self._timing.retry_seconds, None]:
            try:
                await self._door.deliver("events_api", callback, attempt)
            except NoAnswerError as silence:
                attempt = Attempt(attempt.number + 1, silence.reason)
                if silence.final:
                    return
            else:
                return
            if wait is not None:
                await asyncio.sleep(wait)

    def hold(self) -> None:
        self._held = self._held or []

    def release(self, *, reverse: bool = False) -> int:
        held, self._held, self._reversing = self._held or [], None, 0
        for callback in reversed(held) if reverse else held:
            self._send(callback)
        return len(held)

    def reverse_next(self, count: int) -> None:
        """Hold the next `count` events and send them last first."""
        self._held, self._reversing = self._held or [], count

    def duplicate_next(self, count: int) -> None:
        self._duplicates += count

    def redeliver(self, kind: str | None, event_id: str | None, reason: str) -> str | None:
        """Send the newest matching event again as a retry; returns its id."""
        for callback in reversed(self._sent):
            if kind in (None, callback["event"]["type"]) and event_id in (None, callback["event_id"]):
                self._send(callback, Attempt(1, reason))
                return str(callback["event_id"])
        return None

    def close(self) -> None:
        for task in self._tasks:
            task.cancel()


def _callback(event: Json) -> Json:
    return {
        "token": "local-verification-token",
        "team_id": TEAM_ID,
        "context_team_id": TEAM_ID,
        "context_enterprise_id": None,
        "api_app_id": APP_ID,
        "event": event,
        "type": "event_callback",
        "event_id": new_id("Ev"),
        "event_time": int(time.time()),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": TEAM_ID,
                "user_id": BOT_USER,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
        "event_context": new_secret(),
    }
