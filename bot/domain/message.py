"""What goes to Slack: a message, a modal or a file, as plain values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Block = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Message:
    """`text` is what screen readers and notifications say; `version` that of the subject shown."""

    text: str
    blocks: list[Block] = field(default_factory=list)
    version: int = 0


@dataclass(frozen=True, slots=True)
class Modal:
    """A view as Slack takes it."""

    view: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Home:
    """Somebody's App Home."""

    user_id: str
    view: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Upload:
    """A file to put into a thread. `alt_text` says in words what a picture shows."""

    filename: str
    title: str
    file_key: str
    alt_text: str = ""
