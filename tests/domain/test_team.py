"""What becomes of roles and settings when somebody leaves."""

from __future__ import annotations

from bot.domain.project import ProjectSettings, Role
from bot.domain.team import Leaving, Team, after

PLAIN = ProjectSettings()


def test_an_owner_is_replaced_by_the_others() -> None:
    result = after(Team(("ana", "ben"), ("ana", "cam")), PLAIN, "ana", Leaving.CHANNEL)

    assert result.loses == {Role.OWNER, Role.REVIEWER} and not result.keeps and not result.ownerless


def test_the_last_owner_stays_one_until_the_account_is_closed() -> None:
    team = Team(("ana",))

    assert after(team, PLAIN, "ana", Leaving.CHANNEL).keeps == {Role.OWNER}
    gone = after(team, PLAIN, "ana", Leaving.GONE)
    assert gone.ownerless and gone.loses == {Role.OWNER}


def test_the_last_named_reviewer_stays_named_so_that_not_everybody_may_decide_of_a_sudden() -> None:
    result = after(Team(("ana",), ("ben",)), PLAIN, "ben", Leaving.GONE)

    assert result.keeps == {Role.REVIEWER} and not result.loses and "only reviewer" in result.missing[0]


def test_last_words_go_to_others_and_a_group_never_becomes_empty() -> None:
    team = Team(("ana",), ("ben", "cam"))
    one = ProjectSettings(group=("ben",), group_name="Regulatory", adjudicators=("ben",))
    two = ProjectSettings(group=("ben", "cam"), group_name="Regulatory")

    alone = after(team, one, "ben", Leaving.GONE)
    assert alone.settings.group == ("ben",) and alone.settings.adjudicators == ()
    assert "Regulatory" in alone.missing[0]
    assert after(team, two, "ben", Leaving.GONE).settings.group == ("cam",)


def test_nobody_decides_and_only_looks_on() -> None:
    assert set(Team(("ana",), ("ben",), (), ("ben",)).problems()) == {"viewers"}
    assert set(Team(()).problems()) == {"owners"}
    assert not Team(("ana",), ("ben",), ("ben",), ("cam",)).problems()
