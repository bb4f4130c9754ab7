"""Single values as they come over the wire, made safe: any of them may be missing, of another type, or nonsense.

The SDK does not validate answers, so its types promise nothing; these functions keep what can be understood.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import httpx2

from bot.domain.money import Usage
from bot.providers.base import Limits


def text(value: object) -> str | None:
    """A string that says something, else None."""
    return value if isinstance(value, str) and value.strip() else None


def number(value: object) -> float | None:
    """A finite number, also when it was sent as a string."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        as_float = float(value)
    except ValueError:
        return None
    return as_float if math.isfinite(as_float) else None


def whole(value: object) -> int | None:
    found = number(value)
    return None if found is None else int(found)


def mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def texts(value: object) -> tuple[str, ...]:
    """Ids in a list; some servers send objects that have an id, or one id alone."""
    items = value if isinstance(value, list) else [value]
    found = (text(item) or text(mapping(item).get("id")) for item in items)
    return tuple(item for item in found if item)


def moment(value: object) -> datetime | None:
    """Unix seconds (or milliseconds), as number or string, or ISO 8601; aware UTC. Zero and nonsense are None."""
    seconds = number(value)
    try:
        if seconds is not None:
            return datetime.fromtimestamp(seconds / 1000 if seconds > 1e11 else seconds, UTC) if seconds > 0 else None
        return _iso(text(value))
    except (ValueError, OverflowError, OSError):
        return None


def usage(value: object) -> Usage | None:
    """Tokens read and written; None when the server counts neither."""
    read, written = whole(mapping(value).get("prompt_tokens")), whole(mapping(value).get("completion_tokens"))
    return None if read is None and written is None else Usage(read or 0, written or 0)


def limits(headers: httpx2.Headers) -> Limits:
    """OpenAI's `x-ratelimit-*` headers, as far as they are there."""
    return Limits(
        requests=number(headers.get("x-ratelimit-limit-requests")),
        requests_left=number(headers.get("x-ratelimit-remaining-requests")),
        tokens=number(headers.get("x-ratelimit-limit-tokens")),
        tokens_left=number(headers.get("x-ratelimit-remaining-tokens")),
    )


def content(value: object) -> str:
    """The text of a message: a string, or a list of parts of which some have text."""
    if isinstance(value, list):
        return "".join(text(mapping(part).get("text")) or "" for part in value)
    return value if isinstance(value, str) else ""


def _iso(value: str | None) -> datetime | None:
    if value is None:
        return None
    found = datetime.fromisoformat(value.strip().replace("Z", "+00:00"))
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
