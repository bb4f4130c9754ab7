"""Every call the app made, as it arrived: what tests assert on."""

import json
import time
from dataclasses import asdict, dataclass
from typing import Any

from bot.local.workspace.errors import Json

# Arguments that arrive as JSON text in forms and query strings.
JSON_ARGUMENTS = ("blocks", "attachments", "metadata", "view", "files")


@dataclass
class RecordedCall:
    n: int
    at: float
    method: str
    args: Json
    ok: bool | None = None
    error: str | None = None
    ts: str | None = None
    status: int = 200


class CallLog:
    def __init__(self) -> None:
        self._calls: list[RecordedCall] = []

    def record(self, method: str, args: Json) -> RecordedCall:
        call = RecordedCall(len(self._calls) + 1, time.time(), method, _readable(args))
        self._calls.append(call)
        return call

    def select(self, method: str | None, since: int) -> list[Json]:
        """Calls numbered above `since`, oldest first."""
        return [asdict(call) for call in self._calls[since:] if method in (None, call.method)]


def _readable(args: Json) -> Json:
    return {name: _decoded(value) if name in JSON_ARGUMENTS else value for name, value in args.items()}


def _decoded(value: Any) -> Any:
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return value
