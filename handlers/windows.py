"""How windows open, take each other's place and lie on one another."""

from __future__ import annotations

from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from handlers.boundary import Body

# The window was closed, or something newer stands in it: nobody misses this one.
HARMLESS = {"hash_conflict", "not_found"}


async def redraw(client: AsyncWebClient, shown: dict[str, Any], view: dict[str, Any], *, below: bool = False) -> None:
    """Put something newer into an open window, or into the one below it."""
    where = {"view_id": shown["root_view_id"]} if below else {"view_id": shown["id"], "hash": shown["hash"]}
    try:
        await client.views_update(view=view, **where)
    except SlackApiError as error:
        if error.response.get("error") not in HARMLESS:
            raise


async def put_on_top(client: AsyncWebClient, body: Body, view: dict[str, Any]) -> None:
    """Open a window; on top of the one whose button was pressed, so that closing it leads back."""
    opened = client.views_push if (body.get("view") or {}).get("type") == "modal" else client.views_open
    await opened(trigger_id=body["trigger_id"], view=view)
