"""The part of an app manifest that decides what the app may do and what people see of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from bot.local.workspace.errors import Json


@dataclass(frozen=True)
class Command:
    command: str
    description: str
    usage_hint: str
    should_escape: bool


@dataclass(frozen=True)
class Shortcut:
    name: str
    callback_id: str
    type: str
    description: str


@dataclass(frozen=True)
class Manifest:
    name: str
    bot_name: str
    scopes: frozenset[str]
    events: frozenset[str]
    commands: tuple[Command, ...]
    shortcuts: tuple[Shortcut, ...]
    home_tab: bool
    messages_tab: bool
    interactive: bool

    def command(self, name: str) -> Command | None:
        return next((known for known in self.commands if known.command == name), None)

    def shortcut(self, callback_id: str) -> Shortcut | None:
        return next((known for known in self.shortcuts if known.callback_id == callback_id), None)


def load(path: Path) -> Manifest:
    """Read a manifest in YAML or JSON (JSON is YAML). Raises OSError or yaml.YAMLError."""
    return parse(yaml.safe_load(path.read_text(encoding="utf-8")))


def parse(document: Json) -> Manifest:
    features: Json = document.get("features") or {}
    settings: Json = document.get("settings") or {}
    home: Json = features.get("app_home") or {}
    name = str(document["display_information"]["name"])
    return Manifest(
        name=name,
        bot_name=str((features.get("bot_user") or {}).get("display_name", name)),
        scopes=frozenset(((document.get("oauth_config") or {}).get("scopes") or {}).get("bot") or []),
        events=frozenset((settings.get("event_subscriptions") or {}).get("bot_events") or []),
        commands=_commands(features.get("slash_commands") or []),
        shortcuts=_shortcuts(features.get("shortcuts") or []),
        home_tab=bool(home.get("home_tab_enabled", False)),
        messages_tab=bool(home.get("messages_tab_enabled", True)),
        interactive=bool((settings.get("interactivity") or {}).get("is_enabled", False)),
    )


def _commands(rows: Sequence[Json]) -> tuple[Command, ...]:
    return tuple(
        Command(row["command"], row.get("description", ""), row.get("usage_hint", ""), bool(row.get("should_escape")))
        for row in rows
    )


def _shortcuts(rows: Sequence[Json]) -> tuple[Shortcut, ...]:
    return tuple(Shortcut(row["name"], row["callback_id"], row["type"], row.get("description", "")) for row in rows)
