"""What the workspace remembers, in memory: people, channels, messages, files, views."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from bot.local.workspace.errors import ApiError, Json
from bot.local.workspace.ids import Clock

TEAM_ID = "T0LOCAL"
TEAM_NAME = "Local workspace"
TEAM_DOMAIN = "local"
APP_ID = "A0TUNE"
BOT_ID = "B0TUNE"
BOT_USER = "U0TUNE"


@dataclass
class User:
    id: str
    name: str
    real_name: str
    title: str
    color: str
    is_bot: bool = False
    is_guest: bool = False
    team_id: str = TEAM_ID


@dataclass
class Message:
    ts: str
    channel: str
    user: str
    text: str
    blocks: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    thread_ts: str | None = None
    from_app: bool = False
    metadata: Json | None = None
    files: list[str] = field(default_factory=list)
    reactions: dict[str, list[str]] = field(default_factory=dict)
    replies: list[str] = field(default_factory=list)
    edited_at: str | None = None
    ephemeral_for: str | None = None
    deleted: bool = False
    subtype: str | None = None

    @property
    def is_reply(self) -> bool:
        return self.thread_ts is not None and self.thread_ts != self.ts


@dataclass
class Channel:
    id: str
    name: str
    members: list[str]
    im_with: str | None = None
    is_private: bool = False
    topic: str = ""
    is_archived: bool = False
    created: int = 0
    messages: dict[str, Message] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """`im`, `group` (private) or `channel`: Slack's `channel_type` in events."""
        return "im" if self.im_with else "group" if self.is_private else "channel"

    def is_seen_by(self, user: str) -> bool:
        """Public channels are seen by everyone, others by their members."""
        return self.kind == "channel" or user in self.members

    def top_level(self) -> Iterator[Message]:
        """Oldest first, ephemeral ones included."""
        return (message for message in self.messages.values() if not message.is_reply)


@dataclass
class StoredFile:
    id: str
    name: str
    title: str
    mimetype: str
    user: str
    length: int
    created: int
    content: bytes | None = None
    alt_txt: str = ""
    processed: bool = False
    deleted: bool = False
    given_to_app: bool = False
    shares: dict[str, list[Json]] = field(default_factory=dict)


@dataclass
class View:
    id: str
    user: str
    body: Json
    hash: str
    root_id: str
    previous_id: str | None = None
    values: Json = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)


@dataclass
class State:
    users: dict[str, User]
    channels: dict[str, Channel]
    clock: Clock = field(default_factory=Clock)
    files: dict[str, StoredFile] = field(default_factory=dict)
    homes: dict[str, View] = field(default_factory=dict)
    stacks: dict[str, list[View]] = field(default_factory=dict)
    last_read: dict[tuple[str, str], str] = field(default_factory=dict)
    notices: dict[str, Json] = field(default_factory=dict)
    installed: bool = True
    base_url: str = ""

    def im_id(self, user: str) -> str:
        """Of the bot's direct message with a person; "" for people it has none with."""
        return next((channel.id for channel in self.channels.values() if channel.im_with == user), "")

    def channel(self, channel_id: str) -> Channel:
        """Raises `channel_not_found`."""
        if channel_id not in self.channels:
            raise ApiError("channel_not_found")
        return self.channels[channel_id]

    def add_person(self, user: User, channels: list[str]) -> None:
        """Somebody new, with a direct message to the bot unless they come from another workspace."""
        self.users[user.id] = user
        for channel in channels:
            self.channel(channel).members.append(user.id)
        if user.team_id == TEAM_ID:
            direct = Channel(f"D{user.id[1:]}", user.name, [user.id, BOT_USER], im_with=user.id)
            self.channels[direct.id] = direct

    def people(self) -> list[User]:
        return [user for user in self.users.values() if not user.is_bot]

    def bot_may_read(self, file: StoredFile) -> bool:
        """The bot reads what it uploaded, what is shared where it is a member, and what a form gave it."""
        shared_with_bot = any(BOT_USER in self.channels[channel].members for channel in file.shares)
        return file.user == BOT_USER or file.given_to_app or shared_with_bot


def new_state(bot_name: str) -> State:
    """Three people, the app's bot, a channel with the bot in it, one without, and a direct message each."""
    people = [
        User("U0ANA", "ana", "Ana Ruiz", "Product manager", "2f7d6b"),
        User("U0BEN", "ben", "Ben Okafor", "Expert", "b0562b"),
        User("U0CAM", "cam", "Cam Lindqvist", "Engineer", "4a5fb5"),
    ]
    bot = User(BOT_USER, bot_name.lower().replace(" ", "-"), bot_name, "App", "5b3b8c", is_bot=True)
    names = [user.id for user in people]
    channels = [
        Channel("C0CATALOG", "product-texts", [*names, BOT_USER], topic="Texts for our catalog"),
        Channel("C0RANDOM", "random", list(names), topic="Everything else"),
        *(Channel(f"D{user.id[1:]}", user.name, [user.id, BOT_USER], im_with=user.id) for user in people),
    ]
    return State({user.id: user for user in [*people, bot]}, {channel.id: channel for channel in channels})
