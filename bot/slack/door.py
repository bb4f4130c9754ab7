"""The one way out to Slack: posts, edits, files and look-ups, paced, with its errors sorted."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.message import Block, Message
from bot.errors import SlackTrouble
from bot.slack.pace import Pace

# The event type of the metadata that carries an outbox key, so that a post can be found again.
METADATA_TYPE = "tunesmith_outbox"
LOOK_BACK_PAGES = 5

# Methods that Slack does not take JSON for; the SDK sends these as a query too.
BY_QUERY = ("files.", "users.", "conversations.", "chat.getPermalink")


class Refused(SlackTrouble):
    """Slack said no. `healable`: a later attempt may work; `may_have_arrived`: the call may have been carried out."""

    def __init__(
        self, code: str, *, healable: bool, retry_after: float | None = None, may_have_arrived: bool = False
    ) -> None:
        super().__init__(f"Slack answered “{code}”.")
        self.code = code
        self.healable = healable
        self.retry_after = retry_after
        self.may_have_arrived = may_have_arrived


@dataclass
class SlackDoor:
    """Outbound calls of one workspace. Raises `Refused`."""

    client: AsyncWebClient
    pace: Pace = field(default_factory=Pace)

    async def post(self, channel: str, message: Message, *, key: str, thread_ts: str = "") -> tuple[str, str]:
        """Post; (ts, channel) as Slack names them. The key goes along as metadata."""
        answer = await self._call(
            "chat.postMessage",
            channel_for_pace=channel,
            channel=channel,
            text=message.text,
            blocks=message.blocks or None,
            thread_ts=thread_ts or None,
            metadata={"event_type": METADATA_TYPE, "event_payload": {"key": key}},
            unfurl_links=False,
            unfurl_media=False,
        )
        return str(answer["ts"]), str(answer["channel"])

    async def update(self, channel: str, ts: str, message: Message) -> None:
        await self._call("chat.update", channel=channel, ts=ts, text=message.text, blocks=message.blocks or [])

    async def whisper(self, channel: str, user: str, text: str, blocks: list[Block] | None = None) -> None:
        """Show something to one person; Slack does not promise that it arrives."""
        await self._call("chat.postEphemeral", channel=channel, user=user, text=text, blocks=blocks)

    async def publish_home(self, user: str, view: dict[str, Any]) -> None:
        await self._call("views.publish", user_id=user, view=view)

    async def find_post(self, channel: str, key: str, *, since: float, thread_ts: str = "") -> str | None:
        """The ts of a post of ours that carries `key`, where an answer was lost."""
        method = "conversations.replies" if thread_ts else "conversations.history"
        where: dict[str, Any] = {"ts": thread_ts} if thread_ts else {}
        cursor = ""
        for _ in range(LOOK_BACK_PAGES):
            page = await self._call(
                method, channel=channel, oldest=f"{since:.6f}", include_all_metadata=True, limit=200,
                cursor=cursor or None, **where,
            )  # fmt: skip
            for found in page.get("messages", []):
                if found.get("metadata", {}).get("event_payload", {}).get("key") == key:
                    return str(found["ts"])
            cursor = page.get("response_metadata", {}).get("next_cursor", "")
            if not cursor:
                break
        return None

    async def start_upload(self, filename: str, data: bytes, alt_text: str = "") -> str:
        """Send the bytes; the id of a file that is not shared anywhere yet."""
        grant = await self._call(
            "files.getUploadURLExternal", filename=filename, length=len(data), alt_txt=alt_text or None
        )
        session = self.client.session or aiohttp.ClientSession()
        try:
            async with session.post(grant["upload_url"], data=data) as answer:
                if answer.status != 200:
                    raise Refused("upload_failed", healable=True)
        except aiohttp.ClientError as error:
            raise Refused(type(error).__name__, healable=True) from error
        finally:
            if session is not self.client.session:
                await session.close()
        return str(grant["file_id"])

    async def finish_upload(self, file_id: str, *, title: str, channel: str = "", thread_ts: str = "") -> None:
        """Share the file; without a channel it is only there to be shown in a message's blocks.

        Sharing the same id twice shows it once."""
        await self._call(
            "files.completeUploadExternal",
            files=json.dumps([{"id": file_id, "title": title}]),
            channel_id=channel or None,
            thread_ts=thread_ts or None,
        )

    async def delete_file(self, file_id: str) -> None:
        await self._call("files.delete", file=file_id)

    async def file_info(self, file_id: str) -> dict[str, Any]:
        return dict((await self._call("files.info", file=file_id))["file"])

    async def user_info(self, user_id: str) -> dict[str, Any]:
        return dict((await self._call("users.info", user=user_id))["user"])

    async def channel_info(self, channel: str) -> dict[str, Any]:
        return dict((await self._call("conversations.info", channel=channel))["channel"])

    async def channel_members(self, channel: str) -> list[str]:
        return [str(m) for m in (await self._call("conversations.members", channel=channel, limit=200))["members"]]

    async def open_dm(self, user: str) -> str:
        """The id of the direct message with one person."""
        return str((await self._call("conversations.open", users=user))["channel"]["id"])

    async def team(self) -> str:
        """The workspace that our token belongs to."""
        return str((await self._call("auth.test"))["team_id"])

    async def permalink(self, channel: str, ts: str) -> str:
        return str((await self._call("chat.getPermalink", channel=channel, message_ts=ts))["permalink"])

    async def _call(self, method: str, *, channel_for_pace: str = "", **arguments: Any) -> dict[str, Any]:
        await self.pace.wait(method, channel_for_pace)
        given = {name: value for name, value in arguments.items() if value is not None}
        async with self._sorted_errors(method):
            by_query = method.startswith(BY_QUERY)
            body = {"params": given} if by_query else {"json": given}
            answer = await self.client.api_call(method, **body)  # type: ignore[arg-type]
            return dict(answer.data)  # type: ignore[arg-type]

    @asynccontextmanager
    async def _sorted_errors(self, method: str) -> AsyncIterator[None]:
        try:
            yield
        except SlackApiError as error:
            raise self._refusal(method, error) from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Refused(type(error).__name__, healable=True, may_have_arrived=True) from error

    def _refusal(self, method: str, error: SlackApiError) -> Refused:
        answer: Any = error.response
        status = getattr(answer, "status_code", 0)
        said = answer.data if isinstance(getattr(answer, "data", None), dict) else {}  # a 500 comes with a page of text
        code = str(said.get("error") or f"status_{status}")
        if status == 429 or code == "ratelimited":
            wait = float(getattr(answer, "headers", {}).get("Retry-After", 30))
            self.pace.refused(method, wait)
            return Refused("ratelimited", healable=True, retry_after=wait)
        broken = status >= 500 or not said or code in ("internal_error", "fatal_error", "request_timeout")
        return Refused(code, healable=broken, may_have_arrived=broken)
