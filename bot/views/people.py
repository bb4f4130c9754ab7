"""The window with who may do what."""

from __future__ import annotations

from typing import Any

from bot.domain.message import Block
from bot.domain.project import Role
from bot.domain.team import MEANINGS, Team
from bot.views import blocks as b
from bot.views.ids import Callback

LABELS = {
    Role.OWNER: "Owners",
    Role.REVIEWER: "Reviewers",
    Role.APPROVER: "Approvers of money",
    Role.VIEWER: "Viewers",
}


def field_of(role: Role) -> str:
    """The name of a role's box: `owners`."""
    return f"{role.value}s"


def people_modal(project_id: int, team: Team) -> dict[str, Any]:
    """A box a role."""
    asked = [
        b.asked(LABELS[role], _people(field_of(role), team.of(role)), block_id=field_of(role), hint=hint,
                optional=role is not Role.OWNER)
        for role, hint in MEANINGS.items()
    ]  # fmt: skip
    note = b.context("Whoever you take out gives back the texts before them. What they decided stays.")
    return b.modal("People", Callback.PROJECT_PEOPLE, [*asked, note], submit="Save", metadata=str(project_id))


def _people(action: str, chosen: tuple[str, ...]) -> Block:
    made: Block = {"type": "multi_users_select", "action_id": action}
    return made | ({"initial_users": list(chosen)} if chosen else {})
