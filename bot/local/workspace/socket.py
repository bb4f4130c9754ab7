"""Socket Mode: envelopes out, acknowledgements in, over several connections at once."""

import asyncio
import itertools
import json
import uuid
from dataclasses import dataclass, field

from aiohttp import WSMsgType, web

from bot.local.workspace.door import FIRST, Attempt, Kind
from bot.local.workspace.errors import Json, NoAnswerError
from bot.local.workspace.ids import new_secret
from bot.local.workspace.state import APP_ID
from bot.local.workspace.timing import Timing

MAX_CONNECTIONS = 10
HEARTBEAT_SECONDS = 20.0
APPROXIMATE_CONNECTION_SECONDS = 3600
# How long a connection that was asked to refresh may stay before it is closed.
DRAIN_SECONDS = 10.0
RESPONDING = ("slash_commands", "view_submission", "block_suggestion")


@dataclass(eq=False)
class Connection:
    socket: web.WebSocketResponse
    transport: asyncio.Transport | None = None
    draining: bool = False
    waiting: dict[str, asyncio.Future[Json]] = field(default_factory=dict)

    def answer(self, frame: Json) -> None:
        future = self.waiting.pop(str(frame.get("envelope_id")), None)
        if future and not future.done():
            future.set_result(frame.get("payload") or {})

    def fail(self) -> None:
        for future in self.waiting.values():
            if not future.done():
                future.set_exception(NoAnswerError("connection_closed"))
        self.waiting.clear()


class SocketDoor:
    """Each payload goes to any one connection, in turn."""

    def __init__(self, timing: Timing) -> None:
        self._timing = timing
        self._tickets: set[str] = set()
        self._connections: list[Connection] = []
        self._turn = itertools.count()
        self._drains: set[asyncio.Task[None]] = set()

    @property
    def connected(self) -> bool:
        return bool(self._usable())

    def _usable(self) -> list[Connection]:
        return [one for one in self._connections if not one.draining and not one.socket.closed]

    def ticket(self) -> str:
        """Good for one connection."""
        ticket = new_secret()
        self._tickets.add(ticket)
        return ticket

    async def deliver(self, kind: Kind, payload: Json, attempt: Attempt = FIRST) -> Json:
        usable = self._usable()
        if not usable:
            raise NoAnswerError("no_connection")
        connection = usable[next(self._turn) % len(usable)]
        envelope = _envelope(kind, payload, attempt)
        future = connection.waiting[envelope["envelope_id"]] = asyncio.get_running_loop().create_future()
        try:
            await connection.socket.send_json(envelope)
            return await asyncio.wait_for(future, self._timing.ack_seconds)
        except TimeoutError:
            raise NoAnswerError("timeout") from None
        except ConnectionError:
            raise NoAnswerError("connection_closed") from None
        finally:
            connection.waiting.pop(envelope["envelope_id"], None)

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """One connection of the app, from hello to close."""
        if request.query.get("ticket") not in self._tickets:
            raise web.HTTPUnauthorized(text="This ticket was used before or never issued.")
        self._tickets.discard(request.query["ticket"])
        connection = Connection(web.WebSocketResponse(heartbeat=HEARTBEAT_SECONDS), request.transport)
        await connection.socket.prepare(request)
        if len(self._connections) >= MAX_CONNECTIONS:
            await _say_disconnect(connection, "too_many_websockets")
            await connection.socket.close()
            return connection.socket
        self._connections.append(connection)
        try:
            await self._converse(connection)
        finally:
            self._connections.remove(connection)
            connection.fail()
        return connection.socket

    async def _converse(self, connection: Connection) -> None:
        await connection.socket.send_json(_hello(len(self._connections)))
        async for message in connection.socket:
            if message.type is WSMsgType.TEXT and message.data.startswith("{"):
                connection.answer(json.loads(message.data))

    async def disconnect(self, reason: str) -> int:
        """Ask all connections to refresh (`warning`: soon; `abrupt`: cut without a word); returns how many."""
        connections = list(self._connections)
        for connection in connections:
            if reason == "abrupt":
                _cut(connection)
                continue
            connection.draining = reason != "warning"
            await _say_disconnect(connection, reason)
            self._close_later(connection)
        return len(connections)

    def _close_later(self, connection: Connection) -> None:
        task = asyncio.create_task(_close_after(connection, DRAIN_SECONDS))
        self._drains.add(task)
        task.add_done_callback(self._drains.discard)

    async def close(self) -> None:
        for task in self._drains:
            task.cancel()
        for connection in list(self._connections):
            await connection.socket.close()


def _envelope(kind: Kind, payload: Json, attempt: Attempt) -> Json:
    body: Json = {
        "envelope_id": str(uuid.uuid4()),
        "type": kind,
        "payload": payload,
        "accepts_response_payload": kind in RESPONDING or payload.get("type") in RESPONDING,
    }
    if kind == "events_api":
        body |= {"retry_attempt": attempt.number, "retry_reason": attempt.reason}
    return body


def _hello(connections: int) -> Json:
    return {
        "type": "hello",
        "num_connections": connections,
        "debug_info": {
            "host": "local-workspace",
            "build_number": 1,
            "approximate_connection_time": APPROXIMATE_CONNECTION_SECONDS,
        },
        "connection_info": {"app_id": APP_ID},
    }


async def _say_disconnect(connection: Connection, reason: str) -> None:
    frame = {"type": "disconnect", "reason": reason, "debug_info": {"host": "local-workspace"}}
    await connection.socket.send_json(frame)


def _cut(connection: Connection) -> None:
    connection.draining = True
    if connection.transport is not None:
        connection.transport.abort()


async def _close_after(connection: Connection, seconds: float) -> None:
    await asyncio.sleep(seconds)
    await connection.socket.close()
