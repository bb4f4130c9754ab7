"""conversations.*: channels, who is in them, and what was said."""

from typing import TypeVar

from bot.local.workspace import membership
from bot.local.workspace.errors import ApiError, Json
from bot.local.workspace.ratelimit import TIER_2, TIER_3, TIER_4
from bot.local.workspace.render import channel_json, message_json
from bot.local.workspace.state import BOT_USER, Channel, Message
from bot.local.workspace.webapi.call import Call, Method

_READ = ("channels:read", "groups:read", "im:read", "mpim:read")
_HISTORY = ("channels:history", "groups:history", "im:history", "mpim:history")
DEFAULT_LIMIT = 100
Row = TypeVar("Row")
MAX_LIMIT = 999


def _limit(call: Call) -> int:
    """Raises `invalid_limit`."""
    try:
        limit = int(call.optional("limit") or DEFAULT_LIMIT)
    except ValueError:
        raise ApiError("invalid_limit") from None
    if not 1 <= limit <= MAX_LIMIT:
        raise ApiError("invalid_limit")
    return limit


def _page(call: Call, rows: list[Row]) -> tuple[list[Row], Json]:
    """One page of rows and what to add to the answer; the cursor is a position."""
    cursor = call.optional("cursor") or "0"
    if not cursor.isdigit():
        raise ApiError("invalid_cursor")
    start, stop = int(cursor), int(cursor) + _limit(call)
    more = stop < len(rows)
    return rows[start:stop], {"has_more": more, "response_metadata": {"next_cursor": str(stop) if more else ""}}


async def info(call: Call) -> Json:
    channel = call.channel()
    call.scope_for(channel, "read")
    if channel.kind != "channel":
        call.require_member(channel)
    return {"channel": channel_json(channel)}


async def list_channels(call: Call) -> Json:
    kinds = (call.optional("types") or "public_channel").split(",")
    types = {"im": "im", "group": "private_channel", "channel": "public_channel"}
    known = [one for one in call.world.state.channels.values() if one.is_seen_by(BOT_USER)]
    wanted = [one for one in known if types[one.kind] in kinds]
    for channel in wanted:
        call.scope_for(channel, "read")
    if call.flag("exclude_archived"):
        wanted = [channel for channel in wanted if not channel.is_archived]
    rows, rest = _page(call, wanted)
    return {"channels": [channel_json(channel) for channel in rows], "response_metadata": rest["response_metadata"]}


async def members(call: Call) -> Json:
    channel = call.channel()
    call.scope_for(channel, "read")
    if channel.kind != "channel":
        call.require_member(channel)
    rows, rest = _page(call, channel.members)
    return {"members": rows, "response_metadata": rest["response_metadata"]}


async def open_im(call: Call) -> Json:
    """The direct message with one person."""
    users = (call.optional("users") or "").split(",")
    if users == [""] and (channel_id := call.optional("channel")):
        return {"channel": {"id": call.world.state.channel(channel_id).id}}
    if len(users) != 1:
        raise ApiError("method_not_supported_for_channel_type")
    channel_id = call.world.state.im_id(users[0])
    if not channel_id:
        raise ApiError("user_not_found")
    return {"no_op": True, "already_open": True, "channel": {"id": channel_id}}


async def join(call: Call) -> Json:
    channel = call.channel()
    if channel.kind != "channel":
        raise ApiError("method_not_supported_for_channel_type")
    if channel.is_archived:
        raise ApiError("is_archived")
    membership.add_bot(call.world, channel, inviter=BOT_USER)
    return {"channel": channel_json(channel)}


async def history(call: Call) -> Json:
    """Top-level messages, newest first."""
    channel = call.channel()
    call.scope_for(channel, "history")
    call.require_member(channel)
    visible = [message for message in channel.top_level() if not message.ephemeral_for and _between(call, message)]
    rows, rest = _page(call, visible[::-1])
    return {"messages": _rendered(call, rows), "pin_count": 0, **rest}


async def replies(call: Call) -> Json:
    """A thread: its parent, then the replies, oldest first."""
    channel = call.channel()
    call.scope_for(channel, "history")
    call.require_member(channel)
    parent = _parent(call, channel)
    answers = [channel.messages[ts] for ts in parent.replies if _between(call, channel.messages[ts])]
    rows, rest = _page(call, [parent, *answers])
    return {"messages": _rendered(call, rows), **rest}


def _parent(call: Call, channel: Channel) -> Message:
    message = channel.messages.get(call.text("ts"))
    if message is None or message.ephemeral_for:
        raise ApiError("thread_not_found")
    return channel.messages[message.thread_ts or message.ts] if message.is_reply else message


def _between(call: Call, message: Message) -> bool:
    at, oldest, latest = float(message.ts), _moment(call, "oldest", 0.0), _moment(call, "latest", float("inf"))
    return oldest < at < latest or (call.flag("inclusive") and at in (oldest, latest))


def _moment(call: Call, name: str, default: float) -> float:
    """Raises `invalid_ts_oldest` or `invalid_ts_latest`."""
    try:
        return float(call.optional(name) or default)
    except ValueError:
        raise ApiError(f"invalid_ts_{name}") from None


def _rendered(call: Call, rows: list[Message]) -> list[Json]:
    with_metadata = call.flag("include_all_metadata")
    return [message_json(call.world.state, message, with_metadata=with_metadata) for message in rows]


METHODS = {
    "conversations.info": Method(info, _READ, TIER_3),
    "conversations.list": Method(list_channels, _READ, TIER_2),
    "conversations.members": Method(members, _READ, TIER_4),
    "conversations.open": Method(open_im, ("im:write", "mpim:write", "channels:manage"), TIER_3),
    "conversations.join": Method(join, ("channels:join",), TIER_3),
    "conversations.history": Method(history, _HISTORY, TIER_3),
    "conversations.replies": Method(replies, _HISTORY, TIER_3),
}
