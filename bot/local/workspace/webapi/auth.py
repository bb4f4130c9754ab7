"""auth.*, apps.*, team.*, bots.*, api.test."""

from bot.local.workspace.errors import ApiError, Json
from bot.local.workspace.ratelimit import SPECIAL, TIER_1, TIER_3
from bot.local.workspace.socket import SocketDoor
from bot.local.workspace.state import APP_ID, BOT_ID, BOT_USER, TEAM_DOMAIN, TEAM_ID, TEAM_NAME
from bot.local.workspace.webapi.call import Call, Method


async def api_test(call: Call) -> Json:
    if error := call.optional("error"):
        raise ApiError(error)
    return {"args": call.args}


async def auth_test(call: Call) -> Json:
    return {
        "url": f"{call.base_url}/",
        "team": TEAM_NAME,
        "team_id": TEAM_ID,
        "user": call.world.state.users[BOT_USER].name,
        "user_id": BOT_USER,
        "bot_id": BOT_ID,
        "is_enterprise_install": False,
    }


async def open_connection(call: Call) -> Json:
    """A WebSocket address good for one connection."""
    door = call.world.door
    if not isinstance(door, SocketDoor):
        raise ApiError("not_allowed", "this app receives its payloads over HTTP; Socket Mode is off")
    scheme_and_host = call.base_url.replace("http", "ws", 1)
    return {"url": f"{scheme_and_host}/link/?ticket={door.ticket()}&app_id={APP_ID}"}


async def team_info(call: Call) -> Json:
    icon = {"image_default": True}
    return {"team": {"id": TEAM_ID, "name": TEAM_NAME, "domain": TEAM_DOMAIN, "email_domain": "", "icon": icon}}


async def bots_info(call: Call) -> Json:
    if call.optional("bot") not in (None, BOT_ID):
        raise ApiError("bot_not_found")
    name = call.world.manifest.bot_name
    bot = {"id": BOT_ID, "deleted": False, "name": name, "app_id": APP_ID, "user_id": BOT_USER, "icons": {}}
    return {"bot": bot}


METHODS = {
    "api.test": Method(api_test, per_minute=SPECIAL, caller="any"),
    "auth.test": Method(auth_test, per_minute=SPECIAL, caller="any"),
    "apps.connections.open": Method(open_connection, per_minute=TIER_1, caller="app"),
    "team.info": Method(team_info, ("team:read",), TIER_3),
    "bots.info": Method(bots_info, ("users:read",), TIER_3),
}
