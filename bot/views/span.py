"""Times in words."""

from __future__ import annotations


def span(seconds: int | None) -> str:
    """A time in words: `40 seconds`, `12 minutes`, `1 h 40 min`."""
    if seconds is None:
        return "a while"
    if seconds < 90:
        return f"{max(seconds, 2)} seconds"
    minutes = round(seconds / 60)
    return f"{minutes} minutes" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
