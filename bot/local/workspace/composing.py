"""Text as a person types it, as Slack stores and sends it."""

import re

from bot.local.workspace.state import State

_KNOWN_TOKEN = re.compile(r"<[@#][A-Z0-9]+(?:\|[^<>]*)?>")
_LINK = re.compile(r"https?://[^\s<>|]+")


def stored_text(state: State, typed: str) -> str:
    """Escape `& < >`, link addresses, and turn `@name` and `#channel` into ids. Ids already written as such stay."""
    parts, position = [], 0
    for token in _KNOWN_TOKEN.finditer(typed):
        parts += [_stored_plain(state, typed[position : token.start()]), token.group()]
        position = token.end()
    return "".join([*parts, _stored_plain(state, typed[position:])])


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _stored_plain(state: State, text: str) -> str:
    linked = _LINK.sub(lambda found: f"<{found.group()}>", escaped(text))
    for name, token in _names(state):
        linked = re.sub(rf"{re.escape(name)}(?![\w-])", token, linked, flags=re.IGNORECASE)
    return linked


def _names(state: State) -> list[tuple[str, str]]:
    """Longest first, so that `@ana ruiz` is not taken for `@ana`."""
    users = [(f"@{name}", f"<@{user.id}>") for user in state.users.values() for name in (user.real_name, user.name)]
    channels = [(f"#{one.name}", f"<#{one.id}|{one.name}>") for one in state.channels.values() if not one.im_with]
    return sorted([*users, *channels], key=lambda pair: -len(pair[0]))
