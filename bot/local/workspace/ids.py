"""Slack-like identifiers and message timestamps."""

import secrets
import time

_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_MICROSECONDS = 1_000_000


def new_id(prefix: str, length: int = 9) -> str:
    """`F0K3...`: a prefix that tells the kind, a zero, and random capitals."""
    return f"{prefix}0{''.join(secrets.choice(_ALPHABET) for _ in range(length))}"


def new_secret() -> str:
    return secrets.token_urlsafe(18)


class Clock:
    """Message timestamps: the time in seconds with six decimals, never twice the same."""

    def __init__(self) -> None:
        self._last = 0

    def ts(self) -> str:
        self._last = max(self._last + 1, time.time_ns() // 1000)
        return f"{self._last // _MICROSECONDS}.{self._last % _MICROSECONDS:06d}"
