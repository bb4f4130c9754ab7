"""The local workspace's controls: what the app said on the wire, and how to make its life harder."""

import asyncio
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, Self

import aiohttp

Json = dict[str, Any]
POLL_SECONDS = 0.05


class Control:
    """`async with Control(url, token) as control: [call] = await control.sent("chat.postMessage")`."""

    def __init__(self, url: str, token: str) -> None:
        self._url = url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}"}

    async def __aenter__(self) -> Self:
        self._http = aiohttp.ClientSession(headers=self._headers)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.close()

    async def calls(self, method: str | None = None, since: int = 0) -> list[Json]:
        """Calls of the app as {n, at, method, args, ok, error, ts, status}, oldest first; `since` an n."""
        query = {"since": str(since), **({"method": method} if method else {})}
        async with self._http.get(f"{self._url}/control/calls", params=query) as response:
            response.raise_for_status()
            return list((await response.json())["calls"])

    async def sent(self, method: str, since: int = 0) -> list[Json]:
        """Arguments of the successful calls of one method."""
        return [call["args"] for call in await self.calls(method, since) if call["ok"]]

    async def wait_for_call(self, method: str, *, count: int = 1, since: int = 0, timeout: float = 10.0) -> list[Json]:
        """Wait until there are so many successful calls; returns their arguments. Raises TimeoutError."""

        async def look() -> list[Json] | None:
            found = await self.sent(method, since)
            return found if len(found) >= count else None

        return list(await _poll(look, timeout))

    async def wait_for_socket(self, timeout: float = 15.0) -> None:
        """Wait until the app is connected. Raises TimeoutError."""

        async def look() -> bool:
            return bool((await self.health())["socket_connected"])

        await _poll(look, timeout)

    async def health(self) -> Json:
        async with self._http.get(f"{self._url}/control/health") as response:
            return dict(await response.json())

    async def _post(self, path: str, body: Json) -> Json:
        async with self._http.post(f"{self._url}/{path}", json=body) as response:
            answer: Json = await response.json()
        if not answer.get("ok"):
            raise ValueError(answer.get("message", "refused"))
        return answer

    async def fault(self, method: str, kind: str, *, times: int = 1, **more: Any) -> None:
        """kind: 429 (retry_after), 500, error (error), lose_answer, stall (seconds), html_download."""
        await self._post("control/faults", {"method": method, "kind": kind, "times": times, **more})

    async def clear_faults(self) -> None:
        await self._post("control/faults", {"clear": True})

    async def events(self, op: str, **more: Any) -> Json:
        """redeliver (type?, event_id?), reorder (count), duplicate_next (count), hold, release, drop_socket (how)."""
        return await self._post("control/events", {"op": op, **more})

    async def emit(self, event: Json, *, channel: str | None = None) -> None:
        """An event as if it had happened, heard if subscribed to (and, with a channel, if the bot is in it)."""
        await self.events("emit", event=event, channel=channel)

    async def add_person(self, id: str, name: str, **more: Any) -> None:
        """more: real_name, title, is_guest, team_id (another workspace's), channels=[ids]."""
        await self.events("add_person", id=id, name=name, **more)

    async def clock(self, **seconds: Any) -> None:
        """ack_seconds, trigger_seconds, retry_seconds=[...], rate_multiplier, ..."""
        await self._post("control/clock", seconds)

    async def reset(self, manifest: Json | None = None) -> None:
        """Forget everything that happened, perhaps take another app's manifest; all connections are cut."""
        await self._post("control/reset", {"manifest": manifest})

    async def notice(
        self, id: str, text: str, *, percent: float | None = None, done: bool = False, level: str = "info", **more: Any
    ) -> None:
        """The bar above the channel. `level`: info, warn or error; `sample` = {name, url} offers a file to drop."""
        body = {"id": id, "text": text, "percent": percent, "done": done, "level": level, **more}
        await self._post("client/notice", body)


async def _poll(look: Callable[[], Awaitable[Any]], timeout: float) -> Any:
    """Ask until the answer is truthy. Raises TimeoutError."""
    async with asyncio.timeout(timeout):
        while True:
            if found := await look():
                return found
            await asyncio.sleep(POLL_SECONDS)
