"""What a person does: write, click, fill in, react, upload, look after channels."""

from bot.local.workspace import composing, hooks, interactivity, membership, messages, modals, submission
from bot.local.workspace.client_reads import channel_of, message_of
from bot.local.workspace.errors import ApiError, Json, PersonError
from bot.local.workspace.render import file_json, message_json, view_json
from bot.local.workspace.state import BOT_USER, TEAM_ID, Channel, Message, User, View
from bot.local.workspace.triggers import Hook
from bot.local.workspace.webapi.files import new_file
from bot.local.workspace.webapi.reactions import EMOJI
from bot.local.workspace.world import World

LONGEST_MESSAGE = 40_000


def _writable(world: World, user: User, args: Json) -> Channel:
    channel = channel_of(world, user, args)
    if channel.is_archived:
        raise PersonError("is_archived", "This channel is archived; nobody can write here.")
    return channel


def _thread(channel: Channel, args: Json) -> str | None:
    parent = channel.messages.get(str(args.get("thread_ts") or ""))
    if args.get("thread_ts") and parent is None:
        raise PersonError("thread_not_found", "That thread is not there any more.")
    return parent.ts if parent else None


async def send(world: World, user: User, args: Json) -> Json:
    """A message, or a slash command where the text starts with `/`."""
    channel, typed = _writable(world, user, args), str(args.get("text") or "")
    if not typed.strip():
        raise PersonError("no_text", "There is nothing to send.")
    if len(typed) > LONGEST_MESSAGE:
        raise PersonError("msg_too_long", "This message is too long; upload it as a file instead.")
    if typed.startswith("/"):
        return await _command(world, user, channel, args, typed)
    text = composing.stored_text(world.state, typed)
    ts = world.state.clock.ts()
    messages.post(world, Message(ts, channel.id, user.id, text, thread_ts=_thread(channel, args)))
    return {"ts": ts}


async def _command(world: World, user: User, channel: Channel, args: Json, typed: str) -> Json:
    name, _, rest = typed.partition(" ")
    known = world.manifest.command(name)
    if known is None:
        raise PersonError("unknown_command", f"{name} is not a command here.")
    if args.get("thread_ts"):
        raise PersonError("command_in_thread", f"{name} does not work in threads.")
    rest = rest.strip()
    text = composing.stored_text(world.state, rest) if known.should_escape else composing.escaped(rest)
    answer = await interactivity.command(world, user, channel, name, text)
    return {"command": name, **_show_answer(world, user, channel, answer)}


def _show_answer(world: World, user: User, channel: Channel, answer: Json) -> Json:
    if not (answer.get("text") or answer.get("blocks")):
        return {}
    try:
        said = hooks.respond(world, Hook(user.id, channel.id, None, 0), answer)
    except ApiError as refusal:
        raise PersonError(
            "bad_answer", f"The app's answer was refused ({refusal.code}).", detail=refusal.body
        ) from None
    return {"ts": said.get("ts")}


async def upload(world: World, user: User, args: Json, *, uploads: list[tuple[str, bytes]]) -> Json:
    """Share files in a channel, or keep them for a form when no channel is given."""
    if not uploads:
        raise PersonError("no_file", "There is no file in this upload.")
    channel = _writable(world, user, args) if args.get("channel") else None
    files = [new_file(name, user.id, len(content), content=content) for name, content in uploads]
    for file in files:
        file.processed = True
        world.state.files[file.id] = file
    ts = None
    if channel is not None:
        text = composing.stored_text(world.state, str(args.get("text") or ""))
        message = Message(world.state.clock.ts(), channel.id, user.id, text, thread_ts=_thread(channel, args))
        ts = messages.share(world, files, message).ts
    return {"files": [file_json(world.state, file) for file in files], "ts": ts}


async def click(world: World, user: User, args: Json) -> Json:
    container: Json = args.get("container") or {}
    action, typed = args.get("action") or {}, (args.get("state") or {}).get("values") or {}
    if container.get("type") == "view":
        await interactivity.click_in_view(world, user, _view(world, user, container), action, typed)
    else:
        message = message_of(world, user, container)
        await interactivity.click_in_message(world, user, message, action, typed)
    return {}


