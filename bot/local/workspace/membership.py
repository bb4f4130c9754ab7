"""Channels coming and going, and the bot's place in them."""

from bot.local.workspace.errors import Json
from bot.local.workspace.ids import new_id
from bot.local.workspace.render import channel_json
from bot.local.workspace.state import BOT_USER, TEAM_ID, Channel
from bot.local.workspace.world import World


def page_channel(world: World, channel: Channel, user: str) -> Json:
    """As the page lists it for one person."""
    read = world.state.last_read.get((user, channel.id), "")
    unread = sum(message.ts > read and message.user != user for message in channel.top_level())
    return {
        "id": channel.id,
        "name": world.manifest.bot_name if channel.im_with else channel.name,
        "is_im": channel.im_with is not None,
        "is_private": channel.is_private,
        "is_archived": channel.is_archived,
        "topic": channel.topic,
        "members": list(channel.members),
        "unread": unread,
    }


def show(world: World, channel: Channel) -> None:
    for user in [one for one in world.state.people() if channel.is_seen_by(one.id)]:
        world.pages.tell([user.id], {"type": "channel", "channel": page_channel(world, channel, user.id)})


def add_bot(world: World, channel: Channel, *, inviter: str) -> None:
    if BOT_USER in channel.members:
        return
    channel.members.append(BOT_USER)
    event: Json = {"type": "member_joined_channel", "user": BOT_USER, "channel": channel.id}
    event |= {"channel_type": _letter(channel)}
    event |= {"team": TEAM_ID, "inviter": inviter, "event_ts": world.state.clock.ts()}
    world.events.emit(event, channel)
    show(world, channel)


def remove_bot(world: World, channel: Channel, *, by: str) -> None:
    """The bot hears that it left; it is no member any more, so this event is not tied to the channel."""
    if BOT_USER not in channel.members:
        return
    channel.members.remove(BOT_USER)
    left: Json = {"channel": channel.id, "actor_id": by, "event_ts": world.state.clock.ts()}
    world.events.emit({"type": _event_name(channel, "left"), **left})
    left |= {"user": BOT_USER, "channel_type": _letter(channel), "team": TEAM_ID}
    world.events.emit({"type": "member_left_channel", **left})
    show(world, channel)


def _letter(channel: Channel) -> str:
    return "G" if channel.is_private else "C"


def _event_name(channel: Channel, what: str) -> str:
    return f"{channel.kind}_{what}"


def create(world: World, name: str, *, by: str, private: bool = False) -> Channel:
    """A public channel has everyone in it, a private one at first its creator alone."""
    members = [by] if private else [user.id for user in world.state.people()]
    created = int(float(world.state.clock.ts()))
    channel = Channel(new_id("C"), name, members, is_private=private, created=created)
    world.state.channels[channel.id] = channel
    described = {**channel_json(channel), "creator": by}
    if not private:
        world.events.emit({"type": "channel_created", "channel": described, "event_ts": world.state.clock.ts()})
    show(world, channel)
    return channel


def archive(world: World, channel: Channel, *, by: str, undo: bool = False) -> None:
    channel.is_archived = not undo
    what = _event_name(channel, "unarchive" if undo else "archive")
    event = {"type": what, "channel": channel.id, "user": by}
    world.events.emit({**event, "event_ts": world.state.clock.ts()}, channel)
    show(world, channel)


def rename(world: World, channel: Channel, name: str) -> None:
    channel.name = name
    renamed = {"id": channel.id, "name": name, "created": channel.created}
    event = {"type": _event_name(channel, "rename"), "channel": renamed, "event_ts": world.state.clock.ts()}
    world.events.emit(event, channel)
    show(world, channel)
