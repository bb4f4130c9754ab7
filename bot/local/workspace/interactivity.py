"""What people do to an app's messages and views, as the payloads Slack sends, and what the app answers."""

from bot.local.workspace import forms, modals
from bot.local.workspace.door import Kind
from bot.local.workspace.errors import Json, NoAnswerError, PersonError
from bot.local.workspace.render import message_json, view_json
from bot.local.workspace.state import APP_ID, TEAM_DOMAIN, TEAM_ID, Channel, Message, User, View
from bot.local.workspace.world import World

_SILENCE = {"no_connection": "is not connected", "connection_closed": "lost its connection"}


async def deliver(world: World, kind: Kind, payload: Json, *, user: User, what: str) -> Json:
    """Hand a person's deed to the app once; silence is shown to the person. Raises PersonError `no_answer`."""
    if not world.state.installed:
        raise PersonError("not_installed", f"{world.manifest.bot_name} is not installed in this workspace any more.")
    try:
        return await world.door.deliver(kind, payload)
    except NoAnswerError as silence:
        waited = f"did not answer within {world.timing.ack_seconds:g} seconds"
        text = f"{what} failed: {world.manifest.bot_name} {_SILENCE.get(silence.reason, waited)}."
        world.pages.toast(user.id, text)
        raise PersonError("no_answer", text, reason=silence.reason) from None


def envelope(world: World, user: User, kind: str) -> Json:
    """What all interactive payloads share."""
    return {
        "type": kind,
        "user": {"id": user.id, "username": user.name, "name": user.name, "team_id": user.team_id},
        "api_app_id": APP_ID,
        "token": "local-verification-token",
        "team": {"id": TEAM_ID, "domain": TEAM_DOMAIN},
        "enterprise": None,
        "is_enterprise_install": False,
        "trigger_id": world.triggers.issue(user.id),
    }


def response_url(world: World, user: User, channel: Channel, message_ts: str | None = None) -> str:
    return f"{world.state.base_url}/hooks/response/{world.hooks.issue(user.id, channel.id, message_ts)}"


def _channel_name(channel: Channel) -> str:
    """As commands and payloads say it: only public channels by name."""
    return {"im": "directmessage", "group": "privategroup", "channel": channel.name}[channel.kind]


async def click_in_message(world: World, user: User, message: Message, action: Json, typed: Json) -> None:
    """Act on an element of a message. Raises PersonError when it is not there any more or nobody answers."""
    channel = world.state.channels[message.channel]
    found = _pressed(world, message.blocks, action)
    container: Json = {"type": "message", "message_ts": message.ts, "channel_id": channel.id}
    container["is_ephemeral"] = message.ephemeral_for is not None
    if message.is_reply:
        container["thread_ts"] = message.thread_ts
    payload = envelope(world, user, "block_actions") | {
        "container": container,
        "channel": {"id": channel.id, "name": _channel_name(channel)},
        "state": {"values": forms.values(message.blocks, typed)},
        "response_url": response_url(world, user, channel, message.ts),
        "actions": [found],
    }
    if not message.ephemeral_for:
        payload["message"] = message_json(world.state, message, with_metadata=True)
    await deliver(world, "interactive", payload, user=user, what=_label(found))


async def click_in_view(world: World, user: User, view: View, action: Json, typed: Json) -> None:
    view.values = forms.values(view.body["blocks"], {**view.values, **typed})
    found = _pressed(world, view.body["blocks"], action)
    payload = envelope(world, user, "block_actions") | {
        "container": {"type": "view", "view_id": view.id},
        "view": view_json(view),
        "actions": [found],
    }
    await deliver(world, "interactive", payload, user=user, what=_label(found))


def _label(action: Json) -> str:
    text = action.get("text")
    return f'"{text["text"]}"' if isinstance(text, dict) else "That choice"


def _pressed(world: World, blocks: list[Json], action: Json) -> Json:
    """The action object of a click: what the element says of itself, and what the person chose."""
    found = forms.find(blocks, action.get("block_id"), action.get("action_id"))
    if found is None:
        raise PersonError("no_such_element", "That button is not there any more.")
    block, element = found
    said: Json = {key: element[key] for key in ("type", "action_id", "text", "value", "style", "url") if key in element}
    return {
        **said,
        "block_id": block["block_id"],
        **_chosen(element, action),
        "action_ts": world.state.clock.ts(),
    }