def _view(world: World, user: User, args: Json) -> View:
    closed = PersonError("no_such_view", "That window is closed already.")
    try:
        view = modals.find(world, view_id=str(args.get("view_id")))
    except ApiError:
        raise closed from None
    if view.user != user.id:
        raise closed
    return view


async def options(world: World, user: User, args: Json) -> Json:
    """{view_id, action: {block_id, action_id, value}}: options of an external select."""
    return await interactivity.suggestions(world, user, _view(world, user, args), args.get("action") or {})


async def shortcut(world: World, user: User, args: Json) -> Json:
    message = message_of(world, user, args) if args.get("ts") else None
    await interactivity.shortcut(world, user, str(args.get("callback_id")), message)
    return {}


async def submit(world: World, user: User, args: Json) -> Json:
    typed = (args.get("state") or {}).get("values") or {}
    return await submission.submit(world, user, str(args.get("view_id")), typed)


async def close(world: World, user: User, args: Json) -> Json:
    await interactivity.close_views(world, user, str(args.get("view_id")), everything=bool(args.get("all")))
    return {}


async def react(world: World, user: User, args: Json) -> Json:
    _writable(world, user, args)
    message, name = message_of(world, user, args), str(args.get("name")).strip(":")
    if not EMOJI.fullmatch(name):
        raise PersonError("invalid_name", "There is no such emoji.")
    if message.ephemeral_for:
        raise PersonError("not_reactable", "Messages only you can see take no reactions.")
    messages.react(world, message, user.id, name, remove=bool(args.get("remove")))
    return {}


async def home(world: World, user: User, args: Json) -> Json:
    view = await interactivity.open_home(world, user)
    return {"view": view_json(view) if view else None}


def _own(world: World, user: User, args: Json) -> Message:
    message = message_of(world, user, args)
    if message.user != user.id:
        raise PersonError("not_yours", "Only the author can change a message.")
    return message


async def edit(world: World, user: User, args: Json) -> Json:
    message = _own(world, user, args)
    previous = message_json(world.state, message)
    message.text = composing.stored_text(world.state, str(args.get("text") or ""))
    message.edited_at = world.state.clock.ts()
    messages.changed(world, message, previous)
    return {}


async def delete(world: World, user: User, args: Json) -> Json:
    """One's own message; an ephemeral one is only dismissed."""
    message = message_of(world, user, args)
    messages.delete(world, message if message.ephemeral_for else _own(world, user, args))
    return {}


async def delete_file(world: World, user: User, args: Json) -> Json:
    file = world.state.files.get(str(args.get("file")))
    if file is None or file.user != user.id:
        raise PersonError("not_yours", "Only who uploaded a file can delete it.")
    messages.delete_file(world, file)
    return {}


async def change_channel(world: World, user: User, args: Json) -> Json:
    """op: create (private?), archive, unarchive, rename, invite_bot, remove_bot."""
    op, name = args.get("op"), str(args.get("name") or "").strip().lower()
    if op in ("create", "rename") and not name:
        raise PersonError("no_name", "A channel needs a name.")
    if op == "create":
        return {"channel": membership.create(world, name, by=user.id, private=bool(args.get("private"))).id}
    channel = channel_of(world, user, args)
    if channel.im_with:
        raise PersonError("not_a_channel", "A direct message cannot be changed like a channel.")
    if op == "rename":
        membership.rename(world, channel, name)
    elif op in ("archive", "unarchive"):
        membership.archive(world, channel, by=user.id, undo=op == "unarchive")
    elif op == "invite_bot":
        membership.add_bot(world, channel, inviter=user.id)
    elif op == "remove_bot":
        membership.remove_bot(world, channel, by=user.id)
    else:
        raise PersonError("unknown_op", "The workspace does not know this change.")
    return {"channel": channel.id}


async def uninstall(world: World, user: User, args: Json) -> Json:
    """The app is taken out of the workspace: its tokens die, and it hears of that one last time."""
    now = world.state.clock.ts()
    world.events.emit({"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [BOT_USER]}, "event_ts": now})
    world.events.emit({"type": "app_uninstalled", "team_id": TEAM_ID, "event_ts": now})
    world.events.stop()
    world.state.installed = False
    return {}
