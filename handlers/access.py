"""Who is behind a click or a command, whether they belong here, and which project is meant."""

from __future__ import annotations

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.deps import Deps
from bot.domain.people import Actor, actor_from_slack
from bot.errors import NotAllowed, NotYet
from bot.services import project as projects
from handlers.boundary import Body, channel_in, person_in, team_in, value_in
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


async def pressed_project(body: Body, actor: Actor, deps: Deps) -> int:
    """The project whose id the button carries first, else the channel's. Raises NotYet."""
    value = value_in(body).partition(":")[0]
    if value.isdecimal():
        return int(value)
    async with reading(deps.db) as session:
        return (await projects.need(session, actor, channel_in(body))).id or 0


def text_allowed(deps: Deps) -> bool:
    """Whether words that people type into Slack may go into a training set."""
    return deps.settings.slack_text_for_training != "no"


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
