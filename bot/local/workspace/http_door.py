"""The Events API over HTTP: signed requests to the app's request URL."""

import hashlib
import hmac
import json
import time
from urllib.parse import urlencode

import aiohttp

from bot.local.workspace.door import FIRST, Attempt, Kind
from bot.local.workspace.errors import Json, NoAnswerError
from bot.local.workspace.timing import Timing


class HttpDoor:
    """Every payload goes to one URL, as an app with a single endpoint registers it."""

    def __init__(self, request_url: str, signing_secret: str, timing: Timing) -> None:
        self._url = request_url
        self._secret = signing_secret
        self._timing = timing
        self._session: aiohttp.ClientSession | None = None

    @property
    def connected(self) -> bool:
        return True

    async def deliver(self, kind: Kind, payload: Json, attempt: Attempt = FIRST) -> Json:
        body, content_type = _encoded(kind, payload)
        headers = {"Content-Type": content_type, **self._signature(body), **_retry_headers(attempt)}
        timeout = aiohttp.ClientTimeout(total=self._timing.ack_seconds)
        self._session = self._session or aiohttp.ClientSession()
        try:
            async with self._session.post(self._url, data=body, headers=headers, timeout=timeout) as response:
                answer = await response.text()
                if response.status >= 300:
                    raise NoAnswerError("http_error", final=response.headers.get("x-slack-no-retry") == "1")
        except TimeoutError:
            raise NoAnswerError("http_timeout") from None
        except aiohttp.ClientError:
            raise NoAnswerError("connection_failed") from None
        return _answer(answer)

    def _signature(self, body: bytes) -> dict[str, str]:
        stamp = str(int(time.time()))
        signed = hmac.new(self._secret.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
        return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={signed}"}

    async def close(self) -> None:
        if self._session:
            await self._session.close()


def _encoded(kind: Kind, payload: Json) -> tuple[bytes, str]:
    if kind == "events_api":
        return json.dumps(payload).encode(), "application/json"
    form = payload if kind == "slash_commands" else {"payload": json.dumps(payload)}
    return urlencode(form).encode(), "application/x-www-form-urlencoded"


def _retry_headers(attempt: Attempt) -> dict[str, str]:
    if not attempt.number:
        return {}
    return {"X-Slack-Retry-Num": str(attempt.number), "X-Slack-Retry-Reason": attempt.reason}


def _answer(text: str) -> Json:
    if not text.strip():
        return {}
    try:
        body = json.loads(text)
    except ValueError:
        return {"text": text}
    return body if isinstance(body, dict) else {}
