"""reactions.*, on messages."""

import re

from bot.local.workspace import messages
from bot.local.workspace.errors import ApiError, Json
from bot.local.workspace.ratelimit import TIER_2, TIER_3
from bot.local.workspace.render import message_json
from bot.local.workspace.state import BOT_USER, Message
from bot.local.workspace.webapi.call import Call, Method

# A short name, perhaps with a skin tone: "+1", "tada", "+1::skin-tone-3".
EMOJI = re.compile(r"[a-z0-9_+'\-]+(::skin-tone-[2-6])?")


def _target(call: Call) -> Message:
    channel = call.channel()
    call.require_member(channel)
    if channel.is_archived:
        raise ApiError("is_archived")
    return call.message(channel, "timestamp")


def _name(call: Call) -> str:
    name = call.text("name").strip(":")
    if not EMOJI.fullmatch(name):
        raise ApiError("invalid_name")
    return name


async def add(call: Call) -> Json:
    if not messages.react(call.world, _target(call), BOT_USER, _name(call)):
        raise ApiError("already_reacted")
    return {}


async def remove(call: Call) -> Json:
    if not messages.react(call.world, _target(call), BOT_USER, _name(call), remove=True):
        raise ApiError("no_reaction")
    return {}


async def get(call: Call) -> Json:
    message = _target(call)
    return {"type": "message", "channel": message.channel, "message": message_json(call.world.state, message)}


METHODS = {
    "reactions.add": Method(add, ("reactions:write",), TIER_3),
    "reactions.remove": Method(remove, ("reactions:write",), TIER_2),
    "reactions.get": Method(get, ("reactions:read",), TIER_3),
}
