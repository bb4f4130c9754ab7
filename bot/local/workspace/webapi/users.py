"""users.*."""

from bot.local.workspace.errors import Json
from bot.local.workspace.ratelimit import TIER_2, TIER_4
from bot.local.workspace.render import user_json
from bot.local.workspace.webapi.call import Call, Method


async def info(call: Call) -> Json:
    return {"user": user_json(call.user())}


async def list_users(call: Call) -> Json:
    members = [user_json(user) for user in call.world.state.users.values()]
    return {"members": members, "response_metadata": {"next_cursor": ""}}


METHODS = {
    "users.info": Method(info, ("users:read",), TIER_4),
    "users.list": Method(list_users, ("users:read",), TIER_2),
}
