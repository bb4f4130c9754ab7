"""chat.*: posting, changing and deleting messages."""

from bot.local.workspace import forms, limits, messages
from bot.local.workspace.errors import ApiError, Json
from bot.local.workspace.ratelimit import SPECIAL, TIER_3, TIER_4
from bot.local.workspace.render import message_json
from bot.local.workspace.state import BOT_USER, Channel, Message
from bot.local.workspace.webapi.call import Call, Method


async def post_message(call: Call) -> Json:
    channel = _destination(call)
    content = _content(call)
    call.world.rates.check_post(channel.id)
    message = messages.post(call.world, _new_message(call, channel, content))
    body = message_json(call.world.state, message, with_metadata=True)
    return {"channel": channel.id, "ts": message.ts, "message": body}


async def post_ephemeral(call: Call) -> Json:
    channel = _destination(call)
    user = call.user().id
    if user not in channel.members:
        raise ApiError("user_not_in_channel")
    message = _new_message(call, channel, _content(call))
    message.ephemeral_for = user
    message.metadata = None
    messages.post(call.world, message)
    return {"message_ts": message.ts}


def _new_message(call: Call, channel: Channel, content: Json) -> Message:
    ts = call.world.state.clock.ts()
    thread = _thread(call, channel)
    return Message(ts, channel.id, BOT_USER, thread_ts=thread, from_app=True, metadata=_metadata(call), **content)


def _destination(call: Call) -> Channel:
    """A channel by id or #name, or a person by id (their direct message). Raises what Slack raises for the rest."""
    state, wanted = call.world.state, call.optional("channel") or ""
    if wanted in state.users:
        wanted = state.im_id(wanted)
    by_name = next((one.id for one in state.channels.values() if not one.im_with and wanted == f"#{one.name}"), wanted)
    channel = state.channel(by_name)
    if channel.is_archived:
        raise ApiError("is_archived")
    if channel.im_with and not call.world.manifest.messages_tab:
        raise ApiError("messages_tab_disabled")
    if channel.kind != "channel" or "chat:write.public" not in call.world.manifest.scopes:
        call.require_member(channel)
    return channel


def _content(call: Call) -> Json:
    """`text`, `blocks`, `attachments`, checked. Raises `no_text` when there is nothing to show."""
    markdown = call.optional("markdown_text")
    if markdown is not None:
        return _markdown_content(call, markdown)
    blocks = call.structure("blocks")
    if blocks is not None:
        limits.check_message_blocks(blocks)
        call.require_files(blocks)
    attachments = _attachments(call)
    text = call.optional("text") or ""
    if not (text or blocks or attachments):
        raise ApiError("no_text")
    return {
        "text": text[: limits.MAX_POST_TEXT],
        "blocks": forms.with_ids(blocks or []),
        "attachments": attachments,
    }


def _markdown_content(call: Call, markdown: str) -> Json:
    if call.optional("text") or call.args.get("blocks"):
        raise ApiError("markdown_text_conflict")
    if len(markdown) > limits.MAX_MARKDOWN_TEXT:
        raise ApiError("msg_too_long")
    return {"text": markdown, "blocks": forms.with_ids([{"type": "markdown", "text": markdown}]), "attachments": []}


def _attachments(call: Call) -> list[Json]:
    attachments = call.structure("attachments") or []
    if not isinstance(attachments, list):
        raise ApiError("invalid_attachments")
    if len(attachments) > limits.MAX_ATTACHMENTS:
        raise ApiError("too_many_attachments")
    return attachments


def _metadata(call: Call) -> Json | None:
    metadata = call.structure("metadata")
    if metadata is not None:
        limits.check_metadata(metadata)
    return metadata  # type: ignore[no-any-return]


def _thread(call: Call, channel: Channel) -> str | None:
    """The parent's ts. Slack starts no thread under a message that is not there."""
    wanted = call.optional("thread_ts")
    if wanted is None:
        return None
    parent = channel.messages.get(wanted)
    if parent is None or parent.ephemeral_for:
        raise ApiError("thread_not_found")
    return parent.thread_ts if parent.is_reply else parent.ts


async def update(call: Call) -> Json:
    """Text without blocks removes the blocks; metadata stays unless new is given."""
    channel = call.channel()
    message = call.message(channel)
    if not message.from_app:
        raise ApiError("cant_update_message")
    if channel.is_archived:
        raise ApiError("is_archived")
    if len(call.optional("text") or "") > limits.MAX_UPDATE_TEXT:
        raise ApiError("msg_too_long")
    previous = message_json(call.world.state, message)
    _apply(call, message, _content(call))
    messages.changed(call.world, message, previous)
    body = message_json(call.world.state, message, with_metadata=True)
    return {"channel": channel.id, "ts": message.ts, "text": message.text, "message": body}


def _apply(call: Call, message: Message, content: Json) -> None:
    message.text, message.blocks, message.attachments = content["text"], content["blocks"], content["attachments"]
    message.metadata = _metadata(call) or message.metadata
    if not message.blocks:  # Slack labels a change of blocks as no edit
        message.edited_at = call.world.state.clock.ts()


async def delete(call: Call) -> Json:
    channel = call.channel()
    message = call.message(channel)
    if not message.from_app:
        raise ApiError("cant_delete_message")
    messages.delete(call.world, message)
    return {"channel": channel.id, "ts": message.ts}


async def get_permalink(call: Call) -> Json:
    channel = call.channel()
    message = call.message(channel, "message_ts")
    thread = f"?thread_ts={message.thread_ts}&cid={channel.id}" if message.is_reply else ""
    link = f"{call.base_url}/archives/{channel.id}/p{message.ts.replace('.', '')}{thread}"
    return {"channel": channel.id, "permalink": link}


_WRITE = ("chat:write",)
METHODS = {
    "chat.postMessage": Method(post_message, _WRITE, SPECIAL),
    "chat.postEphemeral": Method(post_ephemeral, _WRITE, TIER_4),
    "chat.update": Method(update, _WRITE, TIER_3),
    "chat.delete": Method(delete, _WRITE, TIER_3),
    "chat.getPermalink": Method(get_permalink, (), SPECIAL),
}