def _chosen(element: Json, action: Json) -> Json:
    """Raises PersonError for an option that is not offered."""
    if element["type"] == "feedback_buttons":
        return {"value": action.get("value")}
    key = "selected_option" if element["type"] == "overflow" else forms.VALUE_KEYS.get(element["type"], ("", ""))[0]
    if not key:
        return {}
    chosen = action.get(key)
    if element["type"] in forms.STATIC_OPTIONS:
        offered = [option["value"] for option in _options(element)]
        picked = chosen if isinstance(chosen, list) else [chosen]
        if any(option and option.get("value") not in offered for option in picked):
            raise PersonError("no_such_option", "That option is not offered here.")
    return {key: chosen}


def _options(element: Json) -> list[Json]:
    grouped = [option for group in element.get("option_groups", []) for option in group["options"]]
    return [*element.get("options", []), *grouped]


async def shortcut(world: World, user: User, callback_id: str, message: Message | None) -> None:
    """A message's menu entry, or a global shortcut."""
    known = world.manifest.shortcut(callback_id)
    if known is None or (known.type == "message") is (message is None):
        raise PersonError("no_such_shortcut", "There is no such shortcut here.")
    payload = envelope(world, user, "shortcut" if message is None else "message_action")
    payload |= {"callback_id": callback_id, "action_ts": world.state.clock.ts()}
    if message is not None:
        channel = world.state.channels[message.channel]
        payload |= {
            "channel": {"id": channel.id, "name": _channel_name(channel)},
            "message_ts": message.ts,
            "message": message_json(world.state, message, with_metadata=True),
            "response_url": response_url(world, user, channel),
        }
    await deliver(world, "interactive", payload, user=user, what=known.name)


async def command(world: World, user: User, channel: Channel, name: str, text: str) -> Json:
    """A slash command; returns what the app answered at once."""
    payload = {
        "token": "local-verification-token",
        "team_id": TEAM_ID,
        "team_domain": TEAM_DOMAIN,
        "channel_id": channel.id,
        "channel_name": _channel_name(channel),
        "user_id": user.id,
        "user_name": user.name,
        "command": name,
        "text": text,
        "api_app_id": APP_ID,
        "is_enterprise_install": "false",
        "response_url": response_url(world, user, channel),
        "trigger_id": world.triggers.issue(user.id),
    }
    return await deliver(world, "slash_commands", payload, user=user, what=name)


async def close_views(world: World, user: User, view_id: str, *, everything: bool) -> None:
    """A person closes a modal; the app hears of views with `notify_on_close`."""
    stack = world.state.stacks.get(user.id, [])
    view = next((one for one in stack if one.id == view_id), None)
    if view is None:
        raise PersonError("no_such_view", "That window is closed already.")
    cleared = everything or bool(view.body.get("clear_on_close"))
    closed = modals.clear(world, user.id) if cleared else [view]
    if not cleared:
        modals.remove(world, view)
    for one in closed:
        if one.body.get("notify_on_close"):
            world.spawn(_tell_closed(world, user, one, cleared=cleared))


async def _tell_closed(world: World, user: User, view: View, *, cleared: bool) -> None:
    payload = envelope(world, user, "view_closed") | {"view": view_json(view), "is_cleared": cleared}
    payload.pop("trigger_id")
    try:
        await world.door.deliver("interactive", payload)
    except NoAnswerError:
        return  # nobody waits for this answer


async def open_home(world: World, user: User) -> View | None:
    """A person looks at the app's Home tab."""
    view = world.state.homes.get(user.id)
    event: Json = {"type": "app_home_opened", "user": user.id, "channel": world.state.im_id(user.id), "tab": "home"}
    event |= {"event_ts": world.state.clock.ts()}
    if view is not None:
        event["view"] = view_json(view)
    world.events.emit(event)
    return view


async def suggestions(world: World, user: User, view: View, action: Json) -> Json:
    """Options of an external select for what was typed so far."""
    payload = envelope(world, user, "block_suggestion") | {
        "container": {"type": "view", "view_id": view.id},
        "view": view_json(view),
        "action_id": action.get("action_id"),
        "block_id": action.get("block_id"),
        "value": action.get("value", ""),
    }
    return await deliver(world, "interactive", payload, user=user, what="Looking up options")
