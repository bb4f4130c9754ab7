"""A stock Bolt app and a small manifest of its own on a workspace of its own."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from tests.support.workspace import Workspace, server, visit

MANIFEST: dict[str, Any] = {
    "display_information": {"name": "Tester"},
    "features": {
        "app_home": {"home_tab_enabled": True, "messages_tab_enabled": True},
        "bot_user": {"display_name": "Tester"},
        "shortcuts": [
            {"name": "Look at this", "type": "message", "callback_id": "look", "description": "Look"},
            {"name": "Start", "type": "global", "callback_id": "start", "description": "Start"},
        ],
        "slash_commands": [{"command": "/try", "description": "Try", "should_escape": True}],
    },
    "oauth_config": {
        "scopes": {
            "bot": [
                "commands",
                "chat:write",
                "files:read",
                "files:write",
                "reactions:read",
                "reactions:write",
                "channels:read",
                "channels:history",
                "im:history",
                "app_mentions:read",
            ]
        }
    },
    "settings": {
        "event_subscriptions": {
            "bot_events": [
                "message.channels",
                "message.im",
                "app_mention",
                "file_shared",
                "file_deleted",
                "reaction_added",
                "reaction_removed",
                "app_home_opened",
                "member_joined_channel",
                "channel_left",
                "channel_rename",
                "channel_archive",
                "app_uninstalled",
                "tokens_revoked",
                "team_join",
            ]
        },
        "interactivity": {"is_enabled": True},
        "socket_mode_enabled": True,
    },
}


@pytest.fixture(scope="session")
def workspace_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    with server(MANIFEST, tmp_path_factory.mktemp("workspace")) as ready:
        yield ready


@pytest.fixture
async def slack(workspace_server: dict[str, str]) -> AsyncIterator[Workspace]:
    async with visit(workspace_server, MANIFEST) as running:
        yield running


@pytest.fixture
async def client(slack: Workspace) -> AsyncWebClient:
    """The app's Web API client as slack_sdk ships it."""
    return AsyncWebClient(token=slack.bot_token, base_url=slack.api_url)


def bolt(slack: Workspace) -> AsyncApp:
    """A stock Bolt app; only the address of the API differs."""
    return AsyncApp(client=AsyncWebClient(token=slack.bot_token, base_url=slack.api_url))


@asynccontextmanager
async def connected(app: AsyncApp, slack: Workspace) -> AsyncIterator[AsyncSocketModeHandler]:
    handler = AsyncSocketModeHandler(app, slack.app_token)
    await handler.connect_async()  # type: ignore[no-untyped-call]
    try:
        yield handler
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]
