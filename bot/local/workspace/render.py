"""State as the JSON objects that Slack's API and events use."""

from urllib.parse import quote

from bot.local.workspace.errors import Json
from bot.local.workspace.state import (
    APP_ID,
    BOT_ID,
    BOT_USER,
    TEAM_ID,
    Channel,
    Message,
    State,
    StoredFile,
    User,
    View,
)

MAX_REPLY_USERS = 5


def user_json(user: User) -> Json:
    return {
        "id": user.id,
        "team_id": user.team_id,
        "name": user.name,
        "real_name": user.real_name,
        "color": user.color,
        "deleted": False,
        "is_bot": user.is_bot,
        "is_app_user": False,
        "is_admin": False,
        "is_restricted": user.is_guest,
        "is_ultra_restricted": False,
        "is_stranger": user.team_id != TEAM_ID,
        "tz": "Europe/Berlin",
        "tz_label": "Central European Time",
        "tz_offset": 3600,
        "profile": {
            "real_name": user.real_name,
            "display_name": user.name,
            "title": user.title,
            "team": user.team_id,
            **({"bot_id": BOT_ID, "api_app_id": APP_ID} if user.is_bot else {}),
        },
    }


def channel_json(channel: Channel) -> Json:
    """As conversations.info gives it to the bot."""
    body: Json = {
        "id": channel.id,
        "created": channel.created,
        "is_im": channel.im_with is not None,
        "is_channel": channel.im_with is None,
        "is_group": channel.is_private,
        "is_mpim": False,
        "is_private": channel.kind != "channel",
        "is_archived": channel.is_archived,
        "is_shared": False,
        "is_ext_shared": False,
        "is_org_shared": False,
        "context_team_id": TEAM_ID,
    }
    if channel.im_with:
        return {**body, "user": channel.im_with, "is_user_deleted": False, "is_open": True}
    named = {"name": channel.name, "name_normalized": channel.name, "is_member": BOT_USER in channel.members}
    topic = {"value": channel.topic, "creator": "", "last_set": 0}
    return {**body, **named, "topic": topic, "purpose": {**topic, "value": ""}, "num_members": len(channel.members)}


def message_json(state: State, message: Message, *, with_metadata: bool = False) -> Json:
    body: Json = {"type": "message", "ts": message.ts, "user": message.user, "text": message.text}
    body["team"] = state.users[message.user].team_id
    if message.from_app:
        body |= {"bot_id": BOT_ID, "app_id": APP_ID}
    optional: Json = {
        "subtype": "tombstone" if message.deleted else message.subtype,
        "blocks": message.blocks,
        "attachments": message.attachments,
        "thread_ts": message.thread_ts,
        "metadata": message.metadata if with_metadata else None,
        "files": [file_json(state, state.files[file]) for file in message.files if file in state.files],
        "reactions": _reactions(message),
        "edited": {"user": message.user, "ts": message.edited_at} if message.edited_at else None,
        "is_ephemeral": bool(message.ephemeral_for),
    }
    return {**body, **{key: value for key, value in optional.items() if value}, **_thread(state, message)}


def _reactions(message: Message) -> list[Json]:
    return [{"name": name, "users": list(by), "count": len(by)} for name, by in message.reactions.items() if by]


def _thread(state: State, message: Message) -> Json:
    """What a parent says about its replies."""
    if not message.replies:
        return {"parent_user_id": _parent_user(state, message)} if message.is_reply else {}
    messages = state.channels[message.channel].messages
    replies = [messages[ts] for ts in message.replies]
    users = list(dict.fromkeys(reply.user for reply in replies))
    return {
        "thread_ts": message.ts,
        "reply_count": len(replies),
        "reply_users_count": len(users),
        "reply_users": users[:MAX_REPLY_USERS],
        "latest_reply": replies[-1].ts,
    }


def _parent_user(state: State, message: Message) -> str:
    parent = state.channels[message.channel].messages.get(message.thread_ts or "")
    return parent.user if parent else ""


def page_message(state: State, message: Message) -> Json:
    """For the page, which also knows what is ephemeral and what was deleted."""
    body = message_json(state, message)
    body.pop("is_ephemeral", None)
    return (
        body | ({"ephemeral": True} if message.ephemeral_for else {}) | ({"deleted": True} if message.deleted else {})
    )


def file_json(state: State, file: StoredFile) -> Json:
    """Blank type and no shares until the upload has been processed, as in Slack."""
    if file.deleted:
        return {"id": file.id, "mode": "tombstone"}
    kind = file.name.rpartition(".")[2].lower() if "." in file.name else "text"
    by_kind = _shares_by_kind(state, file)
    shares = {"public": by_kind["channel"], "private": {**by_kind["group"], **by_kind["im"]}}
    path, name = f"{state.base_url}/files-pri/{TEAM_ID}-{file.id}", quote(file.name, safe="")
    return {
        "id": file.id,
        "created": file.created,
        "timestamp": file.created,
        "name": file.name,
        "title": file.title,
        "mimetype": file.mimetype if file.processed else "",
        "filetype": kind if file.processed else "",
        "pretty_type": kind.upper() if file.processed else "",
        "user": file.user,
        "user_team": TEAM_ID,
        "mode": "hosted",
        "editable": False,
        "is_external": False,
        "is_public": bool(by_kind["channel"]),
        "size": file.length,
        "alt_txt": file.alt_txt,
        "url_private": f"{path}/{name}",
        "url_private_download": f"{path}/download/{name}",
        "permalink": f"{state.base_url}/files/{file.user}/{file.id}/{name}",
        "file_access": "visible",
        "channels": list(by_kind["channel"]),
        "groups": list(by_kind["group"]),
        "ims": list(by_kind["im"]),
        "shares": {name: places for name, places in shares.items() if places and file.processed},
    }


def _shares_by_kind(state: State, file: StoredFile) -> dict[str, Json]:
    by_kind: dict[str, Json] = {"channel": {}, "group": {}, "im": {}}
    for channel, places in file.shares.items():
        by_kind[state.channels[channel].kind][channel] = places
    return by_kind


def view_json(view: View) -> Json:
    """A view as the API returns it and as payloads carry it."""
    return {
        "id": view.id,
        "team_id": TEAM_ID,
        "app_id": APP_ID,
        "app_installed_team_id": TEAM_ID,
        "bot_id": BOT_ID,
        "title": None,
        "submit": None,
        "close": None,
        "callback_id": "",
        "external_id": "",
        "private_metadata": "",
        "clear_on_close": False,
        "notify_on_close": False,
        **view.body,
        "state": {"values": view.values},
        "hash": view.hash,
        "root_view_id": view.root_id,
        "previous_view_id": view.previous_id,
    }
