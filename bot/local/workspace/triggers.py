"""Trigger ids (single use, seconds) and response URLs (five uses, half an hour)."""

import time
from dataclasses import dataclass

from bot.local.workspace.errors import ApiError
from bot.local.workspace.ids import new_secret

RESPONSE_URL_USES = 5


@dataclass
class Trigger:
    user: str
    at: float
    used: bool = False


class Triggers:
    def __init__(self) -> None:
        self._issued: dict[str, Trigger] = {}

    def issue(self, user: str) -> str:
        trigger_id = f"{time.time_ns()}.{new_secret()}"
        self._issued[trigger_id] = Trigger(user, time.monotonic())
        return trigger_id

    def exchange(self, trigger_id: str, seconds: float) -> str:
        """The user who caused it. Raises what Slack answers for unknown, used and late ones."""
        trigger = self._issued.get(trigger_id)
        if trigger is None:
            raise ApiError("invalid_trigger_id")
        if trigger.used:
            raise ApiError("exchanged_trigger_id")
        if time.monotonic() - trigger.at > seconds:
            raise ApiError("expired_trigger_id")
        trigger.used = True
        return trigger.user


@dataclass
class Hook:
    user: str
    channel: str
    message_ts: str | None
    at: float
    uses: int = 0


class ResponseUrls:
    def __init__(self) -> None:
        self._issued: dict[str, Hook] = {}

    def issue(self, user: str, channel: str, message_ts: str | None = None) -> str:
        """The secret part of the URL. `message_ts`: the message that `replace_original` means."""
        key = new_secret()
        self._issued[key] = Hook(user, channel, message_ts, time.monotonic())
        return key

    def use(self, key: str, seconds: float) -> Hook:
        """Raises `expired_url` or `used_url`."""
        hook = self._issued.get(key)
        if hook is None or time.monotonic() - hook.at > seconds:
            raise ApiError("expired_url")
        if hook.uses >= RESPONSE_URL_USES:
            raise ApiError("used_url")
        hook.uses += 1
        return hook
