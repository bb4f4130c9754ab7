"""The people of a project: what each may do, and what follows when one of them leaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from bot.domain.project import ProjectSettings, Role


@dataclass(frozen=True, slots=True)
class Team:
    """Who has which role in a project. No reviewers means everyone in the channel except guests and viewers."""

    owners: tuple[str, ...]
    reviewers: tuple[str, ...] = ()
    approvers: tuple[str, ...] = ()
    viewers: tuple[str, ...] = ()

    def of(self, role: Role) -> tuple[str, ...]:
        by_role = {
            Role.OWNER: self.owners,
            Role.REVIEWER: self.reviewers,
            Role.APPROVER: self.approvers,
            Role.VIEWER: self.viewers,
        }
        return by_role[role]

    @property
    def everybody(self) -> frozenset[str]:
        return frozenset().union(*(self.of(role) for role in Role))

    def in_words(self) -> str:
        """For the log: `owner: UANA; reviewer: UBEN, UCAM`."""
        return "; ".join(f"{role.value}: {', '.join(self.of(role))}" for role in Role if self.of(role))

    def problems(self) -> dict[str, str]:
        """What cannot be, by the form's field."""
        found = {} if self.owners else {"owners": "Somebody has to own the project."}
        deciding = {*self.owners, *self.reviewers}
        if deciding & set(self.viewers):
            found["viewers"] = "Viewers decide nothing, so nobody can be a viewer and an owner or reviewer."
        return found


class Leaving(StrEnum):
    """How somebody came to leave."""

    REMOVED = "removed"  # taken from the project's people
    CHANNEL = "channel"  # left the channel, but not the workspace
    GONE = "gone"  # their account was closed


@dataclass(frozen=True, slots=True)
class After:
    """What a leave makes of roles and settings. `keeps` are roles that stay although they left; `missing` is what
    somebody has to see to, as a sentence each."""

    loses: frozenset[Role]
    keeps: frozenset[Role]
    settings: ProjectSettings
    ownerless: bool = False
    missing: tuple[str, ...] = ()


def after(team: Team, settings: ProjectSettings, user: str, how: Leaving) -> After:
    """The last owner stays one while their account is open; the last named reviewer stays named, because a list
    that became empty would let everybody in the channel decide."""
    has = {role for role in Role if user in team.of(role)}
    keeps = {Role.OWNER} if how is not Leaving.GONE and team.owners == (user,) else set()
    keeps |= {Role.REVIEWER} & has if team.reviewers == (user,) else set()
    changed, missing = _without(settings, user)
    if Role.REVIEWER in keeps:
        missing.append("They were the only reviewer named, so nobody but owners can decide until you name others.")
    return After(
        loses=frozenset(has - keeps),
        keeps=frozenset(keeps),
        settings=changed,
        ownerless=how is Leaving.GONE and team.owners == (user,),
        missing=tuple(missing),
    )


def _without(settings: ProjectSettings, user: str) -> tuple[ProjectSettings, list[str]]:
    """The settings without somebody. The last one of a group stays, because its yes is needed."""
    last_words = tuple(who for who in settings.adjudicators if who != user)
    group = tuple(who for who in settings.group if who != user)
    missing: list[str] = []
    if settings.group and not group:
        missing.append(f"Nobody else is in {settings.group_name or 'the group'}, and no text counts without its yes.")
        group = settings.group
    return replace(settings, adjudicators=last_words, group=group), missing


# Roles in the order in which a window shows them, with what each means.
MEANINGS: Mapping[Role, str] = {
    Role.OWNER: "They spend, freeze, train, cancel and choose people.",
    Role.REVIEWER: "They approve, edit and reject. Nobody here means everyone in the channel except guests.",
    Role.APPROVER: "They say yes to orders above the sum that needs a second person.",
    Role.VIEWER: "They see everything and decide nothing.",
}
