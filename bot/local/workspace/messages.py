"""Messages, reactions and shared files: what changes, who sees it, and which events the app hears."""

import uuid
from dataclasses import replace

from bot.local.workspace.errors import Json
from bot.local.workspace.render import message_json, page_message
from bot.local.workspace.state import BOT_USER, Channel, Message, StoredFile
from bot.local.workspace.world import World


def post(world: World, message: Message) -> Message:
    """Store a message, show it, tell the app."""
    channel = world.state.channels[message.channel]
    parent = channel.messages.get(message.thread_ts or "")
    channel.messages[message.ts] = message
    if parent is not None and message.is_reply and not message.ephemeral_for:
        parent.replies.append(message.ts)
        parent.thread_ts = parent.ts
        show(world, parent, "message_changed")
    show(world, message, "message")
    if not message.ephemeral_for:
        _tell_app_of_message(world, channel, message)
    return message


def audience(world: World, message: Message) -> list[str]:
    """Whose pages show it: all who see the channel, one person for an ephemeral message."""
    channel = world.state.channels[message.channel]
    if message.ephemeral_for:
        return [message.ephemeral_for]
    return [user.id for user in world.state.people() if channel.is_seen_by(user.id)]


def show(world: World, message: Message, kind: str) -> None:
    frame = {"type": kind, "channel": message.channel, "message": page_message(world.state, message)}
    world.pages.tell(audience(world, message), frame)


def _tell_app_of_message(world: World, channel: Channel, message: Message) -> None:
    event = _message_event(world, channel, message)
    world.events.emit(event, channel)
    mentioned = f"<@{BOT_USER}>" in message.text
    if mentioned and not message.from_app and not channel.im_with:
        kept = ("user", "ts", "text", "team", "thread_ts", "channel", "event_ts", "files", "client_msg_id")
        world.events.emit({"type": "app_mention", **{key: event[key] for key in kept if key in event}}, channel)


def _message_event(world: World, channel: Channel, message: Message) -> Json:
    body = message_json(world.state, message, with_metadata=True)
    body |= {"channel": channel.id, "event_ts": message.ts, "channel_type": channel.kind}
    if not message.from_app:
        body["client_msg_id"] = str(uuid.uuid4())
    if message.files:
        body["subtype"] = "file_share"
    return body


def changed(world: World, message: Message, previous: Json) -> None:
    """Show and report an edit; `previous` is the message as it was (message_json)."""
    show(world, message, "message_changed")
    now = world.state.clock.ts()
    _emit_hidden(world, message, "message_changed", now, message=message_json(world.state, message), was=previous)


def delete(world: World, message: Message) -> None:
    """A parent with replies leaves a tombstone, anything else disappears."""
    channel = world.state.channels[message.channel]
    previous = message_json(world.state, message)
    seen_by = audience(world, message)
    if message.replies:
        channel.messages[message.ts] = _tombstone(message)
        show(world, channel.messages[message.ts], "message_changed")
    else:
        del channel.messages[message.ts]
        _leave_thread(world, channel, message)
        world.pages.tell(seen_by, {"type": "message_deleted", "channel": channel.id, "ts": message.ts})
    if not message.ephemeral_for:
        now = world.state.clock.ts()
        _emit_hidden(world, message, "message_deleted", now, deleted_ts=message.ts, was=previous)


def _tombstone(message: Message) -> Message:
    gone = "This message was deleted."
    return replace(message, text=gone, blocks=[], files=[], reactions={}, metadata=None, deleted=True)


def _leave_thread(world: World, channel: Channel, message: Message) -> None:
    parent = channel.messages.get(message.thread_ts or "")
    if parent is not None and message.ts in parent.replies:
        parent.replies.remove(message.ts)
        show(world, parent, "message_changed")


def _emit_hidden(world: World, about: Message, subtype: str, now: str, *, was: Json, **extra: object) -> None:
    channel = world.state.channels[about.channel]
    event: Json = {"type": "message", "subtype": subtype, "hidden": True, "channel": channel.id, "ts": now}
    event |= {"event_ts": now, "channel_type": channel.kind, "previous_message": was, **extra}
    world.events.emit(event, channel)


def react(world: World, message: Message, user: str, name: str, *, remove: bool = False) -> bool:
    """Add or take back a reaction; False when there was nothing to do."""
    by = message.reactions.setdefault(name, [])
    if (user in by) is not remove:
        return False
    if remove:
        by.remove(user)
    else:
        by.append(user)
    message.reactions = {emoji: users for emoji, users in message.reactions.items() if users}
    show(world, message, "message_changed")
    world.events.emit(
        {
            "type": "reaction_removed" if remove else "reaction_added",
            "user": user,
            "reaction": name,
            "item": {"type": "message", "channel": message.channel, "ts": message.ts},
            "item_user": message.user,
            "event_ts": world.state.clock.ts(),
        },
        world.state.channels[message.channel],
    )
    return True


def share(world: World, files: list[StoredFile], message: Message) -> Message:
    """Post the message that carries the files, and tell the app of each."""
    message.files = [file.id for file in files]
    for file in files:
        file.processed = True
        place = {"ts": message.ts, **({"thread_ts": message.thread_ts} if message.thread_ts else {})}
        file.shares.setdefault(message.channel, []).append(place)
    post(world, message)
    for file in files:
        _emit_file_shared(world, file, message)
    return message


def _emit_file_shared(world: World, file: StoredFile, message: Message) -> None:
    event = {
        "type": "file_shared",
        "file_id": file.id,
        "user_id": file.user,
        "file": {"id": file.id},
        "channel_id": message.channel,
        "event_ts": world.state.clock.ts(),
    }
    world.events.emit(event, world.state.channels[message.channel])


def delete_file(world: World, file: StoredFile) -> None:
    """Blank the file where it is shared. The app hears of it wherever it could read the file."""
    audible = world.state.bot_may_read(file)
    file.deleted, file.content = True, None
    for channel, places in file.shares.items():
        for place in places:
            if (message := world.state.channels[channel].messages.get(place["ts"])) is not None:
                show(world, message, "message_changed")
    if audible:
        world.events.emit({"type": "file_deleted", "file_id": file.id, "event_ts": world.state.clock.ts()})
