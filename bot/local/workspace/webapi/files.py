"""files.*: the three-step upload, looking up, deleting."""

import asyncio
import mimetypes
import re
import time

from bot.local.workspace import messages
from bot.local.workspace.errors import ApiError, Json
from bot.local.workspace.ids import new_id
from bot.local.workspace.ratelimit import TIER_3, TIER_4
from bot.local.workspace.render import file_json
from bot.local.workspace.state import BOT_USER, Channel, Message, StoredFile
from bot.local.workspace.webapi.call import Call, Method
from bot.local.workspace.world import World

MAX_ALT_TEXT = 1000
MAX_BYTES = 1024**3
_CHANNEL_ID = re.compile(r"[CGDZ][A-Z0-9]{4,}")


def new_file(name: str, user: str, length: int, *, alt_txt: str = "", content: bytes | None = None) -> StoredFile:
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return StoredFile(new_id("F"), name, name, kind, user, length, int(time.time()), content, alt_txt)


async def get_upload_url(call: Call) -> Json:
    length = call.text("length")
    if not length.isdigit() or not 0 < int(length) <= MAX_BYTES:
        raise ApiError("invalid_arguments", f"must be between 1 and {MAX_BYTES} [json-pointer:/length]")
    alt_txt = call.optional("alt_txt") or ""
    if len(alt_txt) > MAX_ALT_TEXT:
        raise ApiError("alt_txt_too_large")
    file = new_file(call.text("filename"), BOT_USER, int(length), alt_txt=alt_txt)
    call.world.state.files[file.id] = file
    return {"upload_url": f"{call.base_url}/upload/v1/{file.id}", "file_id": file.id}


async def complete_upload(call: Call) -> Json:
    """Answers before the file is processed: no type, no shares, no message ts yet."""
    files = [_uploaded(call, row) for row in _rows(call)]
    channels = _destinations(call)
    answer = [file_json(call.world.state, file) for file in files]
    call.world.spawn(_process(call, files, channels))
    return {"files": answer}


def _rows(call: Call) -> list[Json]:
    rows = call.structure("files")
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) and row.get("id") for row in rows):
        raise ApiError("invalid_arguments", "must provide at least 1 file with an id [json-pointer:/files]")
    return rows


def _uploaded(call: Call, row: Json) -> StoredFile:
    file = call.world.state.files.get(row["id"])
    if file is None or file.content is None or file.processed:
        raise ApiError("file_not_found")
    file.title = row.get("title") or file.name
    return file


def _destinations(call: Call) -> list[Channel]:
    """Ids of conversations; a person's id is refused, unlike in chat.postMessage."""
    listed = call.optional("channel_id") or call.optional("channels") or ""
    wanted = [one for one in listed.split(",") if one]
    for channel_id in wanted:
        if not _CHANNEL_ID.fullmatch(channel_id):
            raise ApiError("invalid_arguments", f"failed to match pattern: {channel_id} [json-pointer:/channel_id]")
    channels = [call.world.state.channel(channel_id) for channel_id in wanted]
    for channel in channels:
        call.require_member(channel)
        if channel.is_archived:
            raise ApiError("is_archived")
    return channels


async def _process(call: Call, files: list[StoredFile], channels: list[Channel]) -> None:
    await asyncio.sleep(call.world.timing.file_processing_seconds)
    for file in files:
        file.processed = True
    for channel in channels:
        ts = call.world.state.clock.ts()
        thread, comment = call.optional("thread_ts"), call.optional("initial_comment") or ""
        message = Message(ts, channel.id, BOT_USER, comment, thread_ts=thread, from_app=True)
        messages.share(call.world, files, message)


def _readable(world: World, file_id: str) -> StoredFile:
    """Raises `file_not_found` for what the bot may not see, as Slack does, and `file_deleted`."""
    file = world.state.files.get(file_id)
    if file is None or not world.state.bot_may_read(file):
        raise ApiError("file_not_found")
    if file.deleted:
        raise ApiError("file_deleted")
    return file


async def info(call: Call) -> Json:
    file = _readable(call.world, call.text("file"))
    return {"file": file_json(call.world.state, file), "comments": [], "response_metadata": {"next_cursor": ""}}


async def delete(call: Call) -> Json:
    file = _readable(call.world, call.text("file"))
    if file.user != BOT_USER:
        raise ApiError("cant_delete_file")
    messages.delete_file(call.world, file)
    return {}


_WRITE = ("files:write",)
METHODS = {
    "files.getUploadURLExternal": Method(get_upload_url, _WRITE, TIER_4),
    "files.completeUploadExternal": Method(complete_upload, _WRITE, TIER_4),
    "files.info": Method(info, ("files:read",), TIER_4),
    "files.delete": Method(delete, _WRITE, TIER_3),
}
