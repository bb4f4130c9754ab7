"""Where a provider is and how to get in."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.providers.profiles import COMPATIBLE, Profile

# One text takes seconds; a lease on a row that waits for one must be longer than this.
ANSWER_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Account:
    """Where a provider is and how to get in. `name` is what people call it; the key never shows in a repr."""

    name: str
    base_url: str
    api_key: str = field(default="", repr=False)
    profile: Profile = COMPATIBLE
    answer_seconds: float = ANSWER_SECONDS
    proxy: str | None = None

    @property
    def title(self) -> str:
        """The vendor's name where the profile knows one, else the name from the settings."""
        return self.name if self.profile is COMPATIBLE else self.profile.title
