"""The manifest asks for just what the code uses."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.views.ids import Callback, Command
from handlers import events

ROOT = Path(__file__).parent.parent

# What each Web API method needs (docs.slack.dev, reference/methods). views.* and auth.test need no scope.
SCOPES_OF_METHODS: dict[str, set[str]] = {
    "chat.postMessage": {"chat:write"},
    "chat.update": {"chat:write"},
    "chat.postEphemeral": {"chat:write"},
    "chat.getPermalink": set(),
    "auth.test": set(),
    "views.open": set(),
    "views.update": set(),
    "views.push": set(),
    "views.publish": set(),
    "files.info": {"files:read"},
    "files.getUploadURLExternal": {"files:write"},
    "files.completeUploadExternal": {"files:write"},
    "files.delete": {"files:write"},
    "users.info": {"users:read"},
    "conversations.info": {"channels:read", "groups:read", "im:read"},
    "conversations.members": {"channels:read", "groups:read", "im:read"},
    "conversations.open": {"im:write"},
    "conversations.history": {"channels:history", "groups:history", "im:history"},
    "conversations.replies": {"channels:history", "groups:history", "im:history"},
}
# What each event needs (docs.slack.dev, reference/events).
SCOPES_OF_EVENTS: dict[str, set[str]] = {
    "app_home_opened": set(),
    "app_mention": {"app_mentions:read"},
    "app_uninstalled": set(),
    "channel_archive": {"channels:read"},
    "channel_id_changed": {"channels:read", "groups:read"},
    "channel_left": {"channels:read"},
    "channel_unarchive": {"channels:read"},
    "file_deleted": {"files:read"},
    "file_shared": {"files:read"},
    "group_archive": {"groups:read"},
    "group_left": {"groups:read"},
    "group_unarchive": {"groups:read"},
    "member_joined_channel": {"channels:read", "groups:read"},
    "member_left_channel": {"channels:read", "groups:read"},
    "message.im": {"im:history"},
    "reaction_added": {"reactions:read"},
    "reaction_removed": {"reactions:read"},
    "tokens_revoked": set(),
    "user_change": {"users:read"},
}


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    return dict(yaml.safe_load((ROOT / "manifest.yml").read_text()))


def methods_in_code() -> set[str]:
    """Every Web API method that the bot's source names, as a string or as a client method."""
    text = "\n".join(
        p.read_text() for d in ("bot/slack", "bot/jobs", "bot/cli", "handlers") for p in (ROOT / d).rglob("*.py")
    )
    named = set(re.findall(r'"((?:chat|views|files|users|conversations|auth|reactions|apps|team)\.[a-zA-Z.]+)"', text))
    called = re.findall(r"client\.((?:chat|views|files|users|conversations|auth|reactions)_[a-zA-Z]+)\(", text)
    return {name for name in named if name in SCOPES_OF_METHODS or "." in name} | {
        c.replace("_", ".", 1) for c in called
    }


def test_every_event_that_is_subscribed_to_is_kept_and_the_other_way_round(manifest: dict[str, Any]) -> None:
    subscribed = {name.split(".")[0] for name in manifest["settings"]["event_subscriptions"]["bot_events"]}

    assert subscribed == set(events.KINDS)


def test_the_scopes_are_just_those_that_methods_and_events_need(manifest: dict[str, Any]) -> None:
    used = methods_in_code()
    unknown = used - set(SCOPES_OF_METHODS)
    needed = {"commands"} | set().union(*(SCOPES_OF_METHODS[m] for m in used if m in SCOPES_OF_METHODS))
    needed |= set().union(*(SCOPES_OF_EVENTS[e] for e in manifest["settings"]["event_subscriptions"]["bot_events"]))

    assert not unknown, f"say here which scopes these need: {unknown}"
    assert set(manifest["oauth_config"]["scopes"]["bot"]) == needed


def test_command_and_shortcut_are_those_that_the_code_listens_to(manifest: dict[str, Any]) -> None:
    commands = [c["command"] for c in manifest["features"]["slash_commands"]]
    shortcuts = [s["callback_id"] for s in manifest["features"]["shortcuts"]]

    assert commands == list(Command)
    assert shortcuts == [Callback.IMPORT_MESSAGE]
