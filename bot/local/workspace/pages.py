"""The open pages of people: one WebSocket each, frames in order, each with a rising `seq` of its person."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress

from aiohttp import web

from bot.local.workspace.errors import Json

HEARTBEAT_SECONDS = 20.0


class Pages:
    def __init__(self) -> None:
        self._queues: dict[str, set[asyncio.Queue[Json | None]]] = {}
        self._seq: dict[str, int] = {}

    def seq(self, user: str) -> int:
        """Of the last frame shown to this person; answers carry it, so that a script can wait until it saw that."""
        return self._seq.get(user, 0)

    def tell(self, users: Iterable[str], frame: Json) -> None:
        for user in users:
            self._seq[user] = self.seq(user) + 1
            for queue in self._queues.get(user, ()):
                queue.put_nowait({**frame, "seq": self._seq[user]})

    def tell_all(self, frame: Json) -> None:
        self.tell(list(self._queues), frame)

    def toast(self, user: str, text: str, level: str = "error") -> None:
        self.tell([user], {"type": "toast", "level": level, "text": text})

    def close(self) -> None:
        for queue in [queue for queues in self._queues.values() for queue in queues]:
            queue.put_nowait(None)

    async def serve(self, request: web.Request, user: str, hello: Json) -> web.WebSocketResponse:
        """Stay with one page until it leaves."""
        socket = web.WebSocketResponse(heartbeat=HEARTBEAT_SECONDS)
        await socket.prepare(request)
        queue: asyncio.Queue[Json | None] = asyncio.Queue()
        queue.put_nowait({**hello, "seq": self.seq(user)})
        self._queues.setdefault(user, set()).add(queue)
        writer = asyncio.create_task(_write(socket, queue))
        try:
            async for _ in socket:
                pass  # pages only listen here; what they do arrives by POST
        finally:
            self._queues[user].discard(queue)
            writer.cancel()
        return socket


async def _write(socket: web.WebSocketResponse, queue: asyncio.Queue[Json | None]) -> None:
    with suppress(ConnectionError):
        while (frame := await queue.get()) is not None:
            await socket.send_json(frame)
    await socket.close()
