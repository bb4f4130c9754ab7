"""Who acts: a person of this workspace, a guest, or somebody from elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

# Names and guest status are asked for again after a day.
PERSON_FRESH_FOR = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Actor:
    team_id: str
    user_id: str
    name: str = ""
    is_guest: bool = False
    is_foreign: bool = False
    tz: str = ""  # the name of their time zone, where Slack says it


def actor_from_slack(team_id: str, user: dict[str, object]) -> Actor:
    """Read Slack's user object (`users.info`)."""
    home = str(user.get("team_id") or team_id)
    return Actor(
        team_id=team_id,
        user_id=str(user["id"]),
        name=str(user.get("real_name") or user.get("name") or ""),
        is_guest=bool(user.get("is_restricted") or user.get("is_ultra_restricted")),
        is_foreign=bool(user.get("is_stranger")) or home != team_id,
        tz=str(user.get("tz") or ""),
    )
