"""What a page asks for: the workspace at a glance, a channel, a thread, a file."""

from dataclasses import asdict

from aiohttp import web

from bot.local.workspace import limits, modals
from bot.local.workspace.downloads import bytes_of
from bot.local.workspace.errors import Json, PersonError
from bot.local.workspace.membership import page_channel
from bot.local.workspace.render import page_message, view_json
from bot.local.workspace.state import APP_ID, BOT_USER, TEAM_DOMAIN, TEAM_ID, TEAM_NAME, Channel, Message, User
from bot.local.workspace.world import World


def channel_of(world: World, user: User, args: Json) -> Channel:
    """A channel the person may see. Raises PersonError."""
    channel = world.state.channels.get(str(args.get("channel")))
    if channel is None or not channel.is_seen_by(user.id):
        raise PersonError("channel_not_found", "There is no such channel here.")
    return channel


def message_of(world: World, user: User, args: Json) -> Message:
    """A message the person may see. Raises PersonError."""
    message = channel_of(world, user, args).messages.get(str(args.get("ts")))
    if message is None or message.ephemeral_for not in (None, user.id):
        raise PersonError("message_not_found", "That message is not there any more.")
    return message


async def boot(world: World, user: User, args: Json) -> Json:
    state, manifest = world.state, world.manifest
    visible = [one for one in state.channels.values() if one.is_seen_by(user.id)]
    home = state.homes.get(user.id)
    return {
        "team": {"id": TEAM_ID, "name": TEAM_NAME, "domain": TEAM_DOMAIN},
        "me": user.id,
        "users": [asdict(one) for one in state.users.values()],
        "channels": [page_channel(world, channel, user.id) for channel in visible],
        "app": {
            "id": APP_ID,
            "bot_user": BOT_USER,
            "name": manifest.bot_name,
            "commands": [asdict(command) for command in manifest.commands],
            "shortcuts": [asdict(shortcut) for shortcut in manifest.shortcuts],
            "home": manifest.home_tab,
            "installed": state.installed,
        },
        "notices": list(state.notices.values()),
        "modal": modals.stack_json(world, user.id),
        "home_view": view_json(home) if home else None,
    }


async def history(world: World, user: User, args: Json) -> Json:
    """Top-level messages, oldest first, with what only this person sees; the channel counts as read then."""
    channel = channel_of(world, user, args)
    shown = [message for message in channel.top_level() if message.ephemeral_for in (None, user.id)]
    if shown:
        world.state.last_read[(user.id, channel.id)] = shown[-1].ts
    return {"messages": [page_message(world.state, message) for message in shown]}


async def replies(world: World, user: User, args: Json) -> Json:
    """The parent and everything under it that this person sees, oldest first."""
    channel, parent = channel_of(world, user, args), message_of(world, user, args)
    under = [one for one in channel.messages.values() if one.is_reply and one.thread_ts == parent.ts]
    shown = [parent, *(message for message in under if message.ephemeral_for in (None, user.id))]
    return {"messages": [page_message(world.state, message) for message in shown]}


def file_bytes(world: World, user: User, file_id: str) -> web.Response:
    """People read what is shared or shown by a message in a channel they see, and what they uploaded.

    Raises PersonError."""
    file = world.state.files.get(file_id)
    if file is None or file.deleted:
        raise PersonError("file_not_found", "That file is not there any more.")
    seen = any(user.id in world.state.channels[channel].members for channel in file.shares)
    if not seen and file.user != user.id and not _is_shown_to(world, user, file_id):
        raise PersonError("file_not_found", "That file is not there any more.")
    return bytes_of(file)


def _is_shown_to(world: World, user: User, file_id: str) -> bool:
    """Whether an image block shows it in a channel of theirs: who posts a block needs the file, who reads it not."""
    return any(
        file_id in limits.slack_file_ids(message.blocks)
        for channel in world.state.channels.values()
        if user.id in channel.members
        for message in channel.messages.values()
        if not message.deleted
    )
