"""Who is behind a click or a command, and whether they belong here."""

from __future__ import annotations

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.deps import Deps
from bot.domain.people import Actor, actor_from_slack
from bot.errors import NotAllowed, NotYet
from handlers.boundary import Body, person_in, team_in
from storage.engine import reading, transaction
from storage.people import fresh_actor, save_actor

NOT_HERE = {"not_in_channel", "channel_not_found"}


async def actor_in(body: Body, client: AsyncWebClient, deps: Deps) -> Actor:
    """The person who acts. Raises NotAllowed for people of other workspaces."""
    team, user = team_in(body), person_in(body)
    own_team = str((body.get("user") or {}).get("team_id") or team)
    async with reading(deps.db) as session:
        actor = await fresh_actor(session, team, user, now=deps.now())
    if actor is None:
        actor = await _asked_of_slack(client, team, user)
        async with transaction(deps.db) as session:
            await save_actor(session, actor, now=deps.now())
    if actor.is_foreign or own_team != team:
        raise NotAllowed("Only people of this workspace can work on its texts.", todo="Ask somebody here to do it.")
    return actor


async def _asked_of_slack(client: AsyncWebClient, team: str, user: str) -> Actor:
    try:
        answer = await client.users_info(user=user)
    except SlackApiError as error:
        raise NotAllowed("Slack would not say who you are.", todo="Try again in a minute.") from error
    return actor_from_slack(team, answer["user"])


async def be_a_member(client: AsyncWebClient, channel: str) -> None:
    """Commands and menus work in channels that the bot is not in; nothing that follows would. Raises NotYet."""
    if channel.startswith("D"):
        return
    try:
        info = await client.conversations_info(channel=channel)
    except SlackApiError as error:
        if error.response.get("error") in NOT_HERE:
            raise NotYet("I am not in this channel.", todo="Type `/invite @Tunesmith` first.") from error
        raise
    if not info["channel"].get("is_member", True):
        raise NotYet("I am not in this channel.", todo="Type `/invite @Tunesmith` first.")
