"""views.*: modals and App Home."""

from bot.local.workspace import limits, modals
from bot.local.workspace.errors import ApiError, Json
from bot.local.workspace.ratelimit import TIER_4
from bot.local.workspace.render import view_json
from bot.local.workspace.webapi.call import Call, Method


def _view(call: Call, kind: str) -> Json:
    view: Json = call.structure("view")
    limits.check_view(view, kind)
    call.require_files(view)
    return view


def _person(call: Call) -> str:
    """Who caused it. Raises what Slack says of unknown, used and late triggers."""
    return call.world.triggers.exchange(call.text("trigger_id"), call.world.timing.trigger_seconds)


async def open_view(call: Call) -> Json:
    body = _view(call, "modal")
    return {"view": view_json(modals.open_first(call.world, _person(call), body))}


async def push_view(call: Call) -> Json:
    body = _view(call, "modal")
    return {"view": view_json(modals.push(call.world, _person(call), body))}


async def update_view(call: Call) -> Json:
    view = modals.find(call.world, view_id=call.optional("view_id"), external_id=call.optional("external_id"))
    body = _view(call, str(view.body["type"]))
    return {"view": view_json(modals.update(call.world, view, body, expected_hash=call.optional("hash")))}


async def publish_view(call: Call) -> Json:
    if not call.world.manifest.home_tab:
        raise ApiError("not_enabled")
    user = call.user("user_id")
    body = _view(call, "home")
    return {"view": view_json(modals.publish(call.world, user.id, body, expected_hash=call.optional("hash")))}


METHODS = {
    "views.open": Method(open_view, (), TIER_4),
    "views.push": Method(push_view, (), TIER_4),
    "views.update": Method(update_view, (), TIER_4),
    "views.publish": Method(publish_view, (), TIER_4),
}
