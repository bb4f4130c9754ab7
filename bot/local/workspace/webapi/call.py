"""One Web API call: who calls, with what; and how methods are described."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from bot.local.workspace import limits
from bot.local.workspace.errors import ApiError, Json
from bot.local.workspace.ratelimit import TIER_3
from bot.local.workspace.state import BOT_USER, Channel, Message, User
from bot.local.workspace.world import World

_TRUE = (True, 1, "1", "true", "True")


@dataclass(frozen=True)
class Call:
    world: World
    args: Json
    base_url: str

    def text(self, name: str) -> str:
        """A required argument. Raises `invalid_arguments`."""
        value = self.optional(name)
        if value is None:
            raise ApiError("invalid_arguments", f"missing required field: {name} [json-pointer:/{name}]")
        return value

    def optional(self, name: str) -> str | None:
        value = self.args.get(name)
        return None if value in (None, "") else str(value)

    def flag(self, name: str) -> bool:
        return self.args.get(name) in _TRUE

    def structure(self, name: str) -> Any:
        """A JSON argument, sent as JSON or as text. Raises `invalid_arguments` when it is not JSON."""
        value = self.args.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except ValueError:
            raise ApiError("invalid_arguments", f"must be valid JSON [json-pointer:/{name}]") from None

    def channel(self, name: str = "channel") -> Channel:
        """Raises `channel_not_found`."""
        channel_id = self.optional(name)
        if channel_id is None:
            raise ApiError("channel_not_found")
        return self.world.state.channel(channel_id)

    def user(self, name: str = "user") -> User:
        """Raises `user_not_found`."""
        user = self.world.state.users.get(self.optional(name) or "")
        if user is None:
            raise ApiError("user_not_found")
        return user

    def message(self, channel: Channel, name: str = "ts", code: str = "message_not_found") -> Message:
        message = channel.messages.get(self.optional(name) or "")
        if message is None or message.deleted or message.ephemeral_for:
            raise ApiError(code)
        return message

    def require_files(self, blocks: Json | list[Json]) -> None:
        """An image block shows a file only once the file has been processed. Raises `invalid_blocks`."""
        for file_id in limits.slack_file_ids(blocks):
            file = self.world.state.files.get(file_id)
            if file is None or not file.processed or not self.world.state.bot_may_read(file):
                raise ApiError("invalid_blocks", f"invalid slack file: {file_id} [json-pointer:/blocks]")

    def scope_for(self, channel: Channel, action: str) -> None:
        """Reading needs the scope of the channel's kind: `channels:read`, `groups:read`, `im:history` and so on."""
        family = {"im": "im", "group": "groups", "channel": "channels"}[channel.kind]
        self.require_scope(f"{family}:{action}")

    def require_scope(self, *any_of: str) -> None:
        """Raises `missing_scope` with needed and provided."""
        if not self.world.manifest.scopes.intersection(any_of):
            provided = ",".join(sorted(self.world.manifest.scopes))
            raise ApiError("missing_scope", needed=",".join(any_of), provided=provided)

    def require_member(self, channel: Channel) -> None:
        if BOT_USER not in channel.members:
            raise ApiError("not_in_channel" if channel.kind == "channel" else "channel_not_found")


Handler = Callable[[Call], Awaitable[Json]]


@dataclass(frozen=True)
class Method:
    """`scopes`: any one of them is enough. `caller`: whose token it takes, `bot`, `app` or `any`."""

    run: Handler
    scopes: tuple[str, ...] = ()
    per_minute: int = TIER_3
    caller: str = "bot"
