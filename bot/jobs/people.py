"""Who a user id is, asked of Slack once a day."""

from __future__ import annotations

from bot.deps import Deps
from bot.domain.people import Actor, actor_from_slack
from storage.engine import reading, transaction
from storage.people import fresh_actor, save_actor


async def actor_for(deps: Deps, team_id: str, user_id: str) -> Actor:
    """The person, from the database where we know them. Raises `Refused` where Slack does not say."""
    async with reading(deps.db) as session:
        known = await fresh_actor(session, team_id, user_id, now=deps.now())
    if known is not None:
        return known
    actor = actor_from_slack(team_id, await deps.slack.user_info(user_id))
    async with transaction(deps.db) as session:
        await save_actor(session, actor, now=deps.now())
    return actor
