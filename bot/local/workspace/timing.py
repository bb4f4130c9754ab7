"""The waits and windows that Slack prescribes; a test may shorten them."""

from dataclasses import dataclass, field, fields
from typing import Any


@dataclass
class Timing:
    """All in seconds. `retry_seconds`: when an event that nobody acknowledged is sent again."""

    ack_seconds: float = 3.0
    trigger_seconds: float = 3.0
    response_url_seconds: float = 1800.0
    retry_seconds: list[float] = field(default_factory=lambda: [0.2, 60.0, 300.0])
    # Slack answers an upload before its virus scan; the message and the file's type appear later.
    file_processing_seconds: float = 0.05

    def start_over(self) -> None:
        for one in fields(self):
            setattr(self, one.name, getattr(Timing(), one.name))

    def change(self, wanted: dict[str, Any]) -> list[str]:
        """Set what is known, return the names that are not."""
        known = {one.name for one in fields(self)}
        for name in known & wanted.keys():
            setattr(self, name, wanted[name])
        return sorted(wanted.keys() - known)
