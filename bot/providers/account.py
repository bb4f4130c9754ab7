"""Where a provider is and how to get in."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit, urlunsplit

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

    @property
    def host(self) -> str:
        """The machine that texts go to."""
        return urlsplit(self.base_url).hostname or self.base_url

    def beside(self, path: str) -> str:
        """Another path at the same host: the key must never meet another one."""
        return urlunsplit((*urlsplit(self.base_url)[:2], path, "", ""))

    def for_chat(self) -> Account:
        """The same account where its models answer."""
        path = self.profile.chat_path
        return replace(self, base_url=self.beside(path)) if path else self
