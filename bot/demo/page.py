"""What one person's page shows: messages, modals, Home, toasts; and waiting for them."""

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import aiohttp

Json = dict[str, Any]
Predicate = Callable[[Json], object]
DEFAULT_TIMEOUT = 10.0


class PersonError(Exception):
    """The workspace refused, or did not show what was waited for; `code` and `body` say what."""

    def __init__(self, message: str, body: Json | None = None) -> None:
        super().__init__(message)
        self.body: Json = body or {}
        self.code: str = str(self.body.get("error", ""))


class Page:
    """One person's open page: `async with` connects it; methods wait for what it shows.

    `messages[channel][ts]` and `modals` (last one on top) follow what is shown. Waiting methods raise PersonError with
    what was seen instead.
    """

    def __init__(self, url: str, user: str, *, token: str | None = None) -> None:
        self.user = user
        self.workspace: Json = {}
        self.messages: dict[str, dict[str, Json]] = {}
        self.modals: list[Json] = []
        self.home_view: Json | None = None
        self.toasts: list[str] = []
        self.notices: dict[str, Json] = {}
        self._url = url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._seen = 0
        self._gone = False
        self._changed = asyncio.Condition()
        self._ready = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._http = aiohttp.ClientSession(headers=self._headers)
        try:
            self._socket = await self._http.ws_connect(f"{self._url}/client/ws?user={self.user}")
        except aiohttp.ClientError:
            await self._http.close()
            raise
        self._listener = asyncio.create_task(self._listen())
        await asyncio.wait_for(self._ready.wait(), DEFAULT_TIMEOUT)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.cancel()
        await self._socket.close()
        await self._http.close()

    async def _listen(self) -> None:
        async for frame in self._socket:
            if frame.type is aiohttp.WSMsgType.TEXT:
                await self._see(frame.json())
        async with self._changed:
            self._gone = True
            self._changed.notify_all()

    async def _see(self, frame: Json) -> None:
        if frame["type"] == "hello":
            await self._arrive(frame)
        async with self._changed:
            self._take_in(frame)
            self._seen = frame["seq"]
            self._changed.notify_all()

    async def _arrive(self, hello: Json) -> None:
        """Read everything said so far, threads too."""
        self.workspace, self.modals, self.home_view = hello, hello["modal"], hello["home_view"]
        self.notices = {notice["id"]: notice for notice in hello["notices"]}
        for channel in hello["channels"]:
            for message in await self.history(channel["id"]):
                self._remember(channel["id"], message)
                if message.get("reply_count"):
                    for reply in await self.replies(channel["id"], message["ts"]):
                        self._remember(channel["id"], reply)
        self._ready.set()

    def _remember(self, channel: str, message: Json) -> None:
        self.messages.setdefault(channel, {})[message["ts"]] = message

    def _take_in(self, frame: Json) -> None:
        match frame["type"]:
            case "message" | "message_changed":
                self._remember(frame["channel"], frame["message"])
            case "message_deleted":
                self.messages.get(frame["channel"], {}).pop(frame["ts"], None)
            case "modal":
                self.modals = frame["stack"]
            case "home":
                self.home_view = frame["view"]
            case "toast":
                self.toasts.append(frame["text"])
            case "notice":
                self.notices[frame["notice"]["id"]] = frame["notice"]

    async def until(self, look: Callable[[], Any], what: str, timeout: float) -> Any:
        """Wait until `look` finds something truthy; `what` completes the sentence if it does not."""

        async def waiting() -> Any:
            async with self._changed:
                while not (found := look()):
                    if self._gone:
                        raise PersonError(f"The workspace closed the page of {self.user} before there was {what}.")
                    await self._changed.wait()
                return found

        try:
            return await asyncio.wait_for(waiting(), timeout)
        except TimeoutError:
            seen = "; ".join([*self._last_words(), *(f"toast: {toast}" for toast in self.toasts[-2:])])
            raise PersonError(f"{self.user} waited {timeout:g} s for {what}. Last seen: {seen}") from None

    def _last_words(self) -> list[str]:
        return [message.get("text", "")[:120] for message in self.all_messages()[-4:]]

    def all_messages(self, channel: str | None = None) -> list[Json]:
        """Everything visible, oldest first; each message also says its `channel`."""
        wanted = self.messages if channel is None else {channel: self.messages.get(channel, {})}
        rows = [{**message, "channel": name} for name, rows in wanted.items() for message in rows.values()]
        return sorted(rows, key=lambda message: float(message["ts"]))

    def newest(self, predicate: Predicate, channel: str | None = None) -> Json | None:
        return next((message for message in reversed(self.all_messages(channel)) if predicate(message)), None)

    async def wait_for_message(
        self,
        predicate: Predicate,
        timeout: float = DEFAULT_TIMEOUT,
        *,
        channel: str | None = None,
        after: str = "0",
        what: str = "a message",
    ) -> Json:
        """The newest message that satisfies the predicate, already there or yet to come; `after` a ts."""

        def look() -> Json | None:
            return self.newest(lambda message: float(message["ts"]) > float(after) and predicate(message), channel)

        found: Json = await self.until(look, what, timeout)
        return found

    async def wait_for_text(self, text: str, timeout: float = DEFAULT_TIMEOUT, **where: Any) -> Json:
        """The newest message whose text or blocks contain these words."""
        return await self.wait_for_message(
            lambda message: text in message.get("text", "") or text in str(message.get("blocks", "")),
            timeout,
            what=f"a message with {text!r}",
            **where,
        )

    async def wait_for_modal(self, predicate: Predicate | None = None, timeout: float = DEFAULT_TIMEOUT) -> Json:
        """The view of the topmost modal, once there is one that satisfies the predicate."""

        def look() -> Json | None:
            view = self.modals[-1]["view"] if self.modals else None
            return view if view and (predicate is None or predicate(view)) else None

        found: Json = await self.until(look, "a modal", timeout)
        return found

    async def wait_for_no_modal(self, timeout: float = DEFAULT_TIMEOUT) -> None:
        await self.until(lambda: not self.modals, "the modal to close", timeout)

    async def wait_for_toast(self, text: str = "", timeout: float = DEFAULT_TIMEOUT) -> str:
        look = lambda: next((toast for toast in self.toasts if text in toast), None)  # noqa: E731
        return str(await self.until(look, f"a toast with {text!r}", timeout))

    async def wait_for_home(self, predicate: Predicate | None = None, timeout: float = DEFAULT_TIMEOUT) -> Json:
        def look() -> Json | None:
            view = self.home_view
            return view if view and (predicate is None or predicate(view)) else None

        found: Json = await self.until(look, "the Home tab", timeout)
        return found

    async def _get(self, path: str, **query: str) -> Json:
        async with self._http.get(f"{self._url}/client/{path}", params={"user": self.user, **query}) as response:
            answer: Json = await response.json()
        if not answer.get("ok"):
            raise PersonError(str(answer.get("message")), answer)
        return answer

    async def _settled(self, answer: Json) -> Json:
        """The answer, once everything it caused to be shown has been seen. Raises PersonError for a refusal."""
        if not answer.get("ok"):
            raise PersonError(str(answer.get("message") or answer.get("error")), answer)
        await self.until(lambda: self._seen >= answer["seq"], "the page to catch up", DEFAULT_TIMEOUT)
        return answer

    async def boot(self) -> Json:
        """The workspace at a glance, asked anew."""
        return await self._get("boot")

    async def history(self, channel: str) -> list[Json]:
        return list((await self._get("history", channel=channel))["messages"])

    async def replies(self, channel: str, ts: str) -> list[Json]:
        return list((await self._get("replies", channel=channel, ts=ts))["messages"])
