"""The three ways a request can be refused: by the Web API, by a person's page, and by an app that stays silent."""

from typing import Any

Json = dict[str, Any]


class ApiError(Exception):
    """A Web API refusal: `{"ok": false, "error": code, ...}` as Slack words it."""

    def __init__(self, code: str, *problems: str, **extra: Any) -> None:
        super().__init__(code)
        self.code = code
        self.body: Json = {"ok": False, "error": code, **extra}
        if problems:
            self.body["response_metadata"] = {"messages": [f"[ERROR] {problem}" for problem in problems]}


class RateLimitError(ApiError):
    """429 with `Retry-After` (whole seconds)."""

    def __init__(self, retry_after: int) -> None:
        super().__init__("ratelimited")
        self.retry_after = retry_after


class PersonError(Exception):
    """What a person's page is told when something cannot be done: a code and a sentence."""

    def __init__(self, code: str, message: str, **extra: Any) -> None:
        super().__init__(message)
        self.body: Json = {"ok": False, "error": code, "message": message, **extra}


class NoAnswerError(Exception):
    """The app did not acknowledge a payload; `reason` is Slack's word for it in a retry, `final` forbids one."""

    def __init__(self, reason: str, *, final: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.final = final
